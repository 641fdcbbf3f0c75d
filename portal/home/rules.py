"""What a to-do is and in which order to-dos stand; the twelve months of the chart."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from portal.core.money import ZERO
from portal.core.wording import Phrase


class Kind(StrEnum):
    """What a to-do asks for."""

    PAY = "pay"
    FILE = "file"


@dataclass(frozen=True)
class ToDo:
    """One thing to do by a day. `amount` is what is owed with surcharge, None while it is not known."""

    kind: Kind
    title: Phrase
    about: str
    due_on: date
    amount: Decimal | None
    surcharge: Decimal
    subject: str
    step: str = ""
    levies: int = 1
    """How many taxes and fees the amount is made of."""

    def days_left(self, on: date) -> int:
        """Days until the due day; negative once it has passed."""
        return (self.due_on - on).days

    def is_overdue(self, on: date) -> bool:
        return self.due_on < on


def in_order(to_dos: Iterable[ToDo]) -> list[ToDo]:
    """Most urgent first; of two due on one day, the one that costs money first."""
    return sorted(to_dos, key=lambda one: (one.due_on, one.kind != Kind.PAY, one.about))


@dataclass(frozen=True)
class Total:
    """What can be paid now: everything owed, and how much of it is late surcharge."""

    amount: Decimal
    surcharge: Decimal


def payable(to_dos: Iterable[ToDo]) -> Total:
    """The sum of what the to-dos with an amount come to."""
    owed = [one for one in to_dos if one.amount is not None]
    return Total(
        sum((one.amount for one in owed if one.amount), ZERO), sum((one.surcharge for one in owed), ZERO)
    )


def twelve_months(until: date) -> list[date]:
    """First days of the twelve months that end with the month of `until`."""
    last = until.year * 12 + until.month - 1
    return [date(index // 12, index % 12 + 1, 1) for index in range(last - 11, last + 1)]


class Month(NamedTuple):
    """One bar of the chart."""

    first: date
    """Its first day."""
    amount: Decimal
    """What was paid in it."""

    @property
    def month(self) -> int:
        """1 to 12."""
        return self.first.month

    @property
    def words(self) -> str:
        return f"{self.first:%Y-%m}"


def per_month(paid: Mapping[date, Decimal], until: date) -> list[Month]:
    """The chart's bars: each of the twelve months with what was paid in it."""
    return [Month(month, paid.get(month, ZERO)) for month in twelve_months(until)]
