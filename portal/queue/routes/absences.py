"""Appeals against missed visits: what the person says, and the office's answer."""

from uuid import UUID

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from portal.appointments.models import Booking
from portal.appointments.queries import Appeal, appeals
from portal.appointments.routes.door import hall_name, titles, when
from portal.appointments.services import appealing
from portal.audit.services import record
from portal.core import clock
from portal.core.access import acting, allow
from portal.core.pages import ask, masked_name, page, reading, transaction
from portal.queue.forms import ACCEPT, AnswerForm
from portal.queue.routes.door import ADMIN, bp


@bp.get("/staff/absences")
@allow("staff", role=ADMIN)
def absences() -> Response:
    """Appeals that wait, by number and hour; who it is stands on the page of each."""
    return page("queue/absences.html", waiting=appeals(reading()), when=when, hall_name=hall_name)


@bp.route("/staff/absences/<uuid:booking_id>", methods=["GET", "POST"])
@allow("staff", role=ADMIN)
def absence(booking_id: UUID) -> Response:
    """One appeal; that it was looked at stands on the person's trail. Then the answer."""
    one, form = _asked_for(booking_id), AnswerForm()
    if not form.validate_on_submit():
        facts = {"name": masked_name(one.name), "when": when(one.booking.starts_at)}
        what = {"hall": hall_name(one.booking.hall), "errands": titles(one.booking.errands)}
        return ask("queue/absence.html", form, booking=one.booking, **facts, **what)
    with transaction() as session:
        accept = form.decision.data == ACCEPT
        mine = session.get_one(Booking, booking_id)
        appealing.answer(session, acting(), mine, form.why.data, accept=accept, at=clock.now())
    return redirect(url_for("queue.absences"), 303)


def _asked_for(booking_id: UUID) -> Appeal:
    """The appeal; whoever opens its page is on the person's trail before anything is shown."""
    with transaction() as session:
        [one] = appeals(session, booking_id) or [abort(404)]
        if request.method != "POST":
            number = one.booking.number or ""
            whose = one.booking.taxpayer_id
            record(session, acting(), "file-read", at=clock.now(), taxpayer_id=whose, reason=number)
    return one
