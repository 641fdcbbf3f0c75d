"""The payment gateway: callbacks are genuine or refused, and what Stripe says is read right."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import func, select
from stripe import WebhookSignature

from portal.billing.models import InboxEvent
from portal.core import clock
from portal.core.db import Database
from portal.core.keys import new_id
from portal.core.refusal import Unavailable
from portal.gateways.payments import (
    Course,
    KeySpent,
    Line,
    NotKnown,
    NotOpened,
    NotReached,
    NotRefunded,
    Request,
    Standing,
)
from portal.gateways.payments.callbacks import Forged, verify
from portal.gateways.payments.stripe_checkout import StripePayments, UnsafeGateway
from portal.settings import Settings
from tests.live import WEBHOOK_SECRET, Outside, environment

D = Decimal
NOW = datetime(2026, 7, 10, 4, tzinfo=UTC)
OLD_SECRET = "whsec_before"
EVENT = {
    "id": "evt_1QxTestTestTestTest",
    "object": "event",
    "type": "checkout.session.completed",
    "api_version": "2026-10-28.endive",
    "livemode": False,
    "data": {
        "object": {
            "id": "cs_test_a1",
            "object": "checkout.session",
            "payment_intent": "pi_1",
            "client_reference_id": "01a208e0-462b-7360-a701-e786179e8c87",
            "metadata": {"attempt": "01a208e0-4d17-77b8-8b14-517beeb5071e"},
            "amount_total": 123456,
            "currency": "cny",
        }
    },
}
BODY = json.dumps(EVENT)


def header(body: str = BODY, secret: str = WEBHOOK_SECRET, at: datetime = NOW) -> str:
    """As the gateway signs, by its own routine."""
    return str(WebhookSignature.generate_signature_header(body, secret, int(at.timestamp())))


def test_a_genuine_event_is_read() -> None:
    heard = verify(BODY.encode(), header(), [WEBHOOK_SECRET], NOW)
    assert (heard.event_id, heard.session_id, heard.intent_id) == (EVENT["id"], "cs_test_a1", "pi_1")
    assert (heard.amount, heard.currency, heard.live) == (123456, "cny", False)
    assert str(heard.attempt_id) == "01a208e0-4d17-77b8-8b14-517beeb5071e"


@pytest.mark.parametrize("secret", [WEBHOOK_SECRET, OLD_SECRET])
def test_while_a_secret_is_rolled_both_are_good(secret: str) -> None:
    assert verify(BODY.encode(), header(secret=secret), [WEBHOOK_SECRET, OLD_SECRET], NOW)
    both = f"{header(secret=OLD_SECRET)},{header().partition(',')[2]}"
    assert verify(BODY.encode(), both, [WEBHOOK_SECRET], NOW)


def test_afterwards_the_old_one_is_refused() -> None:
    with pytest.raises(Forged):
        verify(BODY.encode(), header(secret=OLD_SECRET), [WEBHOOK_SECRET], NOW)


@pytest.mark.parametrize("seconds", [-300, 300])
def test_clocks_may_differ_a_little(seconds: int) -> None:
    assert verify(BODY.encode(), header(at=NOW + timedelta(seconds=seconds)), [WEBHOOK_SECRET], NOW)


def signed(body: str) -> tuple[bytes, str | None]:
    return body.encode(), header(body)


FORGERIES: dict[str, tuple[bytes, str | None]] = {
    "another secret": (BODY.encode(), header(secret="whsec_of_somebody_else")),
    "another body": (BODY.encode() + b" ", header()),
    "no header": (BODY.encode(), None),
    "an empty header": (BODY.encode(), ""),
    "no signature": (BODY.encode(), f"t={int(NOW.timestamp())}"),
    "no time": (BODY.encode(), header().partition(",")[2]),
    "a time that is no number": (BODY.encode(), "t=now,v1=00"),
    "another scheme": (BODY.encode(), header().replace("v1=", "v0=")),
    "too old": (BODY.encode(), header(at=NOW - timedelta(seconds=301))),
    "from the future": (BODY.encode(), header(at=NOW + timedelta(seconds=301))),
    "no UTF-8": (b"\xff\xfe" + BODY.encode(), header()),
    "a signature of other letters": (BODY.encode(), f"t={int(NOW.timestamp())},v1=" + "é" * 64),
    "no JSON": signed("{half"),
    "a list": signed(f"[{BODY}]"),
    "a number": signed("1"),
    "deeper than anyone reads": signed("[" * 100_000),
    "a thin event": signed(json.dumps({"id": "evt_1", "object": "v2.core.event", "type": "x"})),
    "no id": signed(json.dumps({name: value for name, value in EVENT.items() if name != "id"})),
    "an empty id": signed(json.dumps(EVENT | {"id": ""})),
    "an id without end": signed(json.dumps(EVENT | {"id": "e" * 256})),
    "a type that is none": signed(json.dumps(EVENT | {"type": None})),
    "no mode": signed(json.dumps(EVENT | {"livemode": "false"})),
    "no data": signed(json.dumps(EVENT | {"data": None})),
}


@pytest.mark.parametrize("kind", FORGERIES)
def test_a_forgery_is_refused(kind: str) -> None:
    raw, signature = FORGERIES[kind]
    with pytest.raises(Forged):
        verify(raw, signature, [WEBHOOK_SECRET], NOW)


def test_without_a_secret_nothing_is_genuine() -> None:
    for secrets in ([], [""]):
        with pytest.raises(Forged):
            verify(BODY.encode(), header(), secrets, NOW)


# Ten thousand at the door.


def bit_flip(chance: random.Random, raw: bytes, signature: str) -> tuple[bytes, str]:
    at = chance.randrange(len(raw))
    return raw[:at] + bytes([raw[at] ^ 1 << chance.randrange(8)]) + raw[at + 1 :], signature


def cut(chance: random.Random, raw: bytes, signature: str) -> tuple[bytes, str]:
    return raw[: chance.randrange(len(raw))], signature


def wrong_secret(chance: random.Random, raw: bytes, _signature: str) -> tuple[bytes, str]:
    return raw, header(raw.decode(), f"whsec_{chance.random()}", clock.now())


def other_time(chance: random.Random, raw: bytes, _signature: str) -> tuple[bytes, str]:
    off = timedelta(seconds=chance.choice((-1, 1)) * chance.randint(400, 10**8))
    return raw, header(raw.decode(), at=clock.now() + off)


def other_amount(chance: random.Random, raw: bytes, signature: str) -> tuple[bytes, str]:
    return raw.replace(b"123456", str(chance.randint(1, 99_999)).encode()), signature


def other_order(_chance: random.Random, raw: bytes, signature: str) -> tuple[bytes, str]:
    return raw.replace(b"01a208e0-462b-7360-a701-e786179e8c87", str(new_id()).encode()), signature


def a_key_twice(chance: random.Random, raw: bytes, signature: str) -> tuple[bytes, str]:
    return raw[:-1] + f', "id": "evt_{chance.randint(1, 9**9)}"}}'.encode(), signature


def signature_flip(chance: random.Random, raw: bytes, signature: str) -> tuple[bytes, str]:
    at = chance.randrange(signature.index("v1=") + 3, len(signature))
    other = chance.choice([c for c in "0123456789abcdef" if c != signature[at]])
    return raw, signature[:at] + other + signature[at + 1 :]


def noise(chance: random.Random, raw: bytes, signature: str) -> tuple[bytes, str]:
    letters = "".join(chr(chance.randint(33, 255)) for _ in range(chance.randint(0, 200)))
    return chance.choice((raw, chance.randbytes(200))), letters


MUTATIONS: tuple[Callable[[random.Random, bytes, str], tuple[bytes, str]], ...] = (
    bit_flip,
    cut,
    wrong_secret,
    other_time,
    other_amount,
    other_order,
    a_key_twice,
    signature_flip,
    noise,
)


def test_ten_thousand_forged_callbacks_are_refused(
    app: Flask, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """400 each, no row, no traceback, whatever is changed about a genuine event."""
    client, chance = app.test_client(), random.Random(20260710)
    raw, signature = BODY.encode(), header(at=clock.now())
    answers: Counter[tuple[int, str]] = Counter()
    for n in range(10_000):
        body, forged = MUTATIONS[n % len(MUTATIONS)](chance, raw, signature)
        answer = client.post(
            "/payments/webhook/stripe",
            data=body,
            headers={"Content-Type": "application/json", "Stripe-Signature": forged},
        )
        answers[answer.status_code, answer.get_data(as_text=True)] += 1
    assert answers == {(400, "refused"): 10_000}
    with database.reading() as session:
        assert session.scalar(select(func.count(InboxEvent.id))) == 0
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err


# Against the sandbox, through the genuine SDK.


@pytest.fixture(scope="session")
def outside_settings(sandbox: Outside, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("payments")
    known = environment("sqlite://", sandbox, folder, storage=folder, base_url="http://localhost")
    return Settings.from_environment(known)


@pytest.fixture
def gateway(sandbox: Outside, outside_settings: Settings) -> Iterator[StripePayments]:
    sandbox.forget_payments()
    yield StripePayments(outside_settings)
    sandbox.forget_payments()


def request(**changed: object) -> Request:
    made = Request(
        order_id=new_id(),
        attempt_id=new_id(),
        number="P-20260710-ABCDEFG-H",
        idempotency_key=str(new_id()),
        lines=[Line("个人所得税（2025）", D("1000.00")), Line("滞纳金", D("5.50"))],
        expires_at=clock.now() + timedelta(hours=1),
        return_url="http://localhost/back",
        cancel_url="http://localhost/away",
        language="zh",
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def test_a_payment_is_opened_with_our_keys_and_nobodys_name(
    gateway: StripePayments, sandbox: Outside
) -> None:
    asked = request()
    opened = gateway.open(asked)
    assert (opened.standing, opened.amount, opened.currency) == (Standing.OPEN, D("1005.50"), "cny")
    assert (opened.order_id, opened.attempt_id) == (asked.order_id, asked.attempt_id)
    assert str(opened.url).startswith(sandbox.payments.base_url)


def test_the_same_key_opens_one_payment(gateway: StripePayments) -> None:
    asked = request()
    assert gateway.open(asked).session_id == gateway.open(asked).session_id


@pytest.mark.parametrize("method", ["card", "wechat_pay", "alipay"])
def test_a_paid_payment_names_the_day_the_payer_acted(
    gateway: StripePayments, sandbox: Outside, method: str
) -> None:
    opened = gateway.open(request())
    sandbox.payments.tell("pay", session=opened.session_id, method=method)
    payment = gateway.fetch(str(opened.session_id))
    assert payment.standing is Standing.PAID
    assert payment.paid_at is not None
    assert abs(payment.paid_at - clock.now()) < timedelta(minutes=1)


def test_a_delayed_payment_is_processing_until_it_ends(gateway: StripePayments, sandbox: Outside) -> None:
    opened = gateway.open(request())
    sandbox.payments.tell("pay", session=opened.session_id, delayed=True)
    standings = [gateway.fetch(str(opened.session_id)).standing]
    sandbox.payments.tell("finish", session=opened.session_id, outcome="failed")
    standings.append(gateway.fetch(str(opened.session_id)).standing)
    assert standings == [Standing.PROCESSING, Standing.FAILED]


def test_closing_and_losing_the_race_to_close(gateway: StripePayments, sandbox: Outside) -> None:
    closed, paid = gateway.open(request()), gateway.open(request())
    sandbox.payments.tell("pay", session=paid.session_id)
    assert gateway.close(str(closed.session_id)).standing is Standing.EXPIRED
    assert gateway.close(str(paid.session_id)).standing is Standing.PAID


def test_what_was_opened_is_found_again(gateway: StripePayments) -> None:
    asked = request()
    opened = gateway.open(asked)
    since = clock.now() - timedelta(seconds=5)
    found = gateway.find(asked.attempt_id, since)
    assert found is not None
    assert found.session_id == opened.session_id
    assert gateway.find(new_id(), since) is None


def test_everything_received_is_listed_page_after_page(gateway: StripePayments, sandbox: Outside) -> None:
    since = clock.now() - timedelta(seconds=5)
    for _ in range(105):
        sandbox.payments.tell("pay", session=gateway.open(request()).session_id)
    listed = list(gateway.received(since, clock.now() + timedelta(seconds=5)))
    assert len({payment.intent_id for payment in listed}) == 105
    assert {(p.standing, p.amount) for p in listed} == {(Standing.PAID, D("1005.50"))}


def test_what_is_not_there_is_not_known(gateway: StripePayments) -> None:
    with pytest.raises(NotKnown):
        gateway.fetch("cs_test_nobody")


def test_a_request_the_gateway_refuses_opens_nothing(gateway: StripePayments) -> None:
    with pytest.raises(NotOpened):
        gateway.open(request(expires_at=clock.now() + timedelta(days=3)))


@pytest.mark.parametrize("fault", ["outage", "error_before", "rate_limit", "garbage", "cut_before"])
def test_a_gateway_that_fails_is_unavailable(gateway: StripePayments, sandbox: Outside, fault: str) -> None:
    sandbox.payments.tell("faults", kind=fault, times=None)
    with pytest.raises(Unavailable) as down:
        gateway.fetch("cs_test_nobody", hurry=True)
    assert down.value.system == "payments"


def test_nobody_waits_for_a_gateway_that_is_down(gateway: StripePayments, sandbox: Outside) -> None:
    sandbox.payments.tell("faults", kind="outage")
    for _ in range(5):
        with pytest.raises(Unavailable):
            gateway.fetch("cs_test_nobody", hurry=True)
    sandbox.payments.forget("faults")
    with pytest.raises(NotReached):
        gateway.open(request())


def test_a_key_the_gateway_does_not_know_reaches_nothing(
    sandbox: Outside, outside_settings: Settings
) -> None:
    assert sandbox.payments.process.poll() is None
    stranger = StripePayments(replace(outside_settings, payments_key="sk_test_stranger"))
    with pytest.raises(NotReached):
        stranger.open(request())


def test_a_hosted_page_on_another_host_is_not_led_to(sandbox: Outside, outside_settings: Settings) -> None:
    assert sandbox.payments.process.poll() is None
    elsewhere = StripePayments(replace(outside_settings, payments_public_url="https://checkout.stripe.com"))
    with pytest.raises(NotOpened, match="not on the list"):
        elsewhere.open(request())


@pytest.mark.parametrize("key", ["sk_live_x", "rk_live_x"])
def test_a_live_key_goes_to_stripe_only(outside_settings: Settings, key: str) -> None:
    with pytest.raises(UnsafeGateway):
        StripePayments(replace(outside_settings, payments_key=key))
    assert StripePayments(
        replace(outside_settings, payments_key=key, payments_url="https://api.stripe.com")
    ).live


# Giving back.


def paid_intent(gateway: StripePayments, outside: Outside) -> str:
    """A payment of 10 yuan that was made; its key there."""
    opened = gateway.open(request())
    paid = outside.payments.tell("pay", session=opened.session_id)
    return str(paid["intent"]["id"])


def test_money_is_given_back_once_per_key_and_found_by_our_own(
    gateway: StripePayments, sandbox: Outside
) -> None:
    intent, ours, key = paid_intent(gateway, sandbox), new_id(), str(new_id())
    first, again = (gateway.refund(ours, intent, D("4.00"), key) for _ in range(2))
    assert (first.ref, first.course, first.amount) == (again.ref, Course.DONE, D("4.00"))
    assert [(one.ref, one.repayment_id) for one in gateway.refunds_of(intent)] == [(first.ref, ours)]
    since, until = clock.now() - timedelta(hours=1), clock.now() + timedelta(hours=1)
    assert first.ref in {one.ref for one in gateway.refunded(since, until)}


def test_more_than_was_paid_is_refused_and_moves_nothing(gateway: StripePayments, sandbox: Outside) -> None:
    intent = paid_intent(gateway, sandbox)
    with pytest.raises(NotRefunded):
        gateway.refund(new_id(), intent, D("1000000.00"), str(new_id()))
    assert list(gateway.refunds_of(intent)) == []


def test_a_failure_kept_under_the_key_is_told_apart_from_no_answer(
    gateway: StripePayments, sandbox: Outside
) -> None:
    intent, key = paid_intent(gateway, sandbox), str(new_id())
    sandbox.payments.tell("faults", kind="error_after", path="/v1/refunds", method="POST", times=1)
    with pytest.raises(KeySpent):
        gateway.refund(new_id(), intent, D("4.00"), key)
    sandbox.payments.tell("faults", kind="outage", path="/v1/refunds")
    with pytest.raises(Unavailable) as silent:
        gateway.refund(new_id(), intent, D("4.00"), key)
    assert not isinstance(silent.value, KeySpent)
