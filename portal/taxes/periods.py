"""Tax periods as values: a year, a quarter or a month, how each is written, said and followed by the next."""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import total_ordering
from typing import ClassVar

from portal.core.wording import N_, Phrase
from portal.taxes.kinds import Json, Kind, Say, WrongValue

_WRITTEN = re.compile(r"(\d{4})(?:Q([1-4])|-(\d{2}))?", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1900, 2100

_YEAR = N_("{year}年")
_QUARTERS = (N_("{year}年第一季度"), N_("{year}年第二季度"), N_("{year}年第三季度"), N_("{year}年第四季度"))
_MONTHS = (
    N_("{year}年1月"), N_("{year}年2月"), N_("{year}年3月"), N_("{year}年4月"),
    N_("{year}年5月"), N_("{year}年6月"), N_("{year}年7月"), N_("{year}年8月"),
    N_("{year}年9月"), N_("{year}年10月"), N_("{year}年11月"), N_("{year}年12月"),
)  # fmt: skip


class PeriodKind(StrEnum):
    """How long a tax period is."""

    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"

    @property
    def months(self) -> int:
        """How many months one period of this kind has."""
        return {PeriodKind.YEAR: 12, PeriodKind.QUARTER: 3, PeriodKind.MONTH: 1}[self]


@total_ordering
@dataclass(frozen=True)
class Period:
    """One calendar year, quarter or month. `number` counts from 1 within the year; a year is its number 1.

    Written 2025, 2025Q3, 2025-07. An earlier beginning compares less; of periods that begin together the
    shorter does. Raises ValueError for a number the year does not have and for years no return is for.
    """

    year: int
    kind: PeriodKind = PeriodKind.YEAR
    number: int = 1

    def __post_init__(self) -> None:
        if not (_FIRST_YEAR <= self.year <= _LAST_YEAR and 1 <= self.number <= 12 // self.kind.months):
            raise ValueError(f"no {self.kind} {self.number} of the year {self.year}")

    @classmethod
    def quarter(cls, year: int, number: int) -> "Period":
        """A quarter, 1 to 4."""
        return cls(year, PeriodKind.QUARTER, number)

    @classmethod
    def month(cls, year: int, number: int) -> "Period":
        """A month, 1 to 12."""
        return cls(year, PeriodKind.MONTH, number)

    @classmethod
    def parse(cls, text: str) -> "Period":
        """The period written as 2025, 2025Q3 or 2025-07, and in no other way. Raises ValueError."""
        written = _WRITTEN.fullmatch(text)
        if not written:
            raise ValueError(f"not a period like 2025, 2025Q3 or 2025-07: {text!r}")
        year, quarter, month = written.groups()
        if quarter:
            return cls.quarter(int(year), int(quarter))
        return cls.month(int(year), int(month)) if month else cls(int(year))

    @classmethod
    def holding(cls, day: date, kind: PeriodKind) -> "Period":
        """The period of a kind in which `day` lies."""
        return cls(day.year, kind, (day.month - 1) // kind.months + 1)

    def __str__(self) -> str:
        if self.kind is PeriodKind.YEAR:
            return f"{self.year:04}"
        return f"{self.year:04}" + (
            f"Q{self.number}" if self.kind is PeriodKind.QUARTER else f"-{self.number:02}"
        )

    def __lt__(self, other: "Period") -> bool:
        return (self.first, self.last) < (other.first, other.last)

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.year, (self.number - 1) * self.kind.months + 1, 1)

    @property
    def last(self) -> date:
        """The last day."""
        month = self.number * self.kind.months
        return date(self.year, month, monthrange(self.year, month)[1])

    def plus(self, periods: int) -> "Period":
        """The period of the same kind so many later (earlier when negative)."""
        in_year = 12 // self.kind.months
        year, number = divmod(self.year * in_year + self.number - 1 + periods, in_year)
        return Period(year, self.kind, number + 1)

    @property
    def next(self) -> "Period":
        """The one after this."""
        return self.plus(1)

    @property
    def previous(self) -> "Period":
        """The one before this."""
        return self.plus(-1)

    @property
    def phrase(self) -> Phrase:
        """Its name as source text to translate; `{year}` in it is the year."""
        names = {PeriodKind.YEAR: (_YEAR,), PeriodKind.QUARTER: _QUARTERS, PeriodKind.MONTH: _MONTHS}
        return names[self.kind][self.number - 1]

    def said(self, say: Say = str) -> str:
        """Its name in the language of `say`: 2025年第三季度, Q3 2025; 2025年7月, July 2025."""
        return say(self.phrase).format(year=self.year)


def periods_over(kind: PeriodKind, first: date, last: date) -> Iterator[Period]:
    """Every period of a kind with at least one day from `first` to `last`, in order."""
    period = Period.holding(first, kind)
    while period.first <= last:
        yield period
        period = period.next


@dataclass(frozen=True)
class PeriodSaid(Kind):
    """The kind of value that a period is inside an explanation."""

    code: ClassVar[str] = "period"

    def read(self, raw: Json) -> Period:
        try:
            return raw if isinstance(raw, Period) else Period.parse(raw)
        except (TypeError, ValueError):
            raise WrongValue(f"{raw!r} is not a period like 2025, 2025Q3 or 2025-07") from None

    def write(self, value: Period) -> str:
        return str(value)

    def show(self, value: Period, say: Say = str) -> str:
        return value.said(say)
