"""Money on its way back: by which payments it came, what has set out, and what waits for an account."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.billing.models import Journal, LedgerAccount, Posting, RefundAccount, Repayment
from portal.billing.rules import chart
from portal.billing.rules.chart import RECEIVABLE, AccountKind, JournalKind
from portal.billing.rules.repaying import Came, came_back_by
from portal.billing.rules.states import ON_THE_WAY, RepaymentState
from portal.core.money import ZERO
from portal.matters.models import Matter


def account_named(session: Session, taxpayer_id: UUID) -> RefundAccount | None:
    """The account that a taxpayer named last for refunds."""
    mine = select(RefundAccount).where(RefundAccount.taxpayer_id == taxpayer_id)
    return session.scalars(mine.order_by(RefundAccount.id.desc()).limit(1)).one_or_none()


class Way(NamedTuple):
    """One sum of a refund and the account it goes to, if it goes to one."""

    repayment: Repayment
    account: RefundAccount | None

    def counts(self, present: int) -> bool:
        """Whether it carries part of what the matter asks for in its present round."""
        return self.repayment.round == present and self.repayment.state != RepaymentState.RETURNED


def ways_of(session: Session, taxpayer_id: UUID, matter_id: UUID) -> Sequence[Way]:
    """Every way on which the money of a refund set out, oldest first."""
    rows = session.execute(
        select(Repayment, RefundAccount)
        .outerjoin(RefundAccount, RefundAccount.id == Repayment.account_id)
        .where(Repayment.taxpayer_id == taxpayer_id, Repayment.matter_id == matter_id)
        .order_by(Repayment.id)
    )
    return [Way(*row) for row in rows]


def set_out(session: Session, matters: Collection[Matter]) -> Mapping[UUID, Decimal]:
    """By matter, what of its amount has left the taxpayer's unallocated money in its present round."""
    sums = session.execute(
        select(Repayment.matter_id, func.sum(Repayment.amount))
        .join(Matter, and_(Matter.id == Repayment.matter_id, Matter.round == Repayment.round))
        .where(Repayment.matter_id.in_([matter.id for matter in matters]))
        .where(Repayment.state != RepaymentState.RETURNED)
        .group_by(Repayment.matter_id)
    )
    return dict(sums.all())


def reserved(session: Session, matters: Collection[Matter]) -> Decimal:
    """What refunds keep of the money that rests here: their amounts, less what has set out."""
    gone = set_out(session, matters) if matters else {}
    return sum(((one.amount or ZERO) - gone.get(one.id, ZERO) for one in matters), ZERO)


def repayment_held(session: Session, repayment_id: UUID) -> Repayment | None:
    """A repayment under lock, as it stands now."""
    return session.scalar(
        select(Repayment)
        .where(Repayment.id == repayment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def repayment_named(session: Session, repayment_id: UUID) -> Repayment | None:
    """A repayment by our own key."""
    return session.get(Repayment, repayment_id)


def repayments_in_question(session: Session, before: datetime, limit: int) -> Sequence[Repayment]:
    """Those on their way of which nobody was asked since."""
    waiting = select(Repayment).where(Repayment.state.in_(ON_THE_WAY), Repayment.tried_at <= before)
    return session.scalars(waiting.order_by(Repayment.tried_at).limit(limit)).all()


def paid_by_treasury(session: Session, since: datetime, before: datetime, limit: int) -> Sequence[Repayment]:
    """What the treasury paid since a day, a bank may still send back, and nobody asked about lately."""
    lately = select(Repayment).where(
        Repayment.account_id.is_not(None),
        Repayment.state == RepaymentState.PAID,
        Repayment.ended_at >= since,
        Repayment.tried_at <= before,
    )
    return session.scalars(lately.order_by(Repayment.tried_at).limit(limit)).all()


def returnable_by_gateway(session: Session, taxpayer_id: UUID) -> list[tuple[str, Decimal]]:
    """Payments through the gateway that brought what rests here, each with what may go back by it.

    A payment that once could not be given back is left out: what is left of it goes to an account.
    """
    tried = session.execute(
        select(Repayment.intent_id, Repayment.state, func.sum(Repayment.amount))
        .where(Repayment.taxpayer_id == taxpayer_id, Repayment.intent_id.is_not(None))
        .group_by(Repayment.intent_id, Repayment.state)
    ).all()
    failed = {intent for intent, state, _ in tried if state == RepaymentState.RETURNED}
    given: dict[str, Decimal] = {}
    for intent, _state, amount in tried:
        given[str(intent)] = given.get(str(intent), ZERO) + amount
    came = came_back_by(_movements(session, taxpayer_id))
    left = [(intent, amount - given.get(intent, ZERO)) for intent, amount in came if intent not in failed]
    return [(intent, amount) for intent, amount in left if amount > ZERO]


def _movements(session: Session, taxpayer_id: UUID) -> Iterator[Came]:
    """What came by the gateway, and what was set free on a bill; newest first."""
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    gateway = and_(Journal.kind == JournalKind.PAYMENT, debit.code == chart.clearing("gateway").code)
    freed = and_(debit.kind.in_(RECEIVABLE), credit.kind == AccountKind.UNALLOCATED)
    rows = session.execute(
        select(Journal.kind, Journal.source_ref, debit.bill_id, credit.bill_id, Posting.amount)
        .join(Posting, Posting.journal_id == Journal.id)
        .join(debit, debit.id == Posting.debit_id)
        .join(credit, credit.id == Posting.credit_id)
        .where(Journal.taxpayer_id == taxpayer_id, or_(gateway, freed))
        .order_by(Journal.effective_on.desc(), Journal.id.desc(), Posting.leg)
    )
    for kind, ref, freed_bill, paid_bill, amount in rows:
        paid = kind == JournalKind.PAYMENT
        yield Came(ref if paid else None, paid_bill if paid else freed_bill, amount)
