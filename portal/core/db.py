"""The database: tables' common ground, exact column types, and the one place that commits.

SQLite and PostgreSQL run the same code. On SQLite every writing transaction begins IMMEDIATE behind an
in-process lock: a deferred transaction that reads and then writes fails with "database is locked".
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Engine,
    MetaData,
    String,
    TypeDecorator,
    Uuid,
    create_engine,
    event,
)
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeEngine

from portal.core.money import from_fen, to_fen

RETRYABLE = {"40001", "40P01"}
"""PostgreSQL states after which the same transaction may simply be tried again."""

BUSY_MS = 10_000
"""How long SQLite waits for another process's write before the request is answered 503."""


class Yuan(TypeDecorator[Decimal]):
    """Exact yuan in Python, integer fen in the database. Refuses float, bool, int and str."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if not isinstance(value, Decimal):
            raise TypeError(f"a money column takes Decimal yuan, not {type(value).__name__}")
        return to_fen(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else from_fen(int(value))

    def coerce_compared_value(self, op: Any, value: Any) -> "TypeEngine[Any]":
        return self


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant; SQLite keeps it as naive UTC text, PostgreSQL as timestamptz."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("an instant carries its time zone")
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON
"""JSON text: Chinese written as Chinese, keys sorted."""


Key = Uuid(as_uuid=True)
"""Column type of every primary and foreign key."""


def searchable(length: int) -> String:
    """Text searched by prefix and ordered by code point: one plain index serves both, on both databases."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class Model(DeclarativeBase):
    """The base of every table. Constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class WriteInReading(RuntimeError):
    """A page that only reads tried to persist something: a programming error."""


class ReadSession(Session):
    """A session for pages that look: it cannot persist anything."""


@event.listens_for(ReadSession, "before_flush")
def _refuse_flush(session: Session, *_: object) -> None:
    if session.new or session.dirty or session.deleted:
        raise WriteInReading("a reading session was asked to write")


class Database:
    """One database and its two doors: `reading()` and `transaction()`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        writing = self.engine.execution_options(portal_writing=True)
        self._reads = sessionmaker(self.engine, class_=ReadSession, autoflush=False)
        self._writes = sessionmaker(writing, expire_on_commit=False)
        self._one_writer = threading.RLock() if self.is_sqlite else None

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def read_session(self) -> Session:
        """A reading session that the caller closes; prefer `reading()`."""
        return self._reads()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees and cannot persist."""
        with self._reads() as session:
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """Like `reading()`, and every statement sees the same moment: for checks over many tables."""
        with self._reads() as session:
            if not self.is_sqlite:  # there a transaction sees one moment anyway
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """The one place that commits: everything in the block, or nothing.

        No network call belongs inside. A serialization failure of PostgreSQL leaves as `DBAPIError`;
        `may_retry` tells whoever owns the whole act (request, job) that running it again is right.
        """
        if self._one_writer is None:
            with self._writes.begin() as session:
                yield session
            return
        with self._one_writer, self._writes.begin() as session:
            yield session

    def dispose(self) -> None:
        self.engine.dispose()


def upsert(session: Session, table: type["Model"]) -> PostgresqlInsert | SqliteInsert:
    """An insert that may say what to do where its row is there (`on_conflict_…`), on either database."""
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    return insert(table)


def may_retry(error: DBAPIError) -> bool:
    """Whether PostgreSQL asks for the same transaction to be tried again."""
    return getattr(error.orig, "sqlstate", None) in RETRYABLE


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    options: dict[str, Any] = {"json_serializer": canonical, "pool_pre_ping": True}
    if parsed.get_backend_name() == "sqlite":
        options["connect_args"] = {"timeout": BUSY_MS / 1000, "check_same_thread": False}
        options["pool_pre_ping"] = False
    engine = create_engine(parsed, **options)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def canonical(value: Any) -> str:
    """JSON text in the one form in which it is stored: Chinese as Chinese, keys sorted, no spaces."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _prepare_sqlite(connection: DBAPIConnection, _: object) -> None:
    connection.isolation_level = None  # the driver must not begin on its own
    cursor = connection.cursor()
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}
    for pragma, value in wanted.items():
        cursor.execute(f"PRAGMA {pragma}={value}")
        got = cursor.execute(f"PRAGMA {pragma}").fetchone()
        if got[0] not in (value, "memory"):
            raise RuntimeError(f"SQLite refused PRAGMA {pragma}={value}: {got[0]}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("portal_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


APPEND_ONLY: set[str] = set()
"""Names of the tables whose rows are never changed; a house test holds the migrations to it."""


def append_only(table: type[Model]) -> type[Model]:
    """Declare that rows of this table are only ever added. Triggers in the migrations are the safety net."""
    APPEND_ONLY.add(table.__tablename__)
    return table
