"""The statement of account: everything booked for a taxpayer, with the balance after each."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, literal, select, tuple_
from sqlalchemy.orm import Session, aliased

from portal.billing.models import Bill, Journal, LedgerAccount, Posting
from portal.billing.rules.chart import RECEIVABLE, AccountKind
from portal.core.db import Yuan
from portal.core.money import ZERO

PAGE = 50


class Booked(NamedTuple):
    """One line: how a posting changed what the taxpayer owes, less what rests with the office."""

    posting_id: UUID
    kind: str
    reason: str
    on: date
    period: str
    title: str | None
    """Of the bill, where one is touched."""
    debit: Decimal
    credit: Decimal
    balance: Decimal
    """After this line; negative is the taxpayer's favour."""
    debit_kind: str
    credit_kind: str


Cursor = tuple[date, UUID]


def statement(session: Session, taxpayer_id: UUID, *, before: Cursor | None = None) -> Sequence[Booked]:
    """One page of lines, newest first, and one more if there is an earlier page. One statement.

    `before` is the day and posting of the last line of the page before.
    """
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    owes = RECEIVABLE | {AccountKind.UNALLOCATED}
    more = case((debit.kind.in_(owes), Posting.amount), else_=literal(ZERO, Yuan()))
    less = case((credit.kind.in_(owes), Posting.amount), else_=literal(ZERO, Yuan()))
    order = (Journal.effective_on, Posting.id)
    balance: ColumnElement[Decimal] = func.sum(more - less).over(order_by=order)
    lines = (
        select(
            Posting.id.label("posting_id"),
            Journal.kind,
            Journal.reason,
            Journal.effective_on.label("on"),
            func.coalesce(Bill.period, Journal.period).label("period"),
            Bill.title,
            more.label("debit"),
            less.label("credit"),
            balance.label("balance"),
            debit.kind.label("debit_kind"),
            credit.kind.label("credit_kind"),
        )
        .join(Journal, Journal.id == Posting.journal_id)
        .join(debit, debit.id == Posting.debit_id)
        .join(credit, credit.id == Posting.credit_id)
        .outerjoin(Bill, Bill.id == func.coalesce(debit.bill_id, credit.bill_id))
        .where(Journal.taxpayer_id == taxpayer_id)
        .subquery()
    )
    page = select(lines).order_by(lines.c.on.desc(), lines.c.posting_id.desc()).limit(PAGE + 1)
    if before is not None:
        page = page.where(tuple_(lines.c.on, lines.c.posting_id) < before)
    return [Booked(*row) for row in session.execute(page)]


class Arrival(NamedTuple):
    """Money that came to rest."""

    reason: str
    on: date
    amount: Decimal


class Resting(NamedTuple):
    """Money of a taxpayer that pays for nothing yet, and the facts that brought it there."""

    balance: Decimal
    arrivals: Sequence[Arrival]
    """Newest first."""


def resting(session: Session, taxpayer_id: UUID) -> Resting:
    """What rests in a taxpayer's unallocated account. One statement."""
    rows = session.execute(
        select(
            LedgerAccount.credits - LedgerAccount.debits,
            Journal.reason,
            Journal.effective_on,
            Posting.amount,
        )
        .join(Posting, Posting.credit_id == LedgerAccount.id)
        .join(Journal, Journal.id == Posting.journal_id)
        .where(LedgerAccount.taxpayer_id == taxpayer_id, LedgerAccount.kind == AccountKind.UNALLOCATED)
        .where(LedgerAccount.credits > LedgerAccount.debits)
        .where(Journal.taxpayer_id == taxpayer_id)
        .order_by(Journal.effective_on.desc(), Posting.id.desc())
        .limit(20)
    ).all()
    return Resting(rows[0][0] if rows else ZERO, [Arrival(*row[1:]) for row in rows])
