"""What the market register was told of cleared firms: a message is applied once, however often it comes."""

import json
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask, Response, jsonify, request

from sandbox.web import BEIJING


@dataclass
class Clearance:
    """One message that was applied. `times` counts how often it came."""

    id: str
    uscc: str
    number: str
    cleared_on: str
    times: int = 1


class Clearances:
    """The messages applied, by their id."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._applied: dict[str, Clearance] = {}

    def take(self, told: Clearance) -> bool | None:
        """True if it was applied now, False if it was before, None if its id was used for another."""
        with self._lock:
            known = self._applied.setdefault(told.id, told)
            if known is told:
                return True
            if (known.uscc, known.number, known.cleared_on) != (told.uscc, told.number, told.cleared_on):
                return None
            known.times += 1
            return False

    def all(self) -> list[Clearance]:
        """Every message in the order in which they were applied."""
        with self._lock:
            return list(self._applied.values())

    def forget(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._applied.clear()


Record = Callable[[str], dict[str, Any] | None]
"""Finds the present line of a firm by its code."""


def add_clearances(app: Flask, firms: Path | None, record: Record) -> None:
    """Answer for clearances, and strike firms off in the file `firms` when told to."""
    told = Clearances()

    @app.post("/clearances")
    def take() -> tuple[Response, int]:
        return _take(told, record, request.get_json(silent=True))

    @app.get("/_sim/clearances")
    def listed() -> Response:
        return jsonify([asdict(one) for one in told.all()])

    @app.delete("/_sim/clearances")
    def forget() -> tuple[str, int]:
        told.forget()
        return "", 204

    @app.post("/_sim/deregistrations")
    def strike_off() -> tuple[Response, int]:
        uscc = str(request.get_json().get("uscc"))
        line = record(uscc)
        if firms is None or line is None:
            return jsonify(error="no-such-firm"), 404
        if all(one.uscc != uscc for one in told.all()):
            return jsonify(error="not-cleared"), 409
        _strike_off(firms, line)
        return jsonify(uscc=uscc, status="cancelled"), 201


def _take(told: Clearances, record: Record, asked: Any) -> tuple[Response, int]:
    message = _read(asked)
    if message is None:
        return jsonify(error="id (a UUID), uscc, number and cleared_on (a day) are required"), 400
    if record(message.uscc) is None:
        return jsonify(error="no-such-firm"), 404
    applied = told.take(message)
    if applied is None:
        return jsonify(error="id-used-otherwise"), 409
    return jsonify(id=message.id, applied=applied), 201 if applied else 200


def _strike_off(firms: Path, line: dict[str, Any]) -> None:
    """One more change of the feed: the firm's record with its licence cancelled from today."""
    today = datetime.now(BEIJING).date().isoformat()
    changed = json.dumps(line | {"status": "cancelled", "changed_on": today}, ensure_ascii=False)
    with firms.open("a", encoding="utf-8") as file:
        file.write(f"{changed}\n")


def _read(asked: Any) -> Clearance | None:
    """A message in its one form, or None for what is none."""
    try:
        names = ("uscc", "number")
        if not all(isinstance(asked[name], str) and asked[name] for name in names):
            return None
        day = date.fromisoformat(asked["cleared_on"]).isoformat()
        return Clearance(str(UUID(asked["id"])), asked["uscc"], asked["number"], day)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
