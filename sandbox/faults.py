"""Faults that a test plans for a service: outages, errors, delays, cut connections, nonsense."""

import random
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any

from flask import Flask, Response, jsonify, request

BEFORE = ("outage", "cut_before", "rate_limit", "error_before", "slow")
DURING = ("slow_effect",)
AFTER = ("error_after", "cut_after", "slow_body", "garbage")
FEED = ("gap", "duplicate", "reorder")
"""Of the market register's feed: a change left out, one sent twice, the order shaken."""
UNTIL_CLEARED = ("outage", "slow", "slow_effect")


@dataclass
class Fault:
    """One planned fault.

    It strikes requests whose path begins with `path` (and whose method is `method`, if given), each with
    probability `p`, `times` times in all (None: until cleared). `seconds` is the length of a delay.
    """

    kind: str
    path: str = "/"
    method: str | None = None
    times: int | None = 1
    p: float = 1.0
    seconds: float = 1.0
    should_retry: bool | None = None
    struck: int = 0

    def concerns(self, path: str, method: str) -> bool:
        """Whether a request could be struck by this fault now."""
        spent = self.times is not None and self.struck >= self.times
        return not spent and path.startswith(self.path) and self.method in (None, method)


class Faults:
    """The faults planned for one service."""

    def __init__(self, chance: random.Random, path: str = "/") -> None:
        self._chance = chance
        self._path = path
        self._lock = threading.Lock()
        self._planned: list[Fault] = []

    def plan(self, kind: str, **details: Any) -> Fault:
        """Plan a fault; ValueError if the kind or a detail is unknown."""
        unknown = details.keys() - {field.name for field in fields(Fault)}
        if kind not in BEFORE + DURING + AFTER + FEED or unknown:
            raise ValueError(f"unknown fault {kind!r} or detail {sorted(unknown)}")
        given: dict[str, Any] = {"path": "/" if kind == "outage" else self._path}
        if kind in UNTIL_CLEARED:
            given["times"] = None
        fault = Fault(kind, **(given | details))
        with self._lock:
            self._planned.append(fault)
        return fault

    def clear(self) -> None:
        """Forget every planned fault."""
        with self._lock:
            self._planned.clear()

    def planned(self) -> list[dict[str, Any]]:
        """What is planned, with how often each has struck."""
        with self._lock:
            return [asdict(fault) for fault in self._planned]

    def delay_effect(self, path: str, method: str) -> None:
        """Wait, if a fault says so, in the middle of a request."""
        if fault := self.strike(DURING, path, method):
            time.sleep(fault.seconds)

    def shake(self, batch: list[Any], path: str, method: str) -> list[Any]:
        """A batch of a feed, as the faults of feeds that strike this request leave it."""
        if not batch:
            return batch
        if self.strike(("gap",), path, method):
            batch = self._chance.sample(batch, len(batch))[1:]
            batch.sort(key=lambda change: change["seq"])
        if batch and self.strike(("duplicate",), path, method):
            batch = [*batch, self._chance.choice(batch)]
        return self._chance.sample(batch, len(batch)) if self.strike(("reorder",), path, method) else batch

    def strike(self, kinds: tuple[str, ...], path: str, method: str) -> Fault | None:
        """The first fault of these kinds that hits this request, counted as struck."""
        with self._lock:
            for fault in self._planned:
                if fault.kind in kinds and fault.concerns(path, method) and self._chance.random() < fault.p:
                    fault.struck += 1
                    return fault
        return None


def guard(app: Flask, faults: Faults, leave: tuple[str, ...] = ()) -> None:
    """Let planned faults strike the requests of an application; `leave` names kinds it handles itself."""
    after = tuple(kind for kind in AFTER if kind not in leave)

    @app.before_request
    def strike_before() -> Response | None:
        if _exempt():
            return None
        fault = faults.strike(BEFORE, request.path, request.method)
        return _answer(fault) if fault else None

    @app.after_request
    def strike_after(response: Response) -> Response:
        if _exempt() or getattr(response, "is_fault", False):
            return response
        fault = faults.strike(after, request.path, request.method)
        return _spoil(fault, response) if fault else response

    app.add_url_rule("/_sim/faults", "list faults", lambda: jsonify(faults.planned()))
    app.add_url_rule("/_sim/faults", "clear faults", lambda: _clear(faults), methods=["DELETE"])
    app.add_url_rule("/_sim/faults", "plan fault", lambda: _plan(faults), methods=["POST"])


def _clear(faults: Faults) -> tuple[str, int]:
    faults.clear()
    return "", 204


def _plan(faults: Faults) -> tuple[dict[str, Any], int]:
    try:
        return asdict(faults.plan(**request.get_json())), 201
    except (ValueError, TypeError) as problem:
        return {"error": str(problem)}, 400


def _exempt() -> bool:
    return request.path.startswith(("/_sim", "/static"))


def _answer(fault: Fault) -> Response | None:
    if fault.kind == "slow":
        time.sleep(fault.seconds)
        return None
    if fault.kind in ("outage", "cut_before"):
        return cut()
    return failure(fault)


def _spoil(fault: Fault, response: Response) -> Response:
    if fault.kind == "cut_after":
        return cut()
    if fault.kind == "error_after":
        return failure(fault)
    if fault.kind == "garbage":
        return Response('<html>\x00 upstream said {"half": ', 200, content_type="application/json")
    return _drip(response, fault.seconds)


def failure(fault: Fault) -> Response:
    """The error answer of a fault, in the shape the payments API gives its errors."""
    limited = fault.kind == "rate_limit"
    error = {
        "type": "invalid_request_error" if limited else "api_error",
        "message": "Too many requests." if limited else "An unknown error occurred",
    }
    if limited:
        error["code"] = "rate_limit"
    response = jsonify(error=error)
    response.status_code = 429 if limited else 500
    if fault.should_retry is not None:
        response.headers["Stripe-Should-Retry"] = str(fault.should_retry).lower()
    return _marked(response)


def cut() -> Response:
    """Close the connection under the client; the returned response goes nowhere."""
    request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    return _marked(Response(status=500))


def _marked(response: Response) -> Response:
    response.is_fault = True  # type: ignore[attr-defined]
    return response


def _drip(response: Response, seconds: float) -> Response:
    body = response.get_data()

    def slowly() -> Iterator[bytes]:
        yield body[:1]
        time.sleep(seconds)
        yield body[1:]

    response.response = slowly()
    response.headers["Content-Length"] = str(len(body))
    return response
