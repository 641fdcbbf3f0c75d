"""Shifts on a terminal: opened with a batch number, closed when the terminal's totals are ours."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit import services as audit
from portal.billing.models import Shift, ShiftCount, Terminal
from portal.billing.queries.terminals import Batch, batch_named, batch_of, counts_of, credited_in, waiting_in
from portal.billing.rules.terminals import (
    BATCH_KNOWN,
    NEVER_COUNTED,
    ONE_OF_THE_TWO,
    SHIFT_OVER,
    SLIPS_WAIT,
    TERMINAL_BUSY,
    BreakKind,
    padded,
    together,
)
from portal.billing.services.settling import note_break
from portal.billing.services.terminal_files import check_batch, resolve
from portal.core.acting import Acting
from portal.core.keys import new_id
from portal.core.refusal import Refusal


def add_terminal(session: Session, number: str, hall_id: UUID, desk_id: UUID | None = None) -> Terminal:
    """A terminal and where it stands; one that is known is moved there."""
    terminal = session.scalars(select(Terminal).where(Terminal.number == number)).one_or_none()
    if terminal is None:
        terminal = Terminal(id=new_id(), number=number)
        session.add(terminal)
    terminal.hall_id, terminal.desk_id = hall_id, desk_id
    session.flush()
    return terminal


def open_shift(session: Session, acting: Acting, terminal_id: UUID, batch: str, *, at: datetime) -> Shift:
    """Begin a batch of a terminal; a repetition finds the shift that stands.

    Raises `Refusal` while another shift is open on the terminal, and for a batch that was used.
    """
    terminal = session.get_one(Terminal, terminal_id, with_for_update=True)
    number = padded(batch)
    standing = session.scalars(
        select(Shift).where(Shift.terminal_id == terminal_id, Shift.closed_at.is_(None))
    ).one_or_none()
    if standing is not None and (standing.cashier_id, standing.batch) == (acting.account_id, number):
        return standing
    if standing is not None:
        raise Refusal(TERMINAL_BUSY, terminal=terminal.number, batch=standing.batch)
    if batch_named(session, terminal.number, number) is not None:
        raise Refusal(BATCH_KNOWN, terminal=terminal.number, batch=number)
    shift = Shift(
        id=new_id(), terminal_id=terminal_id, batch=number, cashier_id=acting.account_id, opened_at=at, why=""
    )
    session.add(shift)
    session.flush()
    facts = {"terminal": terminal.number, "batch": number}
    audit.record(session, acting, "pos-shift-opened", at=at, facts=facts)
    return shift


def close_shift(
    session: Session, acting: Acting, shift_id: UUID, slips: int, total: Decimal, *, at: datetime
) -> bool:
    """Close a shift if the terminal's count and total, keyed blind, are ours; else only keep the try.

    Raises `Refusal` while a slip waits for its second clerk, and for a shift that is closed.
    """
    batch = _closable(session, shift_id)
    ours = credited_in(session, shift_id)
    agrees = (slips, total) == (len(ours), together(ours.values()))
    session.add(
        ShiftCount(
            id=new_id(), shift_id=shift_id, by=acting.account_id, slips=slips, total=total,
            agrees=agrees, at=at,
        )
    )  # fmt: skip
    session.flush()
    facts = {"batch": batch.name, "slips": slips, "total": str(total)}
    audit.record(session, acting, "pos-shift-closed" if agrees else "pos-shift-differs", at=at, facts=facts)
    if agrees:
        _close(session, acting, batch, slips, total, "", at)
    return agrees


def explain_shift(session: Session, acting: Acting, shift_id: UUID, why: str, *, at: datetime) -> None:
    """Close a shift over a difference that a supervisor explains; the difference is kept as a break.

    Raises `Refusal` where the terminal's totals were never keyed, and for whoever was the shift's cashier
    or keyed them.
    """
    batch = _closable(session, shift_id)
    counts = counts_of(session, shift_id)
    if not counts:
        raise Refusal(NEVER_COUNTED)
    if acting.account_id in {batch.shift.cashier_id, *(count.by for count in counts)}:
        raise Refusal(ONE_OF_THE_TWO)
    last = counts[-1]
    ours = credited_in(session, shift_id)
    difference = last.total - together(ours.values())
    note = f"{last.slips} {last.total}, {len(ours)} {together(ours.values())}"
    note_break(session, BreakKind.CLOSING, batch.name, order=None, difference=difference, note=note, at=at)
    resolve(session, BreakKind.CLOSING, batch.name, why, by=acting.account_id, at=at)
    facts = {"batch": batch.name, "difference": str(difference)}
    audit.record(session, acting, "pos-shift-explained", at=at, reason=why, facts=facts)
    _close(session, acting, batch, last.slips, last.total, why, at)


def _closable(session: Session, shift_id: UUID) -> Batch:
    batch = batch_of(session, shift_id, lock=True)
    if batch is None or batch.shift.closed_at is not None:
        raise Refusal(SHIFT_OVER)
    waiting = waiting_in(session, shift_id)
    if waiting:
        raise Refusal(SLIPS_WAIT, count=waiting)
    return batch


def _close(
    session: Session, acting: Acting, batch: Batch, slips: int, total: Decimal, why: str, at: datetime
) -> None:
    shift = batch.shift
    shift.closed_at, shift.closed_by = at, acting.account_id
    shift.slips, shift.total, shift.why = slips, total, why
    session.flush()
    check_batch(session, batch.terminal, shift.batch, at=at)
