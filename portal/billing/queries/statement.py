"""The statement of account: everything booked for a taxpayer, with the balance after each."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, case, func, literal, select, tuple_, type_coerce
from sqlalchemy.orm import Session, aliased

from portal.billing.models import Attempt, Bill, Journal, LedgerAccount, Posting, Slip
from portal.billing.rules.chart import AT_TERMINALS, RECEIVABLE, AccountKind, JournalKind
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
    source_ref: str
    slip_id: UUID | None
    """The slip of a terminal that it is about, if it is about one."""

    @property
    def is_surcharge(self) -> bool:
        """Whether it is surcharge of its bill, not tax."""
        return AccountKind.SURCHARGE_DUE in (self.debit_kind, self.credit_kind)

    @property
    def only_moves(self) -> bool:
        """Whether the taxpayer's own money changed its place, and nothing was charged, paid or let off."""
        return bool(self.debit) and self.debit == self.credit

    @property
    def rests(self) -> bool:
        """Whether this brought money to rest."""
        return self.credit_kind == AccountKind.UNALLOCATED


Cursor = tuple[date, UUID]


def statement(session: Session, taxpayer_id: UUID, *, before: Cursor | None = None) -> Sequence[Booked]:
    """One page of lines, newest first, and one more if there is an earlier page. One statement.

    `before` is the day and posting of the last line of the page before.
    """
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    owes = RECEIVABLE | {AccountKind.UNALLOCATED, AccountKind.IN_TRANSIT}
    more = case((debit.kind.in_(owes), Posting.amount), else_=literal(ZERO, Yuan()))
    less = case((credit.kind.in_(owes), Posting.amount), else_=literal(ZERO, Yuan()))
    order = (Journal.effective_on, Posting.id)
    # The difference of two money columns is a plain number to SQLAlchemy: it is told again.
    balance = func.sum(type_coerce(more - less, Yuan())).over(order_by=order)
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
            Journal.source_ref,
            Slip.id.label("slip_id"),
        )
        .join(Journal, Journal.id == Posting.journal_id)
        .join(debit, debit.id == Posting.debit_id)
        .join(credit, credit.id == Posting.credit_id)
        .outerjoin(Bill, Bill.id == func.coalesce(debit.bill_id, credit.bill_id))
        .outerjoin(Slip, and_(Slip.source_ref == Journal.source_ref, Journal.kind.in_(AT_TERMINALS)))
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
            LedgerAccount.credits,
            LedgerAccount.debits,
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
    balance = rows[0].credits - rows[0].debits if rows else ZERO
    return Resting(balance, [Arrival(*row[2:]) for row in rows])


class Paid(NamedTuple):
    """What one leg of a payment paid; without a bill, it rests with the office."""

    title: str | None
    period: str | None
    kind: str
    amount: Decimal


def paid_by(session: Session, order_id: UUID) -> Sequence[Paid]:
    """What the payments of an order paid, as booked. One statement."""
    credit = aliased(LedgerAccount)
    rows = session.execute(
        select(Bill.title, Bill.period, credit.kind, Posting.amount)
        .join(Journal, Journal.id == Posting.journal_id)
        .join(Attempt, Attempt.intent_id == Journal.source_ref)
        .join(credit, credit.id == Posting.credit_id)
        .outerjoin(Bill, Bill.id == credit.bill_id)
        .where(Attempt.order_id == order_id, Journal.kind == JournalKind.PAYMENT)
        .order_by(Journal.id, Posting.leg)
    )
    return [Paid(*row) for row in rows]
