"""Payments, refunds, disputes and payouts: what the API shows, what the journal holds, to the fen."""

import pytest
import stripe

from tests.sandbox.conftest import order


def paid(client, gateway, **how):
    session = client.v1.checkout.sessions.create(params=order())
    return gateway.tell("pay", session=session.id, **how)["intent"]


def acts(gateway):
    return [(row["act"], row["amount"]) for row in gateway.ask("journal")]


@pytest.mark.parametrize("method", ["card", "wechat_pay", "alipay"])
def test_a_payment(client, gateway, session, method):
    gateway.tell("pay", session=session.id, method=method)
    after = client.v1.checkout.sessions.retrieve(
        session.id, params={"expand": ["payment_intent.latest_charge"]}
    )
    assert (after.status, after.payment_status, after.url) == ("complete", "paid", None)
    intent = after.payment_intent
    assert (intent.status, intent.amount_received, intent.metadata["order"]) == (
        "succeeded",
        123450,
        "order-1",
    )
    charge = intent.latest_charge
    assert (charge.status, charge.paid, charge.payment_method_details.type) == ("succeeded", True, method)
    [row] = gateway.ask("journal")
    assert (row["amount"], row["currency"], row["intent"]) == (123450, "cny", intent.id)
    assert row["client_reference_id"] == "order-1"


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"card": "4000000000000002"}, "generic_decline"),
        ({"card": "4000000000009995"}, "insufficient_funds"),
        ({"card": "4000000000000069"}, "expired_card"),
        ({"card": "4012888888881881"}, "test_mode_live_card"),
        ({"method": "wechat_pay", "outcome": "declined"}, None),
    ],
)
def test_a_declined_payment_leaves_the_session_open(client, gateway, session, how, code):
    gateway.tell("pay", session=session.id, **how)
    after = client.v1.checkout.sessions.retrieve(
        session.id, params={"expand": ["payment_intent.latest_charge"]}
    )
    assert (after.status, after.payment_status) == ("open", "unpaid")
    intent = after.payment_intent
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error.to_dict().get("decline_code") == code
    assert intent.latest_charge.status == "failed"
    assert acts(gateway) == []


def test_one_intent_may_fail_several_times_and_then_succeed(client, gateway, session):
    failed = gateway.tell("pay", session=session.id, outcome="declined")["intent"]
    gateway.tell("pay", session=session.id, method="alipay", outcome="declined")
    succeeded = gateway.tell("pay", session=session.id, method="wechat_pay")["intent"]
    assert failed["id"] == succeeded["id"]
    assert len(client.v1.charges.list(params={"payment_intent": failed["id"]}).data) == 3
    assert acts(gateway) == [("paid", 123450)]


def test_a_session_is_paid_once(gateway, session):
    gateway.tell("pay", session=session.id)
    with pytest.raises(RuntimeError, match="no longer open"):
        gateway.tell("pay", session=session.id)


def test_a_closed_session_is_paid_only_by_force(client, gateway, session):
    client.v1.checkout.sessions.expire(session.id)
    with pytest.raises(RuntimeError, match="no longer open"):
        gateway.tell("pay", session=session.id)
    gateway.tell("pay", session=session.id, force=True)
    assert acts(gateway) == [("paid", 123450)]


@pytest.mark.parametrize(("outcome", "payment_status"), [("succeeded", "paid"), ("failed", "unpaid")])
def test_complete_is_not_paid(client, gateway, session, outcome, payment_status):
    gateway.tell("pay", session=session.id, delayed=True)
    waiting = client.v1.checkout.sessions.retrieve(session.id, params={"expand": ["payment_intent"]})
    assert (waiting.status, waiting.payment_status) == ("complete", "unpaid")
    assert waiting.payment_intent.status == "processing"
    gateway.tell("finish", session=session.id, outcome=outcome)
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == payment_status
    assert client.v1.events.list().data[0].type == f"checkout.session.async_payment_{outcome}"
    with pytest.raises(RuntimeError, match="not waiting"):
        gateway.tell("finish", session=session.id, outcome=outcome)


def test_another_amount_and_currency_than_asked(gateway, session):
    gateway.tell("pay", session=session.id, amount=99, currency="usd")
    assert [(row["amount"], row["currency"]) for row in gateway.ask("journal")] == [(99, "usd")]


def test_a_card_refund_arrives_at_once(client, gateway):
    intent = paid(client, gateway)
    refund = client.v1.refunds.create(params={"payment_intent": intent["id"], "amount": 50})
    assert (refund.status, refund.amount, refund.charge) == ("succeeded", 50, intent["latest_charge"])
    charge = client.v1.charges.retrieve(refund.charge)
    assert (charge.amount_refunded, charge.refunded) == (50, False)
    assert gateway.ask("totals")["cny"]["balance"] == 123400


def test_a_wallet_refund_takes_time(client, gateway):
    refund = client.v1.refunds.create(params={"payment_intent": paid(client, gateway, method="alipay")["id"]})
    assert refund.status == "pending"
    gateway.tell("clock", jump=3)
    assert client.v1.refunds.retrieve(refund.id).status == "succeeded"


def test_a_failed_refund_comes_back(client, gateway):
    gateway.tell("refunding", outcome="failed")
    intent = paid(client, gateway, method="wechat_pay")
    refund = client.v1.refunds.create(params={"payment_intent": intent["id"]})
    gateway.tell("clock", jump=3)
    after = client.v1.refunds.retrieve(refund.id)
    assert (after.status, after.failure_reason) == ("failed", "unknown")
    assert client.v1.charges.retrieve(intent["latest_charge"]).amount_refunded == 0
    assert acts(gateway) == [("paid", 123450), ("refund_asked", -123450), ("refund_failed", 123450)]


def test_test_cards_whose_refunds_end_otherwise(client, gateway):
    late = paid(client, gateway, card="4000000000007726")
    assert client.v1.refunds.create(params={"payment_intent": late["id"]}).status == "pending"
    lost = paid(client, gateway, card="4000000000005126")
    refund = client.v1.refunds.create(params={"payment_intent": lost["id"]})
    assert refund.status == "succeeded"
    gateway.tell("clock", jump=3)
    assert client.v1.refunds.retrieve(refund.id).status == "failed"


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [(None, 1, "charge_already_refunded"), (100000, 23451, None), (None, None, "charge_already_refunded")],
)
def test_nothing_is_refunded_beyond_what_was_paid(client, gateway, first, second, code):
    intent = paid(client, gateway)["id"]

    def refund(amount):
        return client.v1.refunds.create(
            params={"payment_intent": intent} | ({"amount": amount} if amount else {})
        )

    refund(first)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        refund(second)
    assert caught.value.code == code


def test_a_wallet_payment_is_refundable_for_so_long(client, gateway):
    intent = paid(client, gateway, method="wechat_pay")["id"]
    gateway.tell("clock", jump=181 * 86400)
    with pytest.raises(stripe.InvalidRequestError, match="older than 180 days"):
        client.v1.refunds.create(params={"payment_intent": intent})


def test_a_refund_by_hand_in_the_dashboard(client, gateway):
    intent = paid(client, gateway)["id"]
    gateway.tell("refund", payment_intent=intent, amount=10)
    assert [one.amount for one in client.v1.refunds.list(params={"payment_intent": intent}).data] == [10]


@pytest.mark.parametrize(("end", "balance"), [("won", 123450), ("lost", 0)])
def test_a_dispute_walks_to_its_end(client, gateway, end, balance):
    intent = paid(client, gateway)
    dispute = gateway.tell("disputes", intent=intent["id"], reason="product_not_received")
    assert client.v1.disputes.retrieve(dispute["id"]).status == "needs_response"
    assert client.v1.charges.retrieve(intent["latest_charge"]).disputed
    gateway.tell(f"disputes/{dispute['id']}", to="under_review")
    gateway.tell(f"disputes/{dispute['id']}", to=end)
    assert client.v1.disputes.retrieve(dispute["id"]).status == end
    assert gateway.ask("totals")["cny"]["balance"] == balance
    with pytest.raises(RuntimeError, match="cannot go from"):
        gateway.tell(f"disputes/{dispute['id']}", to="won")


def test_the_card_that_disputes_by_itself(client, gateway):
    paid(client, gateway, card="4000000000000259")
    gateway.tell("clock", jump=1)
    assert [one.reason for one in client.v1.disputes.list().data] == ["fraudulent"]


def test_a_payout_empties_the_balance(client, gateway):
    paid(client, gateway)
    payout = gateway.tell("payouts")
    assert client.v1.payouts.retrieve(payout["id"]).amount == 123450
    assert gateway.ask("totals")["cny"]["balance"] == 0
    settled = client.v1.balance_transactions.list(params={"payout": payout["id"]}).data
    assert [(one.type, one.net) for one in settled] == [("payout", -123450), ("charge", 123450)]
    with pytest.raises(RuntimeError, match="insufficient funds"):
        gateway.tell("payouts")


def test_balance_transactions_add_up_to_the_journal(client, gateway):
    paid(client, gateway)
    client.v1.refunds.create(params={"payment_intent": paid(client, gateway)["id"], "amount": 50})
    moved = client.v1.balance_transactions.list().data
    assert sum(one.net for one in moved) == sum(row["amount"] for row in gateway.ask("journal")) == 246850
    assert client.v1.balance.retrieve().available[0].amount == 246850
