"""Events the gateway sends: verified on the bytes as they came, then read for what applying them needs."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from stripe import SignatureVerificationError, WebhookSignature, api_version

from portal.gateways.payments.reading import key

TOLERANCE = 300
"""Seconds a signature may be old, or ahead of our clock."""
LONGEST_ID = 255
EXPECTED_VERSION = api_version
"""Of the API whose objects we read; the endpoint's own version decides what events look like."""

logging.getLogger("stripe").setLevel(logging.WARNING)


class Forged(Exception):
    """Not a callback of our gateway; the text says why, for the log."""


@dataclass(frozen=True)
class Callback:
    """A genuine event. Applying it asks the gateway again; what it says of amounts is only compared."""

    event_id: str
    type: str
    api_version: str | None
    live: bool
    session_id: str | None
    intent_id: str | None
    order_id: UUID | None
    attempt_id: UUID | None
    amount: int | None
    """In the currency's smallest unit, where the event names one."""
    currency: str | None


def verify(raw: bytes, signature: str | None, secrets: Sequence[str], now: datetime) -> Callback:
    """Read a callback that one of the secrets signed within the tolerance, both ways. Raises `Forged`."""
    try:
        _check_signature(raw, signature, secrets)
        _check_time(signature or "", now)
        return _read(json.loads(raw))
    except (SignatureVerificationError, UnicodeError, TypeError, ValueError, RecursionError) as wrong:
        raise Forged(type(wrong).__name__) from wrong


def _check_signature(raw: bytes, signature: str | None, secrets: Sequence[str]) -> None:
    for secret in secrets[:-1]:
        try:
            WebhookSignature.verify_header(raw, signature, secret)
        except SignatureVerificationError:
            continue
        return
    WebhookSignature.verify_header(raw, signature, secrets[-1] if secrets else None)


def _check_time(signature: str, now: datetime) -> None:
    """The SDK accepts any future; a clock may be wrong both ways, a replay comes only late."""
    sent = next(part.partition("=")[2] for part in signature.split(",") if part.partition("=")[0] == "t")
    if abs(now.timestamp() - int(sent)) > TOLERANCE:
        raise Forged("signed at another time")


def _read(event: Any) -> Callback:
    shaped = (
        isinstance(event, dict)
        and event.get("object") == "event"
        and all(isinstance(event.get(name), str) and event[name] for name in ("id", "type"))
        and isinstance(event.get("livemode"), bool)
        and isinstance(event.get("data"), dict)
    )
    if not shaped or len(event["id"]) > LONGEST_ID:
        raise Forged("not an event")
    body = event["data"].get("object")
    body = body if isinstance(body, dict) else {}
    return Callback(
        event_id=event["id"],
        type=event["type"][:100],
        api_version=_text(event, "api_version"),
        live=event["livemode"],
        session_id=_text(body, "id") if body.get("object") == "checkout.session" else None,
        intent_id=_text(body, "id" if body.get("object") == "payment_intent" else "payment_intent"),
        order_id=key(body.get("client_reference_id")) or key(_metadata(body).get("order")),
        attempt_id=key(_metadata(body).get("attempt")),
        amount=_amount(body),
        currency=_text(body, "currency"),
    )


def _text(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    return value[:LONGEST_ID] if isinstance(value, str) else None


def _metadata(body: Mapping[str, Any]) -> Mapping[str, Any]:
    value = body.get("metadata")
    return value if isinstance(value, dict) else {}


def _amount(body: Mapping[str, Any]) -> int | None:
    value = body.get("amount_total", body.get("amount"))
    return value if isinstance(value, int) and not isinstance(value, bool) else None
