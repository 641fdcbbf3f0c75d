"""The treasury: pays refunds out to bank accounts. An order is taken once, however often it comes."""

import re
import threading
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from flask import Flask, Response, jsonify, request

STATES = ("accepted", "paid", "returned")
NUMBER = re.compile(r"\d{8,30}")
RETURNED_ENDINGS = {"0119": "holder-differs", "0127": "account-closed"}
"""Accounts that send money back, by their last four digits."""


@dataclass(frozen=True)
class Transfer:
    """One order that was taken. `times` counts how often it came."""

    id: str
    ref: str
    amount: int
    holder: str
    bank: str
    account: str
    memo: str
    state: str = "accepted"
    why: str = ""
    times: int = 1

    @property
    def asked(self) -> tuple[object, ...]:
        """What was ordered, by which a second order is the same one or another."""
        return (self.amount, self.holder, self.bank, self.account)


class Transfers:
    """The orders taken, by their id; kept in memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: dict[str, Transfer] = {}
        self.holds = False
        """Whether what is accepted stays so until told."""

    def take(self, order: Transfer) -> tuple[Transfer, bool] | None:
        """The transfer and whether it is new; None if its id was used for another."""
        with self._lock:
            known = self._taken.get(order.id)
            if known is not None and known.asked != order.asked:
                return None
            if known is None:
                self._taken[order.id] = order
                return order, True
            self._taken[order.id] = replace(known, times=known.times + 1)
            return self._taken[order.id], False

    def look(self, key: str) -> Transfer | None:
        """A transfer as it stands: who asks again finds it carried out, unless it is held."""
        with self._lock:
            found = self._taken.get(key)
            if found is None or found.state != "accepted" or self.holds:
                return found
            why = RETURNED_ENDINGS.get(found.account[-4:], "")
            self._taken[key] = replace(found, state="returned" if why else "paid", why=why)
            return self._taken[key]

    def end(self, key: str, state: str, why: str) -> Transfer | None:
        """A transfer brought to a state by hand: even a paid one comes back."""
        with self._lock:
            if key in self._taken:
                self._taken[key] = replace(self._taken[key], state=state, why=why)
            return self._taken.get(key)

    def all(self) -> list[Transfer]:
        """Every transfer in the order in which it was taken."""
        with self._lock:
            return list(self._taken.values())

    def forget(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._taken.clear()
            self.holds = False


def add_treasury(app: Flask) -> None:
    """Answer for refunds, and for what a test tells the treasury to do."""
    transfers = Transfers()

    @app.post("/refunds")
    def order_refund() -> tuple[Response, int]:
        order = _read(request.get_json(silent=True))
        if order is None:
            return jsonify(error="id, amount (fen), holder, bank, account and memo are required"), 400
        taken = transfers.take(order)
        if taken is None:
            return jsonify(error="id-used-otherwise"), 409
        return _told(taken[0]), 201 if taken[1] else 200

    @app.get("/refunds/<key>")
    def refund_stands(key: str) -> tuple[Response, int]:
        found = transfers.look(key)
        return (_told(found), 200) if found else (jsonify(error="no-such-order"), 404)

    _add_control(app, transfers)


def _add_control(app: Flask, transfers: Transfers) -> None:
    @app.get("/_sim/refunds")
    def refunds_ordered() -> Response:
        return jsonify([asdict(one) for one in transfers.all()])

    @app.delete("/_sim/refunds")
    def forget_refunds() -> tuple[str, int]:
        transfers.forget()
        return "", 204

    @app.post("/_sim/refunds")
    def hold_refunds() -> Response:
        transfers.holds = bool(request.get_json()["hold"])
        return jsonify(hold=transfers.holds)

    @app.post("/_sim/refunds/<key>")
    def end_refund(key: str) -> tuple[Response, int]:
        told = request.get_json()
        if told.get("state") not in STATES:
            return jsonify(error=f"state is one of {', '.join(STATES)}"), 400
        ended = transfers.end(key, told["state"], str(told.get("why", "")))
        return (jsonify(asdict(ended)), 200) if ended else (jsonify(error="no-such-order"), 404)


def _told(one: Transfer) -> Response:
    return jsonify(id=one.id, ref=one.ref, amount=one.amount, state=one.state, why=one.why)


def _read(asked: Any) -> Transfer | None:
    """An order in its one form, or None for what is none."""
    try:
        key, amount = str(UUID(asked["id"])), asked["amount"]
        texts = {name: asked[name] for name in ("holder", "bank", "account", "memo")}
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    if not all(isinstance(text, str) and text for text in texts.values()):
        return None
    whole = isinstance(amount, int) and not isinstance(amount, bool) and amount > 0
    return (
        Transfer(key, f"tk_{key}", amount, **texts) if whole and NUMBER.fullmatch(texts["account"]) else None
    )
