"""Named reads of slots, bookings and wishes; a taxpayer finds only their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.appointments.models import Booking, Slot, Wish
from portal.appointments.rules.states import LIVE, WishState
from portal.halls.queries import hall, halls
from portal.taxpayers.models import Taxpayer

__all__ = ["hall", "halls", "own_booking", "own_bookings", "own_wishes", "slot", "week"]

MOST_SHOWN = 60
WAITING = (WishState.WAITING, WishState.OFFERED)


def week(session: Session, hall_id: UUID, skill: str, monday: date) -> Sequence[Slot]:
    """The slots of a hall for a skill on the seven days from `monday`, by their hour; full ones too."""
    rows = select(Slot).where(
        Slot.hall_id == hall_id, Slot.skill == skill, Slot.day.between(monday, monday + timedelta(days=6))
    )
    return session.scalars(rows.order_by(Slot.starts_at)).all()


def of_day(session: Session, hall_id: UUID, day: date) -> Sequence[Slot]:
    """The slots of a hall on a day, by kind of desk and hour."""
    rows = select(Slot).where(Slot.hall_id == hall_id, Slot.day == day)
    return session.scalars(rows.order_by(Slot.skill, Slot.starts_at)).all()


def slot(session: Session, slot_id: UUID) -> Slot | None:
    """One slot, or None."""
    return session.get(Slot, slot_id)


def own_booking(session: Session, taxpayer_id: UUID, booking_id: UUID) -> Booking | None:
    """One of the taxpayer's own bookings with its hall, or None."""
    mine = select(Booking).where(Booking.taxpayer_id == taxpayer_id, Booking.id == booking_id)
    return session.scalars(mine.options(joinedload(Booking.hall))).one_or_none()


def own_bookings(session: Session, taxpayer_id: UUID) -> Sequence[Booking]:
    """A taxpayer's bookings with their halls, the latest hour first; lapsed holds are left out."""
    mine = select(Booking).where(Booking.taxpayer_id == taxpayer_id, Booking.state != "lapsed")
    rows = mine.options(joinedload(Booking.hall)).order_by(Booking.starts_at.desc(), Booking.id.desc())
    return session.scalars(rows.limit(MOST_SHOWN)).all()


def live_bookings(session: Session, taxpayer_id: UUID) -> Sequence[Booking]:
    """A taxpayer's bookings that sit on a seat, with their halls, the next first."""
    mine = select(Booking).where(Booking.taxpayer_id == taxpayer_id, Booking.state.in_(LIVE))
    return session.scalars(mine.options(joinedload(Booking.hall)).order_by(Booking.starts_at)).all()


def own_wish(session: Session, taxpayer_id: UUID, wish_id: UUID) -> Wish | None:
    """One of the taxpayer's own wishes with its hall, or None."""
    mine = select(Wish).where(Wish.taxpayer_id == taxpayer_id, Wish.id == wish_id)
    return session.scalars(mine.options(joinedload(Wish.hall))).one_or_none()


def own_wishes(session: Session, taxpayer_id: UUID) -> Sequence[Wish]:
    """A taxpayer's wishes that still wait, or were offered a seat, with their halls; the oldest first."""
    mine = select(Wish).where(Wish.taxpayer_id == taxpayer_id, Wish.state.in_(WAITING))
    return session.scalars(mine.options(joinedload(Wish.hall)).order_by(Wish.asked_at)).all()


@dataclass(frozen=True)
class Appeal:
    """A missed visit that its person says should not count, with their name."""

    booking: Booking
    name: str


def appeals(session: Session, booking_id: UUID | None = None) -> list[Appeal]:
    """Appeals that wait for an answer, or this one, the first said first."""
    rows = select(Booking, Taxpayer.name).join(Taxpayer, Taxpayer.id == Booking.person_id)
    rows = rows.where(Booking.state == "missed", Booking.appeal != "")
    rows = rows.where(Booking.excused_at.is_(None), Booking.refused_at.is_(None))
    if booking_id is not None:
        rows = rows.where(Booking.id == booking_id)
    rows = rows.options(joinedload(Booking.hall)).order_by(Booking.ended_at, Booking.id).limit(MOST_SHOWN)
    return [Appeal(booking, name) for booking, name in session.execute(rows)]
