"""Coming in: a booking becomes a ticket, or somebody without one draws a ticket."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from portal.accounts.queries import number_indexes
from portal.appointments.models import Booking
from portal.appointments.rules.states import State as BookingState
from portal.appointments.rules.states import become
from portal.audit import services as audit
from portal.core.acting import Acting
from portal.core.clock import SHANGHAI, day_of
from portal.core.crypto import Keyring
from portal.core.db import upsert
from portal.core.keys import new_id
from portal.core.refusal import Refusal
from portal.halls.rules.errands import skill_of
from portal.queue.models import DayRoll, Ticket
from portal.queue.queries import line
from portal.queue.rules.coming import NO_BOOKING, SEVERAL_BOOKINGS, booking_number, ticket_number
from portal.queue.rules.order import ahead_of, claim_of
from portal.queue.rules.states import State
from portal.queue.rules.waiting import Band, load, predict
from portal.queue.services.writing import note
from portal.taxpayers.models import Firm, Taxpayer
from portal.taxpayers.rules import normalise


def check_in(
    session: Session, keys: Keyring, acting: Acting, hall_id: UUID, typed: str, *, at: datetime
) -> Ticket:
    """The ticket of who has a booking here today, by its number, the text of its code, or their document.

    Asked again for the same booking it is the same ticket. Raises `Refusal` if there is no such booking, and
    where there are several (`may_check_in`): then it is asked with the number of one of them.
    """
    found = may_check_in(session, keys, hall_id, typed, at=at)
    if not found:
        raise Refusal(NO_BOOKING)
    if len(found) > 1:
        raise Refusal(SEVERAL_BOOKINGS)
    booking = session.get_one(Booking, found[0].id, with_for_update=True, populate_existing=True)
    known = line.ticket_of_booking(session, booking.id)
    if known is not None:
        return known
    booking.state = become(BookingState(booking.state), BookingState.ARRIVED)
    ticket = _give(session, hall_id, booking.skill, booking.errands, booking, by=acting.account_id, at=at)
    facts = {"booking": booking.number, "ticket": ticket.number}
    audit.record(session, acting, "hall-checked-in", at=at, taxpayer_id=booking.taxpayer_id, facts=facts)
    return ticket


def may_check_in(
    session: Session, keys: Keyring, hall_id: UUID, typed: str, *, at: datetime
) -> Sequence[Booking]:
    """The bookings here today that were meant, the first hour first.

    A number means that one; a document those that its holder made, or that were made for them; of these the
    ones still to come, if there are any.
    """
    day, number = day_of(at), booking_number(typed)
    if number is not None:
        return line.bookings_of_day(session, hall_id, day, number=number)
    firm = select(Firm.taxpayer_id).where(Firm.code == normalise(typed))
    known = or_(Taxpayer.number_index.in_(number_indexes(keys, typed)), Taxpayer.id.in_(firm))
    rows = select(Taxpayer.id).where(known)
    found = line.bookings_of_day(session, hall_id, day, whose=session.scalars(rows).all())
    return [one for one in found if one.state == BookingState.BOOKED] or found


def draw(session: Session, acting: Acting, hall_id: UUID, errands: Sequence[str], *, at: datetime) -> Ticket:
    """A ticket for somebody without a booking. Raises `Refusal` for no errand or those of several desks."""
    return _give(session, hall_id, skill_of(errands), errands, None, by=acting.account_id, at=at)


def _give(
    session: Session,
    hall_id: UUID,
    skill: str,
    errands: Sequence[str],
    booking: Booking | None,
    *,
    by: UUID,
    at: datetime,
) -> Ticket:
    day = day_of(at)
    number = ticket_number(_next(session, hall_id, day), booked=booking is not None)
    ticket = Ticket(
        id=new_id(),
        hall_id=hall_id,
        day=day,
        number=number,
        skill=skill,
        errands=list(errands),
        state=State.WAITING,
        booking_id=booking.id if booking else None,
        came_at=at,
        claim_at=claim_of(at, booking.starts_at if booking else None).at,
        served=0,
        visited=False,
        events=0,
    )
    ticket.load, told = standing(session, ticket, at)
    ticket.told_low, ticket.told_high = (told.low, told.high) if told else (None, None)
    session.add(ticket)
    session.flush()
    note(session, ticket, at=at, by=by)
    return ticket


def _next(session: Session, hall_id: UUID, day: date) -> int:
    """The next count of a hall's day; who comes at the same moment waits for it."""
    fresh = {"hall_id": hall_id, "day": day, "given": 0}
    session.execute(upsert(session, DayRoll).values(**fresh).on_conflict_do_nothing())
    taken = update(DayRoll).where(DayRoll.hall_id == hall_id, DayRoll.day == day)
    return session.execute(taken.values(given=DayRoll.given + 1).returning(DayRoll.given)).scalar_one()


def standing(session: Session, ticket: Ticket, at: datetime) -> tuple[int | None, Band | None]:
    """What stands before the desks for this ticket now, and what can be said of its wait. 3 statements."""
    ahead = ahead_of(line.in_line(session, ticket.hall_id, ticket.day), line.as_in_line(ticket))
    return expected(session, ticket.hall_id, ticket.day, ticket.skill, ahead, at)


def expected(
    session: Session, hall_id: UUID, day: date, skill: str, ahead: int, at: datetime
) -> tuple[int | None, Band | None]:
    """The load of a line with so many ahead, and the band of its waits."""
    desks = [one for one in line.open_desks(session, hall_id, day) if skill in one.skills]
    now = load(ahead, sum(one.busy for one in desks), len(desks))
    if now is None:
        return None, None
    hour = at.astimezone(SHANGHAI).hour
    return now, predict(line.past_visits(session, hall_id, skill, now, at), hour, now)
