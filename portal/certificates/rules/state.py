"""The life of a certificate, and what a check of one can answer."""

from enum import StrEnum

from portal.core.refusal import Refusal, reason
from portal.core.wording import N_, Phrase

CANNOT_BECOME = reason(
    "certificate-cannot-become",
    "这份证明的状态不能这样变更。",
    "请刷新页面查看最新状态。",
)


class State(StrEnum):
    """Only what was issued has bytes; superseded and withdrawn ones keep theirs."""

    REQUESTED = "requested"
    ISSUED = "issued"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    REFERRED = "referred"
    """To the counter: a character our faces lack, a list too long, or a layout that took too long."""
    LAPSED = "lapsed"
    """What it was to certify ceased to be true before there was a paper: there will be none."""


NEXT = {
    State.REQUESTED: {State.ISSUED, State.REFERRED, State.LAPSED},
    State.ISSUED: {State.SUPERSEDED, State.WITHDRAWN},
    State.SUPERSEDED: {State.WITHDRAWN},
    State.WITHDRAWN: set[State](),
    State.REFERRED: {State.LAPSED},
    State.LAPSED: set[State](),
}
CURRENT = frozenset({State.REQUESTED, State.ISSUED, State.REFERRED})
"""States in which the same request means the same certificate."""
HAVE_BYTES = frozenset({State.ISSUED, State.SUPERSEDED, State.WITHDRAWN})


def become(now: State, to: State) -> State:
    """The new state. Raises `Refusal` for a step that the table does not have."""
    if to not in NEXT[now]:
        raise Refusal(CANNOT_BECOME, now=now, to=to)
    return to


STATES: dict[str, Phrase] = {
    State.REQUESTED: N_("正在开具"),
    State.ISSUED: N_("有效"),
    State.SUPERSEDED: N_("已被替代"),
    State.WITHDRAWN: N_("已作废"),
    State.REFERRED: N_("转窗口办理"),
    State.LAPSED: N_("不再开具"),
}


class Answer(StrEnum):
    """What a check of a paper, file or number says; never more."""

    VALID = "valid"
    SUPERSEDED = "superseded"
    """Ours and unaltered, but a newer one tells the truth of today."""
    WITHDRAWN = "withdrawn"
    ALTERED = "altered"
    """It began as one of ours, or claims to, but is not what we issued."""
    UNKNOWN = "unknown"
    """Nothing of ours, or number and code do not belong together: the same answer, on purpose."""
