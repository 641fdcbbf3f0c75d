"""What a desk does: opens, calls, serves, sets aside, sends on, ends. No two call the same ticket."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.appointments.rules.states import EndedBy
from portal.appointments.rules.states import State as BookingState
from portal.appointments.rules.states import become as booking_become
from portal.audit import services as audit
from portal.core.acting import Acting
from portal.core.clock import SHANGHAI, day_of
from portal.core.keys import new_id
from portal.core.refusal import Refusal
from portal.halls.models import Desk, Hall
from portal.halls.rules.errands import NO_SUCH_ERRAND, errands, skills
from portal.matters.models import Matter
from portal.queue.models import DeskEvent, Ticket, TicketMatter
from portal.queue.queries import line
from portal.queue.rules.order import calling
from portal.queue.rules.serving import (
    DESK_BUSY,
    DESK_CLOSED,
    DESK_OF_ANOTHER,
    DESK_OPEN,
    NO_MATTER,
    NO_TICKET,
    SAME_LINE,
)
from portal.queue.rules.states import State
from portal.queue.services.writing import move


def open_desk(session: Session, acting: Acting, desk: Desk, *, at: datetime) -> DeskEvent:
    """Open a held desk for today, or take it over from a colleague with whoever is at it.

    Raises `Refusal` if it is open for this member already.
    """
    last = line.latest_of_desk(session, desk.id, day_of(at))
    if last is not None and last.kind == "open" and last.by == acting.account_id:
        raise Refusal(DESK_OPEN, number=desk.number)
    return _desk_event(session, acting, desk, "open", last, at)


def close_desk(session: Session, acting: Acting, desk: Desk, *, at: datetime) -> DeskEvent:
    """Close a held desk. Raises `Refusal` while somebody is called to it or served, or if it is closed."""
    last = _must_be_open(session, desk, day_of(at))
    _must_be_theirs(acting, desk, last)
    _must_be_free(session, desk, day_of(at))
    return _desk_event(session, acting, desk, "closed", last, at)


def _desk_event(
    session: Session, acting: Acting, desk: Desk, kind: str, last: DeskEvent | None, at: datetime
) -> DeskEvent:
    event = DeskEvent(
        id=new_id(),
        desk_id=desk.id,
        day=day_of(at),
        n=last.n + 1 if last else 1,
        kind=kind,
        at=at,
        by=acting.account_id,
    )
    session.add(event)
    session.flush()
    return event


def call_next(session: Session, acting: Acting, desk: Desk, *, at: datetime) -> Ticket | None:
    """Call to a held desk whoever is next in the order; None if nobody waits whom it serves.

    Only whoever opened or took over the desk works it; who else presses is refused.

    A ticket that another desk is taking at this moment is passed over without waiting: the other has it. If
    the other's transaction fails after all, the ticket stands in line as before.
    """
    day = day_of(at)
    _must_be_theirs(acting, desk, _must_be_open(session, desk, day))
    _must_be_free(session, desk, day)
    for one in calling(line.in_line(session, desk.hall_id, day), desk.skills):
        ticket = line.still_waiting(session, desk.hall_id, day, one.number)
        if ticket is not None:
            return _call(session, acting, desk, ticket, at)
    return None


def call_again(session: Session, acting: Acting, desk: Desk, ticket: Ticket, *, at: datetime) -> Ticket:
    """Call a held ticket that was set aside to this held desk. Raises `Refusal` for one that was not."""
    _must_be_theirs(acting, desk, _must_be_open(session, desk, day_of(at)))
    _must_be_free(session, desk, day_of(at))
    if ticket.state != State.PARKED:
        raise Refusal(NO_TICKET)
    return _call(session, acting, desk, ticket, at)


def _call(session: Session, acting: Acting, desk: Desk, ticket: Ticket, at: datetime) -> Ticket:
    ticket.desk_id, ticket.called_at = desk.id, at
    move(session, ticket, State.CALLED, at=at, by=acting.account_id)
    return ticket


def recall(session: Session, acting: Acting, desk: Desk, ticket: Ticket, *, at: datetime) -> None:
    """Show the number once more."""
    _must_be_here(session, acting, desk, ticket, at)
    ticket.called_at = at
    move(session, ticket, State.CALLED, at=at, by=acting.account_id)


def answer(session: Session, acting: Acting, desk: Desk, ticket: Ticket, *, at: datetime) -> None:
    """Whoever was called has come to the desk: from the first time on the ticket is a visit."""
    _must_be_here(session, acting, desk, ticket, at)
    ticket.answered_at = at
    measured: dict[str, int | None] = {}
    if not ticket.visited:
        ticket.visited = True
        measured = {
            "seconds": _seconds(ticket.came_at, at),
            "hour": ticket.came_at.astimezone(SHANGHAI).hour,
            "load": ticket.load,
            "low": ticket.told_low,
            "high": ticket.told_high,
        }
    move(session, ticket, State.SERVING, at=at, by=acting.account_id, **measured)


def park(session: Session, acting: Acting, desk: Desk, ticket: Ticket, *, at: datetime) -> None:
    """Set a ticket aside: nobody came, or something has to be fetched. Any desk can call it again."""
    _must_be_here(session, acting, desk, ticket, at)
    _stop_the_clock(ticket, at)
    move(session, ticket, State.PARKED, at=at, by=acting.account_id)


def transfer(
    session: Session, acting: Acting, desk: Desk, ticket: Ticket, skill: str, *, at: datetime
) -> None:
    """Send who is served on to the line of another kind of desk, where they keep their claim.

    The time at desks of the line that is left ends with it: what comes is time of the other line.
    """
    _must_be_here(session, acting, desk, ticket, at)
    if skill not in skills() or skill == ticket.skill:
        raise Refusal(SAME_LINE)
    _stop_the_clock(ticket, at)
    measured = {"seconds": ticket.served, "facts": {"to": skill}}
    move(session, ticket, State.TRANSFERRED, at=at, by=acting.account_id, **measured)
    ticket.skill, ticket.served = skill, 0


def finish(
    session: Session, acting: Acting, desk: Desk, ticket: Ticket, done: Sequence[str], *, at: datetime
) -> None:
    """End a visit with the errands that were done; none if nothing could be. Raises `Refusal` for others."""
    _must_be_here(session, acting, desk, ticket, at)
    done = list(dict.fromkeys(done))
    if not set(done) <= errands().keys():
        raise Refusal(NO_SUCH_ERRAND)
    _stop_the_clock(ticket, at)
    results = [
        {"number": one.number, "kind": one.kind, "state": one.state}
        for one in line.matters_of(session, ticket.id)
    ]
    measured = {
        "seconds": ticket.served,
        "errand": done[0] if len(done) == 1 else None,
        "facts": {"errands": done, "matters": results},
    }
    move(session, ticket, State.FINISHED, at=at, by=acting.account_id, **measured)
    end_booking(session, ticket, at=at)


def link(session: Session, acting: Acting, desk: Desk, ticket: Ticket, number: str, *, at: datetime) -> None:
    """Say that the visit at this desk is about a matter; said again it changes nothing.

    From then on the desk sees what it is and how it stands, so the taxpayer reads of it on their trail.
    Raises `Refusal` where there is no such matter, or the visit was booked for somebody else.
    """
    _must_be_here(session, acting, desk, ticket, at)
    found = session.scalars(select(Matter).where(Matter.number == number.strip().upper())).one_or_none()
    booking = session.get(Booking, ticket.booking_id) if ticket.booking_id else None
    if found is None or (booking is not None and booking.taxpayer_id != found.taxpayer_id):
        raise Refusal(NO_MATTER, number=number)
    if session.get(TicketMatter, (ticket.id, found.id)) is None:
        session.add(TicketMatter(ticket_id=ticket.id, matter_id=found.id, by=acting.account_id, at=at))
        hall = session.get_one(Hall, desk.hall_id)
        audit.record(
            session,
            acting,
            "matter-at-the-desk",
            at=at,
            taxpayer_id=found.taxpayer_id,
            matter_id=found.id,
            reason=found.number,
            facts={"ticket": ticket.number, **hall.told_with(desk.number)},
        )


def gone(session: Session, acting: Acting, ticket: Ticket, *, at: datetime) -> None:
    """Whoever has the ticket is not there any more. Of one at a desk whoever works there says so."""
    if ticket.desk_id is not None and ticket.state in (State.CALLED, State.SERVING):
        _must_be_here(session, acting, session.get_one(Desk, ticket.desk_id), ticket, at)
    move(session, ticket, State.GONE, at=at, by=acting.account_id)
    end_booking(session, ticket, at=at)


def end_booking(session: Session, ticket: Ticket, *, at: datetime) -> None:
    """What the end of a ticket means for its booking: served if it was a visit.

    Who came and left before they were served has not stayed away: it is excused at once and counts nowhere.
    """
    booking = session.get(Booking, ticket.booking_id, with_for_update=True) if ticket.booking_id else None
    if booking is None or booking.state != BookingState.ARRIVED:
        return
    to = BookingState.SERVED if ticket.visited else BookingState.MISSED
    booking.state = booking_become(BookingState(booking.state), to)
    booking.ended_at, booking.ended_by = at, EndedBy.OFFICE
    if to == BookingState.MISSED:
        booking.excused_at = at
    session.flush()


def _stop_the_clock(ticket: Ticket, at: datetime) -> None:
    if ticket.answered_at is not None:
        ticket.served += _seconds(ticket.answered_at, at)
    ticket.answered_at = None


def _seconds(start: datetime, end: datetime) -> int:
    return max(0, int((end - start).total_seconds()))


def _must_be_open(session: Session, desk: Desk, day: date) -> DeskEvent:
    last = line.latest_of_desk(session, desk.id, day)
    if last is None or last.kind != "open":
        raise Refusal(DESK_CLOSED, number=desk.number)
    return last


def _must_be_theirs(acting: Acting, desk: Desk, opened: DeskEvent) -> None:
    if opened.by != acting.account_id:
        raise Refusal(DESK_OF_ANOTHER, number=desk.number)


def _must_be_free(session: Session, desk: Desk, day: date) -> None:
    busy = line.at_desk(session, desk.id, day)
    if busy is not None:
        raise Refusal(DESK_BUSY, number=desk.number, ticket=busy.number)


def _must_be_here(session: Session, acting: Acting, desk: Desk, ticket: Ticket, at: datetime) -> None:
    """What is pressed at a desk is for the ticket that this desk called, not one that another has by now, and
    is pressed by whoever works the desk."""
    if ticket.desk_id != desk.id or ticket.state not in (State.CALLED, State.SERVING):
        raise Refusal(NO_TICKET)
    _must_be_theirs(acting, desk, _must_be_open(session, desk, day_of(at)))
