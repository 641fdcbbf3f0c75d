"""The sweep and reconciliation: whatever the gateway never told us, we ask.

Reconciliation reads payments, not events: an event can fail to be made and then appears in no list.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.billing.models import Attempt, Journal, ReconciliationRun
from portal.billing.queries.payments import attempts_in_question, attempts_of, order_held, orders_to_expire
from portal.billing.rules.chart import JournalKind
from portal.billing.rules.states import AttemptState, OrderState
from portal.billing.services.carrying import settle_refund
from portal.billing.services.settling import Outcome, note_break, settle, settle_unknown
from portal.billing.services.states import move_attempt, move_order
from portal.core import clock
from portal.core.db import Database
from portal.core.keys import new_id
from portal.core.money import ZERO
from portal.core.refusal import Unavailable
from portal.gateways import Gateways
from portal.gateways.payments import CURRENCY, NotKnown, Payment, PaymentGateway, Standing
from portal.settings import Settings

AT_ONCE = 100
SURELY_ABSENT = timedelta(minutes=2)
"""A session that the gateway does not list this long after it was asked for does not exist."""
OVERLAP = timedelta(minutes=10)
WINDOWS = (
    (timedelta(days=1), timedelta(days=35)),
    (timedelta(hours=1), timedelta(hours=72)),
    (timedelta(0), timedelta(hours=2)),
)
"""How often to look how far back; every run looks at the shortest window at least."""
STRAY_AFTER = timedelta(hours=1)
"""A payment without an order of ours is a stray after this long; before, its order may still commit."""

log = structlog.get_logger()


def sweep(database: Database, gateways: Gateways, _settings: Settings, _payload: dict[str, Any]) -> None:
    """The job that resolves attempts in doubt and closes orders past their time, asking the gateway first."""
    at, gateway = clock.now(), gateways.payments
    with database.reading() as session:
        questions = attempts_in_question(session, at, AT_ONCE)
    try:
        for attempt, expires_at in questions:
            _resolve(database, gateway, attempt, at, overdue=expires_at <= at)
    except Unavailable:
        log.warning("sweep stopped", system="payments", left=len(questions))
    with database.transaction() as session:
        for order_id in orders_to_expire(session, at, AT_ONCE):
            order = order_held(session, order_id)
            if order is not None:
                move_order(session, order, OrderState.EXPIRED, "time is up", at)


def _resolve(
    database: Database, gateway: PaymentGateway, attempt: Attempt, at: datetime, *, overdue: bool
) -> None:
    payment = _look_up(gateway, attempt, overdue=overdue)
    with database.transaction() as session:
        if payment is not None:
            settle(session, payment, live=gateway.live, at=at)
        elif attempt.created_at <= at - SURELY_ABSENT:
            order_held(session, attempt.order_id)
            [now] = [one for one in attempts_of(session, attempt.order_id) if one.id == attempt.id]
            move_attempt(session, now, AttemptState.ABSENT, "gateway knows no session", at)


def _look_up(gateway: PaymentGateway, attempt: Attempt, *, overdue: bool) -> Payment | None:
    if attempt.session_id is None:
        return gateway.find(attempt.id, attempt.created_at)
    try:
        if overdue and attempt.state == AttemptState.OPEN:
            return gateway.close(attempt.session_id)
        return gateway.fetch(attempt.session_id)
    except NotKnown:
        return None


def reconcile(database: Database, gateways: Gateways, _settings: Settings, _payload: dict[str, Any]) -> None:
    """The job that settles what the gateway took or gave back and never told, and notes what does not fit."""
    at, gateway = clock.now(), gateways.payments
    with database.reading() as session:
        since = _since(session, at)
    seen = list(gateway.received(since, at))
    settled = 0
    for payment in seen:
        with database.transaction() as session:
            settled += _settle(session, payment, gateway, at) is Outcome.BOOKED
    for refund in gateway.refunded(since, at):
        with database.transaction() as session:
            settle_refund(session, refund, at=at)
    with database.transaction() as session:
        ids = {payment.intent_id for payment in seen if payment.intent_id}
        _note_missing_there(session, ids, since, at)
        session.add(_run(session, seen, ids, settled, since, at))


def _since(session: Session, at: datetime) -> datetime:
    """Where to begin: as far back as is due, and never after the end of the last run."""
    run = ReconciliationRun
    runs = session.execute(select(run.since, run.until).order_by(run.until.desc()).limit(500)).all()
    for every, window in WINDOWS:
        last = max((until for since, until in runs if until - since >= window), default=None)
        if last is None or at - last >= every:
            return min([at - window, *(until - OVERLAP for _, until in runs[:1])])
    return at - WINDOWS[-1][1]


def _settle(session: Session, payment: Payment, gateway: PaymentGateway, at: datetime) -> Outcome:
    done = settle(session, payment, live=gateway.live, at=at)
    stray = done is Outcome.ORDER_UNKNOWN and payment.paid_at and payment.paid_at <= at - STRAY_AFTER
    return settle_unknown(session, payment, live=gateway.live, at=at) if stray else done


def _note_missing_there(session: Session, ids: Collection[str], since: datetime, at: datetime) -> None:
    """Payments booked here within the window that the gateway does not list."""
    booked = session.execute(
        select(Journal.source_ref, Journal.total)
        .join(Attempt, Attempt.intent_id == Journal.source_ref)
        .where(Journal.kind == JournalKind.PAYMENT)
        .where(Attempt.created_at >= since, Journal.recorded_at < at)
    )
    for ref, total in booked:
        if ref not in ids:
            note_break(session, "missing-there", ref, order=None, difference=-total, note="", at=at)


def _run(
    session: Session,
    seen: Sequence[Payment],
    ids: Collection[str],
    settled: int,
    since: datetime,
    at: datetime,
) -> ReconciliationRun:
    paid = [p.amount for p in seen if p.standing is Standing.PAID and p.currency == CURRENCY]
    here = select(func.coalesce(func.sum(Journal.total), ZERO)).where(
        Journal.kind == JournalKind.PAYMENT, Journal.source_ref.in_(ids)
    )
    return ReconciliationRun(
        id=new_id(),
        since=since,
        until=at,
        seen=len(seen),
        settled=settled,
        total_there=sum(paid, ZERO),
        total_here=session.scalar(here) or ZERO,
    )
