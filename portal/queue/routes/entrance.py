"""The entrance of a hall: who has booked is checked in, who has not draws a ticket."""

from uuid import UUID

import segno
from flask import abort, redirect, url_for
from werkzeug.wrappers import Response

from portal.appointments.routes.door import hall_name, titles
from portal.core import clock
from portal.core.access import acting, allow
from portal.core.pages import ask, keys, page, reading, settings, transaction
from portal.halls.queries import hall
from portal.queue.forms import CheckInForm, DrawForm
from portal.queue.models import Ticket
from portal.queue.queries import line
from portal.queue.routes.door import ROLE, bp
from portal.queue.services import coming


@bp.route("/staff/halls/<uuid:hall_id>/check-in", methods=["GET", "POST"])
@allow("staff", role=ROLE)
def check_in(hall_id: UUID) -> Response:
    """Who has booked: by number, by code, by document."""
    form, where = CheckInForm(), hall(reading(), hall_id) or abort(404)
    if not form.validate_on_submit():
        return ask("queue/check_in.html", form, hall=where, name=hall_name(where))
    with transaction() as session:
        ticket = coming.check_in(session, keys(), acting(), hall_id, form.booking.data, at=clock.now())
    return _to(ticket)


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
