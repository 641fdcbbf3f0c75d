"""Tickets, what happened to each, and when desks were open."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Instant, Json, Key, Model, append_only
from portal.core.keys import new_id

AT_DESK = text("state IN ('called', 'serving')")
"""States in which a ticket takes up a desk."""


class DayRoll(Model):
    """How many tickets a hall has given out on a day; the next one's number comes of it."""

    __tablename__ = "queue_rolls"

    hall_id: Mapped[UUID] = mapped_column(Key, ForeignKey("halls.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    given: Mapped[int]


class Ticket(Model):
    """Somebody's place in a hall on a day. `code`, all chance, opens its page: it is on the paper."""

    __tablename__ = "tickets"
    __table_args__ = (
        UniqueConstraint("hall_id", "day", "number"),
        Index("ix_tickets_in_line", "hall_id", "day", "state"),
        Index("ix_tickets_at_desk", "desk_id", "state"),
        # A desk serves one at a time, whatever two people press there.
        Index(
            "uq_tickets_one_at_a_desk",
            "desk_id",
            unique=True,
            sqlite_where=AT_DESK,
            postgresql_where=AT_DESK,
        ),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    hall_id: Mapped[UUID] = mapped_column(Key, ForeignKey("halls.id"))
    day: Mapped[date]
    number: Mapped[str] = mapped_column(String(6))
    """A letter and a count: B with a booking, A without. All that is ever shown in the hall."""
    code: Mapped[UUID] = mapped_column(Key, unique=True, default=uuid4)
    skill: Mapped[str] = mapped_column(String(20))
    """Of the line it stands in now."""
    errands: Mapped[list[str]] = mapped_column(Json)
    """Codes of what the person comes for."""
    state: Mapped[str] = mapped_column(String(12))
    booking_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("bookings.id"), unique=True)
    """None of somebody who came without one."""
    came_at: Mapped[datetime] = mapped_column(Instant)
    claim_at: Mapped[datetime] = mapped_column(Instant)
    """From when on they are to be served: see `rules.order`."""
    load: Mapped[int | None]
    """What stood before the desks when they came (`rules.waiting`); None while no desk was open."""
    told_low: Mapped[int | None]
    told_high: Mapped[int | None]
    """Minutes of the band they were told; None if nothing could be said."""
    desk_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("desks.id"))
    """The desk that called it last."""
    called_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the present stretch at a desk began; None while there is none."""
    served: Mapped[int] = mapped_column(default=0)
    """Seconds at desks of the present line in earlier stretches: before it was set aside."""
    visited: Mapped[bool] = mapped_column(default=False)
    """Whether it was ever answered: only then it is a visit."""
    events: Mapped[int] = mapped_column(default=0)


@append_only
class QueueEvent(Model):
    """One thing that happened to a ticket. Every figure that is published comes from these rows alone.

    `kind` is the state the ticket came to; a repeated call is "called" again. `seconds` is of the first
    "serving" the time since the ticket came (with `hour`, `load`, `low` and `high` as they were then), of
    "transferred" and "finished" the time at desks of the line that was left or ended with it; `skill` is of
    that line.
    """

    __tablename__ = "queue_events"
    __table_args__ = (
        UniqueConstraint("ticket_id", "n"),
        Index("ix_queue_events_measured", "kind", "day"),
        Index("ix_queue_events_like", "hall_id", "skill", "kind", "load", "at"),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    ticket_id: Mapped[UUID] = mapped_column(Key, ForeignKey("tickets.id"))
    n: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime] = mapped_column(Instant)
    day: Mapped[date]
    hall_id: Mapped[UUID] = mapped_column(Key, ForeignKey("halls.id"))
    skill: Mapped[str] = mapped_column(String(20))
    desk_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("desks.id"))
    by: Mapped[UUID | None] = mapped_column(Key, ForeignKey("accounts.id"))
    """The member of staff; None for what the portal did."""
    seconds: Mapped[int | None]
    hour: Mapped[int | None]
    """Beijing hour of coming."""
    load: Mapped[int | None]
    low: Mapped[int | None]
    high: Mapped[int | None]
    errand: Mapped[str | None] = mapped_column(String(40))
    """Of "finished": the one errand that was done; None if it was none or several."""
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    """Of "finished" the errands done and the matters as they stood, of "transferred" where to."""


@append_only
class TicketMatter(Model):
    """That a visit is about a matter: linked at the desk, told with its state when the visit ends."""

    __tablename__ = "ticket_matters"

    ticket_id: Mapped[UUID] = mapped_column(Key, ForeignKey("tickets.id"), primary_key=True)
    matter_id: Mapped[UUID] = mapped_column(Key, ForeignKey("matters.id"), primary_key=True)
    by: Mapped[UUID] = mapped_column(Key, ForeignKey("accounts.id"))
    at: Mapped[datetime] = mapped_column(Instant)


@append_only
class DeskEvent(Model):
    """That a desk opened or closed. The latest of a day says how it stands; a night closes every desk."""

    __tablename__ = "desk_events"
    __table_args__ = (UniqueConstraint("desk_id", "day", "n"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    desk_id: Mapped[UUID] = mapped_column(Key, ForeignKey("desks.id"))
    day: Mapped[date]
    n: Mapped[int]
    kind: Mapped[str] = mapped_column(String(8))
    """open or closed."""
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[UUID] = mapped_column(Key, ForeignKey("accounts.id"))
