"""What the portal holds about a year before it asks: reported income, and facts of the last return."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from portal.core.money import ZERO
from portal.filing.rules.answers import Entries, Held, Origin, Value, row_name, rows_of
from portal.taxes.kinds import WrongValue
from portal.taxes.questions import Group, Question
from portal.taxes.worksheet import Worksheet

MOST_NAMES = 20
"""Payers named in an explanation; beyond them only the count is told."""


class Line(Protocol):
    """One line of a payer's report."""

    @property
    def item(self) -> str: ...
    @property
    def payer_code(self) -> str: ...
    @property
    def payer_name(self) -> str: ...
    @property
    def income(self) -> Decimal: ...
    @property
    def pension(self) -> Decimal: ...
    @property
    def medical(self) -> Decimal: ...
    @property
    def unemployment(self) -> Decimal: ...
    @property
    def housing_fund(self) -> Decimal: ...
    @property
    def additional(self) -> Decimal: ...
    @property
    def other(self) -> Decimal: ...
    @property
    def tax_withheld(self) -> Decimal: ...
    @property
    def received_at(self) -> datetime: ...


class Filed(Protocol):
    """A return filed before."""

    @property
    def number(self) -> str: ...
    @property
    def period(self) -> str: ...
    @property
    def answers(self) -> Entries: ...


INCOME = {
    "wages": "withheld.wages",
    "labour": "withheld.labour",
    "author": "withheld.author",
    "royalty": "withheld.royalty",
}
AMOUNTS = {
    "tax_withheld": "withheld.tax",
    "pension": "withheld.pension",
    "medical": "withheld.medical",
    "unemployment": "withheld.unemployment",
    "housing_fund": "withheld.housing_fund",
    "additional": "withheld.additional",
    "other": "withheld.other",
}
"""Amount of a line → the name under which questions ask for its total over the year."""


def holdings(sheet: Worksheet, lines: Sequence[Line], last: Filed | None) -> dict[str, Held]:
    """What is held about each entry of a return, from a year's reported lines and the return before this."""
    reported = withheld(lines)
    found = {
        name: reported[item.prefill]
        for name, item in sheet.asking.items()
        if item.prefill in reported and isinstance(item, Question)
    }
    if last is not None:
        for item in sheet.asking.values():
            if (item.prefill or "").startswith("last_return."):
                found.update(_carried(item, last))
    return found


def withheld(lines: Sequence[Line]) -> dict[str, Held]:
    """The totals of a year's lines by prefill name; nothing when nobody reported anything.

    The separate method for year-end bonuses may be used for one bonus a year (财税〔2018〕164号 第一条): of
    several, the largest is the bonus and the others are wages.
    """
    if not lines:
        return {}
    bonuses = sorted((line for line in lines if line.item == "bonus"), key=lambda line: line.income)
    further = bonuses[:-1]
    by_item = {name: [line for line in lines if line.item == item] for item, name in INCOME.items()}
    by_item["withheld.wages"] += further
    found = {name: _total(some, "income") for name, some in by_item.items()}
    found["withheld.bonus"] = _total(bonuses[-1:], "income")
    for attribute, name in AMOUNTS.items():
        found[name] = _total([line for line in lines if getattr(line, attribute)], attribute)
    payers = len({line.payer_code for line in lines})
    found["withheld.payers"] = Held(payers, Origin.DERIVED, _source(lines))
    return found


def _total(lines: Sequence[Line], attribute: str) -> Held:
    if not lines:
        return Held(f"{ZERO:.2f}", Origin.DERIVED, {"lines": 0})
    total = sum((getattr(line, attribute) for line in lines), ZERO)
    return Held(f"{total:.2f}", Origin.REPORTED, _source(lines))


def _source(lines: Sequence[Line]) -> dict[str, Any]:
    names = {line.payer_code: line.payer_name for line in lines}
    return {
        "payers": len(names),
        "names": sorted(names.values())[:MOST_NAMES],
        "lines": len(lines),
        "received": max(line.received_at for line in lines).isoformat(),
    }


def _carried(item: Question | Group, last: Filed) -> Iterator[tuple[str, Held]]:
    """What last year's return said, as far as it can still be an answer."""
    source = {"return": last.number, "period": last.period}
    name = (item.prefill or "").removeprefix("last_return.")
    if isinstance(item, Group):
        for key, row in rows_of(last.answers, name).items():
            yield row_name(item.name, key), Held(_row(item, row), Origin.DERIVED, source)
    elif _readable(item, last.answers.get(name)):
        yield item.name, Held(last.answers[name], Origin.DERIVED, source)


def _row(group: Group, row: Mapping[str, Value]) -> dict[str, Value]:
    return {
        question.name: row[question.name]
        for question in group.questions
        if _readable(question, row.get(question.name))
    }


def _readable(question: Question, value: Value) -> bool:
    if value is None:
        return False
    try:
        question.kind.read(value)
    except WrongValue:
        return False
    return True
