"""Opening a matter and moving it along its standard."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from portal.core.acting import Acting, Channel
from portal.core.clock import day_of
from portal.core.keys import new_id, public_number
from portal.matters.models import Matter, MatterEvent
from portal.matters.queries import findings
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
    amount: Decimal | None = None,
    note: str = "",
    due_on: date | None = None,
) -> Matter:
    """Open a matter in its standard's first state and start its clock.

    `about` tells one matter from another of its kind ("2025"); `amount` (yuan) is what a matter about money
    asks for. `acting` is None when the system opens it.
    `due_on` is the last day for the office, where it depends on who asks and not on the kind alone. Raises
    KeyError for a kind without a standard.
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
        amount=amount,
        channel=acting.channel if acting else Channel.SYSTEM,
        opened_at=at,
        due_on=due_on or rule.due_on(opened),
    )
    session.add(matter)
    session.flush()
    _note_event(session, matter, 1, acting, note, at)
    return matter


def advance(
    session: Session, matter: Matter, to: str, *, by: Acting | None, at: datetime, note: str = ""
) -> Matter:
    """Move a matter to its next state.

    Raises `Refusal` where the standard knows no such way, and where the state waits for a step of the office
    that has not been found as it must be. A matter that comes back to a state it was in begins a new round:
    what the office did before counts no more.
    """
    rule = standard(matter.kind)
    target = rule.advance(matter.number, matter.state, to)
    if target in rule.needs:
        rule.require(matter.number, target, findings(session, matter))
    matter.state = target
    matter.closed_at = at if target in rule.closed_in else None
    if rule.needs and _was_in(session, matter, target):
        matter.round += 1
    _note_event(session, matter, _next(session, matter), by, note, at)
    return matter


def lower(session: Session, matter: Matter, to: Decimal, *, by: Acting | None, at: datetime) -> Matter:
    """Ask for less than before (yuan), the state staying; the event notes the new amount."""
    matter.amount = to
    _note_event(session, matter, _next(session, matter), by, str(to), at)
    return matter


def _next(session: Session, matter: Matter) -> int:
    count = select(func.count(MatterEvent.id)).where(MatterEvent.matter_id == matter.id)
    return (session.scalar(count) or 0) + 1


def _was_in(session: Session, matter: Matter, state: str) -> bool:
    before = exists().where(MatterEvent.matter_id == matter.id, MatterEvent.state == state)
    return bool(session.scalar(select(before)))


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
