"""A quote: what is payable on one day, to the fen, and how long it holds."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from portal.billing.rules.allocation import Debt, Due
from portal.core.clock import day_of, start_of
from portal.core.money import ZERO

LONGEST = timedelta(hours=2)
SHORTEST = timedelta(minutes=31)
"""The gateway keeps a payment open for at least 30 minutes; one more for clocks that differ."""
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Quote:
    """What a taxpayer would pay."""

    taxpayer_id: UUID
    day: date
    """The Beijing day whose surcharge is in it."""
    items: tuple[Due, ...]
    expires_at: datetime
    """Until when it may be paid."""

    @property
    def total(self) -> Decimal:
        return sum((item.amount for item in self.items), ZERO)

    @property
    def digest(self) -> str:
        """The same for the same items on the same day; what the payer saw is what is opened."""
        lines = [f"{item.bill_id} {item.component} {item.amount}" for item in self.items]
        return hashlib.sha256("\n".join([str(self.taxpayer_id), str(self.day), *lines]).encode()).hexdigest()


def quote(taxpayer_id: UUID, debts: Sequence[Debt], at: datetime) -> Quote:
    """Everything payable of these debts, for the day that `at` falls on.

    In the last half hour of a day the gateway can no longer close in time. Then the quote is for tomorrow;
    but where something is due today, it stays today's and we close it ourselves: who is on time pays no
    surcharge.
    """
    day = day_of(at)
    midnight = start_of(day + DAY)
    if midnight - at > SHORTEST:
        return Quote(taxpayer_id, day, _items(debts, day), min(midnight - SECOND, at + LONGEST))
    if any(debt.due_on == day and debt.tax_left > ZERO for debt in debts):
        return Quote(taxpayer_id, day, _items(debts, day), midnight - SECOND)
    tomorrow = day + DAY
    return Quote(taxpayer_id, tomorrow, _items(debts, tomorrow), at + LONGEST)


def closes_at(expires_at: datetime, at: datetime) -> datetime:
    """When the gateway closes what is opened now: with the quote, or as soon after as it can."""
    return max(expires_at, at + SHORTEST)


def _items(debts: Sequence[Debt], day: date) -> tuple[Due, ...]:
    return tuple(due for debt in debts for due in debt.dues(day))
