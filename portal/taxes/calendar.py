"""When returns are due: the settlement window of a year, and the last day of each month's filing period.

The days stand in law/calendar.toml, each published or computed, and are never guessed for other years.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from portal.core.wording import N_
from portal.taxes.law import HERE, NO_LAW, NoLawInForce

SETTLEMENT = N_("年度汇算办理期限")
MONTHLY = N_("月度申报期限")


@dataclass(frozen=True)
class Window:
    """The time in which the return of a tax year is filed; all days included.

    `closes` is the day the notices name (30 June). `on_time_until` is the last day that is not late: the law
    moves a last day that is a rest day (征管法实施细则第一百零九条), the notices do not. `status` is
    "published" or "computed".
    """

    tax_year: int
    opens: date
    closes: date
    on_time_until: date
    status: str
    source: str
    confidence: str

    def open_on(self, day: date) -> bool:
        """Whether the return can be filed on time on `day`."""
        return self.opens <= day <= self.on_time_until

    def late_on(self, day: date) -> bool:
        """Whether a return filed, or a tax paid, on `day` is late."""
        return day > self.on_time_until


@dataclass(frozen=True)
class DueDay:
    """The last day of a month's filing period, and how it is known: "published" or "computed"."""

    day: date
    status: str
    source: str
    confidence: str


def settlement_window(tax_year: int) -> Window:
    """The window of a year's settlement of comprehensive income. Raises NoLawInForce for an unknown year."""
    for plain in _calendar()["settlement"]:
        if plain["tax_year"] == tax_year:
            return Window(**plain)
    raise NoLawInForce(NO_LAW, figure="settlement", label=SETTLEMENT, day=date(tax_year + 1, 3, 1))


def monthly_due(year: int, month: int) -> DueDay:
    """The last day for the filings due in a month. Raises NoLawInForce for an unknown year."""
    for plain in _calendar()["monthly"]:
        if plain["year"] == year:
            day = date(year, month, plain["days"][month - 1])
            return DueDay(day, plain["status"], plain["source"], plain["confidence"])
    raise NoLawInForce(NO_LAW, figure="monthly", label=MONTHLY, day=date(year, month, 1))


@cache
def _calendar() -> Mapping[str, list[dict[str, Any]]]:
    return tomllib.loads((HERE / "calendar.toml").read_text("utf-8"))
