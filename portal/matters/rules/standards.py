"""The standard of each kind of matter, read from data: its states, its steps, its legal basis and clock."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from portal.core.refusal import Refusal, reason
from portal.core.wording import N_, Phrase
from portal.taxes.calendar import working_day_after

STANDARDS = Path(__file__).parents[1] / "standards"

CANNOT_BECOME = reason(
    "matter-cannot-become",
    "事项 {number} 现在是“{now}”，不能变为“{to}”。",
    "请刷新页面查看最新进度。",
)

STEP_OPEN = reason(
    "matter-step-open",
    "事项 {number} 不能变为“{to}”：步骤“{step}”还没有这样的结论。",
    "请先办理这个步骤，并记下依据。",
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
    "cleared": N_("已清税"),
    "reopened": N_("重新办理"),
    "proven": N_("已当面核验"),
}


class Finding(StrEnum):
    """What came of a step the office did, or what else it wrote down about a matter."""

    MET = "met"
    """What the step asks for was found."""
    UNMET = "unmet"
    """It was found to be missing."""
    RETURNED = "returned"
    """The steps done so far were sent back and begin again."""
    NOTED = "noted"
    """A note, no step."""


CONCLUSIONS: dict[str, Phrase] = {Finding.MET: N_("符合"), Finding.UNMET: N_("不符合")}
"""How a step ends, in the words of the office."""


@dataclass(frozen=True)
class Step:
    """One step of a standard: what to do, how, and until when it is done.

    A step of the office names the `role` it takes. `other_than` names an earlier step that must have been
    done by somebody else; steps joined so are done by as many people as there are of them.
    """

    code: str
    what: Phrase
    how: Phrase
    done_when: Phrase
    who: str
    mandatory: bool
    role: str = ""
    other_than: str = ""


@dataclass(frozen=True)
class Need:
    """A step a state waits for, and what must have come of it; any finding will do where none is named."""

    step: str
    finding: str = ""

    @classmethod
    def read(cls, text: str) -> "Need":
        """From "review" (met), "review:unmet" or "review:any"."""
        step, _, finding = text.partition(":")
        return cls(step, "" if finding == "any" else finding or Finding.MET)

    def is_met(self, found: Mapping[str, str]) -> bool:
        """Whether it stands among the findings by step."""
        return self.step in found and self.finding in {"", found[self.step]}


@dataclass(frozen=True)
class WhenPaid:
    """What a matter becomes when nothing of a tax is owed any more for the period the matter is about."""

    tax: str
    now: str
    to: str


@dataclass(frozen=True)
class Standard:
    """How one kind of matter runs.

    `limit_days` is the legal limit in calendar days, `limit_working_days` in working days; None if none runs.
    `needs` says which steps a state waits for: no matter gets there before they are done.
    """

    kind: str
    title: Phrase
    basis: str
    opens_in: str
    next_states: dict[str, frozenset[str]]
    closed_in: frozenset[str]
    limit_days: int | None
    steps: tuple[Step, ...]
    when_paid: WhenPaid | None = None
    limit_working_days: int | None = None
    needs: Mapping[str, tuple[Need, ...]] = field(default_factory=dict)

    def due_on(self, opened: date) -> date | None:
        """The day by which the office must have answered.

        Holidays not announced yet are not counted out: `holidays_known` of the calendar says whether a day
        counted in working days may still move.
        """
        if self.limit_working_days is not None:
            return working_day_after(opened, self.limit_working_days)
        return None if self.limit_days is None else opened + timedelta(days=self.limit_days)

    @property
    def roles(self) -> frozenset[str]:
        """Every role that has a part in it."""
        return frozenset(step.role for step in self.steps if step.role)

    def step(self, code: str) -> Step | None:
        """The step with this code."""
        return next((step for step in self.steps if step.code == code), None)

    def group(self, code: str) -> str:
        """The first of the steps that need different people, for a step joined to them; else nothing."""
        joined = {step.code: step.other_than for step in self.steps if step.other_than}
        if code not in joined:
            return code if code in joined.values() else ""
        return self.group(joined[code])

    def steps_in(self, state: str) -> tuple[Step, ...]:
        """The steps of the office that the next states of a state wait for, in their order."""
        wanted = {need.step for to in self.next_states[state] for need in self.needs.get(to, ())}
        return tuple(step for step in self.steps if step.code in wanted)

    def next_step(self, state: str, found: Mapping[str, str]) -> Step | None:
        """The first of them without a finding."""
        return next((step for step in self.steps_in(state) if step.code not in found), None)

    def decisions(self, state: str) -> list[str]:
        """The states the office may bring a matter to from here, in the order of the words for states."""
        return [to for to in STATES if to in self.next_states[state] and to in self.needs]

    def decider(self, to: str) -> str:
        """The role that brings a matter to a state: that of the last step it waits for."""
        last = self.step(self.needs[to][-1].step)
        return last.role if last else ""

    def open_needs(self, to: str, found: Mapping[str, str]) -> list[Need]:
        """What a state still waits for."""
        return [need for need in self.needs.get(to, ()) if not need.is_met(found)]

    def require(self, number: str, to: str, found: Mapping[str, str]) -> None:
        """Refuse a state that waits for a step without the finding it needs."""
        for need in self.open_needs(to, found):
            step = self.step(need.step)
            raise Refusal(STEP_OPEN, number=number, to=STATES[to], step=step.what if step else need.step)

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

    Raises ValueError for a state without words or without a line of its own, for a way the states lack, and
    for needs that nobody could meet.
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
        limit_working_days=data.get("limit_working_days"),
        needs=_needs(file.name, data),
    )


def _needs(name: str, data: Mapping[str, Any]) -> dict[str, tuple[Need, ...]]:
    """What each state waits for. Raises ValueError."""
    needs = {to: tuple(map(Need.read, wanted)) for to, wanted in data.get("needs", {}).items()}
    wrong = {to for to in needs if to not in data["states"] or not needs[to]}
    wrong |= {
        need.step
        for need in _flat(needs.values())
        if need.finding not in {"", *CONCLUSIONS} or need.step not in _done_by_office(data)
    }
    seen: set[str] = set()
    for step in data["steps"]:
        wrong |= {step["other_than"]} - seen if step.get("other_than") else set()
        seen.add(step["code"])
    if wrong:
        raise ValueError(f"{name}: needs that nobody can meet: {sorted(wrong)}")
    return needs


def _flat(needs: Iterable[tuple[Need, ...]]) -> Iterable[Need]:
    return (need for one in needs for need in one)


def _done_by_office(data: Mapping[str, Any]) -> set[str]:
    return {step["code"] for step in data["steps"] if step.get("role")}
