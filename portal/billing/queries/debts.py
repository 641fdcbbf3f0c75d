"""What taxpayers owe, read from the ledger."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, aliased

from portal.billing.models import Bill, Journal, LedgerAccount, Posting
from portal.billing.rules.allocation import Debt
from portal.billing.rules.chart import RECEIVABLE, AccountKind
from portal.billing.rules.surcharge import Movement
from portal.core.money import ZERO


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
    """What a taxpayer can pay on a day, oldest due date first. Two statements, however many bills."""
    account = LedgerAccount
    unsettled = (
        select(Bill)
        .where(Bill.taxpayer_id == taxpayer_id)
        .where(
            Bill.id.in_(
                select(account.bill_id).where(
                    account.taxpayer_id == taxpayer_id,
                    account.kind.in_(RECEIVABLE),
                    account.debits > account.credits,
                )
            )
        )
        .order_by(Bill.due_on, Bill.id)
    )
    bills = {bill.id: bill for bill in session.scalars(unsettled)}
    if not bills:
        return []
    debts = {debt.bill_id: debt for debt in debts_of(session, taxpayer_id, bills)}
    return [
        OpenBill(bill, debts[key], debts[key].tax_left, debts[key].surcharge_owed(on))
        for key, bill in bills.items()
    ]


def bills_of(session: Session, taxpayer_id: UUID, bill_ids: Collection[UUID]) -> Sequence[Bill]:
    """Those of the bills that are the taxpayer's own, oldest due date first."""
    own = select(Bill).where(Bill.taxpayer_id == taxpayer_id, Bill.id.in_(bill_ids))
    return session.scalars(own.order_by(Bill.due_on, Bill.id)).all()


def debts_of(session: Session, taxpayer_id: UUID, bill_ids: Collection[UUID]) -> list[Debt]:
    """Bills as the ledger shows them, in the order of due dates. One statement."""
    sheets: dict[UUID, _Sheet] = {}
    for row in session.execute(_postings(taxpayer_id, bill_ids)):
        for bill_id, kind, counterpart, amount in (
            (row.debit_bill, row.debit_kind, row.credit_kind, row.amount),
            (row.credit_bill, row.credit_kind, row.debit_kind, -row.amount),
        ):
            if bill_id is not None:
                sheet = sheets.setdefault(bill_id, _Sheet(bill_id, row.debit_due or row.credit_due))
                sheet.note(kind, counterpart, amount, row.effective_on)
    return sorted((sheet.debt() for sheet in sheets.values()), key=lambda debt: (debt.due_on, debt.bill_id))


def _postings(taxpayer_id: UUID, bill_ids: Collection[UUID]) -> Select[*tuple[Any, ...]]:
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    debit_bill, credit_bill = aliased(Bill), aliased(Bill)
    return (
        select(
            Posting.amount,
            Journal.effective_on,
            debit.kind.label("debit_kind"),
            credit.kind.label("credit_kind"),
            debit_bill.id.label("debit_bill"),
            credit_bill.id.label("credit_bill"),
            debit_bill.due_on.label("debit_due"),
            credit_bill.due_on.label("credit_due"),
        )
        .join(Journal, Journal.id == Posting.journal_id)
        .join(debit, debit.id == Posting.debit_id)
        .join(credit, credit.id == Posting.credit_id)
        .outerjoin(debit_bill, debit_bill.id == debit.bill_id)
        .outerjoin(credit_bill, credit_bill.id == credit.bill_id)
        .where(Journal.taxpayer_id == taxpayer_id)
        .where(or_(debit_bill.id.in_(bill_ids), credit_bill.id.in_(bill_ids)))
        .order_by(Journal.effective_on, Posting.id)
    )


class _Sheet:
    """Adds up the postings of one bill."""

    def __init__(self, bill_id: UUID, due_on: date) -> None:
        self.bill_id, self.due_on = bill_id, due_on
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
            self.bill_id,
            self.due_on,
            self.principal,
            self.tax_left,
            tuple(self.movements),
            self.fixed,
            self.surcharge_left,
        )
