"""What passing time does: holds lapse, seats given back find somebody, visits are missed or reminded of."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, and_, select, update
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, ReturnedSeat, Slot, Wish
from portal.appointments.rules.fairness import BOOK_UNTIL, CHANGE_UNTIL, MISSED_AFTER, may_offer, next_offer
from portal.appointments.rules.states import EndedBy, State, WishState, become
from portal.appointments.services.booking import end
from portal.appointments.services.seats import facts_of, free, take
from portal.appointments.services.waiting import is_waited_for, pass_on
from portal.audit.services import record as note
from portal.core import clock
from portal.core.db import Database
from portal.halls.rules.hours import reminded_of
from portal.notices.services import tell

AT_ONCE = 500
"""Of one turn; what is more waits for the next minute."""


def let_go(session: Session, at: datetime) -> int:
    """End the holds whose time is over and return their seats; how many there were."""
    over = select(Booking).where(Booking.state == State.HELD, Booking.held_until <= at)
    count = 0
    for booking in session.scalars(over.limit(AT_ONCE).with_for_update(skip_locked=True)):
        offered = booking.wish_id is not None
        end(session, booking, State.LAPSED, EndedBy.CLOCK, at)
        count += 1
        if offered:
            facts = facts_of(session, booking)
            note(session, None, "offer-lapsed", at=at, taxpayer_id=booking.taxpayer_id, facts=facts)
    return count


def place(session: Session, returned_id: UUID, at: datetime) -> bool:
    """Find somebody for a seat that came back: who waits for it, or everybody once its while is over.

    What comes back at night is kept until morning if somebody waits for it. True if it is placed. A seat is
    placed once: its row goes in the same transaction.
    """
    row = select(ReturnedSeat).where(ReturnedSeat.id == returned_id).with_for_update(skip_locked=True)
    returned = session.scalars(row).one_or_none()
    if returned is None:
        return False
    slot = session.get_one(Slot, returned.slot_id)
    to_offer = slot.starts_at - next_offer(at) >= CHANGE_UNTIL.span
    if not (to_offer and may_offer(at) and pass_on(session, slot, at)):
        soon = slot.starts_at - at <= BOOK_UNTIL.span
        kept = to_offer and not may_offer(at) and is_waited_for(session, slot)
        if kept or (returned.free_at > at and not soon):
            return False
        free(session, slot)
    session.delete(returned)
    session.flush()
    return True


def serve(session: Session, slot_id: UUID, at: datetime) -> bool:
    """Offer a free seat of a slot to the first who waits for it, if it suits anybody."""
    slot = session.get_one(Slot, slot_id)
    if not take(session, slot):
        return False
    if pass_on(session, slot, at):
        return True
    free(session, slot)
    return False


def miss(session: Session, booking: Booking, at: datetime) -> None:
    """Note that nobody came. The person is told what follows and how to appeal."""
    booking.state = become(State(booking.state), State.MISSED)
    booking.ended_at, booking.ended_by = at, EndedBy.CLOCK
    session.flush()
    facts = facts_of(session, booking)
    note(session, None, "appointment-missed", at=at, taxpayer_id=booking.taxpayer_id, facts=facts)
    told = {**facts, "booking_id": str(booking.id)}
    tell(session, booking.taxpayer_id, "appointment-missed", told, at=at)


def remind(session: Session, booking: Booking, at: datetime) -> None:
    """Remind of a visit, once."""
    booking.reminded_at = at
    session.flush()
    told = {**facts_of(session, booking), "booking_id": str(booking.id)}
    tell(session, booking.taxpayer_id, "appointment-tomorrow", told, at=at)


def by_minute(database: Database, at: datetime) -> None:
    """Everything that a minute does, each seat and each visit in a transaction of its own."""
    with database.transaction() as session:
        let_go(session, at)
        _end_wishes(session, at)
    with database.reading() as session:
        late = session.scalars(_not_come(at)).all()
    for key in late:
        with database.transaction() as session:
            booking = session.scalars(_still(key)).one_or_none()
            if booking is not None:
                miss(session, booking, at)
    place_seats(database, at)


def place_seats(database: Database, at: datetime) -> None:
    """Place what came back; then offer what is free to who waits for it."""
    with database.reading() as session:
        returned = session.scalars(select(ReturnedSeat.id).order_by(ReturnedSeat.id).limit(AT_ONCE)).all()
    for key in returned:
        with database.transaction() as session:
            place(session, key, at)
    if not may_offer(at):
        return
    with database.reading() as session:
        slots = session.scalars(_wished_and_free(at)).all()
    for key in slots:
        served = True
        while served:
            with database.transaction() as session:
                served = serve(session, key, at)


def remind_all(database: Database, at: datetime) -> None:
    """On a working day, remind of the visits of the next one."""
    day = reminded_of(clock.day_of(at))
    if day is None:
        return
    with database.reading() as session:
        keys = session.scalars(_of_day(day)).all()
    for key in keys:
        with database.transaction() as session:
            booking = session.scalars(_still(key)).one_or_none()
            if booking is not None and booking.reminded_at is None:
                remind(session, booking, at)


def _still(key: UUID) -> Select[Booking]:
    row = select(Booking).where(Booking.id == key, Booking.state == State.BOOKED)
    return row.with_for_update(skip_locked=True)


def _not_come(at: datetime) -> Select[UUID]:
    over = select(Booking.id).where(
        Booking.state == State.BOOKED, Booking.starts_at <= at - MISSED_AFTER.span
    )
    return over.order_by(Booking.taxpayer_id).limit(AT_ONCE)


def _of_day(day: date) -> Select[UUID]:
    slots = select(Slot.id).where(Slot.day == day)
    mine = select(Booking.id).where(
        Booking.state == State.BOOKED, Booking.slot_id.in_(slots), Booking.reminded_at.is_(None)
    )
    return mine.order_by(Booking.taxpayer_id)


def _wished_and_free(at: datetime) -> Select[UUID, datetime]:
    wished = and_(
        Wish.hall_id == Slot.hall_id,
        Wish.skill == Slot.skill,
        Wish.state == WishState.WAITING,
        Wish.from_on <= Slot.day,
        Wish.to_on >= Slot.day,
    )
    free = (
        select(Slot.id, Slot.starts_at)
        .join(Wish, wished)
        .where(Slot.left > 0, Slot.starts_at >= at + CHANGE_UNTIL.span)
    )
    return free.distinct().order_by(Slot.starts_at, Slot.id).limit(AT_ONCE)


def _end_wishes(session: Session, at: datetime) -> None:
    """Wishes whose last day is over wait no more."""
    over = update(Wish).where(Wish.state == WishState.WAITING, Wish.to_on < clock.day_of(at))
    session.execute(over.values(state=WishState.OVER, ended_at=at))
