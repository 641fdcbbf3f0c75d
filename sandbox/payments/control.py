"""`/_sim`: what a test tells the gateway to do, and the gateway's own truth about money."""

import dataclasses
from collections import Counter
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, jsonify, request

from sandbox.faults import Faults
from sandbox.payments import paying, returning
from sandbox.payments.account import Account, Refunding
from sandbox.payments.agenda import catch_up
from sandbox.payments.courier import Conditions
from sandbox.payments.errors import ApiError

Call = Callable[..., Any]


def install(app: Flask, calls: dict[str, Call]) -> None:
    """Add calls to an application, named by method and path below /_sim; JSON both ways."""
    for name, call in calls.items():
        method, _, path = name.partition(" ")
        app.add_url_rule(f"/_sim/{path}", f"_sim {name}", _view(call), methods=[method])


def _view(call: Call) -> Callable[..., Response]:
    def view(**where: str) -> Response:
        told = request.get_json() if request.method == "POST" else {}
        try:
            response = jsonify(call(**where, **told))
        except ApiError as refusal:
            response = jsonify(refusal.body)
            response.status_code = refusal.status
        except (TypeError, KeyError) as problem:
            response = jsonify(message=f"{type(problem).__name__}: {problem}")
            response.status_code = 400
        return response

    return view


class Control:
    """The calls over money, time and chance."""

    def __init__(self, account: Account, faults: Faults) -> None:
        self._account = account
        self._faults = faults

    def calls(self) -> dict[str, Call]:
        """Every call by method and path."""
        return {
            "POST pay": self.pay,
            "POST finish": self.finish,
            "POST refund": self.refund,
            "POST refunding": self.refunding,
            "POST refunds/<refund>": self.end_refund,
            "POST disputes": self.dispute,
            "POST disputes/<dispute>": self.walk_dispute,
            "POST payouts": self.pay_out,
            "GET journal": self._account.journal,
            "GET totals": self.totals,
            "POST clock": self.clock,
            "POST chance": self.chance,
            "POST reset": self.reset,
        }

    def pay(
        self,
        session: str,
        method: str = paying.CARD,
        card: str | None = None,
        outcome: str = "succeeded",
        **more: Any,
    ) -> dict[str, Any]:
        """Pay a session as its payer would; `more` is what `paying.attempt` takes."""
        means = paying.Means.of(method, card, refuse=outcome != "succeeded")
        catch_up(self._account)
        with self._account.store.transaction():
            body = self._account.get("checkout.session", session)
            intent = paying.attempt(self._account, body, means, **more)
        return {"session": body, "intent": intent}

    def finish(self, session: str, outcome: str) -> dict[str, Any]:
        """End a delayed payment."""
        with self._account.store.transaction():
            body = self._account.get("checkout.session", session)
            intent = paying.finish(self._account, body, succeeded=outcome == "succeeded")
        return {"session": body, "intent": intent}

    def refund(self, **asked: Any) -> dict[str, Any]:
        """Refund as the merchant's staff would in the gateway's dashboard."""
        with self._account.store.transaction():
            return returning.refund(self._account, asked)

    def refunding(self, **change: Any) -> dict[str, Any]:
        """Change how refunds of wallet payments end."""
        self._account.refunding = dataclasses.replace(self._account.refunding, **change)
        return dataclasses.asdict(self._account.refunding)

    def end_refund(self, refund: str, outcome: str) -> dict[str, Any]:
        """End a refund now."""
        with self._account.store.transaction():
            return returning.end_refund(self._account, self._account.get("refund", refund), outcome)

    def dispute(self, intent: str, **more: Any) -> dict[str, Any]:
        """Dispute the payment of an intent."""
        with self._account.store.transaction():
            charge = self._account.get("payment_intent", intent)["latest_charge"]
            return returning.dispute(self._account, self._account.get("charge", charge), **more)

    def walk_dispute(self, dispute: str, to: str) -> dict[str, Any]:
        """Move a dispute on."""
        with self._account.store.transaction():
            return returning.walk_dispute(self._account, self._account.get("dispute", dispute), to)

    def pay_out(self, currency: str = "cny", amount: int | None = None) -> dict[str, Any]:
        """Send the balance to the merchant's bank."""
        with self._account.store.transaction():
            return returning.pay_out(self._account, currency, amount)

    def totals(self) -> dict[str, dict[str, int]]:
        """The journal's sums by currency and act, and their balance."""
        sums: dict[str, Counter[str]] = {}
        for row in self._account.journal():
            sums.setdefault(row["currency"], Counter())[row["act"]] += row["amount"]
        return {currency: dict(acts) | {"balance": acts.total()} for currency, acts in sums.items()}

    def clock(
        self,
        to: float | None = None,
        jump: float = 0.0,
        stopped: bool | None = None,
        real: bool = False,
    ) -> dict[str, float]:
        """Move, set, stop or restore the clock; what has come due is done before the answer."""
        clock = self._account.clock
        if real:
            clock.real()
        if to is not None:
            clock.set(to)
        clock.jump(jump)
        if stopped is not None:
            (clock.stop if stopped else clock.start)()
        catch_up(self._account)
        self._account.courier.wake()
        return {"now": clock.now()}

    def chance(self, seed: int) -> dict[str, int]:
        """Begin every chance decision anew from a seed."""
        self._account.chance.seed(seed)
        return {"seed": seed}

    def reset(self) -> dict[str, str]:
        """Forget everything but the webhook endpoints."""
        self._account.store.empty()
        self._account.clock.real()
        self._account.refunding = Refunding()
        self._account.courier.conditions = Conditions()
        self._faults.clear()
        return {}
