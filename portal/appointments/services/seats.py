"""Seats: one taken by a conditional update, one given back, and what a person already has.

Nothing here waits for anybody who does not want the very same seat, or is not the very same person.
"""

import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, case, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, ReturnedSeat, Slot
from portal.appointments.rules.fairness import (
    FULL,
    HAVE_ONE,
    RECENT_SPAN,
    SAME_TIME,
    Standing,
    back_at,
    month_of,
)
from portal.appointments.rules.states import LIVE, State
from portal.core.clock import day_of
from portal.core.jobs import enqueue
from portal.core.keys import new_id
from portal.core.refusal import Reason, Refusal
from portal.halls.models import Hall
from portal.taxpayers.models import Taxpayer

PLACE_SEATS = "place-seats"
FINEST = 1 << 20
"""How finely the random while of a seat given back is drawn."""


def take(session: Session, slot: Slot) -> bool:
    """Take one seat if one is left; exactly one of many who ask at once gets the last."""
    one_less = update(Slot).where(Slot.id == slot.id, Slot.left > 0).values(left=Slot.left - 1)
    done = session.execute(one_less.execution_options(synchronize_session=False))
    return bool(done.rowcount)  # type: ignore[attr-defined]


def free(session: Session, slot: Slot) -> None:
    """Let anybody take one seat more; only for a seat that is nobody's."""
    one_more = update(Slot).where(Slot.id == slot.id).values(left=Slot.left + 1)
    session.execute(one_more.execution_options(synchronize_session=False))


def require_taken(session: Session, slot: Slot) -> None:
    """Take one seat. Raises `Refusal` where none is left."""
    if not take(session, slot):
        raise Refusal(FULL, moment=slot.starts_at)


def seat(session: Session, booking: Booking) -> None:
    """Write a booking, or what changed about it, under the indexes that allow one. Raises `Refusal`."""
    try:
        with session.begin_nested():
            session.add(booking)
            session.flush()
    except IntegrityError as failure:
        raise Refusal(_why_not(session, booking.person_id, booking.starts_at, booking.id)) from failure


def give_back(session: Session, slot_id: UUID, at: datetime) -> None:
    """Return a seat: `place_seats` offers it to who waits, or frees it after a random while."""
    chance = secrets.randbelow(FINEST) / FINEST
    returned = ReturnedSeat(id=new_id(), slot_id=slot_id, free_at=back_at(at, chance))
    session.add(returned)
    session.flush()
    enqueue(session, PLACE_SEATS, {}, run_at=at, dedupe=f"{PLACE_SEATS}:{returned.id}")


def held(session: Session, booking: Booking) -> Booking:
    """The booking as it stands now, with other writers held off until the end."""
    row = select(Booking).where(Booking.id == booking.id).with_for_update()
    return session.scalars(row.execution_options(populate_existing=True)).one()


def hold_person(session: Session, person_id: UUID) -> None:
    """Let what one person asks for at once, in several windows, come one after the other."""
    session.execute(select(Taxpayer.id).where(Taxpayer.id == person_id).with_for_update(key_share=True))


def standing(session: Session, person_id: UUID, at: datetime) -> Standing:
    """What a person has and missed, for whichever taxpayer. One statement."""
    first, last = month_of(day_of(at))
    is_open = and_(Booking.state.in_(LIVE), Booking.moves.is_(None))
    recent = and_(
        Booking.booked_at > at - RECENT_SPAN.span, Booking.moved_from.is_(None), Booking.state != State.MISSED
    )
    missed = and_(
        Booking.state == State.MISSED,
        Booking.excused_at.is_(None),
        Booking.starts_at >= first,
        Booking.starts_at < last,
    )
    since = min(first, at - RECENT_SPAN.span)
    counts = select(
        *(func.coalesce(func.sum(case((what, 1), else_=0)), 0) for what in (is_open, recent, missed))
    )
    mine = counts.where(Booking.person_id == person_id, Booking.starts_at >= since)
    return Standing(*session.execute(mine).one())


def facts_of(session: Session, booking: Booking) -> dict[str, str]:
    """What notices and the trail say of a booking."""
    hall = session.get_one(Hall, booking.hall_id)
    facts = {**hall.told, "moment": booking.starts_at.isoformat()}
    return {**facts, "number": booking.number} if booking.number else facts


def _why_not(session: Session, person_id: UUID, starts_at: datetime, booking_id: UUID) -> Reason:
    same = select(Booking.id).where(
        Booking.person_id == person_id,
        Booking.starts_at == starts_at,
        Booking.state.in_(LIVE),
        Booking.id != booking_id,
    )
    return SAME_TIME if session.scalar(same.limit(1)) is not None else HAVE_ONE
