"""Waiting for a seat: wishes in the order of asking, and seats offered to them as held bookings."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Slot, Wish
from portal.appointments.rules.fairness import (
    CHANGE_UNTIL,
    HAVE_ONE,
    MISSED,
    OFFER,
    OPEN_DAYS,
    SEATS_FREE,
    TOO_MANY_WISHES,
    WISHES_OF_PERSON,
    require_days,
    require_not_barred,
)
from portal.appointments.rules.states import LIVE, EndedBy, State, WishState
from portal.appointments.services.booking import end
from portal.appointments.services.seats import facts_of, hold_person, standing
from portal.audit.services import record as note
from portal.core.acting import Acting
from portal.core.clock import day_of
from portal.core.keys import new_id
from portal.core.refusal import Refusal
from portal.halls.models import Hall
from portal.halls.rules.errands import skill_of
from portal.halls.rules.hours import working_days
from portal.notices.services import tell

OPEN = (WishState.WAITING, WishState.OFFERED)


def wish(
    session: Session,
    acting: Acting,
    *,
    hall_id: UUID,
    errands: Sequence[str],
    from_on: date,
    to_on: date,
    at: datetime,
) -> Wish:
    """Wait for a seat at a hall on one of these days; asked again meanwhile, only days and errands change.

    Who has a booking for the same kind of desk is offered to move it. Raises `Refusal`: days that cannot be
    booked, a free seat on these days, limits, three missed visits.
    """
    skill = skill_of(errands)
    require_days(from_on, to_on, working_days(day_of(at), OPEN_DAYS.number))
    hold_person(session, acting.person_id)
    require_not_barred(standing(session, acting.person_id, at).missed, day_of(at))
    if _free_seat(session, hall_id, skill, from_on, to_on, at):
        raise Refusal(SEATS_FREE)
    asked = _asked(session, acting, hall_id, skill)
    if asked is None:
        asked = Wish(
            id=new_id(),
            taxpayer_id=acting.taxpayer_id,
            person_id=acting.person_id,
            mandate_id=acting.mandate_id,
            hall_id=hall_id,
            skill=skill,
            state=WishState.WAITING,
            asked_at=at,
        )
        session.add(asked)
    elif asked.state == WishState.OFFERED:
        raise Refusal(HAVE_ONE)
    asked.errands, asked.from_on, asked.to_on = list(errands), from_on, to_on
    session.flush()
    hall = session.get_one(Hall, hall_id)
    facts = {**hall.told, "from": str(from_on), "to": str(to_on)}
    note(session, acting, "wish-made", at=at, facts=facts)
    return asked


def _asked(session: Session, acting: Acting, hall_id: UUID, skill: str) -> Wish | None:
    """The wish that this person already has there, for this taxpayer. Refuses one too many elsewhere."""
    mine = select(Wish).where(Wish.person_id == acting.person_id, Wish.state.in_(OPEN)).with_for_update()
    found = session.scalars(mine.order_by(Wish.id)).all()
    key = (acting.taxpayer_id, hall_id, skill)
    here = next((one for one in found if (one.taxpayer_id, one.hall_id, one.skill) == key), None)
    if here is None and len(found) >= WISHES_OF_PERSON.number:
        raise Refusal(TOO_MANY_WISHES, most=WISHES_OF_PERSON.number)
    return here


def _free_seat(session: Session, hall_id: UUID, skill: str, from_on: date, to_on: date, at: datetime) -> bool:
    fitting = exists().where(
        Slot.hall_id == hall_id,
        Slot.skill == skill,
        Slot.day.between(from_on, to_on),
        Slot.left > 0,
        Slot.starts_at > at + CHANGE_UNTIL.span,
    )
    return bool(session.scalar(select(fitting)))


def withdraw_wish(session: Session, acting: Acting, wish: Wish, *, at: datetime) -> None:
    """Wait no more; a seat offered for it is given back. Doing it again changes nothing."""
    _end_offers(session, wish, at)
    row = select(Wish).where(Wish.id == wish.id).with_for_update()
    wish = session.scalars(row.execution_options(populate_existing=True)).one()
    if wish.state == WishState.OFFERED:  # a seat was offered while this one waited for the row
        _end_offers(session, wish, at)
    elif wish.state == WishState.WAITING:
        wish.state, wish.ended_at = WishState.WITHDRAWN, at
        session.flush()
        note(session, acting, "wish-withdrawn", at=at)


def _end_offers(session: Session, wish: Wish, at: datetime) -> None:
    offered = select(Booking).where(Booking.wish_id == wish.id, Booking.state == State.HELD)
    for booking in session.scalars(offered.with_for_update()):
        end(session, booking, State.CANCELLED, EndedBy.PERSON, at)


def pass_on(session: Session, slot: Slot, at: datetime) -> bool:
    """Offer a seat that is already taken off the slot to the first wish that it fits; False if there is none.

    Rivals skip a wish that somebody is looking at, so no wish is offered two seats and no seat goes to two.
    """
    tried: list[UUID] = []
    while found := session.scalars(_first(slot, tried)).one_or_none():
        if _offer(session, slot, found, at):
            return True
        tried.append(found.id)
    return False


def is_waited_for(session: Session, slot: Slot) -> bool:
    """Whether somebody waits for a seat such as this."""
    return session.scalar(_fitting(slot).with_only_columns(Wish.id).limit(1)) is not None


def _first(slot: Slot, tried: Sequence[UUID]) -> Select[Wish]:
    untried = _fitting(slot).where(Wish.id.not_in(tried))
    return untried.order_by(Wish.asked_at, Wish.id).limit(1).with_for_update(skip_locked=True)


def _fitting(slot: Slot) -> Select[Wish]:
    return select(Wish).where(
        Wish.hall_id == slot.hall_id,
        Wish.skill == slot.skill,
        Wish.state == WishState.WAITING,
        Wish.from_on <= slot.day,
        Wish.to_on >= slot.day,
    )


def _offer(session: Session, slot: Slot, wish: Wish, at: datetime) -> bool:
    """Hold the seat for who wished; False where they cannot take it."""
    mine = session.scalars(
        select(Booking).where(
            Booking.taxpayer_id == wish.taxpayer_id,
            Booking.skill == slot.skill,
            Booking.state.in_(LIVE),
            Booking.moves.is_(None),
        )
    ).one_or_none()
    if mine is not None and not _could_move(mine, slot, at):
        return False
    if standing(session, wish.person_id, at).missed >= MISSED.number:
        return False
    offered = Booking(
        id=new_id(),
        taxpayer_id=wish.taxpayer_id,
        person_id=wish.person_id,
        mandate_id=wish.mandate_id,
        slot_id=slot.id,
        hall_id=slot.hall_id,
        skill=slot.skill,
        starts_at=slot.starts_at,
        errands=wish.errands,
        state=State.HELD,
        made_at=at,
        held_until=at + OFFER.span,
        moves=mine.id if mine else None,
        visit_id=mine.visit_id if mine else new_id(),
        wish_id=wish.id,
    )
    try:
        with session.begin_nested():
            session.add(offered)
            session.flush()
    except IntegrityError:
        return False  # they have something at this hour, or hold a seat at this moment
    wish.state = WishState.OFFERED
    session.flush()
    facts = facts_of(session, offered)
    note(session, None, "seat-offered", at=at, taxpayer_id=wish.taxpayer_id, facts=facts)
    until = {"until": (at + OFFER.span).isoformat(), "booking_id": str(offered.id)}
    tell(session, wish.taxpayer_id, "seat-offered", {**facts, **until}, at=at)
    return True


def _could_move(booking: Booking, slot: Slot, at: datetime) -> bool:
    """Whether a booking may make way for another slot, and is not in it already."""
    there = booking.state == State.BOOKED and booking.starts_at - at >= CHANGE_UNTIL.span
    return there and booking.slot_id != slot.id


def waiting_count(session: Session, hall_id: UUID, skill: str) -> int:
    """How many wait at a hall for a kind of desk."""
    count = select(func.count(Wish.id)).where(Wish.hall_id == hall_id, Wish.skill == skill)
    return session.scalar(count.where(Wish.state == WishState.WAITING)) or 0
