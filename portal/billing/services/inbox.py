"""Events of the gateway: kept as they came, then applied by a worker that asks the gateway again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.billing.models import Attempt, InboxEvent
from portal.billing.queries.payments import attempt_named
from portal.billing.rules.states import SETTLED, AttemptState, InboxState
from portal.billing.services.carrying import settle_refund
from portal.billing.services.settling import Outcome, note_break, settle, settle_unknown
from portal.billing.services.states import close_event
from portal.core import clock
from portal.core.crypto import Keyring
from portal.core.db import Database, upsert
from portal.core.jobs import enqueue
from portal.core.keys import new_id
from portal.core.money import ZERO, from_fen
from portal.gateways import Gateways
from portal.gateways.payments import NotKnown, Payment, PaymentGateway, Refund, Standing
from portal.gateways.payments.callbacks import Callback
from portal.settings import Settings

RAW = "webhook_inbox.raw"
"""The place to which a sealed body is bound."""
SETTLING = ("checkout.session.", "payment_intent.", "charge.succeeded", "charge.failed", "charge.pending")
GIVEN_BACK = ("charge.refund", "refund.")
DISPUTED = ("charge.dispute.",)
PARKED_FOR = tuple(timedelta(seconds=s) for s in (1, 5, 30, 300, 3600, 6 * 3600, 24 * 3600, 40 * 3600))
"""How long an event waits for its order, time after time: 72 hours in all."""


def receive(
    session: Session, keys: Keyring, callback: Callback, raw: bytes, signature: str, *, at: datetime
) -> bool:
    """Keep a verified event and ask for its application; False if it was kept before."""
    key = new_id()
    facts = {
        "session": callback.session_id,
        "intent": callback.intent_id,
        "order": str(callback.order_id) if callback.order_id else None,
        "attempt": str(callback.attempt_id) if callback.attempt_id else None,
        "amount": callback.amount,
        "currency": callback.currency,
    }
    kept = session.execute(
        upsert(session, InboxEvent)
        .values(
            id=key,
            event_id=callback.event_id,
            type=callback.type,
            api_version=callback.api_version,
            livemode=callback.live,
            facts=facts,
            raw=keys.seal(raw.decode(), RAW, key),
            signature=signature,
            received_at=at,
            outcome=InboxState.RECEIVED,
            tries=0,
            note="",
        )
        .on_conflict_do_nothing()
        .returning(InboxEvent.id)
    ).scalar()
    if kept is None:
        return False
    enqueue(session, "apply-event", {"event": str(key)}, run_at=at, dedupe=f"event:{key}")
    return True


def apply_inbox(database: Database, gateways: Gateways, _settings: Settings, payload: dict[str, Any]) -> None:
    """The job that applies one event. Raises `Unavailable` while the gateway is down; the job comes again."""
    event_id, gateway, at = UUID(payload["event"]), gateways.payments, clock.now()
    with database.reading() as session:
        event = session.get_one(InboxEvent, event_id)
        attempt = _attempt(session, event)
    known = attempt is not None and attempt.state == AttemptState.SUCCEEDED
    payment, refunds = None, None
    if event.type.startswith(GIVEN_BACK) and event.facts["intent"] and event.livemode == gateway.live:
        refunds = gateway.refunds_of(event.facts["intent"])
    if not known and event.type.startswith(SETTLING) and event.livemode == gateway.live:
        payment = _truth(gateway, event, attempt)
    with database.transaction() as session:
        event = session.get_one(InboxEvent, event_id, with_for_update=True)
        if event.outcome in SETTLED:
            return
        if refunds is None:
            _apply(session, event, payment, gateway, at, known=known)
        else:
            _apply_refunds(session, event, refunds, at)


def _attempt(session: Session, event: InboxEvent) -> Attempt | None:
    ours = UUID(event.facts["attempt"]) if event.facts["attempt"] else None
    return attempt_named(session, ours, event.facts["session"], event.facts["intent"])


def _truth(gateway: PaymentGateway, event: InboxEvent, attempt: Attempt | None) -> Payment | None:
    """The payment an event is about, as the gateway tells it now; None where it knows none."""
    session_id = (attempt.session_id if attempt else None) or event.facts["session"]
    if session_id is None:
        return gateway.find(attempt.id, attempt.created_at) if attempt else None
    try:
        return gateway.fetch(session_id)
    except NotKnown:
        return None


def _apply(
    session: Session,
    event: InboxEvent,
    payment: Payment | None,
    gateway: PaymentGateway,
    at: datetime,
    *,
    known: bool,
) -> None:
    if event.livemode != gateway.live:
        _set_aside(session, event, "livemode", at)
    elif event.type.startswith((*GIVEN_BACK, *DISPUTED)):
        _set_aside(session, event, "money-back", at)
    elif not event.type.startswith(SETTLING):
        close_event(session, event, InboxState.IGNORED, "nothing to settle", at)
    elif known:
        close_event(session, event, InboxState.APPLIED, Outcome.KNOWN, at)
    else:
        _apply_payment(session, event, payment, gateway, at)


def _apply_refunds(session: Session, event: InboxEvent, refunds: Sequence[Refund], at: datetime) -> None:
    """Everything given back of the payment, since one event tells of the charge and not of which refund."""
    done = [settle_refund(session, refund, at=at) for refund in refunds]
    if not done or Outcome.QUARANTINED in done:
        _set_aside(session, event, "money-back", at)
    else:
        close_event(
            session, event, InboxState.APPLIED, Outcome.BOOKED if Outcome.BOOKED in done else done[0], at
        )


def _apply_payment(
    session: Session, event: InboxEvent, payment: Payment | None, gateway: PaymentGateway, at: datetime
) -> None:
    if payment is None:
        _park(session, event, payment, gateway, at)
        return
    done = settle(session, payment, live=gateway.live, at=at)
    if done is Outcome.ORDER_UNKNOWN:
        _park(session, event, payment, gateway, at)
    elif done is Outcome.QUARANTINED or _contradicts(event, payment):
        _set_aside(session, event, "contradiction", at)
    else:
        close_event(session, event, InboxState.APPLIED, done, at)


def _contradicts(event: InboxEvent, payment: Payment) -> bool:
    """Whether an event that says paid names another amount than the gateway does when asked."""
    told, amount, currency = payment.standing is Standing.PAID, event.facts["amount"], event.facts["currency"]
    return told and amount is not None and (from_fen(amount), currency) != (payment.amount, payment.currency)


def _set_aside(session: Session, event: InboxEvent, why: str, at: datetime) -> None:
    """For a person: what this says does not fit what we know, or is theirs to decide."""
    amount = event.facts["amount"]
    difference = from_fen(amount) if amount is not None else ZERO
    ref = event.facts["intent"] or event.event_id
    note_break(session, why, ref, order=None, difference=difference, note=event.type, at=at)
    close_event(session, event, InboxState.QUARANTINED, why, at)


def _park(
    session: Session, event: InboxEvent, payment: Payment | None, gateway: PaymentGateway, at: datetime
) -> None:
    """Wait for the order; in the end, money goes to suspense and a person is asked."""
    if event.tries >= len(PARKED_FOR):
        if payment is not None:
            settle_unknown(session, payment, live=gateway.live, at=at)
        _set_aside(session, event, "unknown-order", at)
        return
    run_at = at + PARKED_FOR[event.tries]
    event.tries += 1
    event.outcome = InboxState.PARKED
    key = str(event.id)
    enqueue(session, "apply-event", {"event": key}, run_at=run_at, dedupe=f"event:{key}:{event.tries}")
