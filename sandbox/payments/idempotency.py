"""Idempotency: the first answer to a key is kept and given again, whatever it was."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.clock import Clock
from sandbox.payments.errors import ApiError
from sandbox.payments.store import Store

KEPT_SECONDS = 24 * 60 * 60


class Idempotency:
    """The answers kept by idempotency key, and the keys in flight."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._in_flight: set[str] = set()

    @contextmanager
    def flight(self, key: str | None) -> Iterator[None]:
        """Hold a key while its request is executed; ApiError 409 if another request holds it."""
        if key is None:
            yield
            return
        with self._lock:
            if key in self._in_flight:
                raise ApiError(
                    409,
                    "There is currently another in-progress request using this Idempotent Key (that probably "
                    f"means you submitted twice, and the other request is still going through): {key}. "
                    "Please try again later.",
                    code="idempotency_key_in_use",
                )
            self._in_flight.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._in_flight.discard(key)

    def kept(self, key: str | None, request: str) -> tuple[int, str] | None:
        """Status and body kept for a key; ApiError if the request differs from the one that first used it."""
        self._store.run("DELETE FROM idempotency WHERE created < ?", self._clock.second() - KEPT_SECONDS)
        rows = self._store.rows("SELECT request, status, body FROM idempotency WHERE key = ?", key)
        if not rows:
            return None
        first, status, body = rows[0]
        if first != request:
            raise ApiError(
                400,
                "Keys for idempotent requests can only be used with the same parameters they were first used "
                f"with. Try using a key other than '{key}' if you meant to execute a different request.",
                type="idempotency_error",
            )
        return status, body

    def keep(self, key: str | None, request: str, status: int, body: str) -> None:
        """Keep the answer to a key."""
        if key is not None:
            self._store.run(
                "INSERT INTO idempotency (key, request, created, status, body) VALUES (?, ?, ?, ?, ?)",
                key,
                request,
                self._clock.second(),
                status,
                body,
            )


def fingerprint(method: str, path: str, parameters: object) -> str:
    """What makes two requests the same request."""
    text = json.dumps([method, path, parameters], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
