"""A desk at work: open, call, serve, set aside, send on, finish, close."""

from collections.abc import Callable
from uuid import UUID

from flask import abort, redirect, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal.appointments.routes.door import hall_name, titles
from portal.core import clock
from portal.core.access import acting, allow
from portal.core.pages import ask, page, reading, transaction
from portal.halls.models import Desk
from portal.halls.rules.errands import skills
from portal.matters.rules import STATES as MATTER_STATES
from portal.matters.rules import standard
from portal.queue.forms import FinishForm, MatterForm, TransferForm
from portal.queue.models import Ticket
from portal.queue.queries import line
from portal.queue.queries.line import Position
from portal.queue.routes.door import ROLE, bp
from portal.queue.rules.order import calling
from portal.queue.rules.states import STATES, State
from portal.queue.services import serving

NEXT_SHOWN = 8
"""Tickets of the line that a desk sees."""


@bp.get("/staff/halls")
@allow("staff", role=ROLE)
def desks() -> Response:
    """Every desk of every hall."""
    return page(
        "queue/desks.html",
        rows=line.positions(reading(), clock.today()),
        name_of=hall_name,
        skills=skills(),
    )


@bp.get("/staff/desks/<uuid:desk_id>")
@allow("staff", role=ROLE)
def desk(desk_id: UUID) -> Response:
    """One desk: whom it serves, whom it may call, who was set aside."""
    session, today = reading(), clock.today()
    found = _position(desk_id)
    waiting = calling(line.in_line(session, found.hall.id, today), found.desk.skills)
    ticket = line.at_desk(session, desk_id, today)
    return page(
        "queue/desk.html",
        desk=found.desk,
        open=found.open,
        mine=found.by == acting().account_id,
        hall=found.hall,
        name=hall_name(found.hall),
        ticket=ticket,
        errands=titles(ticket.errands) if ticket else "",
        matters=_about(ticket) if ticket else [],
        booker=line.booker(session, ticket) if ticket and "counter" in acting().duties else None,
        states=STATES,
        serving=ticket is not None and ticket.state == State.SERVING,
        skills=skills(),
        count=len(waiting),
        waiting=waiting[:NEXT_SHOWN],
        parked=line.parked(session, found.hall.id, today),
    )


def _position(desk_id: UUID) -> Position:
    return line.position(reading(), desk_id, clock.today()) or abort(404)


def _to(desk_id: UUID) -> Response:
    return redirect(url_for("queue.desk", desk_id=desk_id), 303)


def _desk(session: Session, desk_id: UUID) -> Desk:
    return line.desk(session, desk_id, lock=True) or abort(404)


def _ticket(session: Session, desk: Desk, ticket_id: UUID) -> Ticket:
    return line.held_ticket(session, desk.hall_id, ticket_id) or abort(404)


@bp.post("/staff/desks/<uuid:desk_id>/open")
@allow("staff", role=ROLE)
def open_desk(desk_id: UUID) -> Response:
    """Open it."""
    with transaction() as session:
        serving.open_desk(session, acting(), _desk(session, desk_id), at=clock.now())
    return _to(desk_id)


@bp.post("/staff/desks/<uuid:desk_id>/close")
@allow("staff", role=ROLE)
def close_desk(desk_id: UUID) -> Response:
    """Close it."""
    with transaction() as session:
        serving.close_desk(session, acting(), _desk(session, desk_id), at=clock.now())
    return _to(desk_id)


@bp.post("/staff/desks/<uuid:desk_id>/next")
@allow("staff", role=ROLE)
def call_next(desk_id: UUID) -> Response:
    """Call whoever is next; where nobody waits, the page says so."""
    with transaction() as session:
        serving.call_next(session, acting(), _desk(session, desk_id), at=clock.now())
    return _to(desk_id)


def _act(desk_id: UUID, ticket_id: UUID, act: Callable[[Session, Desk, Ticket], object]) -> Response:
    """One act of a desk on a ticket, both held."""
    with transaction() as session:
        held = _desk(session, desk_id)
        act(session, held, _ticket(session, held, ticket_id))
    return _to(desk_id)


@bp.post("/staff/desks/<uuid:desk_id>/tickets/<uuid:ticket_id>/recall")
@allow("staff", role=ROLE)
def recall(desk_id: UUID, ticket_id: UUID) -> Response:
    """Show the number once more."""
    return _act(desk_id, ticket_id, lambda s, d, t: serving.recall(s, acting(), d, t, at=clock.now()))


@bp.post("/staff/desks/<uuid:desk_id>/tickets/<uuid:ticket_id>/answer")
@allow("staff", role=ROLE)
def answer(desk_id: UUID, ticket_id: UUID) -> Response:
    """The person has come."""
    return _act(desk_id, ticket_id, lambda s, d, t: serving.answer(s, acting(), d, t, at=clock.now()))


@bp.post("/staff/desks/<uuid:desk_id>/tickets/<uuid:ticket_id>/park")
@allow("staff", role=ROLE)
def park(desk_id: UUID, ticket_id: UUID) -> Response:
    """Set it aside."""
    return _act(desk_id, ticket_id, lambda s, d, t: serving.park(s, acting(), d, t, at=clock.now()))


@bp.post("/staff/desks/<uuid:desk_id>/tickets/<uuid:ticket_id>/call")
@allow("staff", role=ROLE)
def call_again(desk_id: UUID, ticket_id: UUID) -> Response:
    """Call one that was set aside."""
    return _act(desk_id, ticket_id, lambda s, d, t: serving.call_again(s, acting(), d, t, at=clock.now()))


@bp.post("/staff/desks/<uuid:desk_id>/tickets/<uuid:ticket_id>/gone")
@allow("staff", role=ROLE)
def gone(desk_id: UUID, ticket_id: UUID) -> Response:
    """Nobody is there for it."""
    return _act(desk_id, ticket_id, lambda s, _d, t: serving.gone(s, acting(), t, at=clock.now()))


@bp.route("/staff/desks/<uuid:desk_id>/tickets/<uuid:ticket_id>/transfer", methods=["GET", "POST"])
@allow("staff", role=ROLE)
def transfer(desk_id: UUID, ticket_id: UUID) -> Response:
    """Send who is served on to another kind of desk."""
    place, ticket = _looked_at(desk_id, ticket_id)
    form = TransferForm(ticket.skill)
    if not form.validate_on_submit():
        return ask("queue/transfer.html", form, ticket=ticket, desk=place.desk)
    to = form.skill.data
    return _act(desk_id, ticket_id, lambda s, d, t: serving.transfer(s, acting(), d, t, to, at=clock.now()))


@bp.route("/staff/desks/<uuid:desk_id>/tickets/<uuid:ticket_id>/matters", methods=["GET", "POST"])
@allow("staff", role=ROLE)
def link(desk_id: UUID, ticket_id: UUID) -> Response:
    """Say which matter the visit is about."""
    place, ticket = _looked_at(desk_id, ticket_id)
    form = MatterForm()
    if not form.validate_on_submit():
        return ask("queue/link.html", form, ticket=ticket, desk=place.desk)
    number = form.number.data
    return _act(desk_id, ticket_id, lambda s, d, t: serving.link(s, acting(), d, t, number, at=clock.now()))


@bp.route("/staff/desks/<uuid:desk_id>/tickets/<uuid:ticket_id>/finish", methods=["GET", "POST"])
@allow("staff", role=ROLE)
def finish(desk_id: UUID, ticket_id: UUID) -> Response:
    """End the visit with what was done."""
    place, ticket = _looked_at(desk_id, ticket_id)
    form = FinishForm(ticket.skill, ticket.errands)
    if not form.validate_on_submit():
        return ask("queue/finish.html", form, ticket=ticket, desk=place.desk, matters=_about(ticket))
    done = form.done.data or []
    return _act(desk_id, ticket_id, lambda s, d, t: serving.finish(s, acting(), d, t, done, at=clock.now()))


def _about(ticket: Ticket) -> list[tuple[str, str, str, str]]:
    """Number, name and state of each matter of a visit, in the language of the page, and where this member
    opens it: nowhere, if their roles have no part in its kind."""
    return [
        (
            one.number,
            _(standard(one.kind).title),
            _(MATTER_STATES[one.state]),
            url_for("counter.show", matter_id=one.id) if standard(one.kind).roles & acting().duties else "",
        )
        for one in line.matters_of(reading(), ticket.id)
    ]


def _looked_at(desk_id: UUID, ticket_id: UUID) -> tuple[Position, Ticket]:
    """A desk and a ticket of its hall."""
    place, found = _position(desk_id), line.by_id(reading(), ticket_id)
    if found is None or found.hall.id != place.hall.id:
        abort(404)
    return place, found.ticket
