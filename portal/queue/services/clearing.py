"""The end of a day: who still holds a ticket of it has gone."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.queue.models import Ticket
from portal.queue.rules.states import OVER, State
from portal.queue.services.serving import end_booking
from portal.queue.services.writing import move

MOST = 5000
"""Tickets ended in one transaction."""


def end_days(session: Session, before: date, *, at: datetime) -> int:
    """End the tickets of days before this one that nobody ended; how many. Done again it does nothing.

    A ticket left at a desk was served and its minutes are not known: it ends without any.
    """
    rows = select(Ticket).where(Ticket.day < before, Ticket.state.not_in(OVER)).limit(MOST)
    left = session.scalars(rows.with_for_update()).all()
    for ticket in left:
        if ticket.state == State.SERVING:
            ticket.answered_at = None
            move(session, ticket, State.PARKED, at=at, by=None)
        move(session, ticket, State.GONE, at=at, by=None)
        end_booking(session, ticket, at=at)
    return len(left)
