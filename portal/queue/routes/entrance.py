"""The entrance of a hall: who has booked is checked in, who has not draws a ticket."""

from uuid import UUID

import segno
from flask import abort, redirect, url_for
from werkzeug.wrappers import Response

from portal.appointments.routes.door import hall_name, titles
from portal.appointments.rules.states import STATES as BOOKING_STATES
from portal.core import clock
from portal.core.access import acting, allow
from portal.core.pages import ask, keys, masked_name, page, reading, settings, transaction
from portal.halls.queries import hall
from portal.halls.rules.errands import skills
from portal.queue.forms import CheckInForm, DrawForm
from portal.queue.models import Ticket
from portal.queue.queries import line
from portal.queue.routes.door import ROLE, bp
from portal.queue.rules.states import STATES
from portal.queue.services import coming


@bp.route("/staff/halls/<uuid:hall_id>/check-in", methods=["GET", "POST"])
@allow("staff", role=ROLE)
def check_in(hall_id: UUID) -> Response:
    """Who has booked: by number, by code, by document; of several bookings the clerk asks which."""
    form, where = CheckInForm(), hall(reading(), hall_id) or abort(404)
    if form.is_submitted() and form.booking.data:
        found = coming.may_check_in(reading(), keys(), hall_id, form.booking.data, at=clock.now())
        if len(found) > 1:
            form.offer((one.number or "", clock.time_of(one.starts_at), titles(one.errands)) for one in found)
    if not form.validate_on_submit():
        return ask("queue/check_in.html", form, hall=where, name=hall_name(where))
    meant = form.which.data or form.booking.data
    with transaction() as session:
        ticket = coming.check_in(session, keys(), acting(), hall_id, meant, at=clock.now())
    return _to(ticket)


@bp.get("/staff/halls/<uuid:hall_id>/today")
@allow("staff", role=ROLE)
def today(hall_id: UUID) -> Response:
    """Who is expected today and who is here: numbers and times, names masked."""
    session, where = reading(), hall(reading(), hall_id) or abort(404)
    return page(
        "queue/today.html",
        hall=where,
        name=hall_name(where),
        day=clock.today(),
        expected=line.expected_today(session, hall_id, clock.today()),
        here=line.not_over(session, hall_id, clock.today()),
        states=STATES,
        skills=skills(),
        booking_states=BOOKING_STATES,
        masked=masked_name,
        titles=titles,
        time_of=clock.time_of,
    )


@bp.route("/staff/halls/<uuid:hall_id>/draw", methods=["GET", "POST"])
@allow("staff", role=ROLE)
def draw(hall_id: UUID) -> Response:
    """Who has not booked: what they come for."""
    form, where = DrawForm(), hall(reading(), hall_id) or abort(404)
    if not form.validate_on_submit():
        return ask("queue/draw.html", form, hall=where, name=hall_name(where))
    with transaction() as session:
        ticket = coming.draw(session, acting(), hall_id, form.errand.data, at=clock.now())
    return _to(ticket)


def _to(ticket: Ticket) -> Response:
    return redirect(url_for("queue.given", ticket_id=ticket.id), 303)


@bp.get("/staff/tickets/<uuid:ticket_id>")
@allow("staff", role=ROLE)
def given(ticket_id: UUID) -> Response:
    """The ticket to hand over: its number, what was said of the wait, and the code of its page."""
    found = line.by_id(reading(), ticket_id) or abort(404)
    address = f"{settings().base_url}{url_for('queue.place', code=found.ticket.code)}"
    return page(
        "queue/given.html",
        ticket=found.ticket,
        hall=found.hall,
        name=hall_name(found.hall),
        errands=titles(found.ticket.errands),
        address=address,
        code=segno.make_qr(address, error="m", boost_error=False).matrix,
    )
