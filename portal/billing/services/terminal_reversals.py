"""冲正: a slip that was credited by mistake is taken back by a third person, with a journal of its own.

The debt is back from the day of the reversal. For the days between, when the office's own books called it
paid, no surcharge runs: 征管法第五十二条 charges none where the office is at fault.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from portal.audit import services as audit
from portal.billing.models import Bill, Journal, LedgerAccount, Posting, Slip
from portal.billing.queries.debts import debts_of
from portal.billing.queries.repayments import reserved
from portal.billing.queries.terminals import batch_of, slip_held
from portal.billing.rules import chart
from portal.billing.rules.chart import RECEIVABLE, AccountKind, JournalKind, Leg, Place
from portal.billing.rules.terminals import (
    MONEY_MOVED_ON,
    NOT_CREDITED,
    SlipState,
    name_of,
    why_not_reverse,
)
from portal.billing.services.bills import fixing, places_of
from portal.billing.services.closing import reopen_unpaid
from portal.billing.services.ledger import Balances, Entries, Fact, book
from portal.billing.services.refunds import OPEN, REFUND, at_rest, lower_refunds
from portal.billing.services.terminal_files import check_batch
from portal.core.acting import Acting
from portal.core.clock import day_of
from portal.core.jobs import enqueue
from portal.core.money import ZERO
from portal.core.refusal import Refusal
from portal.matters.queries import running
from portal.notices import services as notices
from portal.taxpayers.queries import held_firm
from portal.taxpayers.rules.firms import TaxStatus


def reverse_slip(session: Session, acting: Acting, slip_id: UUID, why: str, *, at: datetime) -> None:
    """Take a credited slip back, wholly: what it paid is owed again, what rested of it is gone.

    Raises `Refusal` for one of the two clerks, for a slip that is not credited, and where the money moved on
    since: a bill it paid set money free, or what rested was used.
    """
    seen = session.get(Slip, slip_id)
    batch = batch_of(session, seen.shift_id, lock=True) if seen else None
    slip = slip_held(session, slip_id)
    if slip is None or batch is None:
        raise Refusal(NOT_CREDITED)
    wrong = why_not_reverse(acting.account_id, (slip.keyed_by, slip.confirmed_by), slip.state)
    if wrong is not None:
        raise Refusal(wrong)
    bills = _take_back(session, acting, slip, at)
    slip.state, slip.ended_by, slip.ended_at, slip.why = SlipState.REVERSED, acting.account_id, at, why
    session.flush()
    reopen_unpaid(session, bills, by=acting, at=at)
    told = {"amount": str(slip.amount), "number": slip.receipt_number, "reasons": why}
    notices.tell(session, slip.taxpayer_id, "payment-reversed", told, at=at)
    facts = {
        "slip": name_of(batch.terminal, batch.shift.batch, slip.trace),
        "number": slip.receipt_number,
        "amount": str(slip.amount),
    }
    audit.record(
        session, acting, "pos-slip-reversed", at=at, taxpayer_id=slip.taxpayer_id, reason=why, facts=facts
    )
    check_batch(session, batch.terminal, batch.shift.batch, at=at)


def _take_back(session: Session, acting: Acting, slip: Slip, at: datetime) -> Sequence[Bill]:
    """Book the reversal; the bills that are owed again."""
    whose = slip.taxpayer_id
    firm = held_firm(session, whose)
    rests = at_rest(session, whose)
    paid, legs = _paid(session, slip)
    bills = session.scalars(select(Bill).where(Bill.id.in_([leg.debit.bill_id for leg in legs]))).all()
    back = sum((leg.amount for leg in legs if leg.debit.kind is AccountKind.UNALLOCATED), ZERO)
    refunds = running(session, whose, REFUND, lock=True)
    free = rests - reserved(session, [matter for matter in refunds if matter.state != OPEN])
    fact = Fact(
        JournalKind.POS_REVERSED, str(slip.source_ref), day_of(at), whose,
        actor_id=acting.account_id, corrects_id=paid.id,
    )  # fmt: skip

    def plan(balances: Balances) -> Entries:
        if back > free or _set_free_since(session, paid, bills):
            raise Refusal(MONEY_MOVED_ON)
        yield fact, legs
        by_id = {bill.id: bill for bill in bills}
        for debt in debts_of(session, whose, by_id.keys()):
            change = debt.accrued(debt.last_moved) - debt.surcharge_fixed
            yield from fixing(by_id[debt.bill_id], change, balances, fact)

    book(session, fact, [chart.POS, chart.unallocated(whose), *places_of(bills)], plan, at=at)
    if back > ZERO:
        open_ones = [matter for matter in refunds if matter.state == OPEN]
        too_much = reserved(session, refunds) - (rests - back)
        lower_refunds(session, open_ones, too_much, by=acting, at=at)
    if bills and firm is not None and firm.tax_status == TaxStatus.CLEARED:
        enqueue(session, "debt-after-clearance", {"taxpayer": str(whose)}, run_at=at)
    return bills


def _paid(session: Session, slip: Slip) -> tuple[Journal, list[Leg]]:
    """The journal of a slip, and its legs the other way round."""
    rows = session.execute(
        select(Journal, LedgerAccount, Posting.amount)
        .join(Posting, Posting.journal_id == Journal.id)
        .join(LedgerAccount, LedgerAccount.id == Posting.credit_id)
        .where(Journal.kind == JournalKind.POS, Journal.source_ref == slip.source_ref)
        .order_by(Posting.leg)
    ).all()
    return rows[0][0], [Leg(_place(account), chart.POS, amount) for _, account, amount in rows]


def _place(account: LedgerAccount) -> Place:
    what = account.code.partition(":")[2]
    return Place(AccountKind(account.kind), what, account.taxpayer_id, account.bill_id)


def _set_free_since(session: Session, paid: Journal, bills: Sequence[Bill]) -> bool:
    """Whether a later fact set money free of a bill that the slip paid."""
    due, rests = aliased(LedgerAccount), aliased(LedgerAccount)
    later = (
        select(Posting.id)
        .join(Journal, Journal.id == Posting.journal_id)
        .join(due, due.id == Posting.debit_id)
        .join(rests, rests.id == Posting.credit_id)
        .where(due.bill_id.in_([bill.id for bill in bills]), due.kind.in_(RECEIVABLE))
        .where(rests.kind == AccountKind.UNALLOCATED, Journal.recorded_at >= paid.recorded_at)
    )
    return session.scalar(later.limit(1)) is not None
