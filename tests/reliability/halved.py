"""A portal with a fault planted in it: a return is committed before what it makes due."""

from typing import Any

from sqlalchemy import event

from portal.core.db import Database
from tests.waiting import let_pass
from wsgi import app as app

BETWEEN = 1.5
"""Seconds between the two commits."""
database: Database = app.extensions["portal"][1]


@event.listens_for(database.engine, "before_cursor_execute")
def _commit_first(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
    if not statement.startswith("INSERT INTO bills "):
        return
    driver = connection.connection.dbapi_connection
    driver.commit()
    let_pass(BETWEEN)
    if database.is_sqlite:
        driver.execute("BEGIN IMMEDIATE")
