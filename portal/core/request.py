"""What one request has at hand: its reading session, its transactions, the gateways and the settings."""

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, current_app, g
from flask.templating import Environment
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.core.db import Database, may_retry
from portal.settings import Settings

if TYPE_CHECKING:
    from portal.gateways import Gateways


TRIES = 3


class Templates(Environment):
    """What every template knows stands in one plain dictionary for each.

    Jinja's chain of two would also show what was added after a template was loaded, and is searched in Python
    for each page and for each import of macros.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}


class Portal(Flask):
    """Runs a view again when PostgreSQL asks for its transaction to be repeated; nothing of it was kept."""

    jinja_environment = Templates

    def dispatch_request(self) -> ResponseReturnValue:
        for _ in range(TRIES - 1):
            try:
                return super().dispatch_request()
            except DBAPIError as error:
                if not may_retry(error):
                    raise
        return super().dispatch_request()


def install(app: Flask, settings: Settings, database: Database, gateways: "Gateways") -> None:
    """Put the parts within reach of the requests of `app`."""
    app.extensions["portal"] = (settings, database, gateways)
    app.teardown_request(lambda _: _close_reading())


def settings() -> Settings:
    return cast(Settings, current_app.extensions["portal"][0])


def database() -> Database:
    return cast(Database, current_app.extensions["portal"][1])


def gateways() -> "Gateways":
    return cast("Gateways", current_app.extensions["portal"][2])


def reading() -> Session:
    """The request's reading session, opened at first use and closed when the answer is sent."""
    if "reading" not in g:
        g.reading = database().read_session()
    return cast(Session, g.reading)


@contextmanager
def transaction() -> Iterator[Session]:
    """A transaction for views that write. Reading starts afresh after it and sees what was written."""
    _close_reading()
    with database().transaction() as session:
        yield session


def _close_reading() -> None:
    session = g.pop("reading", None)
    if session is not None:
        session.close()
