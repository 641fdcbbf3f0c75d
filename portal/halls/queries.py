"""Named reads of halls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.halls.models import (
    Closure,
    Desk,
    Duty,
    ExpectedWait,
    Hall,
    HallHours,
    MeasuredVisit,
    SlotCap,
)
from portal.taxpayers.models import Taxpayer


def halls(session: Session) -> Sequence[Hall]:
    """Every hall, by its code."""
    return session.scalars(select(Hall).order_by(Hall.code)).all()


def hall(session: Session, hall_id: UUID) -> Hall | None:
    """One hall, or None."""
    return session.get(Hall, hall_id)


def hall_with_code(session: Session, code: str) -> Hall | None:
    """The hall with the office's own short name, or None."""
    return session.scalars(select(Hall).where(Hall.code == code)).one_or_none()


def hours_of(session: Session, hall_id: UUID) -> Sequence[HallHours]:
    """When a hall is open, by day of the week and hour."""
    rows = select(HallHours).where(HallHours.hall_id == hall_id)
    return session.scalars(rows.order_by(HallHours.weekday, HallHours.opens)).all()


def closures(session: Session, hall_id: UUID, first: date, last: date) -> dict[date, str]:
    """The days from `first` to `last` on which a hall stays shut, and why."""
    rows = select(Closure).where(Closure.hall_id == hall_id, Closure.day.between(first, last))
    return {one.day: one.why for one in session.scalars(rows)}


def desks_of(session: Session, hall_id: UUID) -> Sequence[Desk]:
    """The desks of a hall, by number."""
    return session.scalars(select(Desk).where(Desk.hall_id == hall_id).order_by(Desk.number)).all()


def duties_of(session: Session, hall_id: UUID, days: Sequence[date]) -> Sequence[tuple[Desk, Duty]]:
    """Who is on duty at a hall on these days: desk and stretch."""
    rows = select(Desk, Duty).join(Duty, Duty.desk_id == Desk.id)
    rows = rows.where(Desk.hall_id == hall_id, Duty.day.in_(days)).order_by(Duty.day, Desk.number)
    return [(desk, duty) for desk, duty in session.execute(rows)]


@dataclass(frozen=True)
class OnDuty:
    """A stretch of a desk's roster and who is to be there, if somebody is named."""

    desk: Desk
    duty: Duty
    who: str


def on_duty(session: Session, hall_id: UUID, day: date) -> list[OnDuty]:
    """The roster of a hall on a day, by desk and hour."""
    rows = select(Desk, Duty, func.coalesce(Taxpayer.name, "")).join(Duty, Duty.desk_id == Desk.id)
    rows = rows.outerjoin(Account, Account.id == Duty.account_id)
    rows = rows.outerjoin(Taxpayer, Taxpayer.id == Account.person_id)
    rows = rows.where(Desk.hall_id == hall_id, Duty.day == day).order_by(Desk.number, Duty.starts)
    return [OnDuty(*row) for row in session.execute(rows)]


def caps_of(session: Session, hall_id: UUID, since: datetime) -> dict[tuple[datetime, str], SlotCap]:
    """The latest limit of each slot (beginning and skill) from `since` on, also one that was taken away."""
    rows = select(SlotCap).where(SlotCap.hall_id == hall_id, SlotCap.starts_at >= since)
    return {(one.starts_at, one.skill): one for one in session.scalars(rows.order_by(SlotCap.at, SlotCap.id))}


def cap_history(session: Session, hall_id: UUID, most: int) -> Sequence[tuple[SlotCap, str]]:
    """Who limited which slots of a hall, the latest first, with their names."""
    rows = select(SlotCap, Taxpayer.name).join(Account, Account.id == SlotCap.by)
    rows = rows.join(Taxpayer, Taxpayer.id == Account.person_id).where(SlotCap.hall_id == hall_id)
    found = session.execute(rows.order_by(SlotCap.at.desc(), SlotCap.id.desc()).limit(most))
    return [(cap, name) for cap, name in found]


def measured_visits(session: Session, hall_id: UUID) -> dict[str, MeasuredVisit]:
    """What visits take at a hall, by skill, where that was measured."""
    rows = select(MeasuredVisit).where(MeasuredVisit.hall_id == hall_id)
    return {one.skill: one for one in session.scalars(rows)}


def expected_waits(session: Session, hall_id: UUID) -> dict[tuple[str, int, int], ExpectedWait]:
    """How long who booked waits, by skill, weekday and hour, where enough did."""
    rows = select(ExpectedWait).where(ExpectedWait.hall_id == hall_id)
    return {(one.skill, one.weekday, one.hour): one for one in session.scalars(rows)}
