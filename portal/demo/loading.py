"""Filling the tables of the town in bulk: taxpayers and two years and this one of reported income."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from portal.accounts.services.mandates import follow_representative
from portal.core.clock import start_of
from portal.core.crypto import Keyring
from portal.core.db import Database, Model
from portal.core.keys import new_id
from portal.core.money import ZERO
from portal.demo import wages
from portal.demo.town import Firm, Person
from portal.gateways.market import Change, FactRecord, FirmRecord
from portal.income.models import Delivery, IncomeLine
from portal.taxpayers import models as known
from portal.taxpayers.rules import IdKind, IdNumber
from portal.taxpayers.services import follow, new_firm, new_person

CHUNK = 500
YEARS_BACK = 2
SETTLED_FROM = 3
"""The month in which the settlement of the year before opens."""
DEDUCTED = ("pension", "medical", "unemployment", "housing_fund", "additional")

Progress = Callable[[int, int], None]
"""Told how many of how many people are done."""


def load(
    database: Database,
    keys: Keyring,
    people: Iterable[Person],
    count: int,
    firms: Sequence[Firm],
    at: datetime,
    today: date,
    tables_of: Callable[[int], wages.Tables],
    progress: Progress,
) -> dict[str, UUID]:
    """Add everybody and what was reported about them; returns the first chunk's taxpayers by name.

    `tables_of(year)` are the tax tables of that year.
    """
    with database.transaction() as session:
        delivery = Delivery(id=new_id(), source="demo", received_at=at, finished_at=at)
        session.add(delivery)
    first: dict[str, UUID] = {}
    tables = {year: tables_of(year) for year in range(_first_year(today), today.year + 1)}
    numbered = enumerate(people)
    done = 0
    while chunk := list(islice(numbered, CHUNK)):
        with database.transaction() as session:
            added = _add_people(session, keys, (person for _, person in chunk), at)
            rows = [
                _row(line, key, delivery.id, f"{index}")
                for (index, _), key in zip(chunk, added, strict=True)
                for line in _lines(index, firms, today, tables)
            ]
            session.execute(insert(IncomeLine), rows)
        if not first:
            first = {person.name: key for (_, person), key in zip(chunk, added, strict=True)}
        done += len(chunk)
        progress(done, count)
    return first


def _first_year(today: date) -> int:
    """The earlier of the two years that the stories settle: before March, last year's is not open yet."""
    return today.year - YEARS_BACK - (today.month < SETTLED_FROM)


def _add_people(session: Session, keys: Keyring, people: Iterable[Person], at: datetime) -> list[UUID]:
    made = [new_person(keys, one.name, IdNumber(IdKind.RESIDENT, one.number), at) for one in people]
    _add(session, made)
    return [one.id for one in made]


def load_firms(database: Database, keys: Keyring, told: Iterable[Change], at: datetime) -> None:
    """Add every firm of the register and what others know of it; who represents it may act for it at once."""
    changes = list(told)
    for start in range(0, len(changes), CHUNK):
        chunk = changes[start : start + CHUNK]
        made = [new_firm(keys, one.about, at) for one in chunk if isinstance(one.about, FirmRecord)]
        with database.transaction() as session:
            for rows in (
                [one.taxpayer for one in made],
                [one.firm for one in made],
                [one.name for one in made],
                [tax for one in made for tax in one.taxes],
            ):
                _add(session, rows)
            for one in made:
                follow_representative(session, session.get_one(known.Firm, one.taxpayer.id), at=at)
            follow(session, keys, [one for one in chunk if isinstance(one.about, FactRecord)], at=at)


def _add(session: Session, rows: Sequence[Model]) -> None:
    if rows:
        table = type(rows[0]).__table__
        columns = [column.key for column in table.columns]
        session.execute(
            insert(type(rows[0])), [{name: getattr(one, name) for name in columns} for one in rows]
        )


def _lines(
    index: int, firms: Sequence[Firm], today: date, tables: dict[int, wages.Tables]
) -> Iterator[wages.Line]:
    """What was reported up to last month: this month's report is not due yet."""
    life = wages.life_of(index)
    employer, other = firms[index % len(firms)], firms[(index + 1) % len(firms)]
    for year, of_year in tables.items():
        months = today.month - 1 if year == today.year else 12
        yield from wages.lines(life, employer, other, year, months, of_year)


def _row(line: wages.Line, person: UUID, delivery: UUID, source: str) -> dict[str, Any]:
    return {
        **{
            name: getattr(line, name)
            for name in ("year", "month", "item", "income", "tax_withheld", *DEDUCTED)
        },
        "id": new_id(),
        "taxpayer_id": person,
        "payer_code": line.payer.code,
        "payer_name": line.payer.name,
        "other": ZERO,
        "source_line": f"{source}-{line.item}",
        "delivery_id": delivery,
        "received_at": start_of(date(line.year + line.month // 12, line.month % 12 + 1, 12)),
    }
