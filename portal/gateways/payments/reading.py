"""Stripe's objects, as plain dictionaries, read into the portal's words."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from portal.core.money import from_fen
from portal.gateways.payments import Course, Payment, Refund, Standing

FROM_SESSION = {"open": Standing.OPEN, "expired": Standing.EXPIRED}
FROM_INTENT = {
    "succeeded": Standing.PAID,
    "processing": Standing.PROCESSING,
    "requires_payment_method": Standing.FAILED,
    "canceled": Standing.FAILED,
}

FROM_REFUND = {"succeeded": Course.DONE, "failed": Course.FAILED, "canceled": Course.FAILED}


def payment_of_session(session: Mapping[str, Any]) -> Payment:
    """A Checkout Session whose `payment_intent.latest_charge` is expanded."""
    intent = session.get("payment_intent") or {}
    return Payment(
        standing=_standing(session, intent),
        session_id=session["id"],
        intent_id=intent.get("id"),
        order_id=key(session.get("client_reference_id")),
        attempt_id=key((session.get("metadata") or {}).get("attempt")),
        amount=from_fen(intent.get("amount_received") or session["amount_total"]),
        currency=intent.get("currency") or session["currency"],
        live=session["livemode"],
        paid_at=_paid_at(intent),
        url=session.get("url"),
        expires_at=instant(session["expires_at"]),
    )


def _standing(session: Mapping[str, Any], intent: Mapping[str, Any]) -> Standing:
    """Complete is not paid; and what is paid stays paid, whatever became of the session."""
    if intent.get("status") == "succeeded":
        return Standing.PAID
    if session["status"] in FROM_SESSION:
        return FROM_SESSION[session["status"]]
    return FROM_INTENT.get(intent.get("status", ""), Standing.PROCESSING)


def payment_of_intent(intent: Mapping[str, Any]) -> Payment:
    """A PaymentIntent whose `latest_charge` is expanded."""
    metadata = intent.get("metadata") or {}
    return Payment(
        standing=FROM_INTENT.get(intent["status"], Standing.OPEN),
        session_id=None,
        intent_id=intent["id"],
        order_id=key(metadata.get("order")),
        attempt_id=key(metadata.get("attempt")),
        amount=from_fen(intent.get("amount_received") or intent["amount"]),
        currency=intent["currency"],
        live=intent["livemode"],
        paid_at=_paid_at(intent),
    )


def refund_of(body: Mapping[str, Any]) -> Refund:
    """A Refund object. One that waits for its payer's help is still under way."""
    return Refund(
        course=FROM_REFUND.get(body["status"], Course.PENDING),
        ref=body["id"],
        intent_id=body["payment_intent"],
        repayment_id=key((body.get("metadata") or {}).get("repayment")),
        amount=from_fen(body["amount"]),
        currency=body["currency"],
    )


def _paid_at(intent: Mapping[str, Any]) -> datetime | None:
    charge = intent.get("latest_charge")
    return instant(charge["created"]) if intent.get("status") == "succeeded" and charge else None


def instant(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)


def key(text: object) -> UUID | None:
    """One of our keys, or None for what is not ours."""
    try:
        return UUID(text) if isinstance(text, str) else None
    except ValueError:
        return None
