"""The life of a ticket, and when it was a visit."""

from collections.abc import Iterable
from enum import StrEnum

from portal.core.refusal import Refusal, reason
from portal.core.wording import N_, Phrase

CANNOT_BECOME = reason(
    "ticket-cannot-become",
    "票号 {number} 现在的状态是“{state}”，不能这样操作。",
    "请刷新页面查看最新状态。",
)


class State(StrEnum):
    """Where a ticket stands. Who was sent on to another kind of desk waits again and keeps their place."""

    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    PARKED = "parked"
    """Set aside by a desk: nobody came when called, or something has to be fetched."""
    TRANSFERRED = "transferred"
    FINISHED = "finished"
    GONE = "gone"


NEXT: dict[State, frozenset[State]] = {
    State.WAITING: frozenset({State.CALLED, State.GONE}),
    State.TRANSFERRED: frozenset({State.CALLED, State.GONE}),
    # Called again is called: the screen shows it once more.
    State.CALLED: frozenset({State.CALLED, State.SERVING, State.PARKED, State.GONE}),
    State.SERVING: frozenset({State.FINISHED, State.PARKED, State.TRANSFERRED}),
    State.PARKED: frozenset({State.CALLED, State.GONE}),
    State.FINISHED: frozenset(),
    State.GONE: frozenset(),
}
IN_LINE = frozenset({State.WAITING, State.TRANSFERRED})
"""States in which a ticket may be the next one."""
AT_DESK = frozenset({State.CALLED, State.SERVING})
"""States in which a ticket takes up a desk; a desk has at most one."""
OVER = frozenset(state for state, following in NEXT.items() if not following)

STATES: dict[str, Phrase] = {
    State.WAITING: N_("等候中"),
    State.CALLED: N_("已叫号"),
    State.SERVING: N_("办理中"),
    State.PARKED: N_("已挂起"),
    State.TRANSFERRED: N_("已转窗口，等候中"),
    State.FINISHED: N_("已办完"),
    State.GONE: N_("已离开"),
}


def become(number: str, now: str, to: State) -> State:
    """The new state. Raises `Refusal` for a step that the table does not have."""
    if to not in NEXT[State(now)]:
        raise Refusal(CANNOT_BECOME, number=number, state=STATES[now])
    return to


def is_visit(course: Iterable[str]) -> bool:
    """Whether the states a ticket went through, in order, make a visit: it was called, and answered.

    A ticket that nobody answered is none, however often it was called: counting drawn tickets as visits is
    how reports of visits come to be too high.
    """
    before = ""
    for state in course:
        if before == State.CALLED and state == State.SERVING:
            return True
        before = state
    return False
