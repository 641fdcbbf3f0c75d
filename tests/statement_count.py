"""Counts what is said to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

MOST_PER_PAGE = 4
"""A taxpayer's page asks the database at most this often; docs/performance.md says what for."""
MOST_PER_PAGE_OF_THE_OFFICE = 10
"""Three of them write the trail where a page shows somebody's file, five where the trail begins with it."""

# Opening and closing a transaction is no question to the database.
_FRAMING = ("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE", "ROLLBACK")


@contextmanager
def listening() -> Iterator[list[str]]:
    """A list that fills with the text of each statement sent through any engine."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.lstrip().upper().startswith(_FRAMING):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)
