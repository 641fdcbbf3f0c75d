"""Each night: what visits take and how long who booked waits, for the rooms that plan and offer hours."""

from collections import defaultdict
from datetime import datetime
from math import ceil
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.core.clock import SHANGHAI, day_of
from portal.core.db import Database
from portal.halls.models import ExpectedWait, MeasuredVisit
from portal.queue.models import QueueEvent, Ticket
from portal.queue.rules.expecting import Came, expected
from portal.queue.rules.states import State
from portal.queue.rules.waiting import LOOK_BACK


def measure_all(database: Database, at: datetime) -> None:
    """Count anew, in one transaction; done again it is the same."""
    with database.transaction() as session:
        measure(session, at)


def measure(session: Session, at: datetime) -> None:
    """Write down what the events of the weeks behind say of every hall. A hall without any has no rows."""
    session.execute(delete(MeasuredVisit))
    session.execute(delete(ExpectedWait))
    _visits(session, at)
    _waits(session, at)
    session.flush()


def _visits(session: Session, at: datetime) -> None:
    """Who was sent on to another line took time of both."""
    ended = (
        select(QueueEvent.hall_id, QueueEvent.skill, func.count(), func.avg(QueueEvent.seconds))
        .where(QueueEvent.kind.in_((State.FINISHED, State.TRANSFERRED)))
        .where(QueueEvent.at >= at - LOOK_BACK, QueueEvent.at < at)
        .where(QueueEvent.seconds > 0)
        .group_by(QueueEvent.hall_id, QueueEvent.skill)
    )
    for hall_id, skill, count, mean in session.execute(ended):
        minutes = max(1, ceil(float(mean) / 60))
        session.add(
            MeasuredVisit(hall_id=hall_id, skill=skill, minutes=minutes, visits=count, until=day_of(at))
        )


def _waits(session: Session, at: datetime) -> None:
    """After the hour that was booked, or after coming where that was later."""
    answered = (
        select(Ticket.hall_id, QueueEvent.skill, Booking.starts_at, Ticket.came_at, QueueEvent.at)
        .join(Ticket, Ticket.id == QueueEvent.ticket_id)
        .join(Booking, Booking.id == Ticket.booking_id)
        .where(QueueEvent.kind == State.SERVING, QueueEvent.hour.is_not(None))
        .where(QueueEvent.at >= at - LOOK_BACK, QueueEvent.at < at)
    )
    visits: dict[tuple[UUID, str], list[Came]] = defaultdict(list)
    for hall_id, skill, starts_at, came_at, answered_at in session.execute(answered):
        local = starts_at.astimezone(SHANGHAI)
        waited = max(0, int((answered_at - max(starts_at, came_at)).total_seconds()))
        visits[hall_id, skill].append(Came(local.weekday(), local.hour, waited))
    for (hall_id, skill), came in visits.items():
        for (weekday, hour), band in expected(came).items():
            session.add(
                ExpectedWait(
                    hall_id=hall_id, skill=skill, weekday=weekday, hour=hour, until=day_of(at), **vars(band)
                )
            )
