"""Fresh, migrated databases for tests: migrate once into a template, then copy."""

import shutil
from itertools import count
from pathlib import Path
from typing import Protocol

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

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


class SqliteDatabases:
    """Files: a copy of the template per test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._template: Path | None = None

    def empty(self) -> str:
        return f"sqlite:///{self._folder / str(next(self._numbers))}.db"

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


class PostgresqlDatabases:
    """Databases in the tests' own server: `CREATE DATABASE … TEMPLATE …` per test."""

    _numbers = count(1)
    """Shared by all of one process: stolen work may bring a worker back to an engine it had left."""

    def __init__(self, server: str, worker: str) -> None:
        """`server` is the address of a server with `{}` where the database name goes."""
        self._server = server
        self._prefix = f"test_{worker}"
        self._template: str | None = None
        self._admin = create_engine(server.format("postgres"), isolation_level="AUTOCOMMIT")

    def empty(self) -> str:
        return self._create("template0")

    def fresh(self) -> str:
        if self._template is None:
            url = self.empty()
            migrate(url)
            self._template = _name(url)
        return self._create(self._template)

    def copy(self, url: str) -> str:
        """A database like another that nobody is connected to."""
        return self._create(_name(url))

    def discard(self, url: str) -> None:
        self._run(f"DROP DATABASE {_name(url)} WITH (FORCE)")

    def close(self) -> None:
        self._admin.dispose()

    def _create(self, template: str) -> str:
        name = f"{self._prefix}_{next(self._numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self._server.format(name)

    def _run(self, command: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(command))


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]
