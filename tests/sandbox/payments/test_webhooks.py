"""Webhooks: genuinely signed, at least once, and unreliable in every way a test asks for."""

import json

import pytest
import stripe

from tests.sandbox.conftest import SECRET, order
from tests.waiting import until

PAID = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
]


def arrived(merchant, count):
    until(lambda: len(merchant.received) >= count)
    return merchant.received


def states(gateway):
    return [one["state"] for one in gateway.ask("deliveries")]


def test_a_payment_is_announced_with_a_signature_the_sdk_accepts(gateway, merchant, session):
    gateway.tell("pay", session=session.id, method="wechat_pay")
    arrived(merchant, 4)
    assert sorted(merchant.types()) == sorted(PAID)
    event = next(one.event() for one in merchant.received if one.event().type == PAID[3])
    assert event.data.object.id == session.id
    assert (event.api_version, event.livemode) == (stripe.api_version, False)


def test_a_changed_body_or_secret_is_not_accepted(gateway, merchant, session):
    gateway.tell("pay", session=session.id)
    [one, *_] = arrived(merchant, 1)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(one.body + b" ", one.signature, SECRET)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(one.body, one.signature, "whsec_other")


def test_events_are_retrieved_and_filtered(client, gateway, session):
    gateway.tell("pay", session=session.id)
    gateway.ask("idle")
    assert [one.type for one in client.v1.events.list().data] == PAID[::-1]
    found = client.v1.events.list(params={"types": PAID[1:3]}).data
    assert [one.type for one in found] == PAID[2:0:-1]
    assert [one.type for one in client.v1.events.list(params={"type": "checkout.*"}).data] == PAID[3:]
    assert client.v1.events.retrieve(found[0].id).pending_webhooks == 0


def test_an_event_caused_by_a_request_names_it(client, session):
    client.v1.checkout.sessions.expire(session.id, options={"idempotency_key": "close-1"})
    [event] = client.v1.events.list().data
    assert event.request.idempotency_key == "close-1"
    assert event.request.id.startswith("req_")


def test_an_update_says_what_was_before(client, gateway, session):
    intent = gateway.tell("pay", session=session.id, method="alipay")["intent"]["id"]
    client.v1.refunds.create(params={"payment_intent": intent})
    gateway.tell("clock", jump=3)
    [event] = client.v1.events.list(params={"type": "refund.updated"}).data
    assert event.data.object.status == "succeeded"
    assert event.data.previous_attributes.status == "pending"


def test_events_are_forgotten_after_thirty_days(client, gateway, session):
    gateway.tell("pay", session=session.id)
    [newest, *_] = client.v1.events.list().data
    gateway.tell("clock", jump=31 * 86400)
    assert client.v1.events.list(params={"type": "charge.*"}).data == []
    with pytest.raises(stripe.InvalidRequestError, match="No such event"):
        client.v1.events.retrieve(newest.id)


def test_what_is_not_accepted_comes_again(client, gateway, merchant, session):
    gateway.tell("webhooks", backoff=[0.05, 0.05], never_generate=["[!c]*", "charge.*"])
    merchant.answers += [500, 503]
    gateway.tell("pay", session=session.id)
    arrived(merchant, 3)
    assert len({one.body for one in merchant.received}) == 1
    until(lambda: gateway.ask("deliveries")[0]["answers"] == [500, 503, 200])
    assert client.v1.events.list(params={"delivery_success": False}).data == []


def test_it_is_given_up_in_the_end_and_found_by_asking(client, gateway, merchant, session):
    gateway.tell("webhooks", backoff=[], never_generate=["payment_intent.*", "charge.*"])
    merchant.answers += [500]
    gateway.tell("pay", session=session.id)
    until(lambda: states(gateway) == ["failed"])
    [event] = client.v1.events.list(params={"delivery_success": False}).data
    assert (event.type, event.pending_webhooks) == ("checkout.session.completed", 1)


def test_the_back_off_follows_the_clock(gateway, merchant, session):
    gateway.tell("webhooks", backoff=[3600], never_generate=["payment_intent.*", "charge.*"])
    merchant.answers += [500]
    gateway.tell("pay", session=session.id)
    until(lambda: gateway.ask("deliveries")[0]["answers"] == [500])
    gateway.tell("clock", jump=3601)
    until(lambda: states(gateway) == ["delivered"])


def test_flushing_does_not_wait_for_the_back_off(gateway, merchant, session):
    gateway.tell("webhooks", backoff=[3600, 3600])
    merchant.answers += [500] * 4
    gateway.tell("pay", session=session.id)
    arrived(merchant, 4)
    assert gateway.tell("flush") == {"delivered": 4}


def test_duplicates(gateway, merchant, session):
    gateway.tell("webhooks", duplicate=3)
    gateway.tell("pay", session=session.id)
    arrived(merchant, 12)
    assert sorted(merchant.types()) == sorted(PAID * 3)


def test_all_dropped(client, gateway, merchant, session):
    gateway.tell("webhooks", drop=1.0)
    gateway.tell("pay", session=session.id)
    assert gateway.ask("idle") == {"dropped": 4}
    assert merchant.received == []
    assert len(client.v1.events.list(params={"delivery_success": False}).data) == 4


def test_some_dropped_and_always_the_same_ones(client, gateway, session):
    def fate():
        gateway.tell("chance", seed=7)
        opened = client.v1.checkout.sessions.create(params=order())
        gateway.tell("pay", session=opened.id)
        gateway.ask("idle")
        return states(gateway)[-4:]

    gateway.tell("webhooks", drop=0.5)
    first = fate()
    assert first == fate()
    assert set(first) == {"dropped", "delivered"}


def test_shuffled(gateway, merchant, client):
    gateway.tell("chance", seed=1)
    gateway.tell("webhooks", shuffle=0.4)
    for _ in range(5):
        gateway.tell("pay", session=client.v1.checkout.sessions.create(params=order()).id)
    arrived(merchant, 20)
    assert merchant.types() != PAID * 5
    assert sorted(merchant.types()) == sorted(PAID * 5)


def test_held_then_released(gateway, merchant, session):
    gateway.tell("webhooks", hold=True)
    gateway.tell("pay", session=session.id)
    assert gateway.ask("idle") == {"held": 4}
    assert merchant.received == []
    assert gateway.tell("release") == {"released": 4}
    arrived(merchant, 4)


def test_never_generated(client, gateway, merchant, session):
    gateway.tell("webhooks", never_generate=["*"])
    gateway.tell("pay", session=session.id)
    assert client.v1.events.list().data == []
    assert gateway.ask("idle") == {}
    assert client.v1.payment_intents.list().data[0].status == "succeeded"


def test_delivered_in_the_order_asked_for(client, gateway, merchant, session):
    gateway.tell("webhooks", hold=True)
    gateway.tell("pay", session=session.id)
    events = [one.id for one in client.v1.events.list().data]
    assert [one["status"] for one in gateway.tell("deliver", events=events)] == [200] * 4
    assert merchant.types() == PAID[::-1]
    gateway.tell("deliver", events=events[:1], copies=8, parallel=True)
    assert len(merchant.received) == 12
    assert states(gateway) == ["delivered"] * 4


def test_while_a_secret_is_rolled_both_sign(gateway, merchant, session, client):
    [endpoint] = client.v1.webhook_endpoints.list().data
    gateway.tell(f"endpoints/{endpoint.id}/roll", secret="whsec_new", seconds=3600)
    gateway.tell("pay", session=session.id)
    [one, *_] = arrived(merchant, 4)
    assert one.signature.count("v1=") == 2
    for secret in (SECRET, "whsec_new"):
        assert stripe.WebhookSignature.verify_header(one.body, one.signature, secret)
    gateway.tell("clock", jump=3601)
    merchant.received.clear()
    gateway.tell("refund", payment_intent=client.v1.payment_intents.list().data[0].id)
    [late, *_] = arrived(merchant, 1)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(late.body, late.signature, SECRET)
    gateway.tell("clock", real=True)
    gateway.tell(f"endpoints/{endpoint.id}/roll", secret=SECRET, seconds=0)


def test_an_endpoint_made_by_the_api_hears_what_it_asked_for(client, gateway, merchant, session):
    made = client.v1.webhook_endpoints.create(
        params={
            "url": merchant.url + "/more",
            "enabled_events": ["charge.succeeded"],
            "api_version": "2020-08-27",
        }
    )
    gateway.tell("pay", session=session.id)
    arrived(merchant, 5)
    assert made.secret.startswith("whsec_")
    assert client.v1.webhook_endpoints.retrieve(made.id).secret is None
    heard = [one for one in merchant.received if json.loads(one.body)["api_version"] == "2020-08-27"]
    [one] = heard
    event = stripe.Webhook.construct_event(one.body, one.signature, made.secret)
    assert event.type == "charge.succeeded"
    client.v1.webhook_endpoints.delete(made.id)


@pytest.mark.parametrize("url", ["https://example.org/hook", "http://192.0.2.7/hook", "ftp://127.0.0.1/"])
def test_webhooks_stay_on_this_machine(client, url):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.webhook_endpoints.create(params={"url": url, "enabled_events": ["*"]})
    assert caught.value.param == "url"


REFUSED_BY_THE_SDK = {
    "bad_secret": stripe.SignatureVerificationError,
    "altered_body": stripe.SignatureVerificationError,
    "no_header": stripe.SignatureVerificationError,
    "empty_header": stripe.SignatureVerificationError,
    "malformed_header": stripe.SignatureVerificationError,
    "wrong_scheme": stripe.SignatureVerificationError,
    "stale": stripe.SignatureVerificationError,
    "non_utf8": UnicodeDecodeError,
    "non_ascii_signature": TypeError,
    "not_json": json.JSONDecodeError,
    "list_body": AttributeError,
    "thin_event": ValueError,
}


@pytest.mark.parametrize("kind", REFUSED_BY_THE_SDK)
def test_forgeries_reach_the_merchant_as_forgeries(gateway, merchant, session, kind):
    gateway.tell("webhooks", hold=True)
    gateway.tell("pay", session=session.id)
    assert gateway.tell("forge", kind=kind) == [{"endpoint": merchant.url, "status": 200}]
    with pytest.raises(REFUSED_BY_THE_SDK[kind]):
        merchant.received[0].event()


def test_a_signature_from_the_future_is_one_the_sdk_accepts(gateway, merchant, session):
    gateway.tell("pay", session=session.id)
    arrived(merchant, 4)
    gateway.tell("forge", kind="future")
    assert merchant.received[-1].event().type == "checkout.session.completed"


def test_an_oversized_body(gateway, merchant, session):
    gateway.tell("pay", session=session.id)
    arrived(merchant, 4)
    gateway.tell("forge", kind="oversized")
    assert len(merchant.received[-1].body) > 10_000_000


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("wrong_amount", "amount_total", 123451),
        ("wrong_currency", "currency", "usd"),
        ("livemode", "livemode", True),
        ("foreign_order", "client_reference_id", "somebody-else"),
    ],
)
def test_tampered_events_are_signed_but_lie(gateway, merchant, session, kind, field, value):
    gateway.tell("pay", session=session.id)
    arrived(merchant, 4)
    gateway.tell("forge", kind=kind)
    event = merchant.received[-1].event()
    assert event.data.object[field] == value
    assert event.id not in [one.event().id for one in merchant.received[:-1]]


def test_a_forgery_nobody_knows(gateway, session):
    with pytest.raises(RuntimeError, match="Unknown kind"):
        gateway.tell("forge", kind="unheard-of")
