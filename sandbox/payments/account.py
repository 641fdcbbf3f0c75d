"""The merchant's account at the gateway: makes, keeps and announces its objects."""

import json
import random
import secrets
import string
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import stripe
from stripe.checkout import Session

from sandbox.clock import Clock
from sandbox.payments.courier import Courier
from sandbox.payments.errors import missing
from sandbox.payments.shapes import blank
from sandbox.payments.store import Store

ACCOUNT_ID = "acct_1SandboxTaxOffice"
# The accounting category of each type of balance transaction, where it has another name.
CATEGORIES = {
    "payment": "charge",
    "payment_refund": "refund",
    "payment_failure_refund": "refund_failure",
    "adjustment": "dispute",
}
LETTERS = string.ascii_letters + string.digits
# The API request being answered: its id and idempotency key, which the events it causes carry.
REQUEST: ContextVar[dict[str, str | None] | None] = ContextVar("request", default=None)


@dataclass(frozen=True)
class Kind:
    """A kind of API object: its SDK class, the prefix of its ids, and the noun in "No such …"."""

    cls: type[stripe.StripeObject]
    prefix: str
    noun: str
    id_length: int = 24


KINDS = {
    "checkout.session": Kind(Session, "cs_test_", "checkout.session", 58),
    "payment_intent": Kind(stripe.PaymentIntent, "pi_3", "payment_intent", 23),
    "charge": Kind(stripe.Charge, "ch_3", "charge", 23),
    "refund": Kind(stripe.Refund, "re_3", "refund", 23),
    "dispute": Kind(stripe.Dispute, "du_1", "dispute", 23),
    "balance_transaction": Kind(stripe.BalanceTransaction, "txn_3", "balance_transaction", 23),
    "payout": Kind(stripe.Payout, "po_1", "payout", 23),
    "event": Kind(stripe.Event, "evt_1", "event", 23),
    "webhook_endpoint": Kind(stripe.WebhookEndpoint, "we_1", "webhook_endpoint", 23),
}


def token(prefix: str, length: int = 24) -> str:
    """An unguessable id of the API's form."""
    return prefix + "".join(secrets.choice(LETTERS) for _ in range(length))


@dataclass
class Refunding:
    """How refunds of wallet payments end: after `seconds`, as `outcome` (None: when told)."""

    seconds: float = 2.0
    outcome: str | None = "succeeded"


class Account:
    """Everything the gateway knows, with the clock and the chance it lives by."""

    def __init__(self, store: Store, clock: Clock, chance: random.Random) -> None:
        self.store = store
        self.clock = clock
        self.chance = chance
        self.courier = Courier(store, clock, chance)
        self.refunding = Refunding()
        self.base_url = ""

    def new(self, kind: str, **given: Any) -> dict[str, Any]:
        """A new object: every field of its SDK class, filled from `given`, kept."""
        known = KINDS[kind]
        body = blank(known.cls)
        body.update(
            {"id": token(known.prefix, known.id_length), "object": kind, "created": self.clock.second()},
            **given,
        )
        if unknown := body.keys() - blank(known.cls).keys():
            raise KeyError(f"{kind} has no {sorted(unknown)}")
        self.store.put(body)
        return body

    def get(self, kind: str, object_id: str, param: str = "id") -> dict[str, Any]:
        """The object with this id; ApiError if there is none."""
        body = self.store.get(kind, object_id)
        if body is None:
            raise missing(KINDS[kind].noun, object_id, param)
        return body

    def change(self, body: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """The object with some fields changed, kept."""
        body.update(fields)
        self.store.put(body)
        return body

    def emit(self, kind: str, body: dict[str, Any], **previous: Any) -> None:
        """Announce what happened to an object, to every endpoint that listens for this kind of event."""
        if self.courier.conditions.suppresses(kind):
            return
        data: dict[str, Any] = {"object": json.loads(json.dumps(body))}
        if previous:
            data["previous_attributes"] = previous
        event = self.new(
            "event",
            type=kind,
            api_version=stripe.api_version,
            data=data,
            request=REQUEST.get() or {"id": None, "idempotency_key": None},
        )
        event["pending_webhooks"] = self.courier.post(event)
        self.store.put(event)

    def record(self, act: str, amount: int, currency: str, **facts: Any) -> None:
        """Note in the journal what happened to money: `amount` in the smallest unit, positive if it came."""
        row = {"at": self.clock.second(), "act": act, "amount": amount, "currency": currency} | facts
        self.store.run("INSERT INTO journal (body) VALUES (?)", json.dumps(row, ensure_ascii=False))

    def journal(self) -> list[dict[str, Any]]:
        """Everything that happened to money, in order."""
        rows = self.store.rows("SELECT seq, body FROM journal ORDER BY seq")
        return [{"seq": seq} | json.loads(body) for seq, body in rows]

    def plan(self, act: str, subject: str, seconds: float) -> None:
        """Put an act on the agenda, to be done to an object after this time."""
        due = self.clock.now() + seconds
        self.store.run("INSERT INTO agenda (due, act, subject) VALUES (?, ?, ?)", due, act, subject)

    def move_money(self, kind: str, amount: int, currency: str, source: str) -> dict[str, Any]:
        """A balance transaction: money that came (positive) or went (negative) because of `source`.

        Simpler than life: no fee, and available at once.
        """
        return self.new(
            "balance_transaction",
            amount=amount,
            net=amount,
            fee=0,
            currency=currency,
            source=source,
            type=kind,
            reporting_category=CATEGORIES.get(kind, kind),
            status="available",
            available_on=self.clock.second(),
            balance_type="payments",
        )
