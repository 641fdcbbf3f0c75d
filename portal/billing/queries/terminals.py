"""Terminals, shifts and slips, as the counter, the taxpayer and the checks look them up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account
from portal.billing.models import (
    Bill,
    ReconciliationBreak,
    Shift,
    ShiftCount,
    Slip,
    SlipBill,
    SlipReading,
    Terminal,
    TerminalLine,
)
from portal.billing.rules.terminals import BREAKS, WAITING, BreakKind, SlipState, name_of
from portal.core.clock import SHANGHAI, day_of
from portal.halls.models import Desk, Duty, Hall
from portal.taxpayers.models import Taxpayer

MOST_LISTED = 200
"""Rows of a list of the counter: more than a day of a hall, fewer than a page can bear."""


@dataclass(frozen=True)
class Place:
    """A terminal, where it stands, and the shift open on it."""

    terminal: Terminal
    hall: Hall
    desk: Desk | None
    shift: Shift | None
    cashier: str


def places(session: Session) -> list[Place]:
    """Every terminal, by number, with its open shift. One statement."""
    rows = session.execute(
        select(Terminal, Hall, Desk, Shift, Taxpayer.name)
        .join(Hall, Hall.id == Terminal.hall_id)
        .outerjoin(Desk, Desk.id == Terminal.desk_id)
        .outerjoin(Shift, and_(Shift.terminal_id == Terminal.id, Shift.closed_at.is_(None)))
        .outerjoin(Account, Account.id == Shift.cashier_id)
        .outerjoin(Taxpayer, Taxpayer.id == Account.person_id)
        .order_by(Terminal.number)
    )
    return [Place(*row[:4], row[4] or "") for row in rows]


@dataclass(frozen=True)
class Batch:
    """A shift and the number of its terminal."""

    shift: Shift
    terminal: str

    @property
    def name(self) -> str:
        return name_of(self.terminal, self.shift.batch)


def batches_to_key(session: Session, account_id: UUID) -> list[Batch]:
    """Shifts a clerk may key slips into: open ones of their own, and closed ones that miss a slip here."""
    missing = exists().where(
        ReconciliationBreak.kind == BreakKind.MISSING_HERE,
        ReconciliationBreak.resolved_at.is_(None),
        ReconciliationBreak.gateway_ref.like(Terminal.number + "/" + Shift.batch + "/%"),
    )
    own = and_(Shift.cashier_id == account_id, Shift.closed_at.is_(None))
    rows = session.execute(
        select(Shift, Terminal.number)
        .join(Terminal, Terminal.id == Shift.terminal_id)
        .where(or_(own, and_(Shift.closed_at.is_not(None), missing)))
        .order_by(Shift.opened_at.desc())
        .limit(MOST_LISTED)
    )
    return [Batch(*row) for row in rows]


def batch_of(session: Session, shift_id: UUID, *, lock: bool = False) -> Batch | None:
    """A shift with its terminal's number; `lock` holds the shift, which every act on its slips does first."""
    asked = (
        select(Shift, Terminal.number)
        .join(Terminal, Terminal.id == Shift.terminal_id)
        .where(Shift.id == shift_id)
    )
    if lock:
        asked = asked.with_for_update(of=Shift).execution_options(populate_existing=True)
    row = session.execute(asked).one_or_none()
    return Batch(*row) if row else None


def batch_named(session: Session, terminal: str, number: str) -> Shift | None:
    """The shift of a terminal's batch."""
    return session.scalars(
        select(Shift)
        .join(Terminal, Terminal.id == Shift.terminal_id)
        .where(Terminal.number == terminal, Shift.batch == number)
    ).one_or_none()


def slip_held(session: Session, slip_id: UUID) -> Slip | None:
    """A slip as it stands now, under lock; its shift is held before."""
    return session.scalar(
        select(Slip).where(Slip.id == slip_id).with_for_update().execution_options(populate_existing=True)
    )


def slip_standing(session: Session, shift_id: UUID, trace: str) -> Slip | None:
    """The slip of this number that waits or counts."""
    ended = (SlipState.WITHDRAWN, SlipState.REVERSED)
    of_number = select(Slip).where(Slip.shift_id == shift_id, Slip.trace == trace)
    return session.scalars(of_number.where(Slip.state.not_in(ended))).one_or_none()


def turns_of(session: Session, shift_id: UUID, trace: str) -> int:
    """How often a slip of this number was credited and reversed."""
    reversed_ = select(func.count(Slip.id)).where(
        Slip.shift_id == shift_id, Slip.trace == trace, Slip.state == SlipState.REVERSED
    )
    return session.scalar(reversed_) or 0


def waiting_in(session: Session, shift_id: UUID) -> int:
    """How many slips of a shift pay for nobody yet."""
    open_ = select(func.count(Slip.id)).where(Slip.shift_id == shift_id, Slip.state.in_(WAITING))
    return session.scalar(open_) or 0


def credited_in(session: Session, shift_id: UUID) -> Mapping[str, Decimal]:
    """By trace number, what stands credited of a shift."""
    rows = select(Slip.trace, Slip.amount).where(Slip.shift_id == shift_id, Slip.state == SlipState.CREDITED)
    return dict(session.execute(rows).all())


def counts_of(session: Session, shift_id: UUID) -> Sequence[ShiftCount]:
    """What was keyed as the terminal's totals of a shift, oldest first."""
    return session.scalars(
        select(ShiftCount).where(ShiftCount.shift_id == shift_id).order_by(ShiftCount.id)
    ).all()


def lines_of(session: Session, terminal: str, batch: str) -> Mapping[str, TerminalLine]:
    """By trace number, what the terminal's file lists of a batch."""
    rows = select(TerminalLine).where(TerminalLine.terminal == terminal, TerminalLine.batch == batch)
    return {line.trace: line for line in session.scalars(rows)}


def readings_of(session: Session, slip_id: UUID) -> Sequence[tuple[SlipReading, str]]:
    """Every second reading of a slip with who keyed it, oldest first."""
    rows = (
        select(SlipReading, Taxpayer.name)
        .join(Account, Account.id == SlipReading.by)
        .join(Taxpayer, Taxpayer.id == Account.person_id)
        .where(SlipReading.slip_id == slip_id)
        .order_by(SlipReading.id)
    )
    return [(reading, name) for reading, name in session.execute(rows)]


def bills_of_slip(session: Session, slip_id: UUID) -> Sequence[Bill]:
    """The bills a slip was taken for, oldest due date first."""
    taken_for = select(SlipBill.bill_id).where(SlipBill.slip_id == slip_id)
    return session.scalars(select(Bill).where(Bill.id.in_(taken_for)).order_by(Bill.due_on, Bill.id)).all()


def desk_on_duty(session: Session, account_id: UUID, hall_id: UUID, at: datetime) -> UUID | None:
    """The desk of a hall that the roster gives a clerk at this moment."""
    now = at.astimezone(SHANGHAI).time()
    found = (
        select(Duty.desk_id)
        .join(Desk, Desk.id == Duty.desk_id)
        .where(Duty.account_id == account_id, Duty.day == day_of(at), Desk.hall_id == hall_id)
        .where(Duty.starts <= now, Duty.ends > now)
        .order_by(Desk.number)
        .limit(1)
    )
    return session.scalar(found)


def shifts_in_doubt(session: Session) -> list[tuple[Batch, ShiftCount]]:
    """Open shifts whose totals were keyed and are not ours, with the latest try of each."""
    later = aliased(ShiftCount)
    tried_again = exists().where(later.shift_id == ShiftCount.shift_id, later.id > ShiftCount.id)
    rows = session.execute(
        select(Shift, Terminal.number, ShiftCount)
        .join(Terminal, Terminal.id == Shift.terminal_id)
        .join(ShiftCount, ShiftCount.shift_id == Shift.id)
        .where(Shift.closed_at.is_(None), ~tried_again)
        .order_by(Shift.opened_at)
    )
    return [(Batch(shift, number), tried) for shift, number, tried in rows]


def breaks(session: Session, *, open_only: bool = False) -> Sequence[ReconciliationBreak]:
    """Differences between terminals and us, those that nobody explained first, the latest first."""
    found = select(ReconciliationBreak).where(ReconciliationBreak.kind.in_(BREAKS))
    if open_only:
        found = found.where(ReconciliationBreak.resolved_at.is_(None))
    order = (ReconciliationBreak.resolved_at.is_not(None), ReconciliationBreak.found_at.desc())
    return session.scalars(found.order_by(*order, ReconciliationBreak.id).limit(MOST_LISTED)).all()
