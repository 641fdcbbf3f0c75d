"""The rows of the trail's tables as the database holds them, whatever somebody made of them.

An owner of the file can write what no column of the portal takes: a date that is none, half a character, a
number in other letters. Read through the models such a row would end the check instead of being named.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Column, Date, Integer, LargeBinary, Select, Text, Uuid, cast, select
from sqlalchemy.orm import Session

from portal.core.db import Instant, Model, canonical

Query = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Stored:
    """A row: values by column, in the form in which entries are chained; what cannot be read stays text."""

    values: dict[str, Any]
    sound: bool
    """Whether every value is written the one way in which the portal writes it."""

    def __getitem__(self, column: str) -> Any:
        return self.values[column]


def rows(session: Session, table: type[Model], shaped: Callable[[Query], Query]) -> Iterator[Stored]:
    """The rows of a table, in the order or of the choice that `shaped` adds to the query."""
    columns = [column for column in table.__table__.columns if isinstance(column, Column)]
    sqlite = session.get_bind().dialect.name == "sqlite"
    told = [cast(one, LargeBinary) if sqlite else _typed(one) for one in columns]
    query = shaped(select(*told).select_from(table)).execution_options(yield_per=1000)
    for row in session.execute(query):
        yield _stored(columns, tuple(row), _of_bytes if sqlite else _of_value)


def _typed(column: Column[Any]) -> Any:
    return cast(column, Text) if isinstance(column.type, JSON) else column


def _stored(columns: list[Column[Any]], row: tuple[Any, ...], read: Callable[..., Any]) -> Stored:
    values, sound = {}, True
    for column, raw in zip(columns, row, strict=True):
        try:
            values[column.name] = None if raw is None else read(column, raw)
        except ValueError:
            values[column.name], sound = _shown(raw), False
    return Stored(values, sound)


def _shown(raw: bytes | str) -> str:
    return raw.decode(errors="replace") if isinstance(raw, bytes) else raw


def _of_value(column: Column[Any], value: Any) -> Any:
    """PostgreSQL refuses what a type does not take and has one form of each value, but for JSON."""
    return _json(value) if isinstance(column.type, JSON) else value


def _of_bytes(column: Column[Any], raw: bytes) -> Any:
    """SQLite keeps whatever it is given. Raises ValueError for what the portal never writes."""
    text = raw.decode()
    for kind, (read, written) in _FORMS.items():
        if isinstance(column.type, kind):
            value = read(text)
            return _same(text, written(value), value)
    return text


def _json(text: str) -> Any:
    value = json.loads(text)
    return _same(text, canonical(value), value)


def _same(text: str, written: str, value: Any) -> Any:
    if text != written:
        raise ValueError(text)
    return value


_AT = "%Y-%m-%d %H:%M:%S.%f"
_FORMS: dict[type[Any], tuple[Callable[[str], Any], Callable[[Any], str]]] = {
    JSON: (json.loads, canonical),
    Uuid: (lambda text: UUID(hex=text), lambda value: value.hex),
    Instant: (
        lambda text: datetime.strptime(text, _AT).replace(tzinfo=UTC),
        lambda value: value.strftime(_AT),
    ),
    Date: (date.fromisoformat, date.isoformat),
    Integer: (int, str),
}
"""Kind of column → how SQLite's text of it is read, and how the portal writes it."""
