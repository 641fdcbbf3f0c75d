"""Why an hour of a hall holds what it holds, and the limit an administrator sets with a reason."""

from datetime import date, datetime
from uuid import UUID

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from portal.appointments.models import Slot
from portal.appointments.queries import of_day, slot
from portal.appointments.routes.door import hall_name
from portal.appointments.services.opening import cap
from portal.core import clock
from portal.core.access import acting, allow
from portal.core.pages import ask, page, reading, transaction
from portal.halls import queries as known
from portal.halls.models import Hall
from portal.halls.rules.errands import skills
from portal.halls.rules.hours import working_days
from portal.queue.forms import CapForm
from portal.queue.routes.door import ADMIN, bp

HISTORY = 20
DAYS = 20
"""Working days ahead for which there are hours to book."""


@bp.get("/staff/capacity")
@allow("staff", role=ADMIN)
def halls() -> Response:
    """The halls, each with its hours."""
    return page("queue/halls.html", halls=known.halls(reading()), name_of=hall_name)


@bp.get("/staff/halls/<uuid:hall_id>/capacity")
@allow("staff", role=ADMIN)
def capacity(hall_id: UUID) -> Response:
    """The hours of one day by kind of desk, each with its reckoning; what was limited lately and by whom."""
    where = _hall(hall_id)
    days = working_days(clock.today(), DAYS)
    asked = request.args.get("day", type=date.fromisoformat)
    on = asked if asked in days else days[0]
    return page(
        "queue/capacity.html",
        hall=where,
        name=hall_name(where),
        on=on,
        days=days,
        slots=of_day(reading(), hall_id, on),
        duties=known.on_duty(reading(), hall_id, on),
        shut=known.closures(reading(), hall_id, on, on).get(on, ""),
        now=clock.now(),
        skills=skills(),
        history=known.cap_history(reading(), hall_id, HISTORY),
        time_of=clock.time_of,
        until=lambda text: date.fromisoformat(text),
    )


@bp.route("/staff/halls/<uuid:hall_id>/capacity/<uuid:slot_id>", methods=["GET", "POST"])
@allow("staff", role=ADMIN)
def limit(hall_id: UUID, slot_id: UUID) -> Response:
    """Limit the seats of an hour, or take the limit away; who booked already keeps their seat."""
    where, found = _hall(hall_id), _slot(hall_id, slot_id)
    form = CapForm()
    if not form.validate_on_submit():
        return ask(
            "queue/limit.html",
            form,
            hall=where,
            name=hall_name(where),
            slot=found,
            skills=skills(),
            when=_when,
        )
    with transaction() as session:
        held = session.get(Slot, slot_id, with_for_update=True) or abort(404)
        cap(session, acting(), held, form.seats.data, form.why.data, at=clock.now())
    return redirect(url_for("queue.capacity", hall_id=hall_id, day=found.day), 303)


def _hall(hall_id: UUID) -> Hall:
    return known.hall(reading(), hall_id) or abort(404)


def _slot(hall_id: UUID, slot_id: UUID) -> Slot:
    found = slot(reading(), slot_id)
    return found if found is not None and found.hall_id == hall_id else abort(404)


def _when(at: datetime) -> str:
    return clock.time_of(at)
