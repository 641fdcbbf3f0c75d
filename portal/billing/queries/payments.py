"""Orders and attempts, as pages, callbacks and the sweep look them up."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.billing.models import Attempt, Bill, OrderItem, PaymentOrder
from portal.billing.rules.states import LIVE, PAYABLE, AttemptState
from portal.gateways.payments import Payment

CREATING_MAY_LAST = timedelta(seconds=90)
"""Longer than the gateway's client tries, so that nobody is still asking."""
PROCESSING_ASKED_AFTER = timedelta(minutes=10)


def own_order(session: Session, taxpayer_id: UUID, order_id: UUID) -> PaymentOrder | None:
    """An order of this taxpayer with items, bills and attempts. Two statements."""
    whole = (
        select(PaymentOrder)
        .options(joinedload(PaymentOrder.attempts))
        .options(selectinload(PaymentOrder.items).joinedload(OrderItem.bill))
        .where(PaymentOrder.id == order_id, PaymentOrder.taxpayer_id == taxpayer_id)
    )
    return session.scalars(whole).unique().one_or_none()


def orders_over(session: Session, taxpayer_id: UUID, bill_ids: Collection[UUID]) -> Sequence[PaymentOrder]:
    """Open orders that would pay any of these bills."""
    paying = select(OrderItem.order_id).where(OrderItem.bill_id.in_(bill_ids))
    return session.scalars(
        select(PaymentOrder)
        .where(PaymentOrder.taxpayer_id == taxpayer_id, PaymentOrder.state.in_(PAYABLE))
        .where(PaymentOrder.id.in_(paying))
        .order_by(PaymentOrder.created_at)
    ).all()


def order_held(session: Session, order_id: UUID) -> PaymentOrder | None:
    """An order under lock: whoever moves it or its attempts holds it."""
    return session.scalar(
        select(PaymentOrder)
        .where(PaymentOrder.id == order_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def attempts_of(session: Session, order_id: UUID) -> Sequence[Attempt]:
    """The attempts of an order held under lock, as they stand now."""
    return session.scalars(
        select(Attempt)
        .where(Attempt.order_id == order_id)
        .order_by(Attempt.n)
        .execution_options(populate_existing=True)
    ).all()


def live_attempt(session: Session, order_id: UUID) -> Attempt | None:
    """The one attempt of an order that may still be paid."""
    return next((one for one in attempts_of(session, order_id) if one.state in LIVE), None)


def attempt_named(
    session: Session, attempt_id: UUID | None, session_id: str | None, intent_id: str | None
) -> Attempt | None:
    """The attempt that any of the gateway's or our own names stands for."""
    names = (Attempt.id == attempt_id, Attempt.session_id == session_id, Attempt.intent_id == intent_id)
    given = [name for name, key in zip(names, (attempt_id, session_id, intent_id), strict=True) if key]
    if not given:
        return None
    return session.scalars(select(Attempt).where(or_(*given)).order_by(Attempt.id)).first()


def attempt_of(session: Session, payment: Payment) -> Attempt | None:
    """The attempt that a payment belongs to."""
    return attempt_named(session, payment.attempt_id, payment.session_id, payment.intent_id)


def bills_of_order(session: Session, order_id: UUID) -> Sequence[Bill]:
    """The bills that an order pays."""
    paid = select(OrderItem.bill_id).where(OrderItem.order_id == order_id)
    return session.scalars(select(Bill).where(Bill.id.in_(paid)).order_by(Bill.due_on, Bill.id)).all()


def attempts_in_question(session: Session, at: datetime, limit: int) -> Sequence[tuple[Attempt, datetime]]:
    """Attempts whose truth only the gateway knows, each with the expiry of its order."""
    creating = and_(Attempt.state == AttemptState.CREATING, Attempt.created_at <= at - CREATING_MAY_LAST)
    processing = and_(
        Attempt.state == AttemptState.PROCESSING, Attempt.created_at <= at - PROCESSING_ASKED_AFTER
    )
    overdue = and_(
        Attempt.state == AttemptState.OPEN,
        or_(Attempt.expires_at <= at, PaymentOrder.expires_at <= at),
    )
    found = session.execute(
        select(Attempt, PaymentOrder.expires_at)
        .join(PaymentOrder, PaymentOrder.id == Attempt.order_id)
        .where(or_(Attempt.state == AttemptState.UNKNOWN, creating, processing, overdue))
        .order_by(Attempt.created_at)
        .limit(limit)
    )
    return [(attempt, expires) for attempt, expires in found]


def orders_to_expire(session: Session, at: datetime, limit: int) -> Sequence[UUID]:
    """Open orders past their time that no attempt can pay any more."""
    alive = select(Attempt.order_id).where(Attempt.state.in_(LIVE))
    return session.scalars(
        select(PaymentOrder.id)
        .where(PaymentOrder.state == "open", PaymentOrder.expires_at <= at)
        .where(PaymentOrder.id.not_in(alive))
        .order_by(PaymentOrder.expires_at)
        .limit(limit)
    ).all()


def next_attempt_number(session: Session, order_id: UUID) -> int:
    """Attempts of an order are numbered from 1."""
    return (session.scalar(select(func.max(Attempt.n)).where(Attempt.order_id == order_id)) or 0) + 1
