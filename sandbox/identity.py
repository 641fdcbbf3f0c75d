"""The identity register and the market register: who a person is, what a firm is."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, request

from sandbox.bearer import check_key
from sandbox.clearances import add_clearances
from sandbox.faults import Faults, guard
from sandbox.treasury import add_treasury
from sandbox.web import new_app

PERSON = """
CREATE TABLE person (id_kind, id_number, name, mobile, status, PRIMARY KEY (id_kind, id_number)) WITHOUT ROWID
"""
FIRM = """
CREATE TABLE firm (seq INTEGER PRIMARY KEY, uscc, kind, body);
CREATE INDEX firm_uscc ON firm (uscc, kind, seq)
"""


class Register:
    """A JSON-lines file, read into memory and read again when it changes.

    Reading happens in a thread of its own at start, so that 430,000 lines do not delay the ready line;
    a question asked meanwhile waits for it.
    """

    def __init__(self, path: Path | None, schema: str, insert: str) -> None:
        self._path = path
        self._schema = schema
        self._insert = insert
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._rows = self._empty()
        threading.Thread(target=self._refresh, daemon=True).start()

    def rows(self, sql: str, *values: object) -> list[Any]:
        """The rows a query finds in the file as it is now."""
        self._refresh()
        with self._lock:
            return self._rows.execute(sql, values).fetchall()

    def _refresh(self) -> None:
        with self._lock:
            seen = self._state()
            if seen == self._seen:
                return
            fresh = self._empty()
            with fresh:
                fresh.executemany(self._insert, self._lines())
            self._rows.close()
            self._rows, self._seen = fresh, seen

    def _empty(self) -> sqlite3.Connection:
        memory = sqlite3.connect(":memory:", check_same_thread=False)
        memory.executescript(self._schema)
        return memory

    def _state(self) -> tuple[int, int, int] | None:
        if self._path is None or not self._path.exists():
            return None
        stat = self._path.stat()
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

    def _lines(self) -> Iterator[dict[str, Any]]:
        if self._state() is None or self._path is None:
            return
        with self._path.open(encoding="utf-8") as file:
            for line in file:
                if line.strip():
                    row = json.loads(line)
                    kind = "fact" if "fact" in row else "firm"
                    default = {"mobile": None, "status": "valid", "uscc": None}
                    yield default | row | {"about": kind, "body": line}


def create_app(
    run: str, faults: Faults, *, key: str, people: Path | None = None, firms: Path | None = None
) -> Flask:
    """The register's web application over two JSON-lines files."""
    app = new_app("identity", run)
    app.before_request(check_key(key, ()))
    guard(app, faults)
    persons = Register(
        people, PERSON, "INSERT OR REPLACE INTO person VALUES (:id_kind, :id_number, :name, :mobile, :status)"
    )
    market = Register(firms, FIRM, "INSERT INTO firm (uscc, kind, body) VALUES (:uscc, :about, :body)")

    @app.post("/match")
    def match() -> tuple[Response, int] | Response:
        asked: Any = request.get_json(silent=True)
        if not _is_question(asked):
            return jsonify(error="name, id_kind and id_number are required strings; mobile may be one"), 400
        found = persons.rows(
            "SELECT name, mobile, status FROM person WHERE id_kind = ? AND id_number = ?",
            asked["id_kind"],
            asked["id_number"],
        )
        return jsonify(compare(asked, found[0] if found else None))

    def latest(uscc: str) -> tuple[int, dict[str, Any]] | None:
        found = market.rows(
            "SELECT seq, body FROM firm WHERE uscc = ? AND kind = 'firm' ORDER BY seq DESC LIMIT 1", uscc
        )
        return (found[0][0], json.loads(found[0][1])) if found else None

    def record(uscc: str) -> dict[str, Any] | None:
        found = latest(uscc)
        return found and found[1]

    add_clearances(app, firms, record)
    add_treasury(app)

    @app.get("/firms/<uscc>")
    def firm(uscc: str) -> tuple[Response, int] | Response:
        found = latest(uscc)
        if found is None:
            return jsonify(error="no-such-firm"), 404
        seq, line = found
        return jsonify(line | {"seq": seq})

    @app.get("/changes")
    def changes() -> Response:
        after = request.args.get("after", 0, type=int)
        limit = min(request.args.get("limit", 1000, type=int), 1000)
        rows = market.rows(
            "SELECT seq, kind, body FROM firm WHERE seq > ? ORDER BY seq LIMIT ?", after, limit
        )
        batch = [change(seq, kind, json.loads(body)) for seq, kind, body in rows]
        return jsonify(
            changes=faults.shake(batch, request.path, request.method), next=rows[-1][0] if rows else after
        )

    return app


def change(seq: int, kind: str, line: dict[str, Any]) -> dict[str, Any]:
    """A line of the firms file as the feed sends it: a firm's whole record, or one fact about it."""
    return {"seq": seq, "kind": kind, "uscc": line["uscc"], kind: line["fact"] if kind == "fact" else line}


def compare(asked: dict[str, str], found: tuple[str, str | None, str] | None) -> dict[str, Any]:
    """The register's answer: whether name and number belong together, and the mobile with them."""
    if found is None:
        return {"matched": False, "mobile_matched": None, "reason": "no-such-number"}
    name, mobile, status = found
    if name != asked["name"]:
        return {"matched": False, "mobile_matched": None, "reason": "name-differs"}
    if status != "valid":
        return {"matched": False, "mobile_matched": None, "reason": "withdrawn"}
    mobile_matched = mobile == asked["mobile"] if asked.get("mobile") else None
    return {"matched": True, "mobile_matched": mobile_matched, "reason": None}


def _is_question(asked: object) -> bool:
    return (
        isinstance(asked, dict)
        and all(isinstance(asked.get(name), str) and asked[name] for name in ("name", "id_kind", "id_number"))
        and isinstance(asked.get("mobile"), str | None)
    )
