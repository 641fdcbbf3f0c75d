"""The terminal's own list: taken in once, line by line, and compared with the slips of its batches."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TextIO
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit import services as audit
from portal.billing.models import ReconciliationBreak, TerminalLine
from portal.billing.queries.terminals import batch_named, credited_in, lines_of
from portal.billing.rules.terminals import (
    BREAK_EXPLAINED,
    COLUMNS,
    BreakKind,
    Line,
    compare,
    name_of,
    read_line,
)
from portal.billing.services.settling import note_break
from portal.core.acting import Acting
from portal.core.db import Database, upsert
from portal.core.keys import new_id
from portal.core.refusal import Refusal

SHOWN = 20
"""Refused rows named in the summary."""
COMPARED = (BreakKind.MISSING_HERE, BreakKind.MISSING_THERE, BreakKind.AMOUNT)

log = structlog.get_logger()


class NotAList(ValueError):
    """The file as a whole is not a terminal's list; nothing of it was taken."""


@dataclass
class Loaded:
    """What became of a file's rows, and what does not agree now."""

    new: int = 0
    known: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    differences: int = 0

    def lines(self) -> Iterator[str]:
        """For the operator's terminal."""
        yield f"{self.new} loaded, {self.known} already held, {len(self.refused)} refused"
        yield from (f"  line {n}: {wrong}" for n, wrong in self.refused[:SHOWN])
        yield f"{self.differences} differences wait for a supervisor"


def load_terminal_file(database: Database, file: TextIO, *, at: datetime) -> Loaded:
    """Take a terminal's list in and compare its batches; read again, nothing is added.

    A line that is held with another amount or time is refused: a terminal does not change what it printed.
    Raises `NotAList` when columns are missing or the file is not text.
    """
    loaded, batches = Loaded(), set[tuple[str, str]]()
    for n, row in _rows(file):
        line = read_line(row)
        if isinstance(line, str):
            loaded.refused.append((n, line))
            continue
        with database.transaction() as session:
            _keep(session, line, n, loaded, at)
        batches.add((line.terminal, line.batch))
    for terminal, batch in sorted(batches):
        with database.transaction() as session:
            loaded.differences += check_batch(session, terminal, batch, at=at)
    return loaded


def _rows(file: TextIO) -> list[tuple[int, dict[str, str]]]:
    try:
        reader = csv.DictReader(file)
        missing = sorted(set(COLUMNS) - set(reader.fieldnames or ()))
        if missing:
            raise NotAList(f"columns missing: {', '.join(missing)}")
        return [(n, {name: row[name] or "" for name in COLUMNS}) for n, row in enumerate(reader, 2)]
    except (UnicodeDecodeError, csv.Error) as unreadable:
        raise NotAList(f"not a CSV file in UTF-8: {unreadable}") from unreadable


def _keep(session: Session, line: Line, n: int, loaded: Loaded, at: datetime) -> None:
    fresh = {
        "id": new_id(),
        "terminal": line.terminal,
        "batch": line.batch,
        "trace": line.trace,
        "amount": line.amount,
        "paid_at": line.at,
        "loaded_at": at,
    }
    session.execute(upsert(session, TerminalLine).values(**fresh).on_conflict_do_nothing())
    held = session.scalars(
        select(TerminalLine).where(
            TerminalLine.terminal == line.terminal,
            TerminalLine.batch == line.batch,
            TerminalLine.trace == line.trace,
        )
    ).one()
    if held.id == fresh["id"]:
        loaded.new += 1
    elif (held.amount, held.paid_at) == (line.amount, line.at):
        loaded.known += 1
    else:
        loaded.refused.append((n, "held with another amount or time"))


def check_batch(session: Session, terminal: str, batch: str, *, at: datetime) -> int:
    """Compare a batch with its terminal's list, if there is one; how many differences nobody explained.

    While its shift is open nothing is compared: slips are still being keyed. A difference that is gone is
    resolved by itself, one that comes back is open again; what a person explained stays explained.
    """
    there = lines_of(session, terminal, batch)
    shift = batch_named(session, terminal, batch)
    if not there or (shift is not None and shift.closed_at is None):
        return 0
    here = credited_in(session, shift.id) if shift is not None else {}
    found = compare(here, {trace: line.amount for trace, line in there.items()})
    now = {(str(one.kind), name_of(terminal, batch, one.trace)): one.amount for one in found}
    held = {(one.kind, one.gateway_ref): one for one in _noted(session, name_of(terminal, batch))}
    for key, one in held.items():
        if one.resolved_by is None:
            one.resolved_at = None if key in now else one.resolved_at or at
            one.difference = now.get(key, one.difference)
    session.flush()
    for (kind, ref), difference in now.items():
        note_break(session, kind, ref, order=None, difference=difference, note="", at=at)
    waiting = [ref for kind, ref in now if (kind, ref) not in held or held[kind, ref].resolved_by is None]
    if waiting:
        log.warning("terminal and books differ", batch=name_of(terminal, batch), slips=len(waiting))
    return len(waiting)


def _noted(session: Session, batch: str) -> list[ReconciliationBreak]:
    of_batch = select(ReconciliationBreak).where(
        ReconciliationBreak.kind.in_(COMPARED), ReconciliationBreak.gateway_ref.startswith(f"{batch}/")
    )
    return list(session.scalars(of_batch.with_for_update()))


def resolve(session: Session, kind: str, ref: str, words: str, *, by: UUID, at: datetime) -> None:
    """Keep how a person explained a difference."""
    one = session.scalars(
        select(ReconciliationBreak).where(
            ReconciliationBreak.kind == kind, ReconciliationBreak.gateway_ref == ref
        )
    ).one()
    one.resolved_at, one.resolved_by, one.resolution = at, by, words
    session.flush()


def explain_break(session: Session, acting: Acting, break_id: UUID, words: str, *, at: datetime) -> None:
    """Explain a difference between terminal and books. Raises `Refusal` for one that is explained or gone."""
    one = session.get(ReconciliationBreak, break_id, with_for_update=True, populate_existing=True)
    if one is None or one.resolved_at is not None:
        raise Refusal(BREAK_EXPLAINED)
    resolve(session, one.kind, one.gateway_ref, words, by=acting.account_id, at=at)
    facts = {"kind": one.kind, "slip": one.gateway_ref, "difference": str(one.difference)}
    audit.record(session, acting, "pos-break-explained", at=at, reason=words, facts=facts)
