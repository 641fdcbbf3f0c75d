"""Sessions through the genuine SDK: created, retrieved, listed, expired, refused."""

import time

import pytest
import stripe

from tests.sandbox.conftest import client_of, order

NOW_OR_SO = 100


def refusal(call) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        call()
    return caught.value


def test_a_session_is_created_open_and_unpaid(session, gateway):
    assert session.id.startswith("cs_test_")
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    assert (session.amount_total, session.currency, session.livemode) == (123450, "cny", False)
    assert session.client_reference_id == "order-1"
    assert session.payment_method_types == ["card", "alipay", "wechat_pay"]
    assert session.url == f"{gateway.base_url}/c/pay/{session.id}"
    assert abs(session.expires_at - time.time() - 86400) < NOW_OR_SO


def test_it_is_retrieved_as_created(client, session):
    assert client.v1.checkout.sessions.retrieve(session.id).to_dict() == session.to_dict()


def test_left_out_fields_are_shown_when_expanded(client, session, gateway):
    gateway.tell("pay", session=session.id)
    expand = ["line_items", "payment_intent.latest_charge.refunds"]
    shown = client.v1.checkout.sessions.retrieve(session.id, params={"expand": expand})
    assert [item.description for item in shown.line_items.data] == ["个人所得税 2025 年度"]
    assert shown.payment_intent.latest_charge.amount == 123450
    assert shown.payment_intent.latest_charge.refunds.data == []
    assert "line_items" not in session.to_dict()


def test_expanding_what_is_no_object_is_refused(client, session):
    problem = refusal(
        lambda: client.v1.checkout.sessions.retrieve(session.id, params={"expand": ["nothing"]})
    )
    assert "cannot be expanded" in problem.user_message


def test_line_items_are_listed(client, session):
    [item] = client.v1.checkout.sessions.line_items.list(session.id).data
    assert (item.amount_total, item.quantity) == (123450, 1)


def test_pages_follow_one_another_newest_first(client):
    made = [client.v1.checkout.sessions.create(params=order()).id for _ in range(7)]
    pages = client.v1.checkout.sessions.list(params={"limit": 3})
    assert pages.has_more
    assert [one.id for one in pages.auto_paging_iter()] == made[::-1]


def test_pages_are_read_backwards_too(client):
    made = [client.v1.checkout.sessions.create(params=order()).id for _ in range(5)]
    pages = client.v1.checkout.sessions.list(params={"limit": 2, "ending_before": made[0]})
    assert [one.id for one in pages.auto_paging_iter()] == made[1:]


def test_lists_are_filtered(client, gateway):
    first, second = (client.v1.checkout.sessions.create(params=order()) for _ in range(2))
    intent = gateway.tell("pay", session=first.id)["intent"]["id"]
    found = client.v1.checkout.sessions.list
    assert [one.id for one in found(params={"payment_intent": intent}).data] == [first.id]
    assert [one.id for one in found(params={"status": "open"}).data] == [second.id]
    assert found(params={"created": {"gt": int(time.time()) + NOW_OR_SO}}).data == []
    assert len(found(params={"created": {"gte": int(time.time()) - NOW_OR_SO}}).data) == 2


def test_an_open_session_is_expired_once(client, session):
    assert client.v1.checkout.sessions.expire(session.id).status == "expired"
    assert (
        "Only Checkout Sessions with a status in"
        in refusal(lambda: client.v1.checkout.sessions.expire(session.id)).user_message
    )


def test_a_paid_session_is_not_expired(client, session, gateway):
    gateway.tell("pay", session=session.id)
    refusal(lambda: client.v1.checkout.sessions.expire(session.id))
    assert client.v1.checkout.sessions.retrieve(session.id).status == "complete"


def test_a_session_expires_by_itself(client, session, gateway):
    gateway.tell("clock", jump=86400 + 1)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"
    assert client.v1.events.list().data[0].type == "checkout.session.expired"


@pytest.mark.parametrize(
    ("minutes", "taken"), [(29, True), (28, False), (31, True), (24 * 60, True), (24 * 60 + 2, False)]
)
def test_it_lives_from_half_an_hour_to_a_day(client, minutes, taken):
    asked = order(expires_at=int(time.time()) + minutes * 60 + 10)
    if taken:
        assert client.v1.checkout.sessions.create(params=asked).expires_at == asked["expires_at"]
    else:
        assert refusal(lambda: client.v1.checkout.sessions.create(params=asked)).param == "expires_at"


def price(**changes):
    data = {"currency": "cny", "unit_amount": 100, "product_data": {"name": "x"}} | changes
    return [{"price_data": data, "quantity": 1}]


PRICE = "line_items[0][price_data]"
WECHAT_CLIENT = "payment_method_options[wechat_pay][client]"


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        # Removed from the API; most tutorials still use it.
        ({"payment_method_types": ["card"]}, "payment_method_types", "parameter_unknown"),
        ({"line_items": price(price_in_yuan=1)}, f"{PRICE}[price_in_yuan]", "parameter_unknown"),
        ({"line_items": price(unit_amount="12.5")}, f"{PRICE}[unit_amount]", "parameter_invalid_integer"),
        ({"line_items": price(unit_amount=-1)}, f"{PRICE}[unit_amount]", "parameter_invalid_integer"),
        ({"line_items": price(unit_amount=0)}, "line_items", "amount_too_small"),
        ({"line_items": price(unit_amount=100_000_000)}, "line_items", "amount_too_large"),
        ({"line_items": price(currency="xyz")}, f"{PRICE}[currency]", None),
        ({"line_items": price() + price(currency="usd")}, "line_items", None),
        ({"line_items": []}, "line_items", "parameter_missing"),
        ({"mode": "gift"}, "mode", None),
        ({"allowed_payment_method_types": ["barter"]}, "allowed_payment_method_types[0]", None),
        ({"allowed_payment_method_types": ["wechat_pay"]}, WECHAT_CLIENT, "parameter_missing"),
        ({"success_url": ""}, "success_url", "parameter_missing"),
        ({"success_url": "javascript:alert(1)"}, "success_url", "url_invalid"),
        ({"cancel_url": "ftp://127.0.0.1/"}, "cancel_url", "url_invalid"),
        ({"expires_at": "tomorrow"}, "expires_at", "parameter_invalid_integer"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(client, change, param, code):
    problem = refusal(lambda: client.v1.checkout.sessions.create(params=order(**change)))
    assert (problem.http_status, problem.param, problem.code) == (400, param, code)
    assert problem.request_id.startswith("req_")


def test_methods_are_filtered(client):
    asked = order(
        allowed_payment_method_types=["wechat_pay"], payment_method_options={"wechat_pay": {"client": "web"}}
    )
    assert client.v1.checkout.sessions.create(params=asked).payment_method_types == ["wechat_pay"]


def test_what_is_not_there_is_not_found(client):
    problem = refusal(lambda: client.v1.checkout.sessions.retrieve("cs_test_none"))
    assert (problem.http_status, problem.code) == (404, "resource_missing")
    assert problem.user_message == "No such checkout.session: 'cs_test_none'"


def test_an_address_the_api_does_not_have_is_not_found(client):
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        client.v1.customers.list()


@pytest.mark.parametrize("key", ["sk_test_stranger", "pk_test_x", "sk_live_x"])
def test_a_key_it_does_not_know_is_refused(gateway, key):
    with pytest.raises(stripe.AuthenticationError) as caught:
        client_of(gateway, key).v1.checkout.sessions.list()
    assert key not in str(caught.value) or len(key) < 12


def test_a_restricted_key_may_do_only_what_it_is_for(gateway, session):
    reader = client_of(gateway, "rk_test_reader")
    assert reader.v1.checkout.sessions.retrieve(session.id).id == session.id
    assert reader.v1.refunds.list().data == []
    with pytest.raises(stripe.PermissionError, match="rak_checkout_session_write"):
        reader.v1.checkout.sessions.create(params=order())


def test_another_version_of_the_api_is_refused(gateway):
    with pytest.raises(stripe.InvalidRequestError, match="Invalid Stripe API version: 2020-08-27"):
        client_of(gateway, stripe_version="2020-08-27").v1.checkout.sessions.list()
