"""JSON over HTTP to an outside system: one deadline for an exchange, and no waiting for one that is down."""

import json
import threading
import time
from dataclasses import dataclass
from functools import cache
from ssl import SSLContext
from typing import Any

import httpx

from portal.core.refusal import Unavailable

LARGEST_ANSWER = 64 * 1024
FAILURES_TO_OPEN = 5
OPEN_FOR = 10.0
"""After so many failures in a row nobody waits for the system for so many seconds."""


@dataclass(frozen=True)
class Answer:
    """A status and a JSON object."""

    status: int
    body: dict[str, Any]


class JsonService:
    """One outside system spoken to in JSON. Whatever is odd about an answer is `Unavailable(name)`."""

    def __init__(self, name: str, url: str, key: str, *, seconds: float) -> None:
        self.name = name
        self._seconds = seconds
        self._breaker = Breaker()
        self._client = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {key}", "Accept": "application/json"},
            timeout=httpx.Timeout(seconds, connect=1.0),
            limits=httpx.Limits(max_connections=16, max_keepalive_connections=8, keepalive_expiry=30),
            verify=_trusted(),
            trust_env=False,
        )

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        """Send a JSON object and return the answer if its status is below 500. Raises `Unavailable`."""
        return self._ask("POST", path, body)

    def get(self, path: str) -> Answer:
        """The answer at a path with its query, if its status is below 500. Raises `Unavailable`."""
        return self._ask("GET", path, None)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> Answer:
        if self._breaker.is_open():
            raise Unavailable(self.name)
        try:
            answer = self._exchange(method, path, body)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as odd:
            self._breaker.failed()
            raise Unavailable(self.name) from odd
        self._breaker.worked()
        return answer

    def _exchange(self, method: str, path: str, body: dict[str, Any] | None) -> Answer:
        """Raises ValueError when what came is no answer in time, of its size or of its shape."""
        deadline = time.monotonic() + self._seconds
        received = b""
        with self._client.stream(method, path, json=body) as response:
            for part in response.iter_bytes():
                received += part
                if len(received) > LARGEST_ANSWER or time.monotonic() > deadline:
                    raise ValueError("the answer is too long or comes too slowly")
        if response.status_code >= 500 or response.status_code in {401, 403, 429}:
            raise ValueError(f"answered {response.status_code}")
        read = json.loads(received)
        if not isinstance(read, dict):
            raise ValueError("the answer is not an object")
        return Answer(response.status_code, read)

    def close(self) -> None:
        """Close the kept connections."""
        self._client.close()


@cache
def _trusted() -> SSLContext:
    """Whose certificates count: the public authorities. Reading them takes long."""
    return httpx.create_ssl_context(trust_env=False)


class Breaker:
    """Opens after failures in a row. When it has been open long enough, one caller tries for all."""

    def __init__(self, open_for: float = OPEN_FOR) -> None:
        """`open_for` in seconds."""
        self._open_for = open_for
        self._lock = threading.Lock()
        self._failures = 0
        self._until = 0.0

    def is_open(self) -> bool:
        with self._lock:
            if self._failures < FAILURES_TO_OPEN:
                return False
            if time.monotonic() < self._until:
                return True
            self._until = (
                time.monotonic() + self._open_for
            )  # this caller tries; others wait for what it finds
            return False

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            self._until = time.monotonic() + self._open_for

    def worked(self) -> None:
        with self._lock:
            self._failures = 0
