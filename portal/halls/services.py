"""Halls as the office runs them: taken in from a file, staffed day by day from the roster, shut for a day."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.accounts.queries.staff import member
from portal.core.keys import new_id
from portal.halls import queries
from portal.halls.models import Closure, Desk, Duty, Hall, HallHours, Roster
from portal.halls.rules.errands import skills
from portal.halls.rules.hours import Stretch, plan_of
from portal.halls.rules.plan import DeskPlan, HallPlan, NotAPlan, read


def load(session: Session, text: str, on: date) -> list[Hall]:
    """Take in a file of halls; a hall that is known is brought to what the file says.

    Duties of days after `on` are planned anew from the file's roster, what was changed by hand in them is
    lost; desks and closures that the file does not name stay. Raises `NotAPlan`.
    """
    return [_take_in(session, plan, on) for plan in read(text, skills())]


def _take_in(session: Session, plan: HallPlan, on: date) -> Hall:
    hall = session.scalars(select(Hall).where(Hall.code == plan.code)).one_or_none()
    if hall is None:
        hall = Hall(id=new_id(), code=plan.code)
        session.add(hall)
    for name in ("name", "name_en", "address", "address_en", "booked_share"):
        setattr(hall, name, getattr(plan, name))
    session.flush()
    session.execute(delete(HallHours).where(HallHours.hall_id == hall.id))
    for weekday, stretch in plan.hours:
        session.add(
            HallHours(
                id=new_id(), hall_id=hall.id, weekday=weekday, opens=stretch.opens, closes=stretch.closes
            )
        )
    for day, why in plan.closures.items():
        close(session, hall.id, day, why)
    known = {desk.number: desk for desk in queries.desks_of(session, hall.id)}
    for one in plan.desks:
        _take_in_desk(session, hall, known.get(one.number), one, on)
    session.flush()
    return hall


def _take_in_desk(session: Session, hall: Hall, desk: Desk | None, plan: DeskPlan, on: date) -> None:
    if desk is None:
        desk = Desk(id=new_id(), hall_id=hall.id, number=plan.number)
        session.add(desk)
    desk.skills = list(plan.skills)
    session.flush()
    session.execute(delete(Roster).where(Roster.desk_id == desk.id))
    session.execute(delete(Duty).where(Duty.desk_id == desk.id, Duty.day > on))
    for shift in plan.shifts:
        session.add(
            Roster(
                id=new_id(),
                desk_id=desk.id,
                weekday=shift.weekday,
                starts=shift.stretch.opens,
                ends=shift.stretch.closes,
                account_id=_account(session, shift.staff),
            )
        )


def _account(session: Session, number: str) -> UUID | None:
    if not number:
        return None
    found = member(session, number)
    if found is None:
        raise NotAPlan(f"no member of staff has the number {number}")
    return found.account_id


def close(session: Session, hall_id: UUID, day: date, why: str) -> None:
    """Keep a hall shut on a day; said again, the words change. Its bookings are called off elsewhere
    (`appointments.services.close_day`)."""
    known = session.scalars(
        select(Closure).where(Closure.hall_id == hall_id, Closure.day == day)
    ).one_or_none()
    if known is None:
        session.add(Closure(id=new_id(), hall_id=hall_id, day=day, why=why))
    else:
        known.why = why
    session.flush()


def plan_duties(session: Session, hall_id: UUID, days: Sequence[date]) -> None:
    """Duties from the roster, for each of these days on which nobody of the hall has one yet."""
    desks = [desk.id for desk in queries.desks_of(session, hall_id)]
    staffed = select(Duty.day).where(Duty.desk_id.in_(desks), Duty.day.in_(days)).distinct()
    planned = set(session.scalars(staffed))
    standing: dict[int, list[Roster]] = defaultdict(list)
    for one in session.scalars(select(Roster).where(Roster.desk_id.in_(desks))):
        standing[one.weekday].append(one)
    for day in days:
        plan = plan_of(day)
        if day not in planned and plan is not None:
            _staff(session, day, standing[plan])
    session.flush()


def _staff(session: Session, day: date, shifts: Iterable[Roster]) -> None:
    for one in shifts:
        session.add(
            Duty(
                id=new_id(),
                desk_id=one.desk_id,
                day=day,
                starts=one.starts,
                ends=one.ends,
                account_id=one.account_id,
            )
        )


def hours_by_weekday(session: Session, hall_id: UUID) -> dict[int, list[Stretch]]:
    """When a hall is open, by weekday."""
    found: dict[int, list[Stretch]] = defaultdict(list)
    for one in queries.hours_of(session, hall_id):
        found[one.weekday].append(Stretch(one.opens, one.closes))
    return found
