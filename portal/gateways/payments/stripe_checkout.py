"""Stripe Checkout in hosted mode, through the genuine SDK. The portal never sees a card number."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import stripe

from portal.core.money import to_fen
from portal.core.refusal import Unavailable
from portal.gateways.payments import (
    CURRENCY,
    KeySpent,
    NotKnown,
    NotOpened,
    NotReached,
    NotRefunded,
    Payment,
    Refund,
    Request,
    Standing,
)
from portal.gateways.payments.reading import payment_of_intent, payment_of_session, refund_of
from portal.gateways.wire import Breaker

if TYPE_CHECKING:
    from stripe.params import RefundCreateParams
    from stripe.params.checkout import SessionCreateParams

    from portal.settings import Settings

T = TypeVar("T")

REAL = "https://api.stripe.com"
LIVE_KEYS = ("sk_live_", "rk_live_")
SESSION = ["payment_intent.latest_charge"]
PAGE = 100
CLOCKS_DIFFER = timedelta(minutes=1)
NO_ANSWER = (stripe.APIConnectionError, stripe.APIError, stripe.RateLimitError)
ODD_ANSWER = (AttributeError, KeyError, TypeError, ValueError)
"""What reading runs into when something other than Stripe's objects came back."""


class UnsafeGateway(Exception):
    """A live key would be sent somewhere else than to Stripe."""


class StripePayments:
    """The gateway behind `PaymentGateway`; building it makes no network call."""

    def __init__(self, settings: "Settings") -> None:
        """Raises `UnsafeGateway` for a live key with another address than Stripe's."""
        if settings.payments_key.startswith(LIVE_KEYS) and settings.payments_url.rstrip("/") != REAL:
            raise UnsafeGateway("a live key is only for Stripe itself")
        stripe.enable_telemetry = False
        self.live = settings.payments_key.startswith(LIVE_KEYS)
        self._page = settings.payments_origin
        self._breaker = Breaker()
        self._client = _client(settings, seconds=10, retries=2)
        self._hurried = _client(settings, seconds=3, retries=0)

    def open(self, request: Request) -> Payment:
        """See `PaymentGateway`."""
        try:
            opened = self._ask(
                lambda: payment_of_session(
                    _plain(
                        self._client.v1.checkout.sessions.create(
                            _parameters(request), {"idempotency_key": request.idempotency_key}
                        )
                    )
                )
            )
        except (stripe.InvalidRequestError, stripe.IdempotencyError) as refused:
            raise NotOpened(str(refused.user_message or refused)[:200]) from refused
        if opened.url is not None and not self._is_page(opened.url):
            raise NotOpened("the hosted page is on a host that is not on the list")
        return opened

    def fetch(self, session_id: str, *, hurry: bool = False) -> Payment:
        """See `PaymentGateway`."""
        client = self._hurried if hurry else self._client
        try:
            return self._ask(
                lambda: payment_of_session(
                    _plain(client.v1.checkout.sessions.retrieve(session_id, {"expand": SESSION}))
                )
            )
        except stripe.InvalidRequestError as unknown:
            raise NotKnown(session_id) from unknown

    def close(self, session_id: str) -> Payment:
        """See `PaymentGateway`."""
        with suppress(stripe.InvalidRequestError):  # no longer open: `fetch` says why
            self._ask(lambda: self._client.v1.checkout.sessions.expire(session_id))
        return self.fetch(session_id)

    def find(self, attempt_id: UUID, since: datetime) -> Payment | None:
        """See `PaymentGateway`. Stripe cannot search by our reference, so this reads what began since."""
        first = int((since - CLOCKS_DIFFER).timestamp())
        listed = self._pages(
            lambda: self._client.v1.checkout.sessions.list({"created": {"gte": first}, "limit": PAGE})
        )
        for session in listed:
            if (session.get("metadata") or {}).get("attempt") == str(attempt_id):
                return self.fetch(session["id"])
        return None

    def received(self, since: datetime, until: datetime) -> Iterator[Payment]:
        """See `PaymentGateway`."""
        first, last = int(since.timestamp()), int(until.timestamp())
        listed = self._pages(
            lambda: self._client.v1.payment_intents.list(
                {"created": {"gte": first, "lte": last}, "limit": PAGE, "expand": ["data.latest_charge"]}
            )
        )
        for intent in listed:
            payment = payment_of_intent(intent)
            if payment.standing in (Standing.PAID, Standing.PROCESSING):
                yield payment

    def refund(self, repayment_id: UUID, intent_id: str, amount: Decimal, key: str) -> Refund:
        """See `PaymentGateway`. The refund carries our key, by which it is known again."""
        asked: RefundCreateParams = {
            "payment_intent": intent_id,
            "amount": to_fen(amount),
            "metadata": {"repayment": str(repayment_id)},
        }
        try:
            return self._ask(
                lambda: refund_of(_plain(self._client.v1.refunds.create(asked, {"idempotency_key": key})))
            )
        except stripe.InvalidRequestError as refused:
            raise NotRefunded(str(refused.code or refused.user_message or refused)[:120]) from refused
        except NotReached:
            raise
        except Unavailable as down:
            if isinstance(down.__cause__, stripe.APIError) and (down.__cause__.http_status or 0) >= 500:
                raise KeySpent("payments") from down
            raise

    def refunds_of(self, intent_id: str) -> Sequence[Refund]:
        """See `PaymentGateway`."""
        listed = self._pages(
            lambda: self._client.v1.refunds.list({"payment_intent": intent_id, "limit": PAGE})
        )
        return [refund_of(one) for one in listed]

    def refunded(self, since: datetime, until: datetime) -> Iterator[Refund]:
        """See `PaymentGateway`."""
        first, last = int(since.timestamp()), int(until.timestamp())
        listed = self._pages(
            lambda: self._client.v1.refunds.list({"created": {"gte": first, "lte": last}, "limit": PAGE})
        )
        yield from (refund_of(one) for one in listed if one["payment_intent"])

    def _pages(self, ask: Callable[[], Any]) -> Iterator[dict[str, Any]]:
        """Everything a list holds, page by page."""
        page = self._ask(ask)
        while True:
            yield from (_plain(one) for one in page.data)
            if not page.has_more:
                return
            page = self._ask(page.next_page)

    def _ask(self, question: Callable[[], T]) -> T:
        if self._breaker.is_open():
            raise NotReached("payments")
        try:
            answer = question()
        except (*NO_ANSWER, *ODD_ANSWER) as down:
            self._breaker.failed()
            raise Unavailable("payments") from down
        except (stripe.AuthenticationError, stripe.PermissionError) as wrong:
            raise NotReached("payments", retry_after=300) from wrong
        except stripe.StripeError:
            self._breaker.worked()
            raise
        self._breaker.worked()
        return answer

    def _is_page(self, url: str) -> bool:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc}" == self._page


def _client(settings: "Settings", *, seconds: int, retries: int) -> stripe.StripeClient:
    return stripe.StripeClient(
        settings.payments_key,
        base_addresses={"api": settings.payments_url},
        max_network_retries=retries,
        http_client=stripe.RequestsClient(timeout=(min(seconds, 3), seconds)),
    )


def _plain(thing: stripe.StripeObject) -> dict[str, Any]:
    return thing.to_dict()


def _parameters(request: Request) -> "SessionCreateParams":
    """Server-side amounts and opaque keys only: nothing says who pays or for whom."""
    ours = {"order": str(request.order_id), "attempt": str(request.attempt_id)}
    return {
        "mode": "payment",
        "client_reference_id": str(request.order_id),
        "metadata": ours,
        "payment_intent_data": {"metadata": ours, "description": request.number},
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": CURRENCY,
                    "unit_amount": to_fen(line.amount),
                    "product_data": {"name": line.name},
                },
            }
            for line in request.lines
        ],
        "allowed_payment_method_types": ["card", "alipay", "wechat_pay"],
        "payment_method_options": {"wechat_pay": {"client": "web"}},
        "expires_at": int(request.expires_at.timestamp()),
        "success_url": request.return_url,
        "cancel_url": request.cancel_url,
        "locale": "zh" if request.language == "zh" else "en",
        "submit_type": "pay",
    }
