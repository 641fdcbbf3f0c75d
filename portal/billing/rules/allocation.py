"""Which debt a payment pays. Dated rules; every split is exact to the fen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from portal.billing.rules.surcharge import Movement, stretches
from portal.core.money import ZERO, from_fen, to_fen
from portal.taxes.surcharge import Stretch, late_surcharge

TAX_FIRST_FROM = date(2020, 3, 1)
"""公告2019年第48号第一条: arrears and surcharge need not be paid together, tax may be paid first."""


class Component(StrEnum):
    """The two parts of a debt."""

    TAX = "tax"
    SURCHARGE = "surcharge"


class Due(NamedTuple):
    """Something a payment can pay."""

    bill_id: UUID
    component: Component
    due_on: date
    amount: Decimal


@dataclass(frozen=True)
class Debt:
    """A bill as the ledger shows it."""

    bill_id: UUID
    due_on: date
    principal: Decimal
    """Tax due in law, after every correction."""
    tax_left: Decimal
    movements: tuple[Movement, ...] = ()
    surcharge_fixed: Decimal = ZERO
    """Surcharge booked so far."""
    surcharge_left: Decimal = ZERO
    """Booked and not paid."""

    @property
    def last_moved(self) -> date:
        """Up to when surcharge is fixed: the day of the last payment, or the due date."""
        return max([self.due_on, *(moved.on for moved in self.movements)])

    def arrears(self, on: date) -> tuple[Stretch, ...]:
        """The stretches of arrears up to `on`, or up to the last payment if that is later."""
        return stretches(self.principal, self.due_on, self.movements, max(on, self.last_moved))

    def accrued(self, on: date) -> Decimal:
        """Surcharge from the due date up to `on`, paid or not."""
        return late_surcharge(self.arrears(on)).amount

    def surcharge_owed(self, on: date) -> Decimal:
        """What is payable as surcharge on this day; never negative."""
        return max(self.surcharge_left + self.accrued(on) - self.surcharge_fixed, ZERO)

    def dues(self, on: date) -> list[Due]:
        """What can be paid on this day."""
        parts = ((Component.TAX, self.tax_left), (Component.SURCHARGE, self.surcharge_owed(on)))
        return [Due(self.bill_id, part, self.due_on, amount) for part, amount in parts if amount > ZERO]

    def paid(self, amount: Decimal, on: date) -> "Debt":
        """The same debt after a payment towards its tax."""
        moved = (*self.movements, Movement(on, amount))
        return replace(self, tax_left=self.tax_left - amount, movements=moved)


@dataclass(frozen=True)
class Distribution:
    """What becomes of one payment."""

    fixed: Mapping[UUID, Decimal]
    """By bill, by how much its booked surcharge changes: to the amount accrued by the day of payment."""
    shares: tuple[Due, ...]
    rest: Decimal
    """Pays for nothing."""


def distribute(debts: Sequence[Debt], amount: Decimal, on: date) -> Distribution:
    """Split a payment made on a day over debts.

    Since 2020-03-01 tax first, the oldest due date first, then surcharge; before that pro rata over both
    together (practice). A payment fixes the surcharge of the bills it pays up to its day.
    """
    if on < TAX_FIRST_FROM:
        taxes, after = allocate(_all_dues(debts, on), amount), debts
        shares = taxes
    else:
        taxes = allocate([due for due in _all_dues(debts, on) if due.component is Component.TAX], amount)
        paid = {share.bill_id: share.amount for share in taxes}
        after = [debt.paid(paid[debt.bill_id], on) if debt.bill_id in paid else debt for debt in debts]
        surcharges = [due for due in _all_dues(after, on) if due.component is Component.SURCHARGE]
        shares = taxes + allocate(surcharges, amount - _total(taxes), oldest_first=False)
    paid_bills = {share.bill_id for share in shares}
    fixed = {d.bill_id: d.accrued(on) - d.surcharge_fixed for d in after if d.bill_id in paid_bills}
    return Distribution(
        {bill: change for bill, change in fixed.items() if change},
        tuple(shares),
        amount - _total(shares),
    )


def _all_dues(debts: Sequence[Debt], on: date) -> list[Due]:
    return [due for debt in debts for due in debt.dues(on)]


def _total(dues: Sequence[Due]) -> Decimal:
    return sum((due.amount for due in dues), ZERO)


def allocate(dues: Sequence[Due], amount: Decimal, *, oldest_first: bool = True) -> list[Due]:
    """Shares of `amount` for the dues, none above its due; together no more than the amount.

    `oldest_first` serves each due date in turn; within one date, or over all, it is pro rata.
    """

    def step(due: Due) -> date:
        return due.due_on if oldest_first else date.min

    shares: list[Due] = []
    for _, group in groupby(sorted(dues, key=lambda due: (step(due), due.bill_id, due.component)), step):
        together = list(group)
        parts = pro_rata([due.amount for due in together], min(amount, _total(together)))
        amount -= sum(parts, ZERO)
        shares += [due._replace(amount=part) for due, part in zip(together, parts, strict=True) if part]
    return shares


def pro_rata(weights: Sequence[Decimal], amount: Decimal) -> list[Decimal]:
    """Split `amount` in proportion, in whole fen: floor shares, then the largest remainders, ties by order.

    `amount` is at most the sum of the weights, so that no share exceeds its weight.
    """
    whole, fen = to_fen(sum(weights, ZERO)), to_fen(amount)
    if not 0 <= fen <= whole:
        raise ValueError("an amount to split is not negative and not above the sum of its weights")
    if whole == 0:
        return [ZERO for _ in weights]
    shares = [divmod(to_fen(weight) * fen, whole) for weight in weights]
    left = fen - sum(share for share, _ in shares)
    by_remainder = sorted(range(len(shares)), key=lambda i: -shares[i][1])
    lucky = set(by_remainder[:left])
    return [from_fen(share + (i in lucky)) for i, (share, _) in enumerate(shares)]
