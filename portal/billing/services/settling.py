"""Settling: what the gateway says of a payment becomes money in the ledger, exactly once.

Callback, return page, sweep and reconciliation all end in `settle`. It may be called any number of times, in
any order, with old news: the payment's id at the gateway is the key of the money fact.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.audit import services as audit
from portal.billing.models import Attempt, PaymentOrder, ReconciliationBreak
from portal.billing.queries.payments import attempt_of, attempts_of, bills_of_order, order_held
from portal.billing.rules import chart
from portal.billing.rules.chart import JournalKind, Leg
from portal.billing.rules.states import PAYABLE, AttemptState, OrderState
from portal.billing.services.closing import close_paid_bills
from portal.billing.services.ledger import Fact, book, is_booked
from portal.billing.services.receiving import Received, take_in, tell
from portal.billing.services.states import move_attempt, move_order
from portal.core.clock import day_of
from portal.core.keys import new_id, public_number
from portal.gateways.payments import CURRENCY, Payment, Standing

CHANNEL = "gateway"
FOLLOWED = {
    Standing.OPEN: AttemptState.OPEN,
    Standing.PROCESSING: AttemptState.PROCESSING,
    Standing.FAILED: AttemptState.FAILED,
    Standing.EXPIRED: AttemptState.EXPIRED,
}


class Outcome(StrEnum):
    """What settling did with a payment."""

    BOOKED = "booked"
    KNOWN = "known"
    """Nothing new in it."""
    FOLLOWED = "followed"
    """Not paid; states follow what the gateway says."""
    ORDER_UNKNOWN = "order-unknown"
    QUARANTINED = "quarantined"


def settle(session: Session, payment: Payment, *, live: bool, at: datetime) -> Outcome:
    """Bring order, attempt and ledger to what the gateway says; `live` is the mode of our own key.

    Money that was received is always booked if it is yuan of our own mode: towards the order's bills, or
    where order, amount or attempt do not fit, to the taxpayer's unallocated money with the reason.
    """
    attempt = attempt_of(session, payment)
    order_id = attempt.order_id if attempt else payment.order_id
    order = order_held(session, order_id) if order_id else None
    if order is None:
        return Outcome.ORDER_UNKNOWN
    if attempt is not None:
        [attempt] = [one for one in attempts_of(session, order.id) if one.id == attempt.id]
        _adopt(attempt, payment)
    if payment.standing is not Standing.PAID:
        _follow(session, order, attempt, payment.standing, at)
        return Outcome.FOLLOWED
    wrong = _unbookable(payment, live=live)
    if wrong is not None:
        _note_payment(session, wrong, payment, order, payment.amount, at)
        return Outcome.QUARANTINED
    return _receive(session, order, attempt, payment, at)


def settle_unknown(session: Session, payment: Payment, *, live: bool, at: datetime) -> Outcome:
    """Book money that no order of ours is known for to suspense, for a person to find out whose it is."""
    wrong = _unbookable(payment, live=live)
    _note_payment(session, wrong or "unknown-order", payment, None, payment.amount, at)
    if wrong is not None or payment.standing is not Standing.PAID or payment.intent_id is None:
        return Outcome.QUARANTINED
    fact = Fact(JournalKind.PAYMENT, payment.intent_id, _paid_on(payment, at), None, reason="foreign")
    leg = Leg(chart.clearing(CHANNEL), chart.SUSPENSE, payment.amount)
    new = book(session, fact, (leg.debit, leg.credit), lambda _: [(fact, [leg])], at=at)
    return Outcome.BOOKED if new else Outcome.KNOWN


def _unbookable(payment: Payment, *, live: bool) -> str | None:
    """Test money is no money, and another currency has no place in a ledger of yuan."""
    if payment.live != live:
        return "livemode"
    return None if payment.currency == CURRENCY else "currency"


def _adopt(attempt: Attempt, payment: Payment) -> None:
    """The gateway's names for an attempt, when they become known."""
    attempt.session_id = attempt.session_id or payment.session_id
    attempt.intent_id = attempt.intent_id or payment.intent_id
    attempt.url = attempt.url or payment.url
    attempt.expires_at = payment.expires_at or attempt.expires_at


def _follow(
    session: Session, order: PaymentOrder, attempt: Attempt | None, standing: Standing, at: datetime
) -> None:
    if attempt is None or not move_attempt(session, attempt, FOLLOWED[standing], f"gateway: {standing}", at):
        return
    if standing is Standing.PROCESSING:
        move_order(session, order, OrderState.PROCESSING, "gateway: processing", at)
    elif order.state == OrderState.PROCESSING:
        move_order(session, order, OrderState.OPEN, f"gateway: {standing}", at)


def _receive(
    session: Session, order: PaymentOrder, attempt: Attempt | None, payment: Payment, at: datetime
) -> Outcome:
    assert payment.intent_id is not None
    if is_booked(session, JournalKind.PAYMENT, payment.intent_id):
        return Outcome.KNOWN
    reason = _why_unallocated(order, attempt, payment)
    bills = bills_of_order(session, order.id)
    rest = take_in(session, _received(order, payment, reason, at), bills, at=at)
    if not reason:
        close_paid_bills(session, bills, by=None, at=at)
    if attempt is not None:
        move_attempt(session, attempt, AttemptState.SUCCEEDED, f"paid: {payment.intent_id}", at)
    if reason:
        difference = payment.amount - order.amount if reason == "amount" else payment.amount
        _note_payment(session, reason, payment, order, difference, at)
    else:
        order.receipt_number = public_number("R", _paid_on(payment, at))
        order.paid_on = _paid_on(payment, at)
        move_order(session, order, OrderState.PAID, f"paid: {payment.intent_id}", at)
    _tell(session, order, payment.amount, rest, at)
    return Outcome.QUARANTINED if reason == "amount" else Outcome.BOOKED


def _why_unallocated(order: PaymentOrder, attempt: Attempt | None, payment: Payment) -> str:
    """Why a payment does not go to its order's bills; empty if it does."""
    if attempt is None:
        return "foreign"
    if payment.amount != order.amount:
        return "amount"
    if order.state == OrderState.PAID:
        return "double"
    return "" if order.state in PAYABLE else "late"


def _received(order: PaymentOrder, payment: Payment, reason: str, at: datetime) -> Received:
    return Received(
        JournalKind.PAYMENT,
        str(payment.intent_id),
        CHANNEL,
        order.taxpayer_id,
        payment.amount,
        _paid_on(payment, at),
        order.payer_account_id,
        reason,
    )


def _paid_on(payment: Payment, at: datetime) -> date:
    """The Beijing day the payer acted on: an outage never costs the taxpayer a day."""
    return day_of(payment.paid_at or at)


def _tell(session: Session, order: PaymentOrder, amount: Decimal, rest: Decimal, at: datetime) -> None:
    tell(session, order.taxpayer_id, amount, rest, order.receipt_number or order.number, at)
    facts = {"number": order.number, "amount": str(amount)}
    audit.record(session, None, "payment-received", at=at, taxpayer_id=order.taxpayer_id, facts=facts)


def _note_payment(
    session: Session,
    kind: str,
    payment: Payment,
    order: PaymentOrder | None,
    difference: Decimal,
    at: datetime,
) -> None:
    note = f"{payment.standing} {payment.amount} {payment.currency}"
    ref = payment.intent_id or payment.session_id or ""
    note_break(session, kind, ref, order=order, difference=difference, note=note, at=at)


def note_break(
    session: Session,
    kind: str,
    gateway_ref: str,
    *,
    order: PaymentOrder | None,
    difference: Decimal,
    note: str,
    at: datetime,
) -> None:
    """Put a difference before a person, once per kind and payment."""
    known = exists().where(ReconciliationBreak.kind == kind, ReconciliationBreak.gateway_ref == gateway_ref)
    if session.scalar(select(known)):
        return
    session.add(
        ReconciliationBreak(
            id=new_id(),
            taxpayer_id=order.taxpayer_id if order else None,
            kind=kind,
            gateway_ref=gateway_ref,
            order_id=order.id if order else None,
            difference=difference,
            note=note[:200],
            found_at=at,
        )
    )
    session.flush()
