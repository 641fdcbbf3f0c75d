"""What the town's people earn and what their employers withheld, computed by the law of the day.

Wages are withheld by the cumulative method (国家税务总局公告2018年第61号 第六条), labour and author's
income by the occasion (第八条). The figures come from the law files, so a reported line is what an employer
would have reported.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from portal.core.money import ZERO, round_fen
from portal.demo.town import Firm
from portal.taxes.bands import BandTable

MONTHLY_ALLOWANCE = Decimal(5000)
OWN_SHARES = {
    "pension": Decimal("0.08"),
    "medical": Decimal("0.02"),
    "unemployment": Decimal("0.002"),
    "housing_fund": Decimal("0.05"),
}
"""The town's rates of the employee's own contributions; invented, within the usual range."""


@dataclass(frozen=True)
class Tables:
    """The two tables of a year: for taxable income, and for the bonus taxed by itself."""

    annual: BandTable
    bonus: BandTable | None
    """None for a year whose law of the bonus is not known: nobody is paid one then."""


@dataclass(frozen=True)
class Line:
    """One line of a withholding report, without the person."""

    year: int
    month: int
    item: str
    payer: Firm
    income: Decimal
    pension: Decimal = ZERO
    medical: Decimal = ZERO
    unemployment: Decimal = ZERO
    housing_fund: Decimal = ZERO
    additional: Decimal = ZERO
    tax_withheld: Decimal = ZERO


@dataclass(frozen=True)
class Life:
    """How one person earns: a wage a month, deductions claimed with the employer, and extras some months."""

    wage: Decimal
    additional: Decimal
    bonus: Decimal
    labour_months: tuple[int, ...]
    labour: Decimal
    author: Decimal


TOLD = (
    Life(Decimal(19000), Decimal(3500), Decimal(0), (5,), Decimal(24000), Decimal(0)),
    Life(Decimal(42000), Decimal(0), Decimal(84000), (4, 9), Decimal(26000), Decimal(0)),
    Life(Decimal(36000), Decimal(2000), Decimal(48000), (3, 7), Decimal(26000), Decimal(5000)),
    Life(Decimal(8000), Decimal(1500), Decimal(0), (), Decimal(0), Decimal(0)),
    Life(Decimal(12000), Decimal(2000), Decimal(0), (3,), Decimal(8000), Decimal(0)),
)
"""Of the people whose stories the demo tells."""


def life_of(index: int) -> Life:
    """The circumstances of the person at `index`, always the same."""
    if index < len(TOLD):
        return TOLD[index]
    chance = random.Random(f"life {index}")  # noqa: S311 - the same town every time
    wage = Decimal(chance.choice((4500, 5200, 6500, 8000, 9500, 12000, 15000, 18000, 24000, 36000, 52000)))
    return Life(
        wage=wage,
        additional=Decimal(chance.choice((0, 0, 1500, 2000, 3000, 3500, 5000))),
        bonus=wage * chance.choice((0, 1, 1, 2, 3)),
        labour_months=tuple(sorted(chance.sample(range(1, 13), chance.choice((0, 0, 0, 1, 2))))),
        labour=Decimal(chance.choice((3000, 8000, 12000, 26000))),
        author=Decimal(chance.choice((0, 0, 0, 0, 5000))),
    )


def lines(life: Life, employer: Firm, other: Firm, year: int, months: int, tables: Tables) -> Iterator[Line]:
    """The year's lines up to and including month number `months`."""
    income, deducted, withheld = ZERO, ZERO, ZERO
    own = {name: round_fen(life.wage * rate) for name, rate in OWN_SHARES.items()}
    for month in range(1, months + 1):
        income += life.wage
        deducted += MONTHLY_ALLOWANCE + sum(own.values(), ZERO) + life.additional
        so_far = round_fen(tables.annual.tax(max(income - deducted, ZERO)))
        tax = max(so_far - withheld, ZERO)
        withheld += tax
        yield Line(
            year,
            month,
            "wages",
            employer,
            life.wage,
            **own,
            additional=life.additional,
            tax_withheld=tax,
        )
        if month in life.labour_months:
            yield Line(year, month, "labour", other, life.labour, tax_withheld=labour_tax(life.labour))
        if month == 12 and life.bonus and tables.bonus:
            yield Line(
                year, month, "bonus", employer, life.bonus, tax_withheld=bonus_tax(life.bonus, tables.bonus)
            )
        if month == 6 and life.author:
            yield Line(year, month, "author", other, life.author, tax_withheld=author_tax(life.author))


def bonus_tax(bonus: Decimal, table: BandTable) -> Decimal:
    """Withheld from a year-end bonus taxed by itself: a twelfth of it picks the row (财税〔2018〕164号)."""
    row = table.band(bonus / 12)
    return round_fen(bonus * row.rate - row.quick)


def labour_tax(income: Decimal) -> Decimal:
    """Withheld from one payment for labour (公告2018年第61号 第八条, 附件2 表二)."""
    base = _after_costs(income)
    for above, rate, quick in ((50000, "0.40", 7000), (20000, "0.30", 2000), (0, "0.20", 0)):
        if base > above:
            return round_fen(base * Decimal(rate) - quick)
    return ZERO


def author_tax(income: Decimal) -> Decimal:
    """Withheld from one author's remuneration: 70 % of the base, 20 %."""
    return round_fen(_after_costs(income) * Decimal("0.70") * Decimal("0.20"))


def _after_costs(income: Decimal) -> Decimal:
    return max(income - 800, ZERO) if income <= 4000 else income * Decimal("0.80")
