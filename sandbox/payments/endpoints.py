"""The endpoints of the API: what each is called with, which permission it needs, what it does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import stripe
from stripe import params as p
from stripe.params import checkout as c

from sandbox.payments import returning, sessions
from sandbox.payments.account import Account, token
from sandbox.payments.courier import check_target
from sandbox.payments.errors import invalid, missing
from sandbox.payments.listing import page, plain_page

EVENTS_KEPT = 30 * 24 * 60 * 60
Act = Callable[[Account, dict[str, Any], str], dict[str, Any]]


@dataclass(frozen=True)
class Endpoint:
    """One endpoint; `act` gets the account, the typed parameters, and the id in the path (or nothing)."""

    method: str
    path: str
    parameters: type
    scope: str
    act: Act


def _retrieve(kind: str) -> Act:
    return lambda account, _, object_id: account.get(kind, object_id)


def _list(kind: str, path: str, *equal: str) -> Act:
    return lambda account, asked, _: page(account, kind, f"/v1/{path}", asked, equal)


def _line_items(account: Account, asked: dict[str, Any], session_id: str) -> dict[str, Any]:
    account.get("checkout.session", session_id)
    items = sessions.line_items(account, session_id)
    return plain_page(items, f"/v1/checkout/sessions/{session_id}/line_items", asked)


def _event(account: Account, _asked: dict[str, Any], event_id: str) -> dict[str, Any]:
    event = account.get("event", event_id)
    if event["created"] < account.clock.now() - EVENTS_KEPT:
        raise missing("event", event_id)
    return event | {"pending_webhooks": account.courier.pending(event_id)}


def _events(account: Account, asked: dict[str, Any], _: str) -> dict[str, Any]:
    if "type" in asked and "types" in asked:
        raise invalid("You may pass only one of these parameters: type, types.")
    since = int(account.clock.now() - EVENTS_KEPT)
    listed = page(account, "event", "/v1/events", asked, (), ("created >= ?", since))
    for event in listed["data"]:
        event["pending_webhooks"] = account.courier.pending(event["id"])
    return listed


def _payout(account: Account, asked: dict[str, Any], _: str) -> dict[str, Any]:
    return returning.pay_out(account, asked["currency"], asked["amount"])


def _close_dispute(account: Account, _asked: dict[str, Any], dispute_id: str) -> dict[str, Any]:
    return returning.walk_dispute(account, account.get("dispute", dispute_id), "lost")


def _create_endpoint(account: Account, asked: dict[str, Any], _: str) -> dict[str, Any]:
    return create_webhook(
        account, asked["url"], token("whsec_", 32), asked["enabled_events"], asked.get("api_version")
    )


def create_webhook(
    account: Account, url: str, secret: str, events: list[str], api_version: str | None
) -> dict[str, Any]:
    """A webhook endpoint; only the answer to its creation shows the secret."""
    check_target(url)
    version = api_version or stripe.api_version
    body = account.new(
        "webhook_endpoint", url=url, enabled_events=events, status="enabled", api_version=version, metadata={}
    )
    account.store.set_aside(body["id"], secrets=[[secret, None]])
    return body | {"secret": secret}


def _update_endpoint(account: Account, asked: dict[str, Any], endpoint_id: str) -> dict[str, Any]:
    body = account.get("webhook_endpoint", endpoint_id)
    if url := asked.get("url"):
        check_target(url)
    if "disabled" in asked:
        body["status"] = "disabled" if asked["disabled"] else "enabled"
    return account.change(body, **{name: asked[name] for name in ("url", "enabled_events") if name in asked})


def _delete_endpoint(account: Account, _asked: dict[str, Any], endpoint_id: str) -> dict[str, Any]:
    account.get("webhook_endpoint", endpoint_id)
    account.store.delete(endpoint_id)
    return {"id": endpoint_id, "object": "webhook_endpoint", "deleted": True}


def _balance(account: Account, _asked: dict[str, Any], _: str) -> dict[str, Any]:
    currencies = sorted({one["currency"] for one in account.store.all("balance_transaction")})
    held = [
        {"amount": returning.balance_of(account, one), "currency": one, "source_types": {}}
        for one in currencies
    ]
    return {"object": "balance", "available": held, "pending": [], "livemode": False}


ENDPOINTS = (
    Endpoint(
        "POST",
        "checkout/sessions",
        c.SessionCreateParams,
        "checkout_session_write",
        lambda a, asked, _: sessions.create(a, asked),
    ),
    Endpoint(
        "GET",
        "checkout/sessions",
        c.SessionListParams,
        "checkout_session_read",
        _list("checkout.session", "checkout/sessions", "payment_intent", "status", "customer"),
    ),
    Endpoint(
        "GET",
        "checkout/sessions/<id>",
        c.SessionRetrieveParams,
        "checkout_session_read",
        _retrieve("checkout.session"),
    ),
    Endpoint(
        "POST",
        "checkout/sessions/<id>/expire",
        c.SessionExpireParams,
        "checkout_session_write",
        lambda a, _, one: sessions.expire(a, one),
    ),
    Endpoint(
        "GET",
        "checkout/sessions/<id>/line_items",
        c.SessionListLineItemsParams,
        "checkout_session_read",
        _line_items,
    ),
    Endpoint(
        "GET",
        "payment_intents",
        p.PaymentIntentListParams,
        "payment_intent_read",
        _list("payment_intent", "payment_intents", "customer"),
    ),
    Endpoint(
        "GET",
        "payment_intents/<id>",
        p.PaymentIntentRetrieveParams,
        "payment_intent_read",
        _retrieve("payment_intent"),
    ),
    Endpoint(
        "GET",
        "charges",
        p.ChargeListParams,
        "charge_read",
        _list("charge", "charges", "payment_intent", "customer"),
    ),
    Endpoint("GET", "charges/<id>", p.ChargeRetrieveParams, "charge_read", _retrieve("charge")),
    Endpoint(
        "POST",
        "refunds",
        p.RefundCreateParams,
        "refund_write",
        lambda a, asked, _: returning.refund(a, asked),
    ),
    Endpoint(
        "GET",
        "refunds",
        p.RefundListParams,
        "refund_read",
        _list("refund", "refunds", "charge", "payment_intent"),
    ),
    Endpoint("GET", "refunds/<id>", p.RefundRetrieveParams, "refund_read", _retrieve("refund")),
    Endpoint(
        "POST",
        "refunds/<id>/cancel",
        p.RefundCancelParams,
        "refund_write",
        lambda a, _, one: returning.cancel_refund(a, one),
    ),
    Endpoint(
        "GET",
        "disputes",
        p.DisputeListParams,
        "dispute_read",
        _list("dispute", "disputes", "charge", "payment_intent"),
    ),
    Endpoint("GET", "disputes/<id>", p.DisputeRetrieveParams, "dispute_read", _retrieve("dispute")),
    Endpoint("POST", "disputes/<id>/close", p.DisputeCloseParams, "dispute_write", _close_dispute),
    Endpoint("GET", "events", p.EventListParams, "event_read", _events),
    Endpoint("GET", "events/<id>", p.EventRetrieveParams, "event_read", _event),
    Endpoint("GET", "balance", p.BalanceRetrieveParams, "balance_read", _balance),
    Endpoint(
        "GET",
        "balance_transactions",
        p.BalanceTransactionListParams,
        "balance_transaction_read",
        _list("balance_transaction", "balance_transactions", "source", "currency"),
    ),
    Endpoint(
        "GET",
        "balance_transactions/<id>",
        p.BalanceTransactionRetrieveParams,
        "balance_transaction_read",
        _retrieve("balance_transaction"),
    ),
    Endpoint("POST", "payouts", p.PayoutCreateParams, "payout_write", _payout),
    Endpoint(
        "GET",
        "payouts",
        p.PayoutListParams,
        "payout_read",
        _list("payout", "payouts", "status", "destination"),
    ),
    Endpoint("GET", "payouts/<id>", p.PayoutRetrieveParams, "payout_read", _retrieve("payout")),
    Endpoint("POST", "webhook_endpoints", p.WebhookEndpointCreateParams, "webhook_write", _create_endpoint),
    Endpoint(
        "GET",
        "webhook_endpoints",
        p.WebhookEndpointListParams,
        "webhook_read",
        _list("webhook_endpoint", "webhook_endpoints"),
    ),
    Endpoint(
        "GET",
        "webhook_endpoints/<id>",
        p.WebhookEndpointRetrieveParams,
        "webhook_read",
        _retrieve("webhook_endpoint"),
    ),
    Endpoint(
        "POST", "webhook_endpoints/<id>", p.WebhookEndpointUpdateParams, "webhook_write", _update_endpoint
    ),
    Endpoint(
        "DELETE", "webhook_endpoints/<id>", p.WebhookEndpointDeleteParams, "webhook_write", _delete_endpoint
    ),
)
