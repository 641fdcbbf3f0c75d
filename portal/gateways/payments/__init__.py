"""The payment gateway in the portal's words. Amounts are yuan; fen exist only behind this door.

`StripePayments` is the real one. A treasury gateway could take its place without the ledger noticing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from portal.core.refusal import Unavailable

CURRENCY = "cny"


class Standing(StrEnum):
    """How a payment stands at the gateway."""

    OPEN = "open"
    """Waiting for the payer; an earlier refusal does not end it."""
    PROCESSING = "processing"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Payment:
    """What the gateway says about one payment, whichever way it was asked."""

    standing: Standing
    session_id: str | None
    intent_id: str | None
    order_id: UUID | None
    attempt_id: UUID | None
    amount: Decimal
    """Yuan, if `currency` says so; otherwise hundredths of whatever it says."""
    currency: str
    live: bool
    paid_at: datetime | None = None
    """When the payer acted, however late news of it comes."""
    url: str | None = None
    """The hosted page, while open."""
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Line:
    """One line of the hosted page."""

    name: str
    amount: Decimal


@dataclass(frozen=True)
class Request:
    """A payment to be opened. Nothing in it says who pays."""

    order_id: UUID
    attempt_id: UUID
    number: str
    idempotency_key: str
    lines: Sequence[Line]
    expires_at: datetime
    return_url: str
    cancel_url: str
    language: str


class Course(StrEnum):
    """How money going back stands at whoever carries it."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    """It came back, even where it was called done before."""


@dataclass(frozen=True)
class Refund:
    """What the gateway says about money going back to whoever paid."""

    course: Course
    ref: str
    intent_id: str
    repayment_id: UUID | None
    """Ours, where we asked for it; none for one made at the gateway by hand."""
    amount: Decimal
    currency: str


class NotOpened(Exception):
    """The gateway refused to open a payment; none exists."""


class NotKnown(Exception):
    """The gateway knows no such payment."""


class NotRefunded(Exception):
    """The gateway refused to give money back; none moved. The text says why."""


class KeySpent(Unavailable):
    """The gateway failed and keeps that answer under the key: look first, then ask with another."""


class NotReached(Unavailable):
    """Nothing was asked of the gateway, so nothing can have happened there."""


class PaymentGateway(Protocol):
    """Raises `Unavailable("payments")` where it does not answer.

    After `open` it may have acted all the same, unless the exception is `NotReached`.
    """

    live: bool
    """Whether its key moves real money."""

    def open(self, request: Request) -> Payment:
        """Open a hosted payment. Raises `NotOpened`."""

    def fetch(self, session_id: str, *, hurry: bool = False) -> Payment:
        """How a payment stands. With `hurry`, one try of at most three seconds. Raises `NotKnown`."""

    def close(self, session_id: str) -> Payment:
        """Close an open payment; returns how it stands, which may be paid. Raises `NotKnown`."""

    def find(self, attempt_id: UUID, since: datetime) -> Payment | None:
        """The payment opened for an attempt, if the gateway knows one."""

    def received(self, since: datetime, until: datetime) -> Iterator[Payment]:
        """Everything paid or processing that began within a stretch of time, whoever opened it."""

    def refund(self, repayment_id: UUID, intent_id: str, amount: Decimal, key: str) -> Refund:
        """Give back part of a payment, once per `key`. Raises `NotRefunded`, `KeySpent`."""

    def refunds_of(self, intent_id: str) -> Sequence[Refund]:
        """Everything given back of one payment, whoever asked for it."""

    def refunded(self, since: datetime, until: datetime) -> Iterator[Refund]:
        """Everything given back that began within a stretch of time."""
