"""Taking in a withholding report: streamed, each line once, a bad row set aside with its reason."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TextIO
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.core.clock import day_of
from portal.core.crypto import Keyring
from portal.core.db import Database
from portal.core.keys import new_id
from portal.income.models import Delivery, IncomeLine, QuarantinedRow
from portal.income.queries import by_source_line, set_aside_before
from portal.income.rules import AMOUNTS, COLUMNS, Fault, Reported, read_row
from portal.taxpayers.models import Taxpayer
from portal.taxpayers.rules import IdKind, IdNumber, fault, normalise
from portal.taxpayers.services import new_person

CHUNK = 500
"""Rows a transaction: short enough for a web request to get its turn on SQLite."""

ROW = "income_quarantine.row"
SHOWN = 20
"""Set-aside rows named in the summary; all of them are in the table."""


class NotAReport(ValueError):
    """The file as a whole is not a withholding report; nothing of it was taken."""


@dataclass
class Summary:
    """What became of a file's rows."""

    loaded: int = 0
    known: int = 0
    quarantined: int = 0
    named: list[tuple[int, Fault]] = field(default_factory=list)

    @property
    def nothing_taken(self) -> bool:
        """Whether rows came and every one of them was set aside: the file is not what it should be."""
        return self.quarantined > 0 and self.loaded + self.known == 0

    def lines(self) -> Iterator[str]:
        """For the operator's terminal."""
        yield f"{self.loaded} loaded, {self.known} already held, {self.quarantined} set aside"
        for line, wrong in self.named:
            yield f"  line {line}: {wrong.field or 'row'}: {wrong.why}"
        if self.quarantined > len(self.named):
            yield f"  and {self.quarantined - len(self.named)} more in income_quarantine"


@dataclass(frozen=True)
class _Row:
    line: int
    content: Mapping[str | None, object]
    read: Reported | Fault


def take_in(database: Database, keys: Keyring, file: TextIO, source: str, *, at: datetime) -> Summary:
    """Load a report. Read again, whole or after a break, nothing is added and nothing set aside twice.

    Raises `NotAReport` when columns are missing or the file is not text in UTF-8.
    """
    rows = _rows(file, source, at)
    first = next(rows, None)
    with database.transaction() as session:
        delivery = Delivery(id=new_id(), source=source, received_at=at)
        session.add(delivery)
    summary = Summary()
    pending = rows if first is None else _chain(first, rows)
    while chunk := list(islice(pending, CHUNK)):
        with database.transaction() as session:
            _take_chunk(session, keys, delivery.id, chunk, summary, at)
    with database.transaction() as session:
        counts = {name: getattr(summary, name) for name in ("loaded", "known", "quarantined")}
        session.execute(update(Delivery).where(Delivery.id == delivery.id).values(**counts, finished_at=at))
    return summary


def _chain(first: _Row, rest: Iterator[_Row]) -> Iterator[_Row]:
    yield first
    yield from rest


def _rows(file: TextIO, source: str, at: datetime) -> Iterator[_Row]:
    """Each row with its line number; a line the CSV reader cannot make sense of is a fault of that line."""
    try:
        reader = csv.DictReader(file, strict=True)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    except (csv.Error, UnicodeDecodeError) as error:
        raise NotAReport(f"not a CSV file in UTF-8: {error}") from error
    if missing:
        raise NotAReport(f"missing columns: {', '.join(missing)}")
    today = day_of(at)
    while True:
        try:
            content = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield _Row(
                reader.reader.line_num,
                {"": f"{source}, line {reader.reader.line_num}: {error}"},
                Fault("", "not readable as CSV"),
            )
        except UnicodeDecodeError as error:
            raise NotAReport(
                f"not UTF-8 after line {reader.reader.line_num}; what came before was taken"
            ) from error
        else:
            yield _Row(reader.reader.line_num, content, read_row(content, today))


def _take_chunk(
    session: Session, keys: Keyring, delivery: UUID, rows: list[_Row], summary: Summary, at: datetime
) -> None:
    people = _people(session, keys, rows, at)
    sound = [row.read for row in rows if isinstance(row.read, Reported)]
    wanted = {one.key for one in sound} | {(*one.key[:3], one.corrects) for one in sound if one.corrects}
    held = by_source_line(session, wanted)
    aside = set_aside_before(session, {_row_index(keys, row) for row in rows})
    for row in rows:
        outcome = _take(session, delivery, row.read, people, held, at)
        if isinstance(outcome, Fault):
            summary.quarantined += 1
            if len(summary.named) < SHOWN:
                summary.named.append((row.line, outcome))
            if (index := _row_index(keys, row)) not in aside:
                aside.add(index)
                _set_aside(session, keys, delivery, row, outcome, index)
        elif outcome:
            summary.loaded += 1
        else:
            summary.known += 1
    session.flush()


def _take(
    session: Session,
    delivery: UUID,
    row: Reported | Fault,
    people: Mapping[str, Taxpayer | Fault],
    held: dict[tuple[str, int, int, str], IncomeLine],
    at: datetime,
) -> Fault | bool:
    """A fault, True for a new line, False for one we hold already."""
    if isinstance(row, Fault):
        return row
    person = people[_number_key(row)]
    if isinstance(person, Fault):
        return person
    if person.name != row.name:
        return Fault("name", "not the name held for this identity number")
    known = held.get(row.key)
    if known is not None:
        same = all(getattr(known, name) == row.amounts[name] for name in AMOUNTS)
        return False if same else Fault("source_line", "held with other amounts; a change names `corrects`")
    earlier = held.get((*row.key[:3], row.corrects)) if row.corrects else None
    if row.corrects and (earlier is None or earlier.taxpayer_id != person.id):
        return Fault("corrects", "no such line of this payer, month and person")
    held[row.key] = _added(session, delivery, row, person.id, earlier, at)
    return True


def _added(
    session: Session, delivery: UUID, row: Reported, person: UUID, earlier: IncomeLine | None, at: datetime
) -> IncomeLine:
    line = IncomeLine(
        id=new_id(),
        taxpayer_id=person,
        year=row.year,
        month=row.month,
        item=row.item,
        payer_code=row.payer_code,
        payer_name=row.payer_name,
        source_line=row.source_line,
        corrects_id=earlier.id if earlier else None,
        delivery_id=delivery,
        received_at=at,
        **row.amounts,
    )
    session.add(line)
    return line


def _number_key(row: Reported) -> str:
    return f"{row.id_kind}|{row.id_number}"


def _people(session: Session, keys: Keyring, rows: list[_Row], at: datetime) -> dict[str, Taxpayer | Fault]:
    """The persons of a chunk by number as written, new ones added; a wrong number is that row's fault."""
    found: dict[str, Taxpayer | Fault] = {}
    numbers: dict[str, IdNumber] = {}
    names: dict[str, str] = {}
    for row in rows:
        if isinstance(row.read, Reported):
            key = _number_key(row.read)
            number = _identity(row.read, at)
            names.setdefault(key, row.read.name)
            if isinstance(number, Fault):
                found[key] = number
            else:
                numbers[key] = number
    indexes = {keys.blind(number.key) for number in numbers.values()}
    known = {
        t.number_index: t for t in session.scalars(select(Taxpayer).where(Taxpayer.number_index.in_(indexes)))
    }
    for key, number in numbers.items():
        index = keys.blind(number.key)
        if index not in known:
            known[index] = new_person(keys, names[key], number, at)
            session.add(known[index])
        found[key] = known[index]
    session.flush()
    return found


def _identity(row: Reported, at: datetime) -> IdNumber | Fault:
    kind, _, country = row.id_kind.partition(":")
    if kind not in set(IdKind):
        return Fault("id_kind", f"not one of {', '.join(IdKind)}")
    number = normalise(row.id_number)
    wrong = fault(IdKind(kind), number, day_of(at))
    return (
        Fault("id_number", "not a sound number of its kind")
        if wrong
        else IdNumber(IdKind(kind), number, country or None)
    )


def _written(row: _Row) -> str:
    content = {str(key): value for key, value in row.content.items()}
    return json.dumps(content, ensure_ascii=False, default=str, sort_keys=True)


def _row_index(keys: Keyring, row: _Row) -> str:
    """What a row is known by when it comes again: all that is in it, its `source_line` too."""
    return keys.blind(_written(row))


def _set_aside(session: Session, keys: Keyring, delivery: UUID, row: _Row, wrong: Fault, index: str) -> None:
    key = new_id()
    session.add(
        QuarantinedRow(
            id=key,
            delivery_id=delivery,
            line=row.line,
            field=wrong.field,
            why=wrong.why[:60],
            row_sealed=keys.seal(_written(row), ROW, key),
            row_index=index,
        )
    )
