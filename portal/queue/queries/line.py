"""Named reads of a day: a line, a desk, a ticket; and the past visits that are like one."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.appointments.models import Booking
from portal.core.clock import start_of
from portal.halls.models import Desk, Hall
from portal.matters.models import Matter
from portal.queue.models import DeskEvent, QueueEvent, Ticket, TicketMatter
from portal.queue.rules.order import InLine
from portal.queue.rules.states import AT_DESK, IN_LINE, OVER, State
from portal.queue.rules.waiting import LOOK_BACK, MOST, Past, like
from portal.taxpayers.models import Taxpayer

MOST_SHOWN = 600
"""Rows of a hall's day: more than any hall of a city has seats or chairs for."""


def in_line(session: Session, hall_id: UUID, day: date) -> list[InLine]:
    """Everybody who may be called at a hall today, in no order."""
    rows = select(Ticket.number, Ticket.skill, Ticket.claim_at, Ticket.came_at).where(
        Ticket.hall_id == hall_id, Ticket.day == day, Ticket.state.in_(IN_LINE)
    )
    return [InLine(*row) for row in session.execute(rows)]


def as_in_line(ticket: Ticket) -> InLine:
    """A ticket as the order looks at it."""
    return InLine(ticket.number, ticket.skill, ticket.claim_at, ticket.came_at)


def still_waiting(session: Session, hall_id: UUID, day: date, number: str) -> Ticket | None:
    """A ticket that still may be called, held; None if another desk has it or is just taking it."""
    rows = select(Ticket).where(
        Ticket.hall_id == hall_id, Ticket.day == day, Ticket.number == number, Ticket.state.in_(IN_LINE)
    )
    return session.scalars(rows.with_for_update(skip_locked=True)).one_or_none()


@dataclass(frozen=True)
class Place:
    """A ticket, its hall, and the number of the desk that called it last."""

    ticket: Ticket
    hall: Hall
    desk: int | None


def by_code(session: Session, code: UUID) -> Place | None:
    """The ticket that a page is for."""
    return _place(session, Ticket.code == code)


def by_id(session: Session, ticket_id: UUID) -> Place | None:
    """A ticket, as the office looks at it."""
    return _place(session, Ticket.id == ticket_id)


def _place(session: Session, which: ColumnElement[bool]) -> Place | None:
    rows = select(Ticket, Hall, Desk.number).join(Hall, Hall.id == Ticket.hall_id)
    found = session.execute(rows.outerjoin(Desk, Desk.id == Ticket.desk_id).where(which)).one_or_none()
    return Place(*found) if found else None


@dataclass(frozen=True)
class Position:
    """A desk in its hall, and how it stands today: open or not, and by whom it was opened or taken over."""

    desk: Desk
    hall: Hall
    open: bool
    by: UUID | None = None


def position(session: Session, desk_id: UUID, day: date) -> Position | None:
    """A desk for its page."""
    return next(iter(positions(session, day, desk_id)), None)


def positions(session: Session, day: date, desk_id: UUID | None = None) -> list[Position]:
    """Every desk, or this one, by hall and number."""
    last = _of_today(day)
    rows = select(Desk, Hall, last(DeskEvent.kind), last(DeskEvent.by)).join(Hall, Hall.id == Desk.hall_id)
    if desk_id is not None:
        rows = rows.where(Desk.id == desk_id)
    rows = rows.order_by(Hall.code, Desk.number)
    return [Position(desk, hall, kind == "open", by) for desk, hall, kind, by in session.execute(rows)]


def _of_today(day: date) -> Callable[[Any], ScalarSelect[Any]]:
    """What the latest event of the enclosing query's `Desk` says, of today."""

    def said(what: Any) -> ScalarSelect[Any]:
        last = select(what).where(DeskEvent.desk_id == Desk.id, DeskEvent.day == day)
        return last.order_by(DeskEvent.n.desc()).limit(1).correlate(Desk).scalar_subquery()

    return said


def worked_by(session: Session, account_id: UUID, day: date) -> tuple[int, Hall] | None:
    """The desk that a member of staff works today, by its number, and its hall; the latest of several."""
    rows = (
        select(Desk.number, Hall)
        .join(Hall, Hall.id == Desk.hall_id)
        .join(DeskEvent, DeskEvent.desk_id == Desk.id)
        .where(DeskEvent.day == day, DeskEvent.by == account_id, DeskEvent.kind == "open")
        .where(_of_today(day)(DeskEvent.id) == DeskEvent.id)
        .order_by(DeskEvent.at.desc())
        .limit(1)
    )
    found = session.execute(rows).one_or_none()
    return (found[0], found[1]) if found else None


def held_ticket(session: Session, hall_id: UUID, ticket_id: UUID) -> Ticket | None:
    """A ticket of a hall, held until the end."""
    rows = select(Ticket).where(Ticket.hall_id == hall_id, Ticket.id == ticket_id)
    return session.scalars(rows.with_for_update()).one_or_none()


def at_desk(session: Session, desk_id: UUID, day: date) -> Ticket | None:
    """The ticket that takes up a desk, or None."""
    rows = select(Ticket).where(Ticket.desk_id == desk_id, Ticket.day == day, Ticket.state.in_(AT_DESK))
    return session.scalars(rows).one_or_none()


def parked(session: Session, hall_id: UUID, day: date) -> Sequence[Ticket]:
    """The tickets of a hall that were set aside today, the first first."""
    rows = select(Ticket).where(Ticket.hall_id == hall_id, Ticket.day == day, Ticket.state == State.PARKED)
    return session.scalars(rows.order_by(Ticket.called_at, Ticket.number)).all()


@dataclass(frozen=True)
class Shown:
    """A call as the hall sees it: number and desk, nothing of the person."""

    number: str
    desk: int
    state: str


def called(session: Session, hall_id: UUID, day: date, most: int = 12) -> list[Shown]:
    """The tickets that are called or at a desk, the latest call first."""
    rows = (
        select(Ticket.number, Desk.number, Ticket.state)
        .join(Desk, Desk.id == Ticket.desk_id)
        .where(Ticket.hall_id == hall_id, Ticket.day == day, Ticket.state.in_(AT_DESK))
        .order_by(Ticket.called_at.desc(), Ticket.number)
        .limit(most)
    )
    return [Shown(*row) for row in session.execute(rows)]


def desk(session: Session, desk_id: UUID, *, lock: bool = False) -> Desk | None:
    """A desk."""
    return session.get(Desk, desk_id, with_for_update=lock)


def latest_of_desk(session: Session, desk_id: UUID, day: date) -> DeskEvent | None:
    """How a desk stands today; None if it was not opened."""
    rows = select(DeskEvent).where(DeskEvent.desk_id == desk_id, DeskEvent.day == day)
    return session.scalars(rows.order_by(DeskEvent.n.desc()).limit(1)).one_or_none()


@dataclass(frozen=True)
class OpenDesk:
    """A desk that is open, and whether somebody is at it."""

    number: int
    skills: list[str]
    busy: bool


def open_desks(session: Session, hall_id: UUID, day: date) -> list[OpenDesk]:
    """The desks of a hall that are open, by number."""
    taken = (
        select(Ticket.id)
        .where(Ticket.desk_id == Desk.id, Ticket.day == day, Ticket.state.in_(AT_DESK))
        .correlate(Desk)
        .exists()
    )
    rows = select(Desk.number, Desk.skills, taken).where(
        Desk.hall_id == hall_id, _of_today(day)(DeskEvent.kind) == "open"
    )
    return [OpenDesk(*row) for row in session.execute(rows.order_by(Desk.number))]


def past_visits(session: Session, hall_id: UUID, skill: str, load: int, at: datetime) -> list[Past]:
    """The visits of this hall and line under a like load since the rule looks back, the latest first."""
    low, high = like(load)
    rows = (
        select(QueueEvent.hour, QueueEvent.load, QueueEvent.seconds)
        .where(
            QueueEvent.hall_id == hall_id,
            QueueEvent.skill == skill,
            QueueEvent.kind == State.SERVING,
            QueueEvent.load.between(low, high),
            QueueEvent.at >= at - LOOK_BACK,
            QueueEvent.at < at,
        )
        .order_by(QueueEvent.at.desc())
        .limit(4 * MOST)
    )
    # Where a load stands, hour and seconds stand too.
    return [Past(*row) for row in session.execute(rows)]  # type: ignore[arg-type]


def bookings_of_day(
    session: Session, hall_id: UUID, day: date, *, number: str = "", whose: Collection[UUID] = ()
) -> Sequence[Booking]:
    """The bookings of a hall on a day that bear this number, or were made by or for one of these taxpayers,
    the first hour first."""
    theirs = or_(Booking.person_id.in_(whose), Booking.taxpayer_id.in_(whose))
    rows = select(Booking).where(
        _on(hall_id, day),
        Booking.state.in_(("booked", "arrived")),
        Booking.number == number if number else theirs,
    )
    return session.scalars(rows.order_by(Booking.starts_at, Booking.number)).all()


def _on(hall_id: UUID, day: date) -> ColumnElement[bool]:
    """Bookings of a hall on a day."""
    start = start_of(day)
    return and_(
        Booking.hall_id == hall_id,
        Booking.starts_at >= start,
        Booking.starts_at < start + timedelta(days=1),
    )


@dataclass(frozen=True)
class Expected:
    """A booking of a day: who comes, for which firm if for one, and the ticket it became."""

    booking: Booking
    who: str
    firm: str
    ticket: Ticket | None


def expected_today(session: Session, hall_id: UUID, day: date) -> list[Expected]:
    """The bookings of a hall on a day that were not cancelled, by their time; at most `MOST_SHOWN`."""
    firm = aliased(Taxpayer, name="firm")
    rows = (
        select(Booking, Taxpayer.name, func.coalesce(firm.name, ""), Ticket)
        .join(Taxpayer, Taxpayer.id == Booking.person_id)
        .outerjoin(firm, and_(firm.id == Booking.taxpayer_id, Booking.taxpayer_id != Booking.person_id))
        .outerjoin(Ticket, Ticket.booking_id == Booking.id)
        .where(_on(hall_id, day), Booking.state.in_(("booked", "arrived", "served", "missed")))
        .order_by(Booking.starts_at, Booking.number)
        .limit(MOST_SHOWN)
    )
    return [Expected(*row) for row in session.execute(rows)]


def not_over(session: Session, hall_id: UUID, day: date) -> Sequence[tuple[Ticket, int | None]]:
    """The tickets of a day that are not over, with the desk that called each last; first come first."""
    rows = select(Ticket, Desk.number).outerjoin(Desk, Desk.id == Ticket.desk_id)
    rows = rows.where(Ticket.hall_id == hall_id, Ticket.day == day, Ticket.state.not_in(OVER))
    return [(one, desk) for one, desk in session.execute(rows.order_by(Ticket.came_at).limit(MOST_SHOWN))]


def ticket_of_booking(session: Session, booking_id: UUID) -> Ticket | None:
    """The ticket a booking was turned into."""
    return session.scalars(select(Ticket).where(Ticket.booking_id == booking_id)).one_or_none()


def events_of(session: Session, ticket_id: UUID) -> Sequence[QueueEvent]:
    """What happened to a ticket, in order."""
    return session.scalars(
        select(QueueEvent).where(QueueEvent.ticket_id == ticket_id).order_by(QueueEvent.n)
    ).all()


def done_at(session: Session, ticket_id: UUID) -> list[str]:
    """The errands that were done in a visit that is over; none of one that is not."""
    ended = select(QueueEvent.facts).where(
        QueueEvent.ticket_id == ticket_id, QueueEvent.kind == State.FINISHED
    )
    return [str(code) for code in (session.scalar(ended) or {}).get("errands", [])]


def matters_of(session: Session, ticket_id: UUID) -> Sequence[Matter]:
    """What a visit is about, the first linked first."""
    rows = select(Matter).join(TicketMatter, TicketMatter.matter_id == Matter.id)
    rows = rows.where(TicketMatter.ticket_id == ticket_id)
    return session.scalars(rows.order_by(TicketMatter.at, Matter.number)).all()


def booker(session: Session, ticket: Ticket) -> UUID | None:
    """For which taxpayer a visit was booked; None of one without a booking."""
    mine = select(Booking.taxpayer_id).where(Booking.id == ticket.booking_id)
    return session.scalars(mine).one_or_none() if ticket.booking_id else None
