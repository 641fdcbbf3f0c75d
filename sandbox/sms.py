"""The SMS gateway, and the phones it sends to: a page that shows what arrived."""

import itertools
import json
import re
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, render_template, request

from sandbox.bearer import check_key
from sandbox.faults import Faults, guard
from sandbox.web import language, new_app
from sandbox.words import words

PHONE = re.compile(r"\+?\d{5,15}")
LONGEST = 1000


class Outbox:
    """The messages accepted, in order; kept in an append-only file if a directory is given."""

    def __init__(self, directory: Path | None) -> None:
        self._lock = threading.Lock()
        self._file = directory / "sms.jsonl" if directory else None
        self.messages: list[dict[str, Any]] = []
        if self._file and self._file.exists():
            self.messages = [json.loads(line) for line in self._file.read_text("utf-8").splitlines()]
        self._by_reference = {message["reference"]: message for message in self.messages}

    def accept(self, to: str, text: str, reference: str) -> tuple[dict[str, Any], bool]:
        """The message with this reference, and whether it is new."""
        with self._lock:
            if known := self._by_reference.get(reference):
                return known, False
            message = {
                "id": f"sms_{len(self.messages) + 1:06}",
                "to": to,
                "text": text,
                "reference": reference,
                "accepted_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            }
            self.messages.append(message)
            self._by_reference[reference] = message
            if self._file:
                with self._file.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(message, ensure_ascii=False) + "\n")
            return message, True

    def to(self, phone: str | None) -> list[dict[str, Any]]:
        """The messages to one phone, or to all, newest first."""
        with self._lock:
            return [message for message in reversed(self.messages) if phone in (None, message["to"])]

    def empty(self) -> None:
        """Forget everything."""
        with self._lock:
            self.messages.clear()
            self._by_reference.clear()
            if self._file:
                self._file.unlink(missing_ok=True)


def create_app(run: str, faults: Faults, *, key: str, state: Path | None = None) -> Flask:
    """The gateway's web application."""
    app = new_app("sms", run)
    app.before_request(check_key(key, ()))
    guard(app, faults)
    outbox = Outbox(state)

    @app.post("/messages")
    def send() -> tuple[Response, int]:
        asked: Any = request.get_json(silent=True)
        problem = _problem(asked)
        if problem:
            return jsonify(error=problem), 400
        message, new = outbox.accept(asked["to"], asked["text"], asked["reference"])
        if (message["to"], message["text"]) != (asked["to"], asked["text"]):
            return jsonify(error="reference-used-for-another-message", id=message["id"]), 409
        return jsonify(id=message["id"], accepted_at=message["accepted_at"]), 201 if new else 200

    @app.get("/")
    def phones() -> str:
        shown = request.args.get("phone") or None
        newest = sorted(outbox.to(shown)[:200], key=lambda message: str(message["to"]))
        groups = [(to, list(texts)) for to, texts in itertools.groupby(newest, lambda message: message["to"])]
        groups.sort(key=lambda group: str(group[1][0]["accepted_at"]), reverse=True)
        lang = language()
        return render_template("phones.html", phones=groups, shown=shown, lang=lang, w=words(lang))

    @app.get("/_sim/messages")
    def messages() -> Response:
        return jsonify(outbox.to(request.args.get("to")))

    @app.post("/_sim/reset")
    def reset() -> tuple[str, int]:
        outbox.empty()
        faults.clear()
        return "", 204

    return app


def _problem(asked: object) -> str | None:
    names = ("to", "text", "reference")
    if not isinstance(asked, dict) or not all(
        isinstance(asked.get(name), str) and asked[name] for name in names
    ):
        return "to, text and reference are required strings"
    if not PHONE.fullmatch(asked["to"]):
        return "to is not a telephone number"
    if len(asked["text"]) > LONGEST:
        return f"text is longer than {LONGEST} characters"
    return None
