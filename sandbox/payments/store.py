"""Where the gateway keeps its objects: an SQLite database, in memory or in a file that stays."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS object (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, kind TEXT NOT NULL,
    created INTEGER NOT NULL, body TEXT NOT NULL, aside TEXT NOT NULL DEFAULT '{}');
CREATE INDEX IF NOT EXISTS object_kind ON object (kind, seq);
CREATE INDEX IF NOT EXISTS object_intent ON object (kind, json_extract(body, '$.payment_intent'));
CREATE TABLE IF NOT EXISTS agenda (
    id INTEGER PRIMARY KEY, due REAL NOT NULL, act TEXT NOT NULL, subject TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS agenda_due ON agenda (due);
CREATE TABLE IF NOT EXISTS delivery (
    id INTEGER PRIMARY KEY, event TEXT NOT NULL, endpoint TEXT NOT NULL, due REAL NOT NULL,
    state TEXT NOT NULL, answers TEXT NOT NULL DEFAULT '[]');
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (state, due);
CREATE INDEX IF NOT EXISTS delivery_event ON delivery (event);
CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT PRIMARY KEY, request TEXT NOT NULL, created INTEGER NOT NULL,
    status INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS errand (
    token TEXT PRIMARY KEY, session TEXT NOT NULL, method TEXT NOT NULL, card TEXT);
CREATE TABLE IF NOT EXISTS journal (seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
"""
TABLES = ("object", "agenda", "delivery", "idempotency", "errand", "journal")


class Store:
    """API objects as JSON, each with private notes *aside* that no answer shows."""

    def __init__(self, directory: Path | None = None) -> None:
        path = str(directory / "payments.sqlite3") if directory else ":memory:"
        self._lock = threading.RLock()
        self._depth = 0
        self.after_commit: Callable[[], None] = lambda: None
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what is written inside, one thread at a time; may be nested."""
        with self._lock:
            self._depth += 1
            if self._depth == 1:
                self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self._depth == 1:
                    self._database.execute("ROLLBACK")
                raise
            else:
                if self._depth == 1:
                    self._database.execute("COMMIT")
            finally:
                self._depth -= 1
            if self._depth == 0:
                self.after_commit()

    def rows(self, sql: str, *values: object) -> list[Any]:
        """The rows of a query or of a statement with RETURNING."""
        with self._lock:
            return self._database.execute(sql, values).fetchall()

    def run(self, sql: str, *values: object) -> int:
        """Execute a statement; the number of rows it touched."""
        with self._lock:
            return self._database.execute(sql, values).rowcount

    def put(self, body: dict[str, Any]) -> None:
        """Keep an object, new or changed."""
        self.run(
            "INSERT INTO object (id, kind, created, body) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            body["id"],
            body["object"],
            body["created"],
            json.dumps(body, ensure_ascii=False),
        )

    def get(self, kind: str, object_id: str) -> dict[str, Any] | None:
        """The object of a kind with this id."""
        rows = self.rows("SELECT body FROM object WHERE id = ? AND kind = ?", object_id, kind)
        return dict(json.loads(rows[0][0])) if rows else None

    def delete(self, object_id: str) -> None:
        """Forget an object."""
        self.run("DELETE FROM object WHERE id = ?", object_id)

    def aside(self, object_id: str) -> dict[str, Any]:
        """The private notes on an object."""
        return dict(json.loads(self.rows("SELECT aside FROM object WHERE id = ?", object_id)[0][0]))

    def set_aside(self, object_id: str, **notes: Any) -> None:
        """Add to the private notes on an object."""
        kept = json.dumps(self.aside(object_id) | notes, ensure_ascii=False)
        self.run("UPDATE object SET aside = ? WHERE id = ?", kept, object_id)

    def seq(self, object_id: str) -> int | None:
        """The position of an object in the order of creation."""
        rows = self.rows("SELECT seq FROM object WHERE id = ?", object_id)
        return rows[0][0] if rows else None

    def select(
        self, kind: str, where: list[tuple[str, object]], *, oldest_first: bool, limit: int
    ) -> list[Any]:
        """Up to `limit` objects of a kind; `where` holds SQL conditions and their values."""
        conditions = " AND ".join(["kind = ?", *(condition for condition, _ in where)])
        order = "ASC" if oldest_first else "DESC"
        rows = self.rows(
            f"SELECT body FROM object WHERE {conditions} ORDER BY seq {order} LIMIT ?",  # noqa: S608 (our own words)
            kind,
            *(value for _, value in where),
            limit,
        )
        return [json.loads(row[0]) for row in rows]

    def all(self, kind: str, **equal: object) -> list[dict[str, Any]]:
        """Every object of a kind whose fields equal these, oldest first."""
        where = [(f"json_extract(body, '$.{name}') = ?", value) for name, value in equal.items()]
        return self.select(kind, where, oldest_first=True, limit=-1)

    def empty(self) -> None:
        """Forget everything but the webhook endpoints."""
        with self.transaction():
            for table in TABLES:
                kept = " WHERE kind <> 'webhook_endpoint'" if table == "object" else ""
                self.run(f"DELETE FROM {table}{kept}")  # noqa: S608 (our own words)
