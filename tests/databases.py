"""Fresh, migrated databases for tests: migrate once into a template, copy it, and empty the copies for reuse.

A name that was handed back is handed out again with the `Database` that was opened under it: what SQLAlchemy
compiled for one test serves the next.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Protocol

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, NullPool, create_engine, text

from portal.core.db import Database

MIGRATIONS = Path(__file__).parents[1] / "migrations"


def migrate(url: str, to: str = "head") -> None:
    """Bring a database to a revision: up, or with "base" or an earlier one, down."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    database = Database(url)
    with database.transaction() as session:
        config.attributes["connection"] = session.connection()
        (command.downgrade if to == "base" else command.upgrade)(config, to)
    database.dispose()


class Databases(Protocol):
    """Hands out addresses of migrated databases and takes them back."""

    def fresh(self) -> str: ...

    def empty(self) -> str: ...

    def copy(self, url: str) -> str: ...

    def discard(self, url: str) -> None: ...

    def opened(self, url: str) -> Database: ...

    def close(self) -> None: ...


class Opened:
    """The doors to databases, kept by address; whoever opens one disposes of its connections."""

    def __init__(self) -> None:
        self._opened: dict[str, Database] = {}

    def opened(self, url: str) -> Database:
        """The database at an address."""
        if url not in self._opened:
            self._opened[url] = Database(url)
        return self._opened[url]


class SqliteDatabases(Opened):
    """Files: a copy of the template per test."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._numbers = count(1)
        self._free: list[str] = []
        self._template: Path | None = None

    def empty(self) -> str:
        return self._free.pop() if self._free else f"sqlite:///{self._folder / str(next(self._numbers))}.db"

    def fresh(self) -> str:
        if self._template is None:
            url = self.empty()
            migrate(url)
            self._template = _file(url)
        copy = self.empty()
        shutil.copyfile(self._template, _file(copy))
        return copy

    def copy(self, url: str) -> str:
        """A database like another that nobody is connected to."""
        copy = self.empty()
        shutil.copyfile(_file(url), _file(copy))
        return copy

    def discard(self, url: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{_file(url)}{suffix}").unlink(missing_ok=True)
        self._free.append(url)

    def close(self) -> None:
        """Their folder is pytest's."""


MOST_PAGES = 8
"""A planner without statistics takes any table for ten pages: up to here a used one is planned as if new."""
MOST_SPARE = 3
VERSION = "SELECT version_num, xmin::text FROM alembic_version"

USED = """
SELECT oid::regclass::text, pg_relation_size(oid) / current_setting('block_size')::int FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
AND pg_relation_size(oid) > 0
"""

SHAPE = """
WITH told AS (
  SELECT concat(oid, relname, relnamespace, relkind, relnatts, relchecks, relhastriggers) AS fact, oid
  FROM pg_class
  UNION ALL SELECT concat(attrelid, attnum, xmin), attrelid FROM pg_attribute
  UNION ALL SELECT concat(indexrelid, xmin), indexrelid FROM pg_index
  UNION ALL SELECT concat(oid, xmin), oid FROM pg_constraint
  UNION ALL SELECT concat(oid, xmin), oid FROM pg_trigger
  UNION ALL SELECT concat(oid, xmin), oid FROM pg_attrdef
  UNION ALL SELECT concat(oid, xmin), oid FROM pg_proc
  UNION ALL SELECT concat(oid, xmin), oid FROM pg_type
)
SELECT count(*), sum(hashtextextended(fact, 0)) FROM told WHERE oid >= 16384
"""
"""What a change of tables, triggers or functions leaves its mark on, and emptying tables does not."""


class PostgresqlDatabases(Opened):
    """Databases in the tests' own server: copies of the template, emptied after a test instead of made again.

    Copying takes ten times as long as emptying, and writes eleven megabytes. What a test did to the tables
    themselves, or filled with many rows, is dropped.
    """

    def __init__(self, server: str, worker: str) -> None:
        """`server` is the address of a server with `{}` where the database name goes."""
        super().__init__()
        self._server = server
        self._prefix = f"test_{worker}"
        self._numbers = count(1)
        self._template: str | None = None
        self._whole: list[object] = []
        """The template's shape and revision."""
        self._free: list[str] = []
        """Names of no database."""
        self._spare: list[str] = []
        """Addresses of databases like the template."""
        self._admin = create_engine(server.format("postgres"), isolation_level="AUTOCOMMIT")

    def empty(self) -> str:
        return self._create("template0")

    def fresh(self) -> str:
        if self._template is None:
            url = self.empty()
            migrate(url)
            self._template = _name(url)
            with _alone(url) as connection:
                self._whole = _shape_of(connection)
        return self._spare.pop() if self._spare else self._create(self._template)

    def copy(self, url: str) -> str:
        """A database like another that nobody is connected to."""
        return self._create(_name(url))

    def discard(self, url: str) -> None:
        name = _name(url)
        self._run(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :name", name=name
        )
        if len(self._spare) < MOST_SPARE and self._emptied(url):
            self._spare.append(url)
        else:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")
            self._free.append(name)

    def close(self) -> None:
        self._admin.dispose()

    def _create(self, template: str) -> str:
        name = self._free.pop() if self._free else f"{self._prefix}_{next(self._numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self._server.format(name)

    def _emptied(self, url: str) -> bool:
        """Whether a database is like the template again."""
        with _alone(url) as connection:
            if _shape_of(connection, self._whole) != self._whole:
                return False
            used = connection.execute(text(USED)).all()
            if any(pages > MOST_PAGES for _, pages in used):
                return False
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            for table, _ in used:
                connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - a name that the server quoted
        return True

    def _run(self, command: str, **values: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(command), values)


@contextmanager
def _alone(url: str) -> Iterator[Connection]:
    """A transaction that leaves no connection behind."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        yield connection


def _shape_of(connection: Connection, like: Sequence[object] = ()) -> list[object]:
    """Of a database `like` another only its shape, if that is another: then it need not have a revision."""
    shape = connection.execute(text(SHAPE)).one()
    if like and shape != like[0]:
        return [shape]
    return [shape, *connection.execute(text(VERSION))]


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]
