"""A payments gateway as a real process, a merchant that takes its webhooks, and the genuine SDK as client."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stripe

from sandbox.launch import Running, start

SECRET = "whsec_of_the_test_merchant"
KEY = "sk_test_merchant"


@dataclass
class Received:
    """One webhook as it arrived."""

    body: bytes
    signature: str | None

    def event(self) -> stripe.Event:
        """The event, verified by the genuine SDK."""
        return stripe.Webhook.construct_event(self.body, self.signature, SECRET)


@dataclass
class Merchant:
    """Takes webhooks, answering each with the next of `answers` or 200; takes payers back at `back`."""

    url: str
    back: str
    received: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def types(self) -> list[str]:
        return [one.event().type for one in self.received]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    merchant: Merchant


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        merchant = self.server.merchant
        merchant.received.append(Received(body, self.headers["Stripe-Signature"]))
        self.send_response(merchant.answers.pop(0) if merchant.answers else 200)
        self.end_headers()

    def do_GET(self) -> None:
        body = b"<!doctype html><html lang=en><title>Merchant</title><h1>Back at the merchant</h1>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def listening_merchant() -> Iterator[Merchant]:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.merchant = Merchant(
            f"http://127.0.0.1:{server.server_port}/hook", f"http://127.0.0.1:{server.server_port}/back"
        )
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server.merchant
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def gateway_process(listening_merchant: Merchant) -> Iterator[Running]:
    restricted = "rk_test_reader=checkout_session_read,refund_write"
    with start(
        "payments", payment_key=[KEY, restricted], webhook=[(listening_merchant.url, SECRET)]
    ) as running:
        yield running


@pytest.fixture
def gateway(gateway_process: Running, listening_merchant: Merchant) -> Running:
    """A payments gateway where nothing has happened yet."""
    gateway_process.tell("flush")
    gateway_process.tell("reset")
    listening_merchant.received.clear()
    listening_merchant.answers.clear()
    return gateway_process


@pytest.fixture
def merchant(gateway: Running, listening_merchant: Merchant) -> Merchant:
    """The merchant, who has received nothing yet."""
    return listening_merchant


def client_of(gateway: Running, key: str = KEY, **options: object) -> stripe.StripeClient:
    """The genuine SDK's client, talking to a sandbox."""
    return stripe.StripeClient(key, base_addresses={"api": gateway.base_url}, **options)  # type: ignore[arg-type]


@pytest.fixture
def client(gateway: Running) -> stripe.StripeClient:
    return client_of(gateway)


def order(**changes: object) -> dict[str, object]:
    """What a merchant sends to open a session for 1,234.50 yuan."""
    return {
        "mode": "payment",
        "line_items": [
            {
                "price_data": {
                    "currency": "cny",
                    "unit_amount": 123450,
                    "product_data": {"name": "个人所得税 2025 年度"},
                },
                "quantity": 1,
            }
        ],
        "success_url": "http://127.0.0.1:9/back?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://127.0.0.1:9/cancelled",
        "client_reference_id": "order-1",
        "payment_intent_data": {"metadata": {"order": "order-1"}},
    } | changes


@pytest.fixture
def session(client: stripe.StripeClient) -> stripe.checkout.Session:
    """An open session."""
    return client.v1.checkout.sessions.create(params=order())  # type: ignore[arg-type]
