"""Calendar months as values: the unit in which most deductions are counted."""

import re
from calendar import monthrange
from datetime import date
from typing import NamedTuple

_WRITTEN = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


class Month(NamedTuple):
    """A month of a year; later months compare greater."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        """The month written as 2022-05. Raises ValueError."""
        written = _WRITTEN.fullmatch(text)
        if not written or not 1 <= int(written[2]) <= 12:
            raise ValueError(f"not a month: {text!r}")
        return cls(int(written[1]), int(written[2]))

    def plus(self, months: int) -> "Month":
        """The month so many months later (earlier when negative)."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Month(year, month + 1)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"


def months_later(day: date, months: int) -> date:
    """The same day of the month so many months later, or that month's last where it has no such day."""
    year, month = Month(day.year, day.month).plus(months)
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def months_within(year: int, first: Month, last: Month | None) -> range:
    """The month numbers (1-12) of `year` that lie in `first` to `last`, both included; `None` is open."""
    start = max(first, Month(year, 1))
    end = Month(year, 12) if last is None else min(last, Month(year, 12))
    return range(start.month, end.month + 1) if start.year == end.year == year else range(1, 1)
