"""Money going back or out: refunds, disputes and payouts."""

from typing import Any

from stripe import Dispute

from sandbox.payments.account import Account, token
from sandbox.payments.errors import ApiError, invalid
from sandbox.payments.shapes import blank

WALLET_DAYS = {"wechat_pay": 180, "alipay": 90}
DAY = 86_400
CLOSED = ("won", "lost")
WALK = {
    "needs_response": ("under_review", "won", "lost"),
    "under_review": ("won", "lost"),
}


def refund(account: Account, asked: dict[str, Any]) -> dict[str, Any]:
    """Give back all or part of a charge; ApiError if that is more than is left."""
    charge = _charge_to_refund(account, asked)
    refunded = charge["amount_refunded"]
    amount = asked.get("amount", charge["amount"] - refunded)
    _check_refundable(account, charge, amount)
    body = account.new(
        "refund",
        amount=amount,
        currency=charge["currency"],
        charge=charge["id"],
        payment_intent=charge["payment_intent"],
        reason=asked.get("reason"),
        metadata=asked.get("metadata") or {},
        status="pending",
        pending_reason="processing",
    )
    kind = "refund" if _is_card(charge) else "payment_refund"
    money = account.move_money(kind, -amount, charge["currency"], body["id"])
    account.change(body, balance_transaction=money["id"])
    account.change(charge, amount_refunded=refunded + amount, refunded=refunded + amount == charge["amount"])
    _record(account, "refund_asked", -amount, body)
    account.emit("refund.created", body)
    account.emit("charge.refunded", charge, amount_refunded=refunded, refunded=False)
    _schedule(account, body, charge)
    return body


def _is_card(charge: dict[str, Any]) -> bool:
    return bool(charge["payment_method_details"]["type"] == "card")


def _charge_to_refund(account: Account, asked: dict[str, Any]) -> dict[str, Any]:
    if charge_id := asked.get("charge"):
        return account.get("charge", charge_id, "charge")
    if not (intent_id := asked.get("payment_intent")):
        raise invalid(
            "One of the following params should be provided for this request: payment_intent or charge."
        )
    intent = account.get("payment_intent", intent_id, "payment_intent")
    if intent["status"] != "succeeded":
        raise invalid(f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.")
    return account.get("charge", intent["latest_charge"])


def _check_refundable(account: Account, charge: dict[str, Any], amount: int) -> None:
    left = charge["amount"] - charge["amount_refunded"]
    if charge["status"] != "succeeded":
        raise invalid(f"Charge {charge['id']} has not succeeded.", code="charge_not_refundable")
    if left == 0:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if charge["disputed"]:
        raise invalid(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
        )
    if amount <= 0:
        raise invalid("Invalid positive integer", "amount", "parameter_invalid_integer")
    if amount > left:
        shown = f"{amount / 100:.2f}", f"{left / 100:.2f}"
        raise invalid(
            f"Refund amount ({shown[0]}) is greater than unrefunded amount on charge ({shown[1]})", "amount"
        )
    days = WALLET_DAYS.get(charge["payment_method_details"]["type"])
    if days and account.clock.now() > charge["created"] + days * DAY:
        raise invalid(
            f"This charge is older than {days} days and can no longer be refunded.",
            code="charge_expired_for_refund",
        )


def _schedule(account: Account, body: dict[str, Any], charge: dict[str, Any]) -> None:
    outcome = account.store.aside(charge["id"]).get("refund", "succeeded")
    if _is_card(charge) and outcome != "pending":
        end_refund(account, body, "succeeded")
        if outcome == "failed":
            account.plan("fail_refund", body["id"], account.refunding.seconds)
    elif account.refunding.outcome:
        act = "fail_refund" if account.refunding.outcome == "failed" else "succeed_refund"
        account.plan(act, body["id"], account.refunding.seconds)


def end_refund(account: Account, body: dict[str, Any], outcome: str) -> dict[str, Any]:
    """A refund reaches the payer (succeeded), comes back (failed) or is withdrawn (canceled)."""
    before = body["status"]
    if before in ("failed", "canceled", outcome):
        raise invalid(f"This refund is already {before}.")
    charge = account.get("charge", body["charge"])
    account.change(body, status=outcome, pending_reason=None)
    if outcome == "succeeded":
        account.change(body, destination_details=_destination(charge))
        _record(account, "refunded", 0, body)
    else:
        _take_back(account, body, charge)
    account.emit("refund.updated", body, status=before)
    if outcome == "failed":
        account.emit("refund.failed", body)
    if not _is_card(charge):
        account.emit("charge.refund.updated", body, status=before)
    return body


def _take_back(account: Account, body: dict[str, Any], charge: dict[str, Any]) -> None:
    kind = "refund_failure" if _is_card(charge) else "payment_failure_refund"
    money = account.move_money(kind, body["amount"], body["currency"], body["id"])
    account.change(
        body,
        failure_reason="unknown" if body["status"] == "failed" else None,
        failure_balance_transaction=money["id"],
    )
    account.change(charge, amount_refunded=charge["amount_refunded"] - body["amount"], refunded=False)
    _record(account, f"refund_{body['status']}", body["amount"], body)


def _destination(charge: dict[str, Any]) -> dict[str, Any]:
    method = charge["payment_method_details"]["type"]
    if method == "card":
        card = {
            "type": "refund",
            "reference": token("", 12),
            "reference_status": "available",
            "reference_type": "acquirer_reference_number",
        }
        return {"type": "card", "card": card}
    return {"type": method, method: {}}


def _record(account: Account, act: str, amount: int, body: dict[str, Any]) -> None:
    account.record(
        act,
        amount,
        body["currency"],
        refund=body["id"],
        refunded=body["amount"],
        intent=body["payment_intent"],
        charge=body["charge"],
        metadata=body["metadata"],
    )


def cancel_refund(account: Account, refund_id: str) -> dict[str, Any]:
    """Withdraw a refund that still needs the payer's help; ApiError for every other."""
    body = account.get("refund", refund_id)
    if body["status"] != "requires_action":
        raise ApiError(
            400, f"Refunds with status {body['status']} cannot be canceled.", code="resource_invalid_state"
        )
    return end_refund(account, body, "canceled")


def dispute(
    account: Account, charge: dict[str, Any], reason: str = "fraudulent", amount: int | None = None
) -> dict[str, Any]:
    """The payer disputes a charge: the money is withdrawn until the dispute is won."""
    if charge["disputed"]:
        raise invalid("This charge is already disputed.")
    amount = amount or charge["amount"]
    now = account.clock.second()
    body = account.new(
        "dispute",
        amount=amount,
        currency=charge["currency"],
        charge=charge["id"],
        payment_intent=charge["payment_intent"],
        reason=reason,
        status="needs_response",
        is_charge_refundable=False,
        evidence=blank(Dispute.Evidence) | {"enhanced_evidence": {}},
        evidence_details=blank(Dispute.EvidenceDetails) | {"due_by": now + 7 * DAY},
    )
    money = account.move_money("adjustment", -amount, charge["currency"], body["id"])
    account.change(body, balance_transactions=[money])
    account.change(charge, disputed=True)
    _record_dispute(account, "dispute_opened", -amount, body)
    account.emit("charge.dispute.created", body)
    account.emit("charge.dispute.funds_withdrawn", body)
    return body


def walk_dispute(account: Account, body: dict[str, Any], to: str) -> dict[str, Any]:
    """Move a dispute on: under review, won (the money returns) or lost."""
    if to not in WALK.get(body["status"], ()):
        raise invalid(f"A dispute cannot go from {body['status']} to {to}.", "to")
    before = body["status"]
    account.change(body, status=to)
    if to not in CLOSED:
        account.emit("charge.dispute.updated", body, status=before)
        return body
    back = body["amount"] if to == "won" else 0
    if back:
        money = account.move_money("adjustment", back, body["currency"], body["id"])
        account.change(body, balance_transactions=[*body["balance_transactions"], money])
        account.emit("charge.dispute.funds_reinstated", body)
    _record_dispute(account, f"dispute_{to}", back, body)
    account.emit("charge.dispute.closed", body)
    return body


def _record_dispute(account: Account, act: str, amount: int, body: dict[str, Any]) -> None:
    account.record(
        act,
        amount,
        body["currency"],
        dispute=body["id"],
        disputed=body["amount"],
        intent=body["payment_intent"],
        charge=body["charge"],
    )


def pay_out(account: Account, currency: str, amount: int | None = None) -> dict[str, Any]:
    """Send the balance, or part of it, to the merchant's bank."""
    balance = balance_of(account, currency)
    amount = balance if amount is None else amount
    if not 0 < amount <= balance:
        raise invalid("You have insufficient funds in your account.", "amount", "balance_insufficient")
    body = account.new(
        "payout",
        amount=amount,
        currency=currency,
        arrival_date=account.clock.second() + DAY,
        automatic=True,
        method="standard",
        source_type="card",
        status="paid",
        type="bank_account",
        reconciliation_status="completed",
        metadata={},
    )
    money = account.move_money("payout", -amount, currency, body["id"])
    account.change(body, balance_transaction=money["id"])
    if amount == balance:
        _settle_into(account, body)
    account.record("payout", -amount, currency, payout=body["id"])
    account.emit("payout.created", body)
    account.emit("payout.paid", body)
    return body


def _settle_into(account: Account, payout: dict[str, Any]) -> None:
    """Note on every transaction not yet paid out which payout it goes into; lists filter by it."""
    account.store.run(
        "UPDATE object SET aside = json_set(aside, '$.payout', ?) WHERE kind = 'balance_transaction' "
        "AND json_extract(aside, '$.payout') IS NULL AND json_extract(body, '$.currency') = ?",
        payout["id"],
        payout["currency"],
    )


def balance_of(account: Account, currency: str) -> int:
    """What the gateway holds for the merchant in one currency, in its smallest unit."""
    return sum(one["net"] for one in account.store.all("balance_transaction", currency=currency))
