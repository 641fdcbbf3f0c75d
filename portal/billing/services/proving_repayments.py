"""Proving that money going back adds up: refunds, repayments and the ledger against each other."""

from collections.abc import Iterator, Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.billing.models import Journal, LedgerAccount, Repayment
from portal.billing.queries.repayments import set_out
from portal.billing.rules.chart import AccountKind, JournalKind
from portal.billing.rules.states import ON_THE_WAY, RepaymentState
from portal.billing.services.refunds import REFUND
from portal.core.money import ZERO
from portal.matters.models import Matter

Booked = Mapping[JournalKind, Mapping[str, object]]
"""Totals of journals by kind and source."""


def refunds_are_covered(session: Session) -> Iterator[str]:
    """What taxpayers ask back and has not set out rests in their accounts."""
    open_ones = select(Matter).where(
        Matter.kind == REFUND, Matter.closed_at.is_(None), Matter.amount.is_not(None)
    )
    matters = session.scalars(open_ones.order_by(Matter.id)).all()
    gone = set_out(session, matters)
    account = LedgerAccount
    resting = select(account.taxpayer_id, account.credits, account.debits)
    rows = session.execute(resting.where(account.kind == AccountKind.UNALLOCATED))
    rests = {whose: credits_ - debits for whose, credits_, debits in rows}
    sums = {matter.taxpayer_id: ZERO for matter in matters}
    for matter in matters:
        sums[matter.taxpayer_id] += (matter.amount or ZERO) - gone.get(matter.id, ZERO)
    for whose, amount in sums.items():
        if amount > rests.get(whose, ZERO):
            yield f"taxpayer {whose} is to get back {amount}; {rests.get(whose, ZERO)} rests"


def repayments_are_booked(session: Session) -> Iterator[str]:
    """Each set out once with its amount, and left or came back as its state says; nothing else did."""
    kinds = (JournalKind.REPAY, JournalKind.REPAID, JournalKind.REPAY_FAILED)
    booked: dict[JournalKind, dict[str, object]] = {
        kind: dict(
            session.execute(select(Journal.source_ref, Journal.total).where(Journal.kind == kind)).all()
        )
        for kind in kinds
    }
    known = session.scalars(select(Repayment).execution_options(yield_per=1000)).all()
    for one in known:
        yield from _booked_as_its_state(one, booked)
    ours = {str(one.id) for one in known}
    for kind, found in booked.items():
        for ref in found.keys() - ours:
            yield f"{kind} in the ledger names no repayment: {ref}"


def _booked_as_its_state(one: Repayment, booked: Booked) -> Iterator[str]:
    key = str(one.id)
    paid, back = key in booked[JournalKind.REPAID], key in booked[JournalKind.REPAY_FAILED]
    if booked[JournalKind.REPAY].get(key) != one.amount:
        yield f"repayment {key} did not set out with its amount"
    if back != (one.state == RepaymentState.RETURNED):
        yield f"repayment {key} is {one.state}; that it came back is {'' if back else 'not '}in the ledger"
    if paid != (one.state == RepaymentState.PAID) and not back:
        yield f"repayment {key} is {one.state}; that it left is {'' if paid else 'not '}in the ledger"


def transit_is_explained(session: Session) -> Iterator[str]:
    """What is on its way back to a taxpayer is their repayments on the way."""
    on_the_way = dict(
        session.execute(
            select(Repayment.taxpayer_id, func.sum(Repayment.amount))
            .where(Repayment.state.in_(ON_THE_WAY))
            .group_by(Repayment.taxpayer_id)
        ).all()
    )
    kept = select(LedgerAccount).where(LedgerAccount.kind == AccountKind.IN_TRANSIT)
    for account in session.scalars(kept):
        whose = account.taxpayer_id
        balance = account.credits - account.debits
        expected = on_the_way.pop(whose, ZERO) if whose else ZERO
        if balance != expected:
            yield f"account {account.code} holds {balance}; {expected} is on its way"
    for whose in on_the_way:
        yield f"taxpayer {whose} has repayments on the way and no money in transit"
