"""`/_sim`: what a test tells the gateway to do, and the gateway's own truth about money."""

import dataclasses
import time
from collections import Counter
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.faults import Faults
from sandbox.payments import paying, returning
from sandbox.payments.account import Account, Refunding, token
from sandbox.payments.agenda import catch_up
from sandbox.payments.courier import Conditions
from sandbox.payments.errors import ApiError, invalid

IDLE = ("delivered", "failed", "dropped", "held")


def blueprint(account: Account, faults: Faults) -> Blueprint:
    """The control calls over one account."""
    bp = Blueprint("control", __name__, url_prefix="/_sim")

    def asked() -> dict[str, Any]:
        return dict(request.get_json())

    @bp.errorhandler(ApiError)
    def refuse(refusal: ApiError) -> tuple[dict[str, Any], int]:
        return refusal.body, refusal.status

    @bp.errorhandler(TypeError)
    @bp.errorhandler(KeyError)
    def misunderstood(problem: Exception) -> tuple[dict[str, Any], int]:
        return {"message": f"{type(problem).__name__}: {problem}"}, 400

    @bp.post("/pay")
    def pay() -> dict[str, Any]:
        told = asked()
        means = paying.Means.of(
            told.pop("method", "card"),
            told.pop("card", None),
            refuse=told.pop("outcome", "succeeded") != "succeeded",
        )
        catch_up(account)
        with account.store.transaction():
            session = account.get("checkout.session", told.pop("session"))
            intent = paying.attempt(account, session, means, **told)
        return {"session": session, "intent": intent}

    @bp.post("/finish")
    def finish() -> dict[str, Any]:
        told = asked()
        with account.store.transaction():
            session = account.get("checkout.session", told["session"])
            intent = paying.finish(account, session, succeeded=told["outcome"] == "succeeded")
        return {"session": session, "intent": intent}

    @bp.post("/refund")
    def refund() -> dict[str, Any]:
        with account.store.transaction():
            return returning.refund(account, asked())

    @bp.post("/refunding")
    def refunding() -> dict[str, Any]:
        account.refunding = Refunding(**(dataclasses.asdict(account.refunding) | asked()))
        return dataclasses.asdict(account.refunding)

    @bp.post("/refunds/<refund_id>")
    def end_refund(refund_id: str) -> dict[str, Any]:
        with account.store.transaction():
            return returning.end_refund(account, account.get("refund", refund_id), asked()["outcome"])

    @bp.post("/disputes")
    def dispute() -> dict[str, Any]:
        told = asked()
        with account.store.transaction():
            intent = account.get("payment_intent", told.pop("intent"))
            return returning.dispute(account, account.get("charge", intent["latest_charge"]), **told)

    @bp.post("/disputes/<dispute_id>")
    def walk_dispute(dispute_id: str) -> dict[str, Any]:
        with account.store.transaction():
            return returning.walk_dispute(account, account.get("dispute", dispute_id), asked()["to"])

    @bp.post("/payouts")
    def payout() -> dict[str, Any]:
        told = asked()
        with account.store.transaction():
            return returning.pay_out(account, told.get("currency", "cny"), told.get("amount"))

    @bp.get("/journal")
    def journal() -> Response:
        return jsonify(account.journal())

    @bp.get("/totals")
    def totals() -> dict[str, dict[str, int]]:
        sums: dict[str, Counter[str]] = {}
        for row in account.journal():
            sums.setdefault(row["currency"], Counter())[row["act"]] += row["amount"]
        return {currency: dict(acts) | {"balance": acts.total()} for currency, acts in sums.items()}

    @bp.post("/clock")
    def clock() -> dict[str, float]:
        told = asked()
        if told.get("real"):
            account.clock.real()
        if "set" in told:
            account.clock.set(told["set"])
        if "jump" in told:
            account.clock.jump(told["jump"])
        if "stopped" in told:
            (account.clock.stop if told["stopped"] else account.clock.start)()
        catch_up(account)
        account.courier.wake()
        return {"now": account.clock.now()}

    @bp.post("/chance")
    def chance() -> tuple[str, int]:
        account.chance.seed(asked()["seed"])
        return "", 204

    @bp.post("/reset")
    def reset() -> tuple[str, int]:
        account.store.empty()
        account.clock.real()
        account.refunding = Refunding()
        account.courier.conditions = Conditions()
        faults.clear()
        return "", 204

    return bp


def webhook_blueprint(account: Account) -> Blueprint:
    """The control calls over webhooks."""
    bp = Blueprint("webhooks", __name__, url_prefix="/_sim")
    courier, store = account.courier, account.store

    def asked() -> dict[str, Any]:
        return dict(request.get_json())

    @bp.errorhandler(ApiError)
    def refuse(refusal: ApiError) -> tuple[dict[str, Any], int]:
        return refusal.body, refusal.status

    @bp.errorhandler(TypeError)
    def misunderstood(problem: Exception) -> tuple[dict[str, Any], int]:
        return {"message": str(problem)}, 400

    @bp.post("/webhooks")
    def conditions() -> dict[str, Any]:
        courier.conditions = Conditions(**(dataclasses.asdict(courier.conditions) | asked()))
        return dataclasses.asdict(courier.conditions)

    @bp.get("/webhooks")
    def show_conditions() -> dict[str, Any]:
        return dataclasses.asdict(courier.conditions)

    @bp.get("/deliveries")
    def deliveries() -> Response:
        return jsonify(courier.deliveries())

    @bp.post("/release")
    def release() -> dict[str, int]:
        courier.conditions.hold = False
        released = store.run("UPDATE delivery SET state = 'due' WHERE state = 'held'")
        courier.wake()
        return {"released": released}

    @bp.post("/flush")
    def flush() -> dict[str, int]:
        told = asked()
        store.run("UPDATE delivery SET due = 0 WHERE state = 'due'")
        courier.wake()
        return settle(float(told.get("seconds", 10)))

    @bp.get("/idle")
    def idle() -> dict[str, int]:
        return settle(request.args.get("seconds", 10.0, type=float))

    def settle(seconds: float) -> dict[str, int]:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            states = dict(store.rows("SELECT state, count(*) FROM delivery GROUP BY state"))
            if not states.keys() - set(IDLE):
                break
            time.sleep(0.01)
        return states

    @bp.post("/deliver")
    def deliver() -> Response:
        return jsonify(courier.deliver(**asked()))

    @bp.post("/endpoints/<endpoint_id>/roll")
    def roll(endpoint_id: str) -> dict[str, Any]:
        told = asked()
        account.get("webhook_endpoint", endpoint_id)
        until = account.clock.now() + float(told.get("seconds", 24 * 60 * 60))
        secret = told.get("secret") or token("whsec_", 32)
        kept = [[old, until if end is None else end] for old, end in store.aside(endpoint_id)["secrets"]]
        store.set_aside(endpoint_id, secrets=[[secret, None], *kept])
        return {"secret": secret, "until": until}

    @bp.post("/forge")
    def forge() -> Response:
        from sandbox.payments.forging import forge as send_forged

        told = asked()
        if "kind" not in told:
            raise invalid("Say which kind.", "kind")
        return jsonify(send_forged(account, **told))

    return bp
