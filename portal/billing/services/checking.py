"""Proving the books: every invariant of ledger and payments, read afresh from the rows."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.billing.models import Attempt, Bill, Journal, LedgerAccount, OrderItem, PaymentOrder, Posting
from portal.billing.queries.debts import debts_of
from portal.billing.queries.treasury import LEVY
from portal.billing.rules.chart import RECEIVABLE, SIDE, AccountKind, JournalKind
from portal.billing.rules.states import LIVE, AttemptState, OrderState
from portal.billing.services.proving_repayments import (
    refunds_are_covered,
    repayments_are_booked,
    transit_is_explained,
)
from portal.billing.services.terminal_proofs import (
    shifts_add_up,
    slips_are_booked,
    terminal_breaks_are_explained,
)
from portal.core.keys import number_is_sound
from portal.core.money import ZERO


def verify_books(session: Session) -> list[str]:
    """Every broken invariant in words for the operator; empty when the books are whole."""
    return [line for check in CHECKS for line in check(session)]


def verify_payments(session: Session) -> list[str]:
    """Payments in the ledger that no attempt of ours led to and that are not marked as foreign.

    Apart from the books, which are whole or not by themselves.
    """
    made = select(Attempt.intent_id).where(Attempt.intent_id.is_not(None))
    ours = select(Journal.source_ref).where(Journal.kind == JournalKind.PAYMENT, Journal.reason != "foreign")
    unknown = session.scalars(ours.where(Journal.source_ref.not_in(made)))
    return [f"payment {ref} is in the ledger and was made by no attempt" for ref in unknown]


def _journals_match_their_postings(session: Session) -> Iterator[str]:
    counted = (
        select(Posting.journal_id, func.count().label("legs"), func.sum(Posting.amount).label("total"))
        .group_by(Posting.journal_id)
        .subquery()
    )
    differs = or_(counted.c.legs.is_(None), counted.c.legs != Journal.legs, counted.c.total != Journal.total)
    joined = select(Journal.id).outerjoin(counted, counted.c.journal_id == Journal.id)
    for key in session.scalars(joined.where(differs)):
        yield f"journal {key} does not match its postings"
    orphans = select(Posting.id).outerjoin(Journal, Journal.id == Posting.journal_id)
    for key in session.scalars(orphans.where(Journal.id.is_(None))):
        yield f"posting {key} belongs to no journal"


def _balances_are_the_sums_of_postings(session: Session) -> Iterator[str]:
    """The kept sums of tracked accounts; others keep none."""
    debits, credits_ = (
        dict(session.execute(select(column, func.sum(Posting.amount)).group_by(column)).all())
        for column in (Posting.debit_id, Posting.credit_id)
    )
    for account in session.scalars(select(LedgerAccount).execution_options(yield_per=1000)):
        summed = (debits.get(account.id, ZERO), credits_.get(account.id, ZERO))
        kept = (account.debits, account.credits)
        if kept != (summed if account.tracked else (ZERO, ZERO)):
            yield f"account {account.code} keeps {kept[0]}, {kept[1]}; postings are {summed[0]}, {summed[1]}"
        if account.tracked and account.side * (summed[0] - summed[1]) < account.floor:
            yield f"account {account.code} is below its floor"


def _accounts_are_what_their_codes_say(session: Session) -> Iterator[str]:
    for account in session.scalars(select(LedgerAccount).execution_options(yield_per=1000)):
        sound = (
            account.code.startswith(f"{account.kind}:")
            and SIDE[AccountKind(account.kind)] == account.side
            and (account.kind in RECEIVABLE) == (account.bill_id is not None)
        )
        if not sound:
            yield f"account {account.code} is not what its code says"


def _bills_are_assessed_once(session: Session) -> Iterator[str]:
    """With their own amount; and nothing else is."""
    assessed = dict(
        session.execute(
            select(Journal.source_ref, Journal.total).where(Journal.kind == JournalKind.ASSESS)
        ).all()
    )
    for key, amount in session.execute(select(Bill.id, Bill.amount)):
        if assessed.pop(str(key), None) != amount:
            yield f"bill {key} is not assessed in the ledger with its amount"
    for ref in assessed:
        yield f"an assessment in the ledger names no bill: {ref}"


def _bills_are_levied_as_their_levy(session: Session) -> Iterator[str]:
    """What is assessed or fixed on a bill stands to the levy of the bill, and to no other."""
    due, levied = aliased(LedgerAccount), aliased(LedgerAccount)
    for side, other in ((Posting.debit_id, Posting.credit_id), (Posting.credit_id, Posting.debit_id)):
        rows = session.execute(
            select(Bill.id, levied.code)
            .join(due, due.bill_id == Bill.id)
            .join(Posting, side == due.id)
            .join(levied, levied.id == other)
            .where(levied.kind.in_(LEVY), levied.code != levied.kind + ":" + Bill.levy)
        )
        for key, code in rows:
            yield f"bill {key} is booked to {code}, not to its own levy"


def _fixed_surcharge_follows_the_rule(session: Session) -> Iterator[str]:
    """What payments fixed as surcharge is what the rule makes of the balance history."""
    fixed: dict[UUID, set[UUID]] = {}
    bills = select(Bill.taxpayer_id, Bill.id).join(LedgerAccount, LedgerAccount.bill_id == Bill.id)
    for whose, bill_id in session.execute(bills.where(LedgerAccount.kind == AccountKind.SURCHARGE_DUE)):
        fixed.setdefault(whose, set()).add(bill_id)
    for whose, bill_ids in fixed.items():
        for debt in debts_of(session, whose, bill_ids):
            rule = debt.accrued(debt.last_moved)
            if debt.surcharge_fixed != rule:
                yield f"bill {debt.bill_id} fixed {debt.surcharge_fixed} of surcharge; the rule says {rule}"


def _orders_add_up(session: Session) -> Iterator[str]:
    items = (
        select(OrderItem.order_id, func.sum(OrderItem.amount).label("total"))
        .group_by(OrderItem.order_id)
        .subquery()
    )
    joined = select(PaymentOrder.number).outerjoin(items, items.c.order_id == PaymentOrder.id)
    for number in session.scalars(
        joined.where(or_(items.c.total.is_(None), items.c.total != PaymentOrder.amount))
    ):
        yield f"order {number} is not the sum of its items"
    twice = (
        select(Attempt.order_id)
        .where(Attempt.state.in_(LIVE))
        .group_by(Attempt.order_id)
        .having(func.count() > 1)
    )
    for key in session.scalars(twice):
        yield f"order {key} has more than one live attempt"


def _money_received_is_booked(session: Session) -> Iterator[str]:
    """Each attempt that succeeded has its journal, and each paid order one receipt and one such attempt."""
    succeeded = select(Attempt).where(Attempt.state == AttemptState.SUCCEEDED)
    booked = select(Journal.source_ref).where(Journal.kind == JournalKind.PAYMENT)
    for attempt in session.scalars(succeeded.where(Attempt.intent_id.not_in(booked))):
        yield f"payment {attempt.intent_id} succeeded and is not in the ledger"
    paid_by = {attempt.order_id for attempt in session.scalars(succeeded)}
    for order in session.scalars(select(PaymentOrder).execution_options(yield_per=1000)):
        if (order.state == OrderState.PAID) != (order.receipt_number is not None):
            yield f"order {order.number} is {order.state} with receipt {order.receipt_number}"
        if order.receipt_number is not None and not number_is_sound(order.receipt_number):
            yield f"receipt {order.receipt_number} has a wrong check character"
        if order.state == OrderState.PAID and order.id not in paid_by:
            yield f"order {order.number} is paid by no attempt"


CHECKS = (
    _journals_match_their_postings,
    _balances_are_the_sums_of_postings,
    _accounts_are_what_their_codes_say,
    _bills_are_assessed_once,
    _bills_are_levied_as_their_levy,
    _fixed_surcharge_follows_the_rule,
    _orders_add_up,
    _money_received_is_booked,
    refunds_are_covered,
    repayments_are_booked,
    transit_is_explained,
    slips_are_booked,
    shifts_add_up,
    terminal_breaks_are_explained,
)
