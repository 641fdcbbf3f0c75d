"""Opening slots: rows for the days that can be booked, with as many seats as the desks on duty can take."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, ReturnedSeat, Slot
from portal.appointments.rules.fairness import OPEN_DAYS
from portal.appointments.rules.states import EndedBy, State
from portal.appointments.services.seats import facts_of
from portal.audit.services import record as note
from portal.core.acting import Acting
from portal.core.clock import day_of
from portal.core.db import Database
from portal.core.keys import new_id
from portal.core.refusal import Refusal
from portal.halls import queries as halls
from portal.halls.models import ExpectedWait, Hall, SlotCap
from portal.halls.rules.capacity import HOUR_BEGUN, Measured, Seats, capped, seats_of, visit_of
from portal.halls.rules.errands import skills, visit_minutes
from portal.halls.rules.hours import Stretch, half_hour_after, instant, open_stretches, working_days
from portal.halls.services import close, hours_by_weekday, plan_duties
from portal.notices.services import tell

SHUT = {"shut": True}
Planned = dict[tuple[str, datetime], tuple[date, Seats]]
"""Skill and beginning of a slot → its day and seats."""


def open_all(database: Database, at: datetime) -> None:
    """Every hall's slots, each hall in a transaction of its own."""
    with database.reading() as session:
        keys = [hall.id for hall in halls.halls(session)]
    for key in keys:
        with database.transaction() as session:
            open_slots(session, key, at)


def open_slots(session: Session, hall_id: UUID, at: datetime) -> None:
    """Bring a hall's slots to what roster, hours, closures and caps say, for the days that can be booked.

    Seats that are taken stay: a slot never has fewer than were taken. Doing it again changes nothing.
    """
    hall = session.get_one(Hall, hall_id)
    days = working_days(day_of(at), OPEN_DAYS.number)
    plan_duties(session, hall_id, days)
    planned = _planned(session, hall, days, at)
    rows = select(Slot).where(Slot.hall_id == hall_id, Slot.day >= days[0], Slot.starts_at > at)
    known = {(slot.skill, slot.starts_at): slot for slot in session.scalars(rows)}
    for key, slot in known.items():
        seats = planned[key][1] if key in planned else Seats(0, SHUT)
        if (slot.seats, slot.why) != (seats.number, seats.why):
            _resize(session, slot, seats)
    for key, (day, seats) in planned.items():
        if key not in known and seats.number:
            session.add(_slot(hall_id, key, day, seats))
    session.flush()


def _slot(hall_id: UUID, key: tuple[str, datetime], day: date, seats: Seats) -> Slot:
    skill, starts_at = key
    return Slot(
        id=new_id(),
        hall_id=hall_id,
        skill=skill,
        day=day,
        starts_at=starts_at,
        seats=seats.number,
        left=seats.number,
        why=seats.why,
    )


def _resize(session: Session, slot: Slot, seats: Seats) -> None:
    """In one statement, so that a seat taken at this moment is neither lost nor given twice."""
    left = Slot.left + seats.number - Slot.seats
    changed = update(Slot).where(Slot.id == slot.id)
    values: dict[str, Any] = {
        "left": case((left < 0, 0), else_=left),
        "seats": case((left < 0, Slot.seats - Slot.left), else_=seats.number),
        "why": seats.why,
    }
    session.execute(changed.values(**values).execution_options(synchronize_session=False))


def _planned(session: Session, hall: Hall, days: Sequence[date], at: datetime) -> Planned:
    hours = hours_by_weekday(session, hall.id)
    closed = halls.closures(session, hall.id, days[0], days[-1])
    caps = halls.caps_of(session, hall.id, at)
    duties: dict[tuple[date, str], list[Stretch]] = defaultdict(list)
    for desk, duty in halls.duties_of(session, hall.id, days):
        duties[duty.day, desk.skills[0]].append(Stretch(duty.starts, duty.ends))
    visits, waits = _visits(session, hall.id), halls.expected_waits(session, hall.id)
    found: Planned = {}
    for day in days:
        for stretch in open_stretches(day, hours, closed):
            for skill in skills():
                for begins, seats in _of_stretch(hall, stretch, duties[day, skill], *visits[skill]):
                    starts_at = instant(day, begins)
                    if starts_at > at:
                        told = _with_wait(seats, waits.get((skill, day.weekday(), begins.hour)))
                        found[skill, starts_at] = day, _limited(told, caps.get((starts_at, skill)))
    return found


def _visits(session: Session, hall_id: UUID) -> dict[str, tuple[int, dict[str, Any]]]:
    """By skill the minutes of a visit to this hall, and on what they rest."""
    known = halls.measured_visits(session, hall_id)
    measured = {skill: Measured(one.minutes, one.visits, one.until) for skill, one in known.items()}
    return {skill: visit_of(visit_minutes(skill), measured.get(skill)) for skill in skills()}


def _of_stretch(
    hall: Hall, stretch: Stretch, duties: Iterable[Stretch], visit: int, rests_on: dict[str, Any]
) -> Iterator[tuple[time, Seats]]:
    begins = stretch.half_hours()
    there = list(duties)
    minutes = [sum(duty.minutes_with(one, half_hour_after(one)) for duty in there) for one in begins]
    found = seats_of(minutes, share=hall.booked_share, visit=visit)
    return zip(begins, [Seats(one.number, {**one.why, **rests_on}) for one in found], strict=True)


def _with_wait(seats: Seats, wait: ExpectedWait | None) -> Seats:
    """With what is expected of waits at that hour, which the page of times shows."""
    if wait is None:
        return seats
    band = {"low": wait.low, "middle": wait.middle, "high": wait.high}
    return Seats(seats.number, {**seats.why, "wait": band})


def _limited(seats: Seats, cap: SlotCap | None) -> Seats:
    return capped(seats, cap.seats, cap.why) if cap else seats


def cap(session: Session, acting: Acting, slot: Slot, seats: int | None, why: str, *, at: datetime) -> None:
    """Limit the seats of one slot, or take the limit away; who booked already keeps their seat.

    Raises `Refusal` for one that has begun.
    """
    if slot.starts_at <= at:
        raise Refusal(HOUR_BEGUN)
    session.add(
        SlotCap(
            id=new_id(),
            hall_id=slot.hall_id,
            starts_at=slot.starts_at,
            skill=slot.skill,
            seats=seats,
            why=why,
            by=acting.account_id,
            at=at,
        )
    )
    session.flush()
    open_slots(session, slot.hall_id, at)


def close_day(
    session: Session, acting: Acting | None, hall_id: UUID, day: date, why: str, *, at: datetime
) -> int:
    """Keep a hall shut on a day: call off every booking of it, tell who had one; how many they were."""
    close(session, hall_id, day, why)
    mine = select(Slot.id).where(Slot.hall_id == hall_id, Slot.day == day)
    slots = session.scalars(mine.with_for_update(key_share=True)).all()  # nobody takes a seat in between
    waiting = select(Booking).where(Booking.slot_id.in_(slots), Booking.state.in_((State.HELD, State.BOOKED)))
    called_off = session.scalars(waiting.order_by(Booking.taxpayer_id).with_for_update()).all()
    for booking in called_off:
        _call_off(session, acting, booking, why, at)
    session.execute(delete(ReturnedSeat).where(ReturnedSeat.slot_id.in_(slots)))
    over = Booking.state.in_((State.ARRIVED, State.SERVED, State.MISSED))
    stay = select(func.count(Booking.id)).where(Booking.slot_id == Slot.id, over).scalar_subquery()
    shut = update(Slot).where(Slot.id.in_(slots)).values(seats=stay, left=0, why=SHUT)
    session.execute(shut.execution_options(synchronize_session=False))
    session.flush()
    return len(called_off)


def _call_off(session: Session, acting: Acting | None, booking: Booking, why: str, at: datetime) -> None:
    booking.state, booking.ended_at, booking.ended_by = State.CANCELLED, at, EndedBy.OFFICE
    booking.sequence += 1
    session.flush()
    facts = {**facts_of(session, booking), "reasons": why}
    whose = booking.taxpayer_id
    note(session, acting, "appointment-called-off", at=at, taxpayer_id=whose, reason=why, facts=facts)
    tell(session, whose, "appointment-called-off", facts, at=at)
