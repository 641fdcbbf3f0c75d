"""Matters that wait for money: done in the transaction that books the last of it."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.billing.models import Bill, LedgerAccount
from portal.billing.rules import chart
from portal.billing.rules.chart import RECEIVABLE
from portal.billing.services.ledger import hold
from portal.core.acting import Acting
from portal.matters import services as matters
from portal.matters.queries import held_in_state
from portal.matters.rules import waiting_for


def close_paid(
    session: Session, taxpayer_id: UUID, tax: str, period: str, *, by: Acting | None, at: datetime
) -> None:
    """Finish what waits for a tax of a period, if nothing of it is owed: neither tax nor surcharge.

    Of all bills of the period, since a correction shares those of the return it replaces. May be called any
    number of times. `by` is None where the system books.
    """
    # Everything that pays or corrects a bill holds this account, so no payment of the same moment is missed.
    hold(session, [chart.unallocated(taxpayer_id)])
    if _is_owed(session, taxpayer_id, tax, period):
        return
    for kind, paid in waiting_for(tax).items():
        for matter in held_in_state(session, taxpayer_id, kind, period, paid.now):
            matters.advance(session, matter, paid.to, by=by, at=at)


def close_paid_bills(session: Session, bills: Iterable[Bill], *, by: Acting | None, at: datetime) -> None:
    """The same for the periods of bills that something was just booked on."""
    for whose, tax, period in sorted({(bill.taxpayer_id, bill.tax, bill.period) for bill in bills}):
        close_paid(session, whose, tax, period, by=by, at=at)


def _is_owed(session: Session, taxpayer_id: UUID, tax: str, period: str) -> bool:
    owed = exists().where(
        LedgerAccount.bill_id == Bill.id,
        LedgerAccount.kind.in_(RECEIVABLE),
        LedgerAccount.debits > LedgerAccount.credits,
    )
    bills = select(Bill.id).where(Bill.taxpayer_id == taxpayer_id, Bill.tax == tax, Bill.period == period)
    return session.scalar(bills.where(owed).limit(1)) is not None


def reopen_unpaid(session: Session, bills: Iterable[Bill], *, by: Acting | None, at: datetime) -> None:
    """Let what was done when a tax was paid wait again, where a payment was taken back and it is owed."""
    for whose, tax, period in sorted({(bill.taxpayer_id, bill.tax, bill.period) for bill in bills}):
        if not _is_owed(session, whose, tax, period):
            continue
        for kind, paid in waiting_for(tax).items():
            for matter in held_in_state(session, whose, kind, period, paid.to):
                matters.advance(session, matter, paid.now, by=by, at=at)
