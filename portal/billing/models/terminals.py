"""POS at the counter: terminals, shifts on them, slips that two clerks keyed, the terminals' own lists."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Instant, Key, Model, Yuan, append_only
from portal.core.keys import new_id

OPEN_SHIFT = text("closed_at IS NULL")
STANDING = text("state NOT IN ('withdrawn', 'reversed')")


class Terminal(Model):
    """A POS terminal; where it stands, at a desk or in a hall."""

    __tablename__ = "pos_terminals"

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(8), unique=True)
    hall_id: Mapped[UUID] = mapped_column(Key, ForeignKey("halls.id"))
    desk_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("desks.id"))
    """None where the hall's desks share it."""


class Shift(Model):
    """班次: one cashier on one terminal for one of its batches. A terminal has at most one open."""

    __tablename__ = "pos_shifts"
    __table_args__ = (
        UniqueConstraint("terminal_id", "batch"),
        Index(
            "uq_pos_shifts_open", "terminal_id", unique=True,
            sqlite_where=OPEN_SHIFT, postgresql_where=OPEN_SHIFT,
        ),
        CheckConstraint("(closed_at IS NULL) = (total IS NULL)", name="closed_with_total"),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    terminal_id: Mapped[UUID] = mapped_column(Key, ForeignKey("pos_terminals.id"))
    batch: Mapped[str] = mapped_column(String(6))
    cashier_id: Mapped[UUID] = mapped_column(Key, ForeignKey("accounts.id"))
    opened_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_by: Mapped[UUID | None] = mapped_column(Key, ForeignKey("accounts.id"))
    slips: Mapped[int | None]
    """How many the terminal counted, as its cashier keyed it without seeing ours."""
    total: Mapped[Decimal | None] = mapped_column(Yuan)
    """The terminal's total, likewise."""
    why: Mapped[str] = mapped_column(String(200), default="")
    """How a supervisor explained a difference; empty where there was none."""


@append_only
class ShiftCount(Model):
    """The terminal's batch total and count as keyed once, and whether they were ours."""

    __tablename__ = "pos_shift_counts"
    __table_args__ = (Index("ix_pos_shift_counts_shift", "shift_id", "id"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    shift_id: Mapped[UUID] = mapped_column(Key, ForeignKey("pos_shifts.id"))
    by: Mapped[UUID] = mapped_column(Key, ForeignKey("accounts.id"))
    slips: Mapped[int]
    total: Mapped[Decimal] = mapped_column(Yuan)
    agrees: Mapped[bool]
    at: Mapped[datetime] = mapped_column(Instant)


class Slip(Model):
    """签购单: a payment at a terminal. One clerk keys it, another confirms it; then it is credited.

    What the first keyed stands here; every second reading has a row of its own.
    """

    __tablename__ = "pos_slips"
    __table_args__ = (
        Index(
            "uq_pos_slips_standing", "shift_id", "trace", unique=True,
            sqlite_where=STANDING, postgresql_where=STANDING,
        ),
        Index("ix_pos_slips_taxpayer", "taxpayer_id", "state"),
        Index("ix_pos_slips_state", "state", "keyed_at"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("keyed_by <> confirmed_by", name="two_clerks"),
        CheckConstraint("ended_by <> keyed_by OR state = 'withdrawn'", name="reversed_by_a_third"),
        CheckConstraint("ended_by <> confirmed_by", name="reversed_by_another"),
        CheckConstraint(
            "(state IN ('credited', 'reversed')) = (confirmed_by IS NOT NULL)", name="credited_by_two"
        ),
        CheckConstraint(
            "(confirmed_by IS NULL) = (receipt_number IS NULL)", name="credited_with_receipt"
        ),
        CheckConstraint(
            "(state IN ('withdrawn', 'reversed')) = (ended_by IS NOT NULL)", name="ended_by_somebody"
        ),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    shift_id: Mapped[UUID] = mapped_column(Key, ForeignKey("pos_shifts.id"))
    trace: Mapped[str] = mapped_column(String(6))
    turn: Mapped[int] = mapped_column(SmallInteger)
    """1; more where a slip of this number was credited and reversed before."""
    amount: Mapped[Decimal] = mapped_column(Yuan)
    paid_at: Mapped[datetime] = mapped_column(Instant)
    """The time on the slip; its Beijing day is the day of payment."""
    state: Mapped[str] = mapped_column(String(12))
    mismatches: Mapped[int] = mapped_column(SmallInteger)
    keyed_by: Mapped[UUID] = mapped_column(Key, ForeignKey("accounts.id"))
    keyed_at: Mapped[datetime] = mapped_column(Instant)
    keyed_desk_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("desks.id"))
    confirmed_by: Mapped[UUID | None] = mapped_column(Key, ForeignKey("accounts.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    confirmed_desk_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("desks.id"))
    receipt_number: Mapped[str | None] = mapped_column(String(40), unique=True)
    source_ref: Mapped[str | None] = mapped_column(String(40), unique=True)
    """Of the journal that credited it."""
    ended_by: Mapped[UUID | None] = mapped_column(Key, ForeignKey("accounts.id"))
    """Who withdrew or reversed it."""
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    why: Mapped[str] = mapped_column(String(200), default="")
    """Why it was withdrawn or reversed."""


@append_only
class SlipBill(Model):
    """A bill that a slip was taken for."""

    __tablename__ = "pos_slip_bills"
    __table_args__ = (UniqueConstraint("slip_id", "bill_id"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    slip_id: Mapped[UUID] = mapped_column(Key, ForeignKey("pos_slips.id"))
    bill_id: Mapped[UUID] = mapped_column(Key, ForeignKey("bills.id"))


@append_only
class SlipReading(Model):
    """What a second clerk keyed, and whether it was what the first did."""

    __tablename__ = "pos_slip_readings"
    __table_args__ = (Index("ix_pos_slip_readings_slip", "slip_id", "id"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    slip_id: Mapped[UUID] = mapped_column(Key, ForeignKey("pos_slips.id"))
    by: Mapped[UUID] = mapped_column(Key, ForeignKey("accounts.id"))
    trace: Mapped[str] = mapped_column(String(6))
    amount: Mapped[Decimal] = mapped_column(Yuan)
    on: Mapped[date]
    agrees: Mapped[bool]
    at: Mapped[datetime] = mapped_column(Instant)


@append_only
class TerminalLine(Model):
    """A payment as the terminal's own file lists it: the other side of a slip."""

    __tablename__ = "pos_terminal_lines"
    __table_args__ = (
        UniqueConstraint("terminal", "batch", "trace"),
        CheckConstraint("amount > 0", name="amount_positive"),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    terminal: Mapped[str] = mapped_column(String(8))
    batch: Mapped[str] = mapped_column(String(6))
    trace: Mapped[str] = mapped_column(String(6))
    amount: Mapped[Decimal] = mapped_column(Yuan)
    paid_at: Mapped[datetime] = mapped_column(Instant)
    loaded_at: Mapped[datetime] = mapped_column(Instant)
