"""Money that came in, by whatever channel, becomes legs of one journal: bills first, the rest unallocated."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from portal.billing.models import Bill
from portal.billing.queries.debts import debts_of
from portal.billing.rules import chart
from portal.billing.rules.allocation import distribute
from portal.billing.rules.chart import JournalKind, Leg
from portal.billing.services.bills import due_place, fixings, places_of
from portal.billing.services.ledger import Balances, Entries, Fact, book
from portal.core.money import ZERO
from portal.notices import services as notices


@dataclass(frozen=True)
class Received:
    """Money of a taxpayer that has come in; kind and `source_ref` make it one fact, booked once."""

    kind: JournalKind
    source_ref: str
    channel: str
    taxpayer_id: UUID
    amount: Decimal
    on: date
    """The Beijing day on which the payer acted."""
    actor_id: UUID | None
    reason: str = ""
    """Why it pays for nothing; empty where it goes to bills as far as they are due."""


def take_in(session: Session, money: Received, bills: Sequence[Bill], *, at: datetime) -> Decimal:
    """Book money towards bills by the rule of its day; the rest is unallocated, and returned.

    Nothing is refused: what is paid already, or was never owed, rests with the taxpayer.
    """
    source, rests = chart.clearing(money.channel), chart.unallocated(money.taxpayer_id)
    fact = Fact(
        money.kind, money.source_ref, money.on, money.taxpayer_id, money.reason, actor_id=money.actor_id
    )
    rest = money.amount

    def plan(balances: Balances) -> Entries:
        nonlocal rest
        legs: list[Leg] = []
        rest = money.amount
        if not money.reason:
            debts = debts_of(session, money.taxpayer_id, {bill.id for bill in bills})
            split = distribute(debts, rest, money.on)
            yield from fixings(bills, split, balances, fact)
            legs = [Leg(source, due_place(bills, s.bill_id, s.component), s.amount) for s in split.shares]
            rest = split.rest
        if rest > ZERO:
            legs.append(Leg(source, rests, rest))
        yield replace(fact, reason=money.reason or ("over" if rest > ZERO else "")), legs

    book(session, fact, [source, rests, *places_of(bills)], plan, at=at)
    return rest


def tell(
    session: Session, taxpayer_id: UUID, amount: Decimal, rest: Decimal, number: str, at: datetime
) -> None:
    """Tell a taxpayer what came in: what of it paid bills, and what rests."""
    if rest < amount:
        told = {"amount": str(amount - rest), "number": number}
        notices.tell(session, taxpayer_id, "payment-received", told, at=at)
    if rest > ZERO:
        notices.tell(session, taxpayer_id, "money-unallocated", {"amount": str(rest)}, at=at)
