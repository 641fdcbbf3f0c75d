"""Paying: an order from a quote, an attempt at the gateway, cancelling, giving up.

The gateway is never asked inside a transaction. An attempt's row stands before the gateway hears of it, so
that a callback always finds it and a crash leaves something to ask about.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.audit import services as audit
from portal.billing.models import Attempt, OrderItem, PaymentOrder
from portal.billing.queries.debts import debts_of
from portal.billing.queries.payments import (
    live_attempt,
    next_attempt_number,
    order_held,
    orders_over,
    own_order,
)
from portal.billing.rules.allocation import Component
from portal.billing.rules.naming import period_of
from portal.billing.rules.quote import Quote, closes_at, quote
from portal.billing.rules.reasons import (
    NOT_CANCELLED,
    NOTHING_TO_PAY,
    PAYMENT_UNDER_WAY,
    QUOTE_CHANGED,
    TOO_MUCH_ONLINE,
)
from portal.billing.rules.states import AttemptState, OrderState
from portal.billing.rules.wording import LINES
from portal.billing.services.settling import settle
from portal.billing.services.states import move_attempt, move_order
from portal.core.acting import Acting
from portal.core.clock import day_of
from portal.core.db import Database
from portal.core.jobs import enqueue
from portal.core.keys import new_id, public_number
from portal.core.language import language
from portal.core.money import ZERO, yuan
from portal.core.refusal import Refusal, Unavailable
from portal.gateways.payments import Line, NotOpened, NotReached, Payment, PaymentGateway, Request
from portal.taxpayers.models import Taxpayer

MOST_ONLINE = yuan("999999.99")
"""What the gateway takes at once."""
ASK_AGAIN = timedelta(seconds=5)
"""After no answer, how soon the sweep asks what became of it."""


@dataclass(frozen=True)
class Door:
    """Where the hosted page leads back to, and the language it speaks."""

    return_url: str
    cancel_url: str
    language: str


def quote_for(session: Session, taxpayer_id: UUID, bill_ids: Collection[UUID], at: datetime) -> Quote:
    """What these bills of a taxpayer cost now."""
    return quote(taxpayer_id, debts_of(session, taxpayer_id, bill_ids) if bill_ids else [], at)


def open_order(
    session: Session, acting: Acting, bill_ids: Collection[UUID], seen_digest: str, *, at: datetime
) -> PaymentOrder:
    """An order for what the payer saw; a second tab gets the order that stands.

    Raises `Refusal` when nothing is payable, when the amount is not the one that was seen, when it is more
    than the gateway takes, and while another order over the same bills stands.
    """
    acting.require_own_word()
    taxpayer_id = acting.taxpayer_id
    session.execute(select(Taxpayer.id).where(Taxpayer.id == taxpayer_id).with_for_update(key_share=True))
    asked = quote_for(session, taxpayer_id, bill_ids, at)
    if asked.total <= ZERO:
        raise Refusal(NOTHING_TO_PAY)
    if asked.digest != seen_digest:
        raise Refusal(QUOTE_CHANGED, amount=asked.total)
    if asked.total > MOST_ONLINE:
        raise Refusal(TOO_MUCH_ONLINE, limit=MOST_ONLINE)
    for standing in orders_over(session, taxpayer_id, bill_ids):
        if standing.quote_hash == asked.digest:
            return standing
        raise Refusal(PAYMENT_UNDER_WAY, number=standing.number)
    return _new_order(session, acting, asked, at)


def _new_order(session: Session, acting: Acting, asked: Quote, at: datetime) -> PaymentOrder:
    order = PaymentOrder(
        id=new_id(),
        taxpayer_id=acting.taxpayer_id,
        number=public_number("P", day_of(at)),
        payer_account_id=acting.account_id,
        amount=asked.total,
        quote_day=asked.day,
        quote_hash=asked.digest,
        state=OrderState.OPEN,
        expires_at=asked.expires_at,
        created_at=at,
    )
    session.add(order)
    session.flush()
    for n, item in enumerate(asked.items, 1):
        session.add(
            OrderItem(
                taxpayer_id=acting.taxpayer_id,
                order_id=order.id,
                n=n,
                bill_id=item.bill_id,
                component=item.component,
                amount=item.amount,
            )
        )
    session.flush()
    facts = {"number": order.number, "amount": str(order.amount)}
    audit.record(session, acting, "payment-opened", at=at, facts=facts)
    return order


def make_way(
    database: Database,
    gateway: PaymentGateway,
    acting: Acting,
    bill_ids: Collection[UUID],
    seen_digest: str,
    *,
    at: datetime,
) -> None:
    """Cancel orders that stand over the same bills for other amounts. Raises `Refusal` like `cancel`."""
    with database.reading() as session:
        standing = orders_over(session, acting.taxpayer_id, bill_ids)
        others = [order.id for order in standing if order.quote_hash != seen_digest]
    for order_id in others:
        cancel(database, gateway, acting, order_id, at=at)


def lead_to_gateway(
    database: Database, gateway: PaymentGateway, order_id: UUID, door: Door, *, at: datetime
) -> str | None:
    """The address of the hosted page, opened now or before; None where the order's own page says more.

    Raises `NotReached` when nothing was opened: the gateway was not asked, or refused.
    """
    with database.transaction() as session:
        begun = _begin(session, order_id, door, at)
    if not isinstance(begun, Request):
        return begun
    try:
        opened = gateway.open(begun)
    except NotReached:
        _give_up(database, begun, AttemptState.ABSENT, "gateway not asked", at)
        raise
    except NotOpened as refused:
        _give_up(database, begun, AttemptState.ABSENT, f"gateway refused: {refused}", at)
        raise NotReached("payments", retry_after=300) from refused
    except Unavailable:
        _give_up(database, begun, AttemptState.UNKNOWN, "gateway did not answer", at)
        return None
    with database.transaction() as session:
        settle(session, opened, live=opened.live, at=at)
    return opened.url


def _begin(session: Session, order_id: UUID, door: Door, at: datetime) -> Request | str | None:
    """A new attempt to open; or the page of the one that is open; or None where nothing may be opened."""
    order = order_held(session, order_id)
    if order is None or order.state != OrderState.OPEN or order.expires_at <= at:
        return None
    live = live_attempt(session, order_id)
    if live is not None:
        return live.url if live.state == AttemptState.OPEN else None
    attempt = Attempt(
        id=new_id(),
        taxpayer_id=order.taxpayer_id,
        order_id=order.id,
        n=next_attempt_number(session, order.id),
        state=AttemptState.CREATING,
        idempotency_key=str(new_id()),
        expires_at=closes_at(order.expires_at, at),
        created_at=at,
    )
    session.add(attempt)
    session.flush()
    return Request(
        order_id=order.id,
        attempt_id=attempt.id,
        number=order.number,
        idempotency_key=attempt.idempotency_key,
        lines=_lines(session, order.id, door.language),
        expires_at=attempt.expires_at,
        return_url=door.return_url,
        cancel_url=door.cancel_url,
        language=door.language,
    )


def _lines(session: Session, order_id: UUID, speech: str) -> Sequence[Line]:
    items = session.scalars(
        select(OrderItem)
        .options(joinedload(OrderItem.bill))
        .where(OrderItem.order_id == order_id)
        .order_by(OrderItem.n)
    )
    return [Line(_line_name(item, speech), item.amount) for item in items]


def _line_name(item: OrderItem, speech: str) -> str:
    facts = {"title": item.bill.title, "period": period_of(item.bill.period)}
    return language(speech).say(LINES[Component(item.component)], facts)


def _give_up(database: Database, request: Request, to: AttemptState, cause: str, at: datetime) -> None:
    with database.transaction() as session:
        order_held(session, request.order_id)
        attempt = session.get_one(Attempt, request.attempt_id)
        move_attempt(session, attempt, to, cause, at)
        if to == AttemptState.UNKNOWN:
            enqueue(session, "sweep-orders", {}, run_at=at + ASK_AGAIN, dedupe=f"unknown:{attempt.id}")


def ask(database: Database, gateway: PaymentGateway, order_id: UUID, *, at: datetime) -> None:
    """Ask the gateway once, in a hurry, how an order's live attempt stands; no answer changes nothing."""
    with database.reading() as session:
        attempt = live_attempt(session, order_id)
    if attempt is None or attempt.session_id is None:
        return
    try:
        payment = gateway.fetch(attempt.session_id, hurry=True)
    except Unavailable:
        return
    _settle(database, gateway, payment, at)


def cancel(
    database: Database, gateway: PaymentGateway, acting: Acting, order_id: UUID, *, at: datetime
) -> None:
    """Close an order's payment at the gateway, then the order; if it was paid meanwhile, it is paid.

    Raises `Refusal` while an attempt is in doubt, `Unavailable` when the gateway does not answer.
    """
    with database.reading() as session:
        if own_order(session, acting.taxpayer_id, order_id) is None:
            return
        attempt = live_attempt(session, order_id)
    if attempt is not None and attempt.state == AttemptState.OPEN and attempt.session_id is not None:
        _settle(database, gateway, gateway.close(attempt.session_id), at)
    with database.transaction() as session:
        order = order_held(session, order_id)
        assert order is not None
        if live_attempt(session, order_id) is not None:
            raise Refusal(NOT_CANCELLED, number=order.number)
        if move_order(session, order, OrderState.CANCELLED, "cancelled by the payer", at):
            facts = {"number": order.number}
            audit.record(session, acting, "payment-cancelled", at=at, facts=facts)


def _settle(database: Database, gateway: PaymentGateway, payment: Payment, at: datetime) -> None:
    with database.transaction() as session:
        settle(session, payment, live=gateway.live, at=at)
