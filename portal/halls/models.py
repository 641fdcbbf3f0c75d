"""Halls, their hours, desks and closures, who is on duty, and what an administrator has capped."""

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Instant, Json, Key, Model, append_only
from portal.core.keys import new_id


class Hall(Model):
    """A place where people are served. `code` is the office's own short name and never changes."""

    __tablename__ = "halls"

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(100))
    address_en: Mapped[str] = mapped_column(String(120))
    booked_share: Mapped[int]
    """Per cent of the minutes on duty that are given to appointments; the rest is for walk-ins."""

    @property
    def told(self) -> dict[str, str]:
        """The hall as notices and the trail keep it, in both languages."""
        return {"hall": self.name, "hall_en": self.name_en}

    def told_with(self, desk: int) -> dict[str, str]:
        """One of its desks, as the trail keeps it."""
        return {"desk": str(desk), **self.told}


class HallHours(Model):
    """When a hall is open on a day of the week (0 is Monday), one row for each stretch. Beijing time."""

    __tablename__ = "hall_hours"
    __table_args__ = (
        UniqueConstraint("hall_id", "weekday", "opens"),
        CheckConstraint("opens < closes", name="ck_hall_hours_forward"),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    hall_id: Mapped[UUID] = mapped_column(Key, ForeignKey("halls.id"))
    weekday: Mapped[int]
    opens: Mapped[time]
    closes: Mapped[time]


class Closure(Model):
    """A working day on which a hall stays shut, and why; people are told the words."""

    __tablename__ = "hall_closures"
    __table_args__ = (UniqueConstraint("hall_id", "day"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    hall_id: Mapped[UUID] = mapped_column(Key, ForeignKey("halls.id"))
    day: Mapped[date]
    why: Mapped[str] = mapped_column(String(100))


class Desk(Model):
    """A desk of a hall and the skills (see `rules.errands`) it serves."""

    __tablename__ = "desks"
    __table_args__ = (UniqueConstraint("hall_id", "number"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    hall_id: Mapped[UUID] = mapped_column(Key, ForeignKey("halls.id"))
    number: Mapped[int]
    skills: Mapped[list[str]] = mapped_column(Json)
    """The first is the one its minutes are planned for; it may serve the others when nobody waits for it."""


class Roster(Model):
    """The standing plan: that a desk is staffed on a weekday (0 is Monday) from one time to another."""

    __tablename__ = "rosters"
    __table_args__ = (UniqueConstraint("desk_id", "weekday", "starts"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    desk_id: Mapped[UUID] = mapped_column(Key, ForeignKey("desks.id"))
    weekday: Mapped[int]
    starts: Mapped[time]
    ends: Mapped[time]
    account_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("accounts.id"))


class Duty(Model):
    """That a desk is staffed on a day from one time to another; by whom, once that is known.

    Made from the roster when a day comes within what can be booked, and changed by hand from then on.
    """

    __tablename__ = "duties"
    __table_args__ = (UniqueConstraint("desk_id", "day", "starts"), Index("ix_duties_of_day", "day"))

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    desk_id: Mapped[UUID] = mapped_column(Key, ForeignKey("desks.id"))
    day: Mapped[date]
    starts: Mapped[time]
    ends: Mapped[time]
    account_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("accounts.id"))


@append_only
class SlotCap(Model):
    """That an administrator limited the seats of one slot, and why; the latest for a slot counts."""

    __tablename__ = "slot_caps"
    __table_args__ = (Index("ix_slot_caps_of", "hall_id", "starts_at", "skill", "at"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    hall_id: Mapped[UUID] = mapped_column(Key, ForeignKey("halls.id"))
    starts_at: Mapped[datetime] = mapped_column(Instant)
    skill: Mapped[str] = mapped_column(String(20))
    seats: Mapped[int | None]
    """None takes the limit away."""
    why: Mapped[str] = mapped_column(String(200))
    by: Mapped[UUID] = mapped_column(Key, ForeignKey("accounts.id"))
    at: Mapped[datetime] = mapped_column(Instant)


class MeasuredVisit(Model):
    """What a visit to a kind of desk of a hall takes, by the events of its tickets; written each night."""

    __tablename__ = "measured_visits"

    hall_id: Mapped[UUID] = mapped_column(Key, ForeignKey("halls.id"), primary_key=True)
    skill: Mapped[str] = mapped_column(String(20), primary_key=True)
    minutes: Mapped[int]
    """At a desk, mean, rounded up."""
    visits: Mapped[int]
    until: Mapped[date]
    """The day on which it was counted."""


class ExpectedWait(Model):
    """How long who booked an hour of a weekday waits after it, by those who did; written each night.

    Whole minutes: four of five waited between `low` and `high`, half of them up to `middle`.
    """

    __tablename__ = "expected_waits"

    hall_id: Mapped[UUID] = mapped_column(Key, ForeignKey("halls.id"), primary_key=True)
    skill: Mapped[str] = mapped_column(String(20), primary_key=True)
    weekday: Mapped[int] = mapped_column(primary_key=True)
    """0 is Monday."""
    hour: Mapped[int] = mapped_column(primary_key=True)
    """Beijing hour."""
    low: Mapped[int]
    middle: Mapped[int]
    high: Mapped[int]
    visits: Mapped[int]
    until: Mapped[date]
