"""The states of orders, attempts, repayments and events, and the only ways from one to another."""

from collections.abc import Mapping
from enum import StrEnum


class OrderState(StrEnum):
    """What became of a wish to pay."""

    OPEN = "open"
    PROCESSING = "processing"
    PAID = "paid"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class AttemptState(StrEnum):
    """What became of one session at the gateway."""

    CREATING = "creating"
    """Our row stands; the gateway is being asked."""
    UNKNOWN = "unknown"
    """The gateway was asked and did not answer: a session may or may not exist."""
    OPEN = "open"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"
    ABSENT = "absent"
    """The gateway knows no session of this attempt."""


class RepaymentState(StrEnum):
    """What became of money that set out to go back."""

    ASKED = "asked"
    """Our row stands; whoever carries it is being asked, or has not answered."""
    SENT = "sent"
    PAID = "paid"
    RETURNED = "returned"
    """It came back or never left, and rests with the taxpayer again."""


class InboxState(StrEnum):
    """What became of an event."""

    RECEIVED = "received"
    PARKED = "parked"
    """Its order is not known yet; tried again later."""
    APPLIED = "applied"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"
    """It contradicts what we know; a person looks at it."""


Order, Attempt = OrderState, AttemptState

ORDER_EDGES: Mapping[str, frozenset[str]] = {
    Order.OPEN: frozenset({Order.PROCESSING, Order.PAID, Order.EXPIRED, Order.CANCELLED}),
    Order.PROCESSING: frozenset({Order.OPEN, Order.PAID}),
    Order.PAID: frozenset(),
    Order.EXPIRED: frozenset(),
    Order.CANCELLED: frozenset(),
}

_ENDS = frozenset({Attempt.SUCCEEDED, Attempt.FAILED, Attempt.EXPIRED})
ATTEMPT_EDGES: Mapping[str, frozenset[str]] = {
    Attempt.CREATING: _ENDS | {Attempt.OPEN, Attempt.UNKNOWN, Attempt.PROCESSING, Attempt.ABSENT},
    Attempt.UNKNOWN: _ENDS | {Attempt.OPEN, Attempt.PROCESSING, Attempt.ABSENT},
    Attempt.OPEN: _ENDS | {Attempt.PROCESSING},
    Attempt.PROCESSING: _ENDS,
    # Paid is stronger than anything said earlier; the order decides where the money goes.
    Attempt.FAILED: frozenset({Attempt.SUCCEEDED}),
    Attempt.EXPIRED: frozenset({Attempt.SUCCEEDED}),
    Attempt.ABSENT: frozenset({Attempt.SUCCEEDED}),
    Attempt.SUCCEEDED: frozenset(),
}

Repaying = RepaymentState
REPAYMENT_EDGES: Mapping[str, frozenset[str]] = {
    Repaying.ASKED: frozenset({Repaying.SENT, Repaying.PAID, Repaying.RETURNED}),
    Repaying.SENT: frozenset({Repaying.PAID, Repaying.RETURNED}),
    # A bank may send back days later what was called paid; nothing follows on that.
    Repaying.PAID: frozenset({Repaying.RETURNED}),
    Repaying.RETURNED: frozenset(),
}
ON_THE_WAY = frozenset({Repaying.ASKED, Repaying.SENT})

LIVE = frozenset({Attempt.CREATING, Attempt.UNKNOWN, Attempt.OPEN, Attempt.PROCESSING})
"""An order has at most one attempt in these states."""
IN_DOUBT = frozenset({Attempt.CREATING, Attempt.UNKNOWN, Attempt.PROCESSING})
"""Nothing may be opened or cancelled while an attempt is here: it may have been paid."""
PAYABLE = frozenset({Order.OPEN, Order.PROCESSING})
SETTLED = frozenset({InboxState.APPLIED, InboxState.IGNORED, InboxState.QUARANTINED})


def may(edges: Mapping[str, frozenset[str]], was: str, to: str) -> bool:
    """Whether the table knows a way; news that knows none changes nothing."""
    return to in edges[was]
