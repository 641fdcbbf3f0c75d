"""What must be filed, from registration and calendar; and when filing nothing makes a firm abnormal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from portal.filing.rules.season import Season, season_of_duty
from portal.taxes.duties import Duty, duty_named
from portal.taxes.months import months_later
from portal.taxes.periods import Period, PeriodKind, periods_over

MONTHS_OF_SILENCE = 3
"""No return of any tax for three months running makes a firm abnormal
(国家税务总局公告2019年第48号 第三条)."""


class Registration(Protocol):
    """That a firm is registered for a tax."""

    @property
    def tax(self) -> str: ...
    @property
    def period_kind(self) -> str: ...
    @property
    def from_on(self) -> date: ...
    @property
    def to_on(self) -> date | None: ...


@dataclass(frozen=True)
class Arisen:
    """That a period must be filed: it has ended, and the firm was registered on at least one day of it."""

    duty: Duty
    period: Period

    @property
    def season(self) -> Season:
        """The days on which it is filed."""
        return season_of_duty(self.duty, self.period)


def arisen(registration: Registration, on: date) -> Iterator[Arisen]:
    """Everything that must have been filed, or can be filed now, because of one registration.

    A tax that is filed on an occasion and not by periods gives nothing here.
    """
    duty, kind = duty_named(registration.tax), PeriodKind(registration.period_kind)
    if kind not in duty.kinds:
        return
    last = min(registration.to_on or on, on)
    for period in periods_over(kind, registration.from_on, last):
        if duty.opens(period) <= on:
            yield Arisen(duty, period)


def covers(registration: Registration, tax: str, period: Period) -> bool:
    """Whether a registration asks for the return of a tax and period."""
    if (registration.tax, registration.period_kind) != (tax, period.kind):
        return False
    return registration.from_on <= period.last and (
        registration.to_on is None or registration.to_on >= period.first
    )


def abnormal_from(missed: Sequence[date], last_filed: date | None, on: date) -> date | None:
    """The day from which a firm is 非正常户, or None. `missed` are the last days of what was never filed.

    Counted from the first last day that passed without a return after the latest filing of any tax; how the
    authorities count for firms that file by the quarter is not written down, so this is the reading here.
    """
    silent = [day for day in missed if last_filed is None or day >= last_filed]
    if not silent:
        return None
    day = months_later(min(silent), MONTHS_OF_SILENCE)
    return day if day <= on else None
