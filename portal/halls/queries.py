"""Named reads of halls."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.halls.models import Closure, Hall, HallHours


def halls(session: Session) -> Sequence[Hall]:
    """Every hall, by its code."""
    return session.scalars(select(Hall).order_by(Hall.code)).all()


def hall(session: Session, hall_id: UUID) -> Hall | None:
    """One hall, or None."""
    return session.get(Hall, hall_id)


def hours_of(session: Session, hall_id: UUID) -> Sequence[HallHours]:
    """When a hall is open, by day of the week and hour."""
    rows = select(HallHours).where(HallHours.hall_id == hall_id)
    return session.scalars(rows.order_by(HallHours.weekday, HallHours.opens)).all()


def closures(session: Session, hall_id: UUID, first: date, last: date) -> dict[date, str]:
    """The days from `first` to `last` on which a hall stays shut, and why."""
    rows = select(Closure).where(Closure.hall_id == hall_id, Closure.day.between(first, last))
    return {one.day: one.why for one in session.scalars(rows)}
