"""The standard of each kind of matter, read from data: its states, its steps, its legal basis and clock."""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from portal.core.refusal import Refusal, reason
from portal.core.wording import N_, Phrase

STANDARDS = Path(__file__).parent / "standards"

CANNOT_BECOME = reason(
    "matter-cannot-become",
    "事项 {number} 现在是“{now}”，不能变为“{to}”。",
    "请刷新页面查看最新进度。",
)

STATES: dict[str, Phrase] = {
    "submitted": N_("已提交"),
    "done": N_("已办结"),
    "corrected": N_("已更正"),
    "requested": N_("已受理"),
    "approved": N_("已核准"),
    "refused": N_("不予办理"),
    "withdrawn": N_("已撤回"),
    "paid": N_("已退还"),
    "referred": N_("转窗口办理"),
    "issued": N_("已开具"),
    "superseded": N_("已被替代"),
}


@dataclass(frozen=True)
class Step:
    """One step of a standard: what to do, how, and until when it is done."""

    code: str
    what: Phrase
    how: Phrase
    done_when: Phrase
    who: str
    mandatory: bool


@dataclass(frozen=True)
class WhenPaid:
    """What a matter becomes when nothing of a tax is owed any more for the period the matter is about."""

    tax: str
    now: str
    to: str


@dataclass(frozen=True)
class Standard:
    """How one kind of matter runs. `limit_days` is the legal limit in calendar days, None if none runs."""

    kind: str
    title: Phrase
    basis: str
    opens_in: str
    next_states: dict[str, frozenset[str]]
    closed_in: frozenset[str]
    limit_days: int | None
    steps: tuple[Step, ...]
    when_paid: WhenPaid | None = None

    def due_on(self, opened: date) -> date | None:
        """The day by which the office must have answered."""
        return None if self.limit_days is None else opened + timedelta(days=self.limit_days)

    def advance(self, number: str, now: str, to: str) -> str:
        """The next state, or a refusal."""
        if to not in self.next_states[now]:
            raise Refusal(CANNOT_BECOME, number=number, now=STATES[now], to=STATES[to])
        return to


@cache
def standard(kind: str) -> Standard:
    """The standard of a kind of matter. Raises KeyError for a kind without one: there is no such matter."""
    return standards()[kind]


@cache
def standards() -> dict[str, Standard]:
    """All standards, by kind, as the files beside this module say."""
    return {file.stem: read(file) for file in sorted(STANDARDS.glob("*.toml"))}


def waiting_for(tax: str) -> dict[str, WhenPaid]:
    """By kind, what becomes of the matters that wait for a tax to be paid."""
    kinds = ((kind, one.when_paid) for kind, one in standards().items())
    return {kind: paid for kind, paid in kinds if paid is not None and paid.tax == tax}


def read(file: Path) -> Standard:
    """The standard in a file.

    Raises ValueError for a state without words or without a line of its own, and for a way the states lack.
    """
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    next_states = {now: frozenset(to) for now, to in data["states"].items()}
    reached = set(next_states).union(*next_states.values())
    unknown = (reached | {data["opens_in"], *data["closed_in"]}) - set(next_states) | (reached - set(STATES))
    if unknown:
        raise ValueError(f"{file.name}: states without words or without a line: {sorted(unknown)}")
    when_paid = WhenPaid(**data["when_paid"]) if "when_paid" in data else None
    if when_paid is not None and when_paid.to not in next_states[when_paid.now]:
        raise ValueError(f"{file.name}: no way from {when_paid.now} to {when_paid.to}")
    return Standard(
        kind=file.stem,
        title=N_(data["title"]),
        basis=data["basis"],
        opens_in=data["opens_in"],
        next_states=next_states,
        closed_in=frozenset(data["closed_in"]),
        limit_days=data.get("limit_days"),
        steps=tuple(Step(**step) for step in data["steps"]),
        when_paid=when_paid,
    )
