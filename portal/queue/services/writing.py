"""The one way a ticket changes: its state and an event beside it, in the same transaction."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.core.keys import new_id
from portal.queue.models import QueueEvent, Ticket
from portal.queue.rules.states import State, become


def move(
    session: Session, ticket: Ticket, to: State, *, at: datetime, by: UUID | None, **measured: Any
) -> QueueEvent:
    """Bring a held ticket to a state and write the event. `by` is the member of staff, None for the clock.

    Raises `Refusal` for a step that the table of states does not have.
    """
    ticket.state = become(ticket.number, ticket.state, to)
    return note(session, ticket, at=at, by=by, **measured)


def note(session: Session, ticket: Ticket, *, at: datetime, by: UUID | None, **measured: Any) -> QueueEvent:
    """Write down the state a ticket has come to."""
    ticket.events += 1
    event = QueueEvent(
        id=new_id(),
        ticket_id=ticket.id,
        n=ticket.events,
        kind=ticket.state,
        at=at,
        day=ticket.day,
        hall_id=ticket.hall_id,
        skill=ticket.skill,
        desk_id=ticket.desk_id,
        by=by,
        **{"facts": {}, **measured},
    )
    session.add(event)
    session.flush()
    return event
