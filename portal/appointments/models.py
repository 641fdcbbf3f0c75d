"""Slots with their seats, bookings that take one, and wishes that wait for one."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Instant, Json, Key, Model
from portal.core.keys import new_id
from portal.halls.models import Hall

LIVE = text("state IN ('held', 'booked', 'arrived')")
"""States of a booking that sits on a seat."""
STANDS = text("state IN ('held', 'booked', 'arrived') AND moves IS NULL")
"""What a taxpayer has once for a kind of desk, whoever of its delegates asks. A hold that is to take the
place of a booking stands beside it until it is confirmed."""
WAITS = text("state IN ('waiting', 'offered')")


class Slot(Model):
    """Half an hour at a hall for one skill. `left` of its `seats` are free; the database refuses a negative.

    A seat is taken by one conditional update of `left`, after a plain look that refuses a full slot without
    a lock; so nobody is ever given a seat that is not there.
    """

    __tablename__ = "slots"
    __table_args__ = (
        UniqueConstraint("hall_id", "skill", "starts_at"),
        Index("ix_slots_of_day", "hall_id", "day"),
        CheckConstraint('"left" >= 0', name="ck_slots_left"),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    hall_id: Mapped[UUID] = mapped_column(Key, ForeignKey("halls.id"))
    skill: Mapped[str] = mapped_column(String(20))
    day: Mapped[date]
    starts_at: Mapped[datetime] = mapped_column(Instant)
    seats: Mapped[int]
    left: Mapped[int]
    why: Mapped[dict[str, Any]] = mapped_column(Json)
    """How `seats` came about: desk minutes, minutes a visit takes, the share for appointments, a cap."""


class ReturnedSeat(Model):
    """A seat that somebody gave back: neither free nor anybody's, until it is offered to who waits or freed.

    The row goes in the transaction that places the seat, so that a seat is placed once.
    """

    __tablename__ = "returned_seats"
    __table_args__ = (Index("ix_returned_seats_of", "slot_id"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    slot_id: Mapped[UUID] = mapped_column(Key, ForeignKey("slots.id"))
    free_at: Mapped[datetime] = mapped_column(Instant)
    """From when on anybody may take it, unless somebody waits for it: a random while after it came back."""


class Booking(Model):
    """One seat for one person, who comes for themselves or for a firm; a held one is given back at its hour.

    An offer from the waiting list is a held booking too: what is offered to one is never free for another.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        Index("ix_bookings_of_taxpayer", "taxpayer_id", "starts_at"),
        Index("ix_bookings_of_person", "person_id", "starts_at"),
        Index("ix_bookings_of_slot", "slot_id", "state"),
        Index("ix_bookings_held", "state", "held_until"),
        Index(
            "uq_bookings_one_open",
            "taxpayer_id",
            "skill",
            unique=True,
            sqlite_where=STANDS,
            postgresql_where=STANDS,
        ),
        Index(
            "uq_bookings_one_move",
            "moves",
            unique=True,
            sqlite_where=text("state = 'held'"),
            postgresql_where=text("state = 'held'"),
        ),
        Index(
            "uq_bookings_one_at_a_time",
            "person_id",
            "starts_at",
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
        Index(
            "uq_bookings_one_of_a_slot",
            "slot_id",
            "taxpayer_id",
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    person_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    mandate_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("mandates.id"))
    slot_id: Mapped[UUID] = mapped_column(Key, ForeignKey("slots.id"))
    hall_id: Mapped[UUID] = mapped_column(Key, ForeignKey("halls.id"))
    skill: Mapped[str] = mapped_column(String(20))
    starts_at: Mapped[datetime] = mapped_column(Instant)
    errands: Mapped[list[str]] = mapped_column(Json)
    """Codes of what the person comes for; one visit may settle several."""
    state: Mapped[str] = mapped_column(String(12))
    """held, booked, arrived, served, missed, cancelled, lapsed: see `rules.states`."""
    number: Mapped[str | None] = mapped_column(String(30), unique=True)
    """What the person quotes at the hall; given when the booking is confirmed."""
    made_at: Mapped[datetime] = mapped_column(Instant)
    held_until: Mapped[datetime | None] = mapped_column(Instant)
    """Until when a held seat is kept; None once it is booked."""
    booked_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[str] = mapped_column(String(12), default="")
    """person, office, move, or clock."""
    moves: Mapped[UUID | None] = mapped_column(Key, ForeignKey("bookings.id"))
    """Of a hold: the booking that it takes the place of, once it is confirmed. None from then on."""
    moved_from: Mapped[UUID | None] = mapped_column(Key, ForeignKey("bookings.id"))
    """The booking that this one took the place of."""
    sequence: Mapped[int] = mapped_column(default=0)
    """How often the visit was moved or called off: the SEQUENCE of its calendar file."""
    visit_id: Mapped[UUID] = mapped_column(Key)
    """One for a visit however often it is moved: the UID of its calendar file."""
    reminded_at: Mapped[datetime | None] = mapped_column(Instant)
    wish_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("wishes.id"))
    appeal: Mapped[str] = mapped_column(String(500), default="")
    """What the person says about a missed visit; heard by the office."""
    excused_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the office accepted it: the missed visit counts no more."""
    refused_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the office did not."""
    answer: Mapped[str] = mapped_column(String(200), default="")
    """What the office said to it."""

    hall: Mapped[Hall] = relationship(lazy="raise", viewonly=True)


class Wish(Model):
    """That somebody waits for a seat at a hall on one of several days, in the order of asking."""

    __tablename__ = "wishes"
    __table_args__ = (
        Index("ix_wishes_waiting", "hall_id", "skill", "asked_at"),
        Index(
            "uq_wishes_one",
            "taxpayer_id",
            "person_id",
            "hall_id",
            "skill",
            unique=True,
            sqlite_where=WAITS,
            postgresql_where=WAITS,
        ),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    person_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    mandate_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("mandates.id"))
    hall_id: Mapped[UUID] = mapped_column(Key, ForeignKey("halls.id"))
    skill: Mapped[str] = mapped_column(String(20))
    errands: Mapped[list[str]] = mapped_column(Json)
    from_on: Mapped[date]
    to_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(12))
    """waiting, offered, granted, withdrawn, over: see `rules.states`."""
    asked_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    hall: Mapped[Hall] = relationship(lazy="raise", viewonly=True)
