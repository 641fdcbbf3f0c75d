"""The monthly withholding report: what a row must hold to be taken, and the totals people read."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from portal.core.money import ZERO, yuan
from portal.core.wording import N_, Phrase
from portal.taxpayers.rules.firms import code_fault

ITEMS: dict[str, Phrase] = {
    "wages": N_("工资薪金"),
    "bonus": N_("全年一次性奖金"),
    "labour": N_("劳务报酬"),
    "author": N_("稿酬"),
    "royalty": N_("特许权使用费"),
}
AMOUNTS = (
    "income", "pension", "medical", "unemployment", "housing_fund", "additional", "other", "tax_withheld",
)  # fmt: skip
TEXTS = ("source_line", "period", "payer_code", "payer_name", "name", "id_kind", "id_number", "item")
COLUMNS = (*TEXTS, *AMOUNTS, "corrects")
FIRST_YEAR = 2019
"""The first tax year of comprehensive income (个人所得税法, 2019-01-01)."""

_LONGEST = {"source_line": 40, "payer_name": 100, "name": 100, "corrects": 40}
_PERIOD = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


@dataclass(frozen=True)
class Reported:
    """One row in good order."""

    source_line: str
    year: int
    month: int
    payer_code: str
    payer_name: str
    name: str
    id_kind: str
    id_number: str
    item: str
    amounts: dict[str, Decimal]
    corrects: str

    @property
    def key(self) -> tuple[str, int, int, str]:
        """What names the line in the payer's own report."""
        return (self.payer_code, self.year, self.month, self.source_line)


@dataclass(frozen=True)
class Fault:
    """Why a row was not taken."""

    field: str
    why: str


def read_row(row: Mapping[str | None, object], today: date) -> Reported | Fault:
    """Check one row of a report; the first fault found is named. Identity numbers are checked later."""
    if None in row or any(not isinstance(row.get(name), str) for name in COLUMNS):
        return Fault("", "wrong number of columns")
    text = {name: str(row[name]).strip() for name in COLUMNS}
    fault = _text_fault(text)
    if fault:
        return fault
    period = _period(text["period"], today)
    if period is None:
        return Fault("period", "not a month from 2019-01 up to this one, written YYYY-MM")
    amounts: dict[str, Decimal] = {}
    for name in AMOUNTS:
        amount = _amount(text[name])
        if amount is None:
            return Fault(name, "not an amount of yuan with at most two decimals, zero or more")
        amounts[name] = amount
    kept = {name: text[name] for name in (*TEXTS, "corrects") if name != "period"}
    return Reported(year=period[0], month=period[1], amounts=amounts, **kept)


def _text_fault(text: Mapping[str, str]) -> Fault | None:
    for name in TEXTS:
        if not text[name]:
            return Fault(name, "empty")
    for name, value in text.items():
        if len(value) > _LONGEST.get(name, 40):
            return Fault(name, "too long")
        if not value.isprintable():
            return Fault(name, "control characters")
    if code_fault(text["payer_code"]):
        return Fault("payer_code", "not a unified social credit code (18 characters, check character)")
    if text["item"] not in ITEMS:
        return Fault("item", f"not one of {', '.join(ITEMS)}")
    return None


def _period(text: str, today: date) -> tuple[int, int] | None:
    found = _PERIOD.fullmatch(text)
    if not found:
        return None
    year, month = int(found[1]), int(found[2])
    if not 1 <= month <= 12 or not (FIRST_YEAR, 1) <= (year, month) <= (today.year, today.month):
        return None
    return year, month


def _amount(text: str) -> Decimal | None:
    try:
        amount = yuan(text) if text else ZERO
    except ValueError:
        return None
    return amount if amount >= ZERO else None


class Line(Protocol):
    """What totals need of a line."""

    @property
    def item(self) -> str: ...
    @property
    def income(self) -> Decimal: ...
    @property
    def tax_withheld(self) -> Decimal: ...


def totals(lines: Iterable[Line]) -> list[tuple[Phrase, Decimal, Decimal]]:
    """Per kind of income, in the order of `ITEMS`: its name, income and tax withheld."""
    held = list(lines)
    return [
        (
            label,
            sum((line.income for line in held if line.item == item), ZERO),
            sum((line.tax_withheld for line in held if line.item == item), ZERO),
        )
        for item, label in ITEMS.items()
        if any(line.item == item for line in held)
    ]
