"""候补: waiting for a seat where all are taken."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import abort, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.appointments import queries, services
from portal.appointments.forms import WishForm
from portal.appointments.routes.choosing import hall_asked, visit_for
from portal.appointments.routes.door import bp, hall_address, hall_name
from portal.appointments.rules.fairness import OFFER, OPEN_DAYS
from portal.core import clock
from portal.core.access import acting, allow
from portal.core.acting import Right
from portal.core.forms import Option
from portal.core.pages import invalid, page, speaking, transaction
from portal.halls.models import Hall
from portal.halls.rules.hours import working_days


@bp.get("/new/waiting-list")
@allow("taxpayer", right=Right.BOOK)
def waiting_list() -> Response:
    """On which days a seat would do."""
    if not request.args.get("hall") or not request.args.getlist("errand"):
        return redirect(url_for("appointments.new"), 303)
    return page("appointments/wish.html", **_asked(hall_asked()))


@bp.post("/new/waiting-list")
@allow("taxpayer", right=Right.BOOK, by_clerk="prepares")
def wish() -> Response:
    """Wait for a seat on these days."""
    where = hall_asked()
    asked = _asked(where)
    form: WishForm = asked["form"]
    if not form.validate_on_submit():
        return invalid("appointments/wish.html", **asked)
    with transaction() as session:
        services.wish(
            session,
            acting(),
            hall_id=where.id,
            errands=asked["codes"],
            from_on=date.fromisoformat(form.from_on.data),
            to_on=date.fromisoformat(form.to_on.data),
            at=clock.now(),
        )
    return redirect(url_for("appointments.index"), 303)


@bp.post("/wishes/<uuid:wish_id>/withdraw")
@allow("taxpayer", right=Right.BOOK, by_clerk="prepares")
def withdraw(wish_id: UUID) -> Response:
    """Wait no more."""
    with transaction() as session:
        found = queries.own_wish(session, acting().taxpayer_id, wish_id) or abort(404)
        services.withdraw_wish(session, acting(), found, at=clock.now())
    return redirect(url_for("appointments.index"), 303)


def _asked(where: Hall) -> dict[str, Any]:
    """The form of days that can be booked, and what the seat is for."""
    days = [one.isoformat() for one in working_days(clock.today(), OPEN_DAYS.number)]
    options = [Option(day, _said(date.fromisoformat(day))) for day in days]
    form = WishForm(from_on=days[0], to_on=days[-1])
    form.from_on.options = form.to_on.options = options
    return {
        **visit_for(request.args.getlist("errand")),
        "form": form,
        "place": _("%(hall)s，%(address)s", hall=hall_name(where), address=hall_address(where)),
        "hall_code": where.code,
        "offer_minutes": OFFER.number,
    }


def _said(day: date) -> str:
    return f"{speaking().day(day)} {speaking().weekday(day)}"
