"""What taxpayers owe, read from the ledger."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from portal.billing.models import Bill, Journal, LedgerAccount, Posting
from portal.billing.rules.allocation import Debt
from portal.billing.rules.chart import RECEIVABLE, AccountKind
from portal.billing.rules.surcharge import Movement
from portal.core.db import Key
from portal.core.money import ZERO

WHOSE = bindparam("whose", type_=Key)
PEOPLE = bindparam("people", expanding=True, type_=Key)


class OpenBill(NamedTuple):
    """A bill that is not settled, with what is payable on the day asked for."""

    bill: Bill
    debt: Debt
    tax: Decimal
    surcharge: Decimal

    @property
    def total(self) -> Decimal:
        return self.tax + self.surcharge


def open_bills(session: Session, taxpayer_id: UUID, on: date) -> list[OpenBill]:
    """What a taxpayer can pay on a day, oldest due date first. One statement, however many bills."""
    dues = []
    for sheet in _sheets(session, _postings_of_unsettled(of_one=True), {"whose": taxpayer_id}):
        debt = sheet.debt()
        dues.append(OpenBill(sheet.bill, debt, debt.tax_left, debt.surcharge_owed(on)))
    return dues


def owed_by(session: Session, taxpayers: Collection[UUID], on: date) -> Mapping[UUID, Decimal]:
    """What each of some taxpayers can pay on a day, surcharge included; left out who owes nothing.

    One statement.
    """
    owed: dict[UUID, Decimal] = defaultdict(lambda: ZERO)
    for sheet in _sheets(session, _postings_of_unsettled(of_one=False), {"people": list(taxpayers)}):
        debt = sheet.debt()
        owed[sheet.bill.taxpayer_id] += debt.tax_left + debt.surcharge_owed(on)
    return owed


def bills_of(session: Session, taxpayer_id: UUID, bill_ids: Collection[UUID]) -> Sequence[Bill]:
    """Those of the bills that are the taxpayer's own, oldest due date first."""
    own = select(Bill).where(Bill.taxpayer_id == taxpayer_id, Bill.id.in_(bill_ids))
    return session.scalars(own.order_by(Bill.due_on, Bill.id)).all()


def debts_of(session: Session, taxpayer_id: UUID, bill_ids: Collection[UUID]) -> list[Debt]:
    """Bills as the ledger shows them, oldest due date first. One statement."""
    asked = {"whose": taxpayer_id, "bill_ids": list(bill_ids)}
    return [sheet.debt() for sheet in _sheets(session, _postings_of_named(), asked)]


@cache
def _postings_of_unsettled(*, of_one: bool) -> Select[*tuple[Any, ...]]:
    """Built once: the first page asks it, and building costs several times as much as asking."""

    def mine(column: Any) -> ColumnElement[bool]:
        return cast(ColumnElement[bool], column == WHOSE if of_one else column.in_(PEOPLE))

    unsettled = select(LedgerAccount.bill_id).where(
        mine(LedgerAccount.taxpayer_id),
        LedgerAccount.kind.in_(RECEIVABLE),
        LedgerAccount.debits > LedgerAccount.credits,
    )
    return _postings().where(mine(Journal.taxpayer_id), Bill.id.in_(unsettled))


@cache
def _postings_of_named() -> Select[*tuple[Any, ...]]:
    named = Bill.id.in_(bindparam("bill_ids", expanding=True, type_=Key))
    return _postings().where(Journal.taxpayer_id == WHOSE, named)


def _postings() -> Select[*tuple[Any, ...]]:
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    return (
        select(
            Bill,
            Posting.amount,
            Journal.effective_on,
            debit.kind.label("debit_kind"),
            credit.kind.label("credit_kind"),
            debit.bill_id.label("debit_bill"),
        )
        .join(Journal, Journal.id == Posting.journal_id)
        .join(debit, debit.id == Posting.debit_id)
        .join(credit, credit.id == Posting.credit_id)
        .join(Bill, Bill.id == func.coalesce(debit.bill_id, credit.bill_id))
        .order_by(Bill.due_on, Bill.id, Journal.effective_on, Posting.id)
    )


def _sheets(
    session: Session, postings: Select[*tuple[Any, ...]], asked: Mapping[str, object]
) -> list["_Sheet"]:
    """The postings of bills, added up. No posting touches two bills."""
    sheets: dict[UUID, _Sheet] = {}
    for row in session.execute(postings, asked):
        sheet = sheets.setdefault(row.Bill.id, _Sheet(row.Bill))
        if row.debit_bill is not None:
            sheet.note(row.debit_kind, row.credit_kind, row.amount, row.effective_on)
        else:
            sheet.note(row.credit_kind, row.debit_kind, -row.amount, row.effective_on)
    return list(sheets.values())


class _Sheet:
    """Adds up the postings of one bill."""

    def __init__(self, bill: Bill) -> None:
        self.bill = bill
        self.principal = self.tax_left = self.fixed = self.surcharge_left = ZERO
        self.movements: list[Movement] = []

    def note(self, kind: str, counterpart: str, amount: Decimal, on: date) -> None:
        """`amount` is positive on the debit side."""
        if kind == AccountKind.TAX_DUE:
            self.tax_left += amount
            if counterpart == AccountKind.LEVIED:
                self.principal += amount
            else:
                self.movements.append(Movement(on, -amount))
        else:
            self.surcharge_left += amount
            if counterpart == AccountKind.SURCHARGE_LEVIED:
                self.fixed += amount

    def debt(self) -> Debt:
        return Debt(
            self.bill.id,
            self.bill.due_on,
            self.principal,
            self.tax_left,
            tuple(self.movements),
            self.fixed,
            self.surcharge_left,
        )
