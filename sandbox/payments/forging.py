"""Forged, stale, malformed and tampered webhooks, as an attacker or a broken gateway would send them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stripe import WebhookSignature

from sandbox.payments.account import Account, token
from sandbox.payments.courier import rendered
from sandbox.payments.errors import ApiError, invalid

STRANGER = "whsec_of_somebody_else"
DAY = 24 * 60 * 60
BIG = 10 * 1024 * 1024
AMOUNTS = ("amount", "amount_received", "amount_total", "amount_subtotal", "amount_captured")

Letter = tuple[bytes, str | None]


@dataclass(frozen=True)
class Genuine:
    """A genuine event body, what signs it with the endpoint's real secrets, and the present second."""

    body: str
    sign: Callable[..., str]
    now: int

    def signed(self, text: str, at: int | None = None) -> Letter:
        """Another text under a real signature."""
        return text.encode(), self.sign(text, at)

    def under(self, header: str | None) -> Letter:
        """The genuine body under another header."""
        return self.body.encode(), header


def _thin() -> str:
    return json.dumps(
        {
            "id": token("evt_test_", 24),
            "object": "v2.core.event",
            "type": "v2.core.health.event_generation_failure.resolved",
        }
    )


FORGERIES: dict[str, Callable[[Genuine], Letter]] = {
    "bad_secret": lambda g: g.under(WebhookSignature.generate_signature_header(g.body, STRANGER, g.now)),
    "altered_body": lambda g: (g.body.encode() + b" ", g.sign(g.body)),
    "no_header": lambda g: g.under(None),
    "empty_header": lambda g: g.under(""),
    "malformed_header": lambda g: g.under("t=now;v1"),
    "wrong_scheme": lambda g: g.under(g.sign(g.body).replace("v1=", "v0=")),
    "stale": lambda g: g.signed(g.body, g.now - DAY),
    "future": lambda g: g.signed(g.body, g.now + DAY),
    "non_utf8": lambda g: (b"\xff\xfe" + g.body.encode(), g.sign(g.body)),
    "non_ascii_signature": lambda g: g.under(f"t={g.now},v1=" + "é" * 64),
    "not_json": lambda g: g.signed("{half"),
    "list_body": lambda g: g.signed(f"[{g.body}]"),
    "thin_event": lambda g: g.signed(_thin()),
    "oversized": lambda g: g.signed(g.body[:-1] + ', "padding": "' + "x" * BIG + '"}'),
}


def _wrong_amount(event: dict[str, Any]) -> None:
    body = event["data"]["object"]
    body.update({name: body[name] + 1 for name in AMOUNTS if body.get(name)})


def _wrong_currency(event: dict[str, Any]) -> None:
    body = event["data"]["object"]
    body["currency"] = "usd" if body["currency"] != "usd" else "cny"


def _livemode(event: dict[str, Any]) -> None:
    event["livemode"] = event["data"]["object"]["livemode"] = True


def _foreign_order(event: dict[str, Any]) -> None:
    body = event["data"]["object"]
    body.update({"id": token("foreign_"), "payment_intent": token("pi_3", 23), "metadata": {}})
    if "client_reference_id" in body:
        body["client_reference_id"] = "somebody-else"


def _wrong_version(event: dict[str, Any]) -> None:
    event["api_version"] = "2020-08-27"


# Each alters an event, which is then signed with the real secrets: what only a broken gateway could send.
TAMPERINGS: dict[str, Callable[[dict[str, Any]], None]] = {
    "wrong_amount": _wrong_amount,
    "wrong_currency": _wrong_currency,
    "livemode": _livemode,
    "foreign_order": _foreign_order,
    "wrong_version": _wrong_version,
}


def forge(account: Account, kind: str, event: str | None = None) -> list[dict[str, Any]]:
    """Send a forgery of an event (the latest, if none is named) to every endpoint: the statuses."""
    if kind not in FORGERIES and kind not in TAMPERINGS:
        raise invalid(f"Unknown kind {kind}; one of {', '.join([*FORGERIES, *TAMPERINGS])}", "kind")
    genuine = _event(account, event)
    return [
        {
            "endpoint": endpoint["url"],
            "status": account.courier.transmit(endpoint["url"], *_letter(account, kind, genuine, endpoint)),
        }
        for endpoint in account.store.all("webhook_endpoint", status="enabled")
    ]


def _event(account: Account, event_id: str | None) -> dict[str, Any]:
    if event_id:
        return account.get("event", event_id)
    latest = account.store.select("event", [], oldest_first=False, limit=1)
    if not latest:
        raise ApiError(400, "Nothing has happened yet that could be forged.")
    return dict(latest[0])


def _letter(account: Account, kind: str, event: dict[str, Any], endpoint: dict[str, Any]) -> Letter:
    def sign(body: str, at: int | None = None) -> str:
        return account.courier.signature(endpoint["id"], body, at)

    genuine = Genuine(rendered(event, endpoint), sign, account.clock.second())
    if kind in FORGERIES:
        return FORGERIES[kind](genuine)
    # A new id, so that it is not taken for a repetition of the genuine event.
    altered = json.loads(genuine.body) | {"id": token("evt_1", 23)}
    TAMPERINGS[kind](altered)
    return genuine.signed(json.dumps(altered, ensure_ascii=False))
