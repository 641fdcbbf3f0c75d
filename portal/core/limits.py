"""Coarse limits per address against floods. Tries at secrets are counted in the database, never here."""

from ipaddress import IPv6Address, ip_address
from threading import Lock
from typing import Any

from flask import Flask, abort, request
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from portal.core import clock
from portal.core.access import MACHINES, allowed_of

SWEEP_SECONDS = 60.0
"""How often a process forgets addresses that went away."""
PATIENCE_SECONDS = 0.25
"""How long one page waits for Redis."""
PAUSE_SECONDS = 10.0
"""How long Redis is left alone after it did not answer."""


class Tally:
    """Hits per key and window, counted in this process.

    The library's own counter in memory forgets in threads, of which it starts up to a hundred a second; here
    whoever counts sweeps.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._windows: dict[str, tuple[float, int]] = {}
        """Key → end of its window (seconds of the epoch), hits in it."""
        self._sweep_at = 0.0

    def __len__(self) -> int:
        return len(self._windows)

    def count(self, key: str, seconds: float) -> int:
        """The hits of the window, this one included. A window lasts so many seconds from its first hit."""
        at = clock.now().timestamp()
        with self._lock:
            if at >= self._sweep_at:
                self._windows = {key: window for key, window in self._windows.items() if window[0] > at}
                self._sweep_at = at + SWEEP_SECONDS
            ends, hits = self._windows.get(key, (0.0, 0))
            if ends <= at:
                ends, hits = at + seconds, 0
            self._windows[key] = ends, hits + 1
        return hits + 1


class Limit:
    """At most `rate` ("1200 per minute") for one key: counted in Redis for all processes, or, without it and
    while it does not answer, by each process for itself."""

    def __init__(self, rate: str, redis_url: str = "") -> None:
        """Raises ValueError for what is not a rate."""
        self._rate: RateLimitItem = parse(rate)
        self._here = Tally()
        self._shared = (
            FixedWindowRateLimiter(storage_from_string(redis_url, wrap_exceptions=True, **_briefly()))
            if redis_url
            else None
        )
        self._shared_again_at = 0.0

    def allows(self, *key: str) -> bool:
        """Count one hit; whether it was within the limit."""
        at = clock.now().timestamp()
        if self._shared is not None and at >= self._shared_again_at:
            try:
                return self._shared.hit(self._rate, *key)
            except StorageError:
                self._shared_again_at = at + PAUSE_SECONDS
        return self._here.count(self._rate.key_for(*key), self._rate.get_expiry()) <= self._rate.amount


def _briefly() -> dict[str, Any]:
    """How Redis is asked: once, and never waited for, or its silence would be that of every page."""
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return {
        "socket_timeout": PATIENCE_SECONDS,
        "socket_connect_timeout": PATIENCE_SECONDS,
        "retry": Retry(NoBackoff(), 0),
    }


def source() -> str:
    """The network an address stands for: an IPv4 address itself, an IPv6 one by its /64."""
    text = request.remote_addr or "127.0.0.1"
    address = ip_address(text.partition("%")[0])
    return str(IPv6Address(int(address) >> 64 << 64)) if isinstance(address, IPv6Address) else text


def install(app: Flask, rate: str, redis_url: str) -> None:
    """At most `rate` from one network to one page; gateways are not limited, they retry."""
    limit = Limit(rate, redis_url)

    @app.before_request
    def _refuse_floods() -> None:
        if (
            request.endpoint is not None
            and not _is_machine()
            and not limit.allows(source(), request.endpoint)
        ):
            abort(429)


def _is_machine() -> bool:
    allowed = allowed_of(request.endpoint)
    return allowed is not None and allowed.audience in MACHINES
