"""What taxpayers paid and what was given back, as posted, entry by entry: what a certificate attests."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, and_, extract, func, select
from sqlalchemy.orm import Session, aliased

from portal.billing.models import Attempt, Bill, Journal, LedgerAccount, PaymentOrder, Posting, Slip
from portal.billing.rules.chart import RECEIVABLE, AccountKind, JournalKind

LEVY = frozenset({AccountKind.LEVIED, AccountKind.SURCHARGE_LEVIED})


class Entry(NamedTuple):
    """One posting that paid something of a bill, or gave something paid back; `amount` is then negative."""

    journal_id: UUID
    voucher: str
    """The receipt number of the payment, or the journal's own reference."""
    effective_on: date
    bill: Bill
    surcharge: bool
    amount: Decimal


def years_with_payments(session: Session, taxpayer_id: UUID) -> list[int]:
    """Calendar years in which something was paid, newest first."""
    rows = (
        _postings(taxpayer_id, paid=True)
        .with_only_columns(extract("year", Journal.effective_on))
        .order_by(None)
        .distinct()
    )
    return sorted((int(year) for year in session.scalars(rows)), reverse=True)


def payments_of_year(session: Session, taxpayer_id: UUID, year: int) -> list[Entry]:
    """What was paid in a calendar year, oldest first. One statement."""
    within = Journal.effective_on.between(date(year, 1, 1), date(year, 12, 31))
    return _entries(session, _postings(taxpayer_id, paid=True).where(within), 1)


def entries_about(session: Session, taxpayer_id: UUID, journal_ids: Collection[UUID]) -> list[Entry]:
    """What these payments paid, and everything given back since on the bills they paid, oldest first.

    Payments of somebody else are not found. Two statements.
    """
    paid = _entries(session, _postings(taxpayer_id, paid=True).where(Journal.id.in_(journal_ids)), 1)
    bills = {entry.bill.id for entry in paid}
    back = (
        _entries(session, _postings(taxpayer_id, paid=False).where(Bill.id.in_(bills)), -1) if bills else []
    )
    return sorted(paid + back, key=lambda entry: entry.effective_on)


def _entries(session: Session, rows: Select[*tuple[object, ...]], sign: int) -> list[Entry]:
    return [
        Entry(
            row.Journal.id,
            row.receipt_number or f"J-{row.Journal.id.hex[-12:].upper()}",
            row.Journal.effective_on,
            row.Bill,
            row.kind == AccountKind.SURCHARGE_DUE,
            sign * row.amount,
        )
        for row in session.execute(rows)
    ]


def _postings(taxpayer_id: UUID, *, paid: bool) -> Select[*tuple[object, ...]]:
    """Postings between what is due on a bill and money: towards the bill, or off it again.

    A lower levy moves what is due as well, and is no money.
    """
    due, money = aliased(LedgerAccount), aliased(LedgerAccount)
    towards, away = (Posting.credit_id, Posting.debit_id) if paid else (Posting.debit_id, Posting.credit_id)
    receipt = func.coalesce(PaymentOrder.receipt_number, Slip.receipt_number).label("receipt_number")
    return (
        select(Journal, Bill, Posting.amount, due.kind, receipt)
        .join(Posting, Posting.journal_id == Journal.id)
        .join(due, due.id == towards)
        .join(money, money.id == away)
        .join(Bill, Bill.id == due.bill_id)
        .outerjoin(Attempt, Attempt.intent_id == Journal.source_ref)
        .outerjoin(PaymentOrder, PaymentOrder.id == Attempt.order_id)
        .outerjoin(Slip, and_(Slip.source_ref == Journal.source_ref, Journal.kind == JournalKind.POS))
        .where(Journal.taxpayer_id == taxpayer_id, due.kind.in_(RECEIVABLE), money.kind.not_in(LEVY))
        .order_by(Journal.effective_on, Journal.id, Posting.leg)
    )
