"""Holding a seat, confirming it, giving it back; moving is holding another and confirming that."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Slot, Wish
from portal.appointments.rules.fairness import (
    HOLD,
    LAPSED,
    OTHER_DESK,
    SAME_SLOT,
    SLOT_OVER,
    Standing,
    require_fair,
    require_not_barred,
    require_seat,
    require_time_to_change,
)
from portal.appointments.rules.states import EndedBy, State, WishState, become
from portal.appointments.services.seats import (
    facts_of,
    give_back,
    held,
    hold_person,
    require_taken,
    seat,
    standing,
)
from portal.audit.services import record as note
from portal.core.acting import Acting
from portal.core.clock import day_of
from portal.core.keys import new_id, public_number
from portal.core.refusal import Refusal
from portal.halls.rules.errands import skill_of
from portal.notices.services import tell


def look(session: Session, acting: Acting, slot_id: UUID, *, at: datetime) -> None:
    """The plain look that refuses a full slot, or one that is over, and who may not book, without any lock.

    A route calls it with its reading session before the transaction of `hold`, so that the many who come too
    late for a seat never wait for the few who get one. Raises `Refusal`.
    """
    _looked_at(session, slot_id, at)
    require_not_barred(standing(session, acting.person_id, at).missed, day_of(at))


def _looked_at(session: Session, slot_id: UUID, at: datetime) -> Slot:
    slot = session.get(Slot, slot_id)
    if slot is None:
        raise Refusal(SLOT_OVER, moment=at)
    require_seat(left=slot.left, starts_at=slot.starts_at, at=at)
    return slot


def hold(
    session: Session,
    acting: Acting,
    slot_id: UUID,
    errands: Sequence[str],
    *,
    at: datetime,
    moves: Booking | None = None,
) -> Booking:
    """A seat of a slot, kept for ten minutes (`held_until`) while the person confirms.

    A hold of the same person for the same kind of desk that is not confirmed yet is given up for it. With
    `moves`, the booking that this one takes the place of once it is confirmed; its errands are kept where
    `errands` is empty. Raises `Refusal`: full, over, not one of the slot's errands, one open booking per desk
    and taxpayer, limits, three missed visits.
    """
    codes = list(errands) or (list(moves.errands) if moves else [])
    skill = skill_of(codes)
    slot = _looked_at(session, slot_id, at)
    if slot.skill != skill:
        raise Refusal(OTHER_DESK)
    if moves is not None:
        _require_movable(moves, slot, at)
    hold_person(session, acting.person_id)
    _give_up(session, acting, skill, at)
    mine = standing(session, acting.person_id, at)
    require_fair(Standing(missed=mine.missed) if moves else mine, day_of(at))
    require_taken(session, slot)
    made = Booking(
        id=new_id(),
        taxpayer_id=acting.taxpayer_id,
        person_id=acting.person_id,
        mandate_id=acting.mandate_id,
        slot_id=slot.id,
        hall_id=slot.hall_id,
        skill=skill,
        starts_at=slot.starts_at,
        errands=codes,
        state=State.HELD,
        made_at=at,
        held_until=at + HOLD.span,
        moves=moves.id if moves else None,
        visit_id=moves.visit_id if moves else new_id(),
    )
    seat(session, made)
    note(session, acting, "seat-held", at=at, facts=facts_of(session, made))
    return made


def _require_movable(booking: Booking, slot: Slot, at: datetime) -> None:
    if booking.state != State.BOOKED:
        become(State(booking.state), State.CANCELLED)
        raise Refusal(LAPSED)
    if booking.skill != slot.skill:
        raise Refusal(OTHER_DESK)
    if booking.slot_id == slot.id:
        raise Refusal(SAME_SLOT)
    require_time_to_change(booking.starts_at, at)


def _give_up(session: Session, acting: Acting, skill: str, at: datetime) -> None:
    """Holds that should not stand in the way of a new one: this person's own, and whatever has lapsed."""
    waiting = select(Booking).where(
        Booking.taxpayer_id == acting.taxpayer_id, Booking.skill == skill, Booking.state == State.HELD
    )
    for one in session.scalars(waiting.order_by(Booking.id).with_for_update()):
        lapsed = one.held_until is not None and one.held_until <= at
        if lapsed or (one.person_id == acting.person_id and one.wish_id is None):
            end(session, one, State.LAPSED if lapsed else State.CANCELLED, EndedBy.CLOCK, at)


def confirm(session: Session, acting: Acting, booking: Booking, *, at: datetime) -> Booking:
    """Make a held seat a booking with its number; what it moves is cancelled in the same transaction.

    Confirming again changes nothing. Raises `Refusal` where the hold has lapsed.
    """
    booking = held(session, booking)
    if booking.state == State.BOOKED:
        return booking
    if booking.state == State.LAPSED or (booking.held_until is not None and booking.held_until <= at):
        raise Refusal(LAPSED)
    become(State(booking.state), State.BOOKED)
    moved = _end_moved(session, booking, at)
    booking.state = State.BOOKED
    booking.number = public_number("A", day_of(booking.starts_at))
    booking.booked_at, booking.held_until = at, None
    booking.moves = None
    seat(session, booking)
    _close_wish(session, booking, WishState.GRANTED, at)
    facts = facts_of(session, booking)
    note(session, acting, "appointment-moved" if moved else "appointment-booked", at=at, facts=facts)
    tell(
        session,
        booking.taxpayer_id,
        "appointment-moved" if moved else "appointment-booked",
        {**facts, "booking_id": str(booking.id)},
        at=at,
    )
    return booking


def _end_moved(session: Session, booking: Booking, at: datetime) -> bool:
    """Give back the seat of the booking that this one takes the place of; whether it still had one."""
    if booking.moves is None:
        return False
    old = held(session, session.get_one(Booking, booking.moves))
    if old.state == State.ARRIVED:
        become(State.ARRIVED, State.CANCELLED)
    if old.state != State.BOOKED:
        return False
    old.state, old.ended_at, old.ended_by = State.CANCELLED, at, EndedBy.MOVE
    booking.sequence, booking.moved_from = old.sequence + 1, old.id
    session.flush()
    give_back(session, old.slot_id, at)
    return True


def cancel(session: Session, acting: Acting, booking: Booking, *, at: datetime) -> None:
    """Give a seat back: a hold or an offer at any time, a booking until two hours before.

    Doing it again changes nothing. Raises `Refusal` after that time, and for what is over.
    """
    booking = held(session, booking)
    if booking.state == State.CANCELLED:
        return
    was_booked = booking.state == State.BOOKED
    become(State(booking.state), State.CANCELLED)
    if was_booked:
        require_time_to_change(booking.starts_at, at)
    end(session, booking, State.CANCELLED, EndedBy.PERSON, at)
    facts = facts_of(session, booking)
    note(session, acting, "appointment-cancelled" if was_booked else "seat-given-up", at=at, facts=facts)
    if was_booked:
        tell(session, booking.taxpayer_id, "appointment-cancelled", facts, at=at)


def end(session: Session, booking: Booking, to: State, by: EndedBy, at: datetime) -> None:
    """Bring a booking that sits on a seat to its end and give the seat back; its offer ends its wish."""
    booking.state = become(State(booking.state), to)
    booking.ended_at, booking.ended_by = at, by
    booking.sequence += 1
    session.flush()
    give_back(session, booking.slot_id, at)
    _close_wish(session, booking, WishState.WITHDRAWN if by is EndedBy.PERSON else WishState.OVER, at)


def _close_wish(session: Session, booking: Booking, to: WishState, at: datetime) -> None:
    if booking.wish_id is None:
        return
    offered = update(Wish).where(Wish.id == booking.wish_id, Wish.state == WishState.OFFERED)
    session.execute(offered.values(state=to, ended_at=at))
