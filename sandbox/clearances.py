"""What the market register was told of cleared firms and of clearances that are void.

A message is applied once, however often it comes; one that is void has no effect, whichever came first.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask, Response, jsonify, request

from sandbox.web import BEIJING


@dataclass
class Message:
    """One message that was applied. `times` counts how often it came."""

    id: str
    uscc: str
    number: str
    on: str
    voids: str | None = None
    """Of a reopening: the id of the clearance that is void."""
    times: int = 1

    @property
    def content(self) -> tuple[str | None, ...]:
        return self.uscc, self.number, self.on, self.voids


class Messages:
    """The messages applied, by their id."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._applied: dict[str, Message] = {}

    def take(self, told: Message) -> bool | None:
        """True if it was applied now, False if it was before, None if its id was used for another."""
        with self._lock:
            known = self._applied.setdefault(told.id, told)
            if known is told:
                return True
            if known.content != told.content:
                return None
            known.times += 1
            return False

    def all(self) -> list[Message]:
        """Every message in the order in which they were applied."""
        with self._lock:
            return list(self._applied.values())

    def is_cleared(self, uscc: str) -> bool:
        """Whether a clearance of the firm is in force."""
        void = {one.voids for one in self.all()}
        return any(one.uscc == uscc and not one.voids and one.id not in void for one in self.all())

    def forget(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._applied.clear()


Record = Callable[[str], dict[str, Any] | None]
"""Finds the present line of a firm by its code."""


def add_clearances(app: Flask, firms: Path | None, record: Record) -> None:
    """Answer for clearances, and strike firms off in the file `firms` when told to."""
    told = Messages()

    @app.post("/clearances")
    def clear() -> tuple[Response, int]:
        return _take(told, record, _read(request.get_json(silent=True), "cleared_on"))

    @app.post("/reopenings")
    def reopen() -> tuple[Response, int]:
        return _take(told, record, _read(request.get_json(silent=True), "reopened_on", voids=True))

    @app.get("/_sim/clearances")
    def cleared() -> Response:
        return jsonify([_shown(one, "cleared_on") for one in told.all() if not one.voids])

    @app.get("/_sim/reopenings")
    def reopened() -> Response:
        return jsonify([_shown(one, "reopened_on") for one in told.all() if one.voids])

    @app.delete("/_sim/clearances")
    def forget() -> tuple[str, int]:
        told.forget()
        return "", 204

    _add_striking_off(app, told, firms, record)


def _add_striking_off(app: Flask, told: Messages, firms: Path | None, record: Record) -> None:
    @app.post("/_sim/deregistrations")
    def strike_off() -> tuple[Response, int]:
        uscc = str(request.get_json().get("uscc"))
        line = record(uscc)
        if firms is None or line is None:
            return jsonify(error="no-such-firm"), 404
        if not told.is_cleared(uscc):
            return jsonify(error="not-cleared"), 409
        _strike_off(firms, line)
        return jsonify(uscc=uscc, status="cancelled"), 201


def _take(told: Messages, record: Record, message: Message | None) -> tuple[Response, int]:
    if message is None:
        return jsonify(error="id and what it voids (UUIDs), uscc, number and the day are required"), 400
    if record(message.uscc) is None:
        return jsonify(error="no-such-firm"), 404
    applied = told.take(message)
    if applied is None:
        return jsonify(error="id-used-otherwise"), 409
    return jsonify(id=message.id, applied=applied), 201 if applied else 200


def _shown(one: Message, day: str) -> dict[str, Any]:
    voids = {"voids": one.voids} if one.voids else {}
    return {"id": one.id, "uscc": one.uscc, "number": one.number, day: one.on, "times": one.times} | voids


def _strike_off(firms: Path, line: dict[str, Any]) -> None:
    """One more change of the feed: the firm's record with its licence cancelled from today."""
    today = datetime.now(BEIJING).date().isoformat()
    changed = json.dumps(line | {"status": "cancelled", "changed_on": today}, ensure_ascii=False)
    with firms.open("a", encoding="utf-8") as file:
        file.write(f"{changed}\n")


def _read(asked: Any, day: str, *, voids: bool = False) -> Message | None:
    """A message in its one form, or None for what is none."""
    try:
        names = ("uscc", "number")
        if not all(isinstance(asked[name], str) and asked[name] for name in names):
            return None
        on = date.fromisoformat(asked[day]).isoformat()
        void = str(UUID(asked["voids"])) if voids else None
        return Message(str(UUID(asked["id"])), asked["uscc"], asked["number"], on, void)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
