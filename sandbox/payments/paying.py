"""Payments: an attempt on a session becomes an intent and a charge, and money, or a refusal."""

from dataclasses import dataclass, replace
from typing import Any

from stripe import Charge
from stripe.checkout import Session

from sandbox.payments.account import Account, token
from sandbox.payments.cards import Card, look_up, message
from sandbox.payments.errors import invalid
from sandbox.payments.shapes import blank

CARD, WECHAT, ALIPAY = "card", "wechat_pay", "alipay"
WALLET_REFUSAL = "The customer declined the payment in the wallet."


@dataclass(frozen=True)
class Means:
    """How the payer pays: a card by number, or a wallet; `refuse` is the wallet user pressing no."""

    method: str
    card: Card | None = None
    refuse: bool = False

    @classmethod
    def of(cls, method: str, number: str | None = None, *, refuse: bool = False) -> "Means":
        """Means of payment by name; a card without number is one that always succeeds, or always fails."""
        if method == CARD:
            return cls(CARD, look_up(number or ("4000000000000002" if refuse else "4242424242424242")))
        return cls(method, None, refuse)

    def decline(self) -> dict[str, str] | None:
        """Why the payment is refused, as the charge carries it; None if it is not."""
        if self.card and self.card.decline:
            return {"code": self.card.code, "decline_code": self.card.decline, "message": message(self.card)}
        if self.refuse:
            return {"code": "payment_intent_authentication_failure", "message": WALLET_REFUSAL}
        return None

    def unauthenticated(self) -> "Means":
        """The same card, whose holder did not confirm the payment to the bank."""
        refused = look_up(self.card.number if self.card else "")
        return replace(self, card=replace(refused, decline="authentication_required", code="card_declined"))

    def details(self) -> dict[str, Any]:
        """The charge's `payment_method_details`."""
        if self.card:
            card = {"brand": self.card.brand, "country": self.card.country, "last4": self.card.last4}
            more = {"funding": "credit", "network": self.card.brand, "exp_month": 12, "exp_year": 2040}
            return {"type": CARD, CARD: card | more}
        return {"type": self.method, self.method: {"transaction_id": token("", 28)}}


def attempt(
    account: Account,
    session: dict[str, Any],
    means: Means,
    *,
    delayed: bool = False,
    amount: int | None = None,
    currency: str | None = None,
    force: bool = False,
) -> dict[str, Any]:
    """Try to pay a session; returns the intent as it stands afterwards.

    `delayed` leaves the outcome to `finish`. `amount`, `currency` and `force` (pay although the session is
    closed) play a gateway that does something else than it was asked to.
    """
    if session["status"] != "open" and not force:
        raise invalid("This Checkout Session is no longer open.")
    if means.method not in session["payment_method_types"] and not force:
        raise invalid(f"This Checkout Session cannot be paid by {means.method}.", "method")
    intent = _intent(account, session, amount, currency)
    intent["payment_method"] = token("pm_1", 23)
    if refusal := means.decline():
        _refuse(account, intent, _charge(account, intent, means), refusal)
    elif delayed:
        _delay(account, session, intent, _charge(account, intent, means))
    else:
        _succeed(account, session, intent, _charge(account, intent, means))
        account.emit("checkout.session.completed", _complete(account, session, intent, "paid"))
        _dispute_later(account, intent, means)
    return intent


def finish(account: Account, session: dict[str, Any], *, succeeded: bool) -> dict[str, Any]:
    """End a delayed payment one way or the other; returns the intent."""
    intent = account.get("payment_intent", session["payment_intent"] or "")
    if intent["status"] != "processing":
        raise invalid("This payment is not waiting for an outcome.")
    charge = account.get("charge", intent["latest_charge"])
    if succeeded:
        _succeed(account, session, intent, charge)
        account.change(session, payment_status="paid")
        account.emit("checkout.session.async_payment_succeeded", session)
    else:
        _refuse(account, intent, charge, {"code": "processing_error", "message": "The payment failed."})
        account.emit("checkout.session.async_payment_failed", session)
    return intent


def _intent(
    account: Account, session: dict[str, Any], amount: int | None, currency: str | None
) -> dict[str, Any]:
    if session["payment_intent"]:
        return account.get("payment_intent", session["payment_intent"])
    asked = account.store.aside(session["id"])["intent"]
    intent = account.new(
        "payment_intent",
        amount=amount or session["amount_total"],
        currency=currency or session["currency"],
        status="requires_payment_method",
        capture_method="automatic_async",
        confirmation_method="automatic",
        payment_method_types=session["payment_method_types"],
        payment_method_options={},
        metadata=asked.get("metadata", {}),
        description=asked.get("description"),
        statement_descriptor=asked.get("statement_descriptor"),
        statement_descriptor_suffix=asked.get("statement_descriptor_suffix"),
        receipt_email=asked.get("receipt_email"),
        amount_details={"tip": {}},
    )
    account.change(intent, client_secret=f"{intent['id']}_secret_{token('', 25)}")
    account.change(session, payment_intent=intent["id"])
    account.emit("payment_intent.created", intent)
    return intent


def _charge(account: Account, intent: dict[str, Any], means: Means) -> dict[str, Any]:
    charge = account.new(
        "charge",
        amount=intent["amount"],
        currency=intent["currency"],
        status="pending",
        payment_intent=intent["id"],
        payment_method=intent["payment_method"],
        payment_method_details=means.details(),
        description=intent["description"],
        metadata=intent["metadata"],
        billing_details={"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
        fraud_details={},
    )
    if means.card:
        account.store.set_aside(charge["id"], refund=means.card.refund)
    intent["latest_charge"] = charge["id"]
    return charge


def _outcome(refused: bool, reason: str | None) -> dict[str, Any]:
    return blank(Charge.Outcome) | {
        "network_status": "declined_by_network" if refused else "approved_by_network",
        "reason": reason,
        "risk_level": "normal",
        "seller_message": "The bank did not return any further details." if refused else "Payment complete.",
        "type": "issuer_declined" if refused else "authorized",
    }


def _refuse(
    account: Account, intent: dict[str, Any], charge: dict[str, Any], refusal: dict[str, str]
) -> None:
    decline = refusal.get("decline_code")
    account.change(
        charge,
        status="failed",
        paid=False,
        failure_code=refusal["code"],
        failure_message=refusal["message"],
        outcome=_outcome(True, decline),
    )
    error = {"type": "card_error" if decline else "invalid_request_error", "charge": charge["id"]} | refusal
    account.change(
        intent,
        status="requires_payment_method",
        last_payment_error=error,
        payment_method=None,
        processing=None,
    )
    account.emit("charge.failed", charge)
    account.emit("payment_intent.payment_failed", intent)


def _delay(account: Account, session: dict[str, Any], intent: dict[str, Any], charge: dict[str, Any]) -> None:
    account.change(intent, status="processing", last_payment_error=None)
    account.emit("charge.pending", charge)
    account.emit("payment_intent.processing", intent)
    account.emit("checkout.session.completed", _complete(account, session, intent, "unpaid"))


def _succeed(
    account: Account, session: dict[str, Any], intent: dict[str, Any], charge: dict[str, Any]
) -> None:
    kind = "charge" if charge["payment_method_details"]["type"] == CARD else "payment"
    money = account.move_money(kind, charge["amount"], charge["currency"], charge["id"])
    account.change(
        charge,
        status="succeeded",
        paid=True,
        captured=True,
        amount_captured=charge["amount"],
        balance_transaction=money["id"],
        outcome=_outcome(False, None),
        receipt_url=f"{account.base_url}/receipts/{charge['id']}",
    )
    account.change(
        intent, status="succeeded", amount_received=intent["amount"], last_payment_error=None, processing=None
    )
    account.record(
        "paid",
        charge["amount"],
        charge["currency"],
        session=session["id"],
        intent=intent["id"],
        charge=charge["id"],
        method=charge["payment_method_details"]["type"],
        client_reference_id=session["client_reference_id"],
        metadata=intent["metadata"],
    )
    account.emit("charge.succeeded", charge)
    account.emit("payment_intent.succeeded", intent)


def _complete(
    account: Account, session: dict[str, Any], intent: dict[str, Any], payment_status: str
) -> dict[str, Any]:
    return account.change(
        session,
        status="complete",
        payment_status=payment_status,
        url=None,
        payment_intent=intent["id"],
        customer_details=account.store.aside(session["id"]).get("payer") or _nobody(session),
    )


def _nobody(session: dict[str, Any]) -> dict[str, Any]:
    return blank(Session.CustomerDetails) | {
        "email": session["customer_email"],
        "tax_exempt": "none",
        "tax_ids": [],
    }


def _dispute_later(account: Account, intent: dict[str, Any], means: Means) -> None:
    if means.card and means.card.dispute:
        account.plan("dispute", intent["latest_charge"], 0.0)
