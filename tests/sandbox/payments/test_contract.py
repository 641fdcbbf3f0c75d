"""Every object shown has the shape its SDK class declares: an SDK upgrade that drifts fails here."""

import stripe

from sandbox.payments.account import KINDS
from sandbox.payments.expanding import LEFT_OUT
from sandbox.payments.shapes import blank, mismatches
from tests.sandbox.conftest import order


def everything_happens(gateway, client) -> None:
    """One of each: paid, declined, delayed, expired, refunded, failed to refund, disputed, paid out."""

    def opened():
        return client.v1.checkout.sessions.create(params=order()).id

    paid = gateway.tell("pay", session=opened(), method="wechat_pay")["intent"]
    gateway.tell("pay", session=opened(), method="alipay")
    gateway.tell("pay", session=opened(), card="4000000000000002")
    delayed = opened()
    gateway.tell("pay", session=delayed, delayed=True)
    gateway.tell("finish", session=delayed, outcome="succeeded")
    client.v1.checkout.sessions.expire(opened())
    refund = client.v1.refunds.create(params={"payment_intent": paid["id"], "amount": 100})
    gateway.tell(f"refunds/{refund.id}", outcome="failed")
    disputed = gateway.tell("pay", session=opened())["intent"]
    dispute = gateway.tell("disputes", intent=disputed["id"])
    gateway.tell(f"disputes/{dispute['id']}", to="won")
    gateway.tell("payouts")


PLACES = {
    "checkout.session": "/v1/checkout/sessions",
    "payment_intent": "/v1/payment_intents",
    "charge": "/v1/charges",
    "refund": "/v1/refunds",
    "dispute": "/v1/disputes",
    "balance_transaction": "/v1/balance_transactions",
    "payout": "/v1/payouts",
    "event": "/v1/events",
    "webhook_endpoint": "/v1/webhook_endpoints",
}


def test_every_kind_of_object_is_listed_here():
    assert PLACES.keys() == KINDS.keys()


def test_objects_have_the_shape_their_sdk_class_declares(gateway, client):
    everything_happens(gateway, client)
    for kind, place in PLACES.items():
        objects = [one.to_dict() for one in _all(client, place)]
        assert objects, kind
        for one in objects:
            assert mismatches(KINDS[kind].cls, one) == []


def test_objects_carry_every_field_of_their_sdk_class(gateway, client):
    everything_happens(gateway, client)
    for kind, place in PLACES.items():
        expected = blank(KINDS[kind].cls).keys() - set(LEFT_OUT.get(kind, ()))
        for one in _all(client, place):
            assert one.to_dict().keys() == expected


def test_objects_inside_events_have_that_shape_too(gateway, client):
    everything_happens(gateway, client)
    seen = set()
    for event in _all(client, "/v1/events"):
        body = event.to_dict()["data"]["object"]
        seen.add(event.type)
        assert mismatches(KINDS[body["object"]].cls, body) == []
    assert seen >= {
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.expired",
        "payment_intent.created",
        "payment_intent.processing",
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "charge.succeeded",
        "charge.failed",
        "charge.refunded",
        "refund.created",
        "refund.updated",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
        "charge.dispute.closed",
        "payout.paid",
    }


def test_line_items_have_that_shape_too(client, session):
    [item] = client.v1.checkout.sessions.line_items.list(session.id).data
    assert mismatches(stripe.LineItem, item.to_dict()) == []
    assert mismatches(stripe.Price, item.to_dict()["price"]) == []


def test_a_drift_would_be_noticed():
    session = blank(stripe.checkout.Session)
    assert mismatches(stripe.checkout.Session, session | {"amount_total": "12"}) != []
    assert mismatches(stripe.checkout.Session, session | {"invented": None}) == ["invented: not in the SDK"]
    del session["created"]
    assert mismatches(stripe.checkout.Session, session) == ["created: missing"]


def _all(client, place):
    answer = client.raw_request("get", place, limit=100)
    return client.deserialize(answer, api_mode="V1").data
