"""Errands: a payer sent to a phone, a wallet or a bank to say yes or no."""

from dataclasses import dataclass
from typing import Any

from sandbox.payments.account import Account, token
from sandbox.payments.errors import ApiError
from sandbox.payments.paying import Means, attempt


@dataclass(frozen=True)
class Errand:
    """One payer's way to the place where a payment is confirmed."""

    token: str
    session: str
    method: str
    card: str | None = None


def send(account: Account, session_id: str, method: str, card: str | None = None) -> Errand:
    """Send the payer; an earlier errand of the same method for the session ends."""
    errand = Errand(token("", 22), session_id, method, card)
    with account.store.transaction():
        account.store.run("DELETE FROM errand WHERE session = ? AND method = ?", session_id, method)
        account.store.run(
            "INSERT INTO errand (token, session, method, card) VALUES (?, ?, ?, ?)",
            errand.token,
            session_id,
            method,
            card,
        )
    return errand


def find(account: Account, errand_token: str) -> Errand | None:
    """The errand with this token, if it is still open."""
    rows = account.store.rows("SELECT token, session, method, card FROM errand WHERE token = ?", errand_token)
    return Errand(*rows[0]) if rows else None


def under_way(account: Account, session_id: str, method: str) -> Errand | None:
    """The open errand of a method for a session."""
    rows = account.store.rows(
        "SELECT token, session, method, card FROM errand WHERE session = ? AND method = ?", session_id, method
    )
    return Errand(*rows[0]) if rows else None


def finish(account: Account, errand: Errand, *, approved: bool) -> dict[str, Any] | None:
    """The payer said yes or no: the session as it then stands, or None if it was closed meanwhile."""
    with account.store.transaction():
        if not account.store.run("DELETE FROM errand WHERE token = ?", errand.token):
            return None
        session = account.get("checkout.session", errand.session)
        try:
            attempt(account, session, _means(errand, approved))
        except ApiError:
            return None
        return session


def _means(errand: Errand, approved: bool) -> Means:
    if errand.card is None:
        return Means.of(errand.method, refuse=not approved)
    means = Means.of(errand.method, errand.card)
    return means if approved else means.unauthenticated()
