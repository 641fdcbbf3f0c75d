"""Opening a matter and moving it along its standard."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.acting import Acting, Channel
from portal.core.clock import day_of
from portal.core.keys import new_id, public_number
from portal.matters.models import Matter, MatterEvent
from portal.matters.rules import standard


def open_matter(
    session: Session,
    acting: Acting | None,
    kind: str,
    taxpayer_id: UUID,
    subject_id: UUID,
    *,
    at: datetime,
    about: str = "",
    note: str = "",
) -> Matter:
    """Open a matter in its standard's first state and start its clock.

    `about` tells one matter from another of its kind ("2025"). `acting` is None when the system opens it.
    Raises KeyError for a kind without a standard.
    """
    rule = standard(kind)
    opened = day_of(at)
    matter = Matter(
        id=new_id(),
        taxpayer_id=taxpayer_id,
        number=public_number("M", opened),
        kind=kind,
        state=rule.opens_in,
        subject_id=subject_id,
        about=about,
        channel=acting.channel if acting else Channel.SYSTEM,
        opened_at=at,
        due_on=rule.due_on(opened),
    )
    session.add(matter)
    session.flush()
    _note_event(session, matter, 1, acting, note, at)
    return matter


def advance(
    session: Session, matter: Matter, to: str, *, by: Acting | None, at: datetime, note: str = ""
) -> Matter:
    """Move a matter to its next state. Raises `Refusal` where the standard knows no such way."""
    matter.state = standard(matter.kind).advance(matter.number, matter.state, to)
    if to in standard(matter.kind).closed_in:
        matter.closed_at = at
    count = select(func.count(MatterEvent.id)).where(MatterEvent.matter_id == matter.id)
    _note_event(session, matter, session.scalar(count) + 1, by, note, at)  # type: ignore[operator]
    return matter


def _note_event(session: Session, matter: Matter, n: int, by: Acting | None, note: str, at: datetime) -> None:
    session.add(
        MatterEvent(
            taxpayer_id=matter.taxpayer_id,
            matter_id=matter.id,
            n=n,
            at=at,
            state=matter.state,
            note=note,
            by_name=by.person_name if by else "",
            by_role=by.role if by else "system",
        )
    )
    session.flush()
