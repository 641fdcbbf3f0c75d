"""When returns are due: the settlement window of a year, and the last day for each month, quarter and year.

Published days stand in law/calendar.toml. Where none is published the day is computed from the law's shift
rule and the holidays of the year; a year whose holidays are not known is refused, never guessed.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from itertools import groupby, islice
from typing import Any

from portal.core.wording import N_
from portal.taxes.law import HERE, NO_LAW, NoLawInForce
from portal.taxes.periods import Period

SETTLEMENT = N_("年度汇算办理期限")
MONTHLY = N_("月度申报期限")
ANNUAL = N_("年度申报期限")
PUBLISHED, COMPUTED = "published", "computed"
LONG_REST = 3
"""Rest days in a row, inside a filing period, from which the period is made longer by their number."""
DAY = timedelta(days=1)


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
    """The last day for a filing, and how it is known: "published", or "computed" from the shift rule.

    `source` is the calendar that names the day, or the rule with the holiday notice it was computed from.
    """

    day: date
    status: str
    source: str
    confidence: str

    def late_on(self, day: date) -> bool:
        """Whether what is filed, or paid, on `day` is late."""
        return day > self.day


class Deadline(StrEnum):
    """The law's last day for a filing, before rest days move it."""

    FIFTEENTH = "fifteenth"
    """The fifteenth of the month after the period."""
    END_OF_MARCH = "end-of-march"
    """31 March of the year after the period."""
    END_OF_MAY = "end-of-may"
    """31 May of the year after the period."""

    def after(self, period: Period) -> date:
        """The day the law names for `period`: the earliest that the last day can be."""
        if self is Deadline.FIFTEENTH:
            return (period.last + DAY).replace(day=15)
        return date(period.year + 1, 3 if self is Deadline.END_OF_MARCH else 5, 31)


def due(deadline: Deadline, period: Period) -> DueDay:
    """The last day for the filing of `period`. Raises NoLawInForce where the holidays are not known yet."""
    return _due(deadline, deadline.after(period))


def monthly_due(year: int, month: int) -> DueDay:
    """The last day for the filings due in a month. Raises NoLawInForce as `due`."""
    return _due(Deadline.FIFTEENTH, date(year, month, 15))


def settlement_window(tax_year: int) -> Window:
    """The window of a year's settlement of comprehensive income. Raises NoLawInForce for an unknown year."""
    for plain in _calendar()["settlement"]:
        if plain["tax_year"] == tax_year:
            return Window(**plain)
    raise NoLawInForce(NO_LAW, figure="settlement", label=SETTLEMENT, day=date(tax_year + 1, 3, 1))


def is_working_day(day: date) -> bool:
    """Whether offices work on `day`. In years whose holidays are not known, on all days but weekends."""
    known = _rests()
    return day in known.workdays or (day not in known.holidays and day.weekday() < 5)


def holidays_known(year: int) -> bool:
    """Whether the rest days of a year are announced: before, a day counted in working days may still move."""
    return year in _rests().notices


def working_day_after(day: date, number: int) -> date:
    """The `number`-th working day after `day`, which does not count itself."""
    return next(islice(_working_days(day), number - 1, None))


def _working_days(day: date) -> Iterator[date]:
    while True:
        day += DAY
        if is_working_day(day):
            yield day


def _due(deadline: Deadline, statutory: date) -> DueDay:
    published = _published(deadline, statutory)
    if published:
        return published
    notice = _rests().notices.get(statutory.year)
    if notice is None:
        label = MONTHLY if deadline is Deadline.FIFTEENTH else ANNUAL
        raise NoLawInForce(NO_LAW, figure=deadline.value, label=label, day=statutory)
    day = _extended(statutory) if deadline is Deadline.FIFTEENTH else _shifted(statutory)
    return DueDay(day, COMPUTED, notice, "K")


def _published(deadline: Deadline, statutory: date) -> DueDay | None:
    for plain in _calendar()["moved"]:
        if plain["statutory"] == statutory:
            return DueDay(plain["day"], PUBLISHED, plain["source"], plain["confidence"])
    for plain in _calendar()["monthly"]:
        if deadline is Deadline.FIFTEENTH and plain["year"] == statutory.year:
            day = statutory.replace(day=plain["days"][statutory.month - 1])
            return DueDay(day, PUBLISHED, plain["source"], plain["confidence"])
    return None


def _shifted(last: date) -> date:
    """The last day, or the next working day where it is a rest day."""
    return last if is_working_day(last) else working_day_after(last, 1)


def _extended(last: date) -> date:
    """The last day of a filing period from the first to `last` of a month, as holidays make it longer.

    A long rest inside the period adds as many working days as it has days there. That working days are added,
    not calendar days, is how the published calendars count nearly always; the law does not say.
    """
    inside = [last.replace(day=n) for n in range(1, last.day + 1)]
    runs = [(works, len(list(run))) for works, run in groupby(inside, is_working_day)]
    added = sum(length for works, length in runs if not works and length >= LONG_REST)
    return working_day_after(last, added) if added else _shifted(last)


@dataclass(frozen=True)
class _Rests:
    """The holidays and make-up working days of all known years; the notice of each year."""

    holidays: frozenset[date]
    workdays: frozenset[date]
    notices: dict[int, str]


@cache
def _rests() -> _Rests:
    years = _calendar()["holidays"]
    return _Rests(
        frozenset(
            first + n * DAY
            for plain in years
            for first, last in plain["rest"]
            for n in range((last - first).days + 1)
        ),
        frozenset(day for plain in years for day in plain["workdays"]),
        {plain["year"]: plain["source"] for plain in years},
    )


@cache
def _calendar() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads((HERE / "calendar.toml").read_text("utf-8"))
