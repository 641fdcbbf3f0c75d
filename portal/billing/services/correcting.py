"""Settling what a correction changes, levy by levy: lower or further bills, refunds given or taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.billing.models import Bill
from portal.billing.queries.debts import debts_of
from portal.billing.rules import chart
from portal.billing.rules.chart import JournalKind, Leg
from portal.billing.services.bills import (
    Source,
    credit_refund_due,
    pay_with_resting,
    raise_bill,
    reduce_bill,
)
from portal.billing.services.ledger import Fact, book, hold, is_booked
from portal.core.clock import day_of
from portal.core.money import ZERO
from portal.core.wording import Phrase


class Change(NamedTuple):
    """What a correction makes of one levy: before and now, positive to pay and negative to be refunded."""

    levy: str
    title: Phrase
    old: Decimal
    new: Decimal


@dataclass(frozen=True)
class Correction:
    """Which taxpayer's tax and period a correction is about, and what it follows from."""

    taxpayer_id: UUID
    tax: str
    period: str
    due_on: date
    """The first due date, from which surcharge counts."""
    source: Source
    at: datetime
    actor_id: UUID | None = None

    @property
    def ref(self) -> str:
        return f"{self.source[0]}:{self.source[1]}"

    def fact(self, kind: JournalKind, levy: str = "") -> Fact:
        """A money fact that follows from it; of one levy where one is named."""
        ref = f"{self.ref}:{levy}" if levy else self.ref
        return Fact(
            kind, ref, day_of(self.at), self.taxpayer_id, actor_id=self.actor_id,
            period=self.period if levy else "",
        )  # fmt: skip


def adjust(
    session: Session, of: Correction, changes: Sequence[Change], *, returnable: Decimal = ZERO
) -> None:
    """Settle the difference a correction makes to each levy; once per source.

    Less to pay lowers the levy's bills of the period, the youngest first; what they do not cover becomes a
    refund due. More to pay is first a smaller refund of that levy, then a further bill with the first due
    date. `returnable` is what earlier returns of the period set free and nobody approved to be refunded yet;
    that much, and what this correction itself sets free of other levies, is taken back from refunds and pays
    the further bills (细则第七十九条).
    """
    place = chart.unallocated(of.taxpayer_id)
    rested = hold(session, [place])[place]
    for change in changes:
        if change.new < change.old:
            _lower(session, of, change.levy, change.old - change.new)
    returnable += hold(session, [place])[place] - rested
    bills = []
    for change in changes:
        more = max(change.new - change.old, ZERO)
        back = min(more, max(-change.old, ZERO), returnable)
        if back > ZERO:
            _take_refund_back(session, of, change.levy, back)
            returnable -= back
        if more > back:
            bills.append(_further(session, of, change, more - back))
    if bills and returnable > ZERO:
        pay_with_resting(session, of.fact(JournalKind.OFFSET), bills, at=of.at, most=returnable)


def _further(session: Session, of: Correction, change: Change, amount: Decimal) -> Bill:
    return raise_bill(
        session, taxpayer_id=of.taxpayer_id, tax=of.tax, levy=change.levy, period=of.period,
        title=change.title, amount=amount, due_on=of.due_on, source=of.source, at=of.at, actor_id=of.actor_id,
    )  # fmt: skip


def _take_refund_back(session: Session, of: Correction, levy: str, amount: Decimal) -> None:
    fact = of.fact(JournalKind.REFUND_BACK, levy)
    leg = Leg(chart.unallocated(of.taxpayer_id), chart.levied(levy), amount)
    book(session, fact, (leg.debit, leg.credit), lambda _: [(fact, [leg])], at=of.at)


def _lower(session: Session, of: Correction, levy: str, by: Decimal) -> None:
    bills = session.scalars(
        select(Bill)
        .where(Bill.taxpayer_id == of.taxpayer_id, Bill.tax == of.tax, Bill.period == of.period)
        .where(Bill.levy == levy)
        .order_by(Bill.raised_at.desc(), Bill.id.desc())
    ).all()
    if any(is_booked(session, JournalKind.REDUCE, f"{of.ref}:{bill.id}") for bill in bills):
        return
    debts = debts_of(session, of.taxpayer_id, {bill.id for bill in bills})
    assessed = {debt.bill_id: debt.principal for debt in debts}
    for bill in bills:
        part = min(by, assessed[bill.id])
        if part > ZERO:
            reduce_bill(session, bill, part, source=of.source, at=of.at, actor_id=of.actor_id)
            by -= part
    if by > ZERO:
        credit_refund_due(
            session, taxpayer_id=of.taxpayer_id, tax=of.tax, levy=levy, period=of.period, amount=by,
            source=of.source, at=of.at, actor_id=of.actor_id,
        )  # fmt: skip
