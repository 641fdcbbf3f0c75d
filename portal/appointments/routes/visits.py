"""The taxpayer's visits: confirming a seat that is held, calling one off, what to bring, what was missed."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import segno
from flask import abort, make_response, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.appointments import queries, services
from portal.appointments.forms import AppealForm
from portal.appointments.models import Booking
from portal.appointments.routes.door import (
    bp,
    hall_address,
    hall_name,
    titles,
    when,
)
from portal.appointments.rules.calendar_file import Method, Visit, calendar_file
from portal.appointments.rules.fairness import APPEAL_UNTIL, CHANGE_UNTIL, MISSED
from portal.appointments.rules.states import STATES, State
from portal.core import clock
from portal.core.access import acting, allow
from portal.core.acting import Right
from portal.core.pages import invalid, page, reading, settings, transaction
from portal.halls.rules.errands import errands
from portal.halls.rules.hours import HALF_HOUR

COMING = {State.BOOKED, State.ARRIVED}
"""States in which a visit lies ahead or is under way."""


@bp.get("/")
@allow("taxpayer", right=Right.VIEW)
def index() -> Response:
    """Seats that wait for a word, visits to come, wishes, and what was."""
    whose, at = acting(), clock.now()
    bookings = queries.own_bookings(reading(), whose.taxpayer_id)
    wishes = queries.own_wishes(reading(), whose.taxpayer_id)
    held = [one for one in bookings if _is_held(one, at)]
    coming = sorted((one for one in bookings if one.state in COMING), key=lambda one: one.starts_at)
    past = [one for one in bookings if one.state not in {*COMING, State.HELD}]
    return page(
        "appointments/index.html",
        held=held,
        coming=coming,
        missed=[one for one in past if one.state == State.MISSED],
        past=[one for one in past if one.state != State.MISSED],
        wishes=[one for one in wishes if one.id not in {h.wish_id for h in held}],
        may_book=Right.BOOK in whose.rights,
        most_missed=MISSED.number,
        **_words(),
    )


@bp.get("/<uuid:booking_id>")
@allow("taxpayer", right=Right.VIEW)
def show(booking_id: UUID) -> Response:
    """One visit: to confirm while its seat is held; then its number and papers, or what came of it."""
    whose, at = acting(), clock.now()
    booking = queries.own_booking(reading(), whose.taxpayer_id, booking_id) or abort(404)
    if _is_held(booking, at):
        moved = booking.moves and queries.own_booking(reading(), whose.taxpayer_id, booking.moves)
        return page(
            "appointments/confirm.html", moved=moved, seconds=_seconds_left(booking, at), **_one(booking)
        )
    return page("appointments/show.html", form=AppealForm(), **_standing(booking, at))


@bp.post("/<uuid:booking_id>/confirm")
@allow("taxpayer", right=Right.BOOK, by_clerk="prepares")
def confirm(booking_id: UUID) -> Response:
    """Make the held seat a booking."""
    whose = acting()
    with transaction() as session:
        booking = queries.own_booking(session, whose.taxpayer_id, booking_id) or abort(404)
        services.confirm(session, whose, booking, at=clock.now())
    return redirect(url_for("appointments.show", booking_id=booking_id), 303)


@bp.post("/<uuid:booking_id>/release")
@allow("taxpayer", right=Right.BOOK, by_clerk="prepares")
def release(booking_id: UUID) -> Response:
    """Give a held seat back; the visit that it was to move stands."""
    _called_off(booking_id)
    return redirect(url_for("appointments.index"), 303)


@bp.get("/<uuid:booking_id>/cancel")
@allow("taxpayer", right=Right.BOOK)
def cancel(booking_id: UUID) -> Response:
    """Ask before a booking is called off."""
    booking = queries.own_booking(reading(), acting().taxpayer_id, booking_id) or abort(404)
    if booking.state != State.BOOKED:
        return redirect(url_for("appointments.show", booking_id=booking_id), 303)
    return page("appointments/cancel.html", **_standing(booking, clock.now()))


@bp.post("/<uuid:booking_id>/cancel")
@allow("taxpayer", right=Right.BOOK, by_clerk="prepares")
def cancelled(booking_id: UUID) -> Response:
    """Call a booking off."""
    _called_off(booking_id)
    return redirect(url_for("appointments.show", booking_id=booking_id), 303)


@bp.post("/<uuid:booking_id>/appeal")
@allow("taxpayer", right=Right.BOOK, by_clerk="prepares")
def appeal(booking_id: UUID) -> Response:
    """Say why a missed visit should not count."""
    whose, at, form = acting(), clock.now(), AppealForm()
    if not form.validate_on_submit():
        booking = queries.own_booking(reading(), whose.taxpayer_id, booking_id) or abort(404)
        return invalid("appointments/show.html", form=form, **_standing(booking, at))
    with transaction() as session:
        booking = queries.own_booking(session, whose.taxpayer_id, booking_id) or abort(404)
        services.appeal(session, whose, booking, form.words.data, at=at)
    return redirect(url_for("appointments.show", booking_id=booking_id), 303)


@bp.get("/<uuid:booking_id>/calendar.ics")
@allow("taxpayer", right=Right.VIEW)
def calendar(booking_id: UUID) -> Response:
    """The visit for the person's own calendar; one that was called off takes itself out there."""
    booking = queries.own_booking(reading(), acting().taxpayer_id, booking_id) or abort(404)
    if booking.number is None:
        abort(404)
    response = make_response(calendar_file(_visit(booking, booking.number)))
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{booking.number}.ics"'
    return response


def _called_off(booking_id: UUID) -> None:
    whose = acting()
    with transaction() as session:
        booking = queries.own_booking(session, whose.taxpayer_id, booking_id) or abort(404)
        services.cancel(session, whose, booking, at=clock.now())


def _is_held(booking: Booking, at: datetime) -> bool:
    """Whether a seat waits for its person's word; a hold whose time is over is none, swept away or not."""
    return booking.state == State.HELD and booking.held_until is not None and at < booking.held_until


def _seconds_left(booking: Booking, at: datetime) -> int:
    assert booking.held_until is not None
    return int((booking.held_until - at).total_seconds()) + 1


def _words() -> dict[str, Any]:
    """How pages put facts into words."""
    return {
        "when": when,
        "time_of": clock.time_of,
        "day_of": clock.day_of,
        "hall_name": hall_name,
        "hall_address": hall_address,
        "titles": titles,
        "states": STATES,
    }


def _one(booking: Booking) -> dict[str, Any]:
    """What every page of one visit shows."""
    found = [errands()[code] for code in booking.errands if code in errands()]
    return {
        **_words(),
        "booking": booking,
        "minutes": sum(one.minutes for one in found),
        "papers": list(dict.fromkeys(paper for one in found for paper in one.papers)),
        "online": [one for one in found if one.online],
        "mine": booking.person_id == acting().person_id,
        "change_until": CHANGE_UNTIL.number,
    }


def _standing(booking: Booking, at: datetime) -> dict[str, Any]:
    """What the page of a visit shows that is no seat on hold."""
    changeable = booking.state == State.BOOKED and booking.starts_at - at >= CHANGE_UNTIL.span
    missed = booking.state == State.MISSED and not booking.appeal and not booking.excused_at
    return {
        **_one(booking),
        "state": State.LAPSED if booking.state == State.HELD else booking.state,
        "may_change": changeable and Right.BOOK in acting().rights,
        "may_appeal": missed and booking.ended_at is not None and at - booking.ended_at <= APPEAL_UNTIL.span,
        "appeal_until": APPEAL_UNTIL.number,
        "most_missed": MISSED.number,
        "code": segno.make_qr(booking.number, error="m", boost_error=False).matrix
        if booking.number
        else None,
    }


def _visit(booking: Booking, number: str) -> Visit:
    """The entry of a calendar, in the language of who takes it."""
    office = settings().office
    what = titles(booking.errands)
    papers = _("、").join(_(paper) for paper in _one(booking)["papers"])
    return Visit(
        uid=f"{booking.visit_id}@{urlsplit(settings().base_url).hostname}",
        sequence=booking.sequence,
        starts_at=booking.starts_at,
        ends_at=booking.starts_at + HALF_HOUR,
        stamped_at=booking.ended_at or booking.booked_at or booking.made_at,
        summary=_("到厅办税：%(what)s", what=what),
        place=_("%(hall)s，%(address)s", hall=hall_name(booking.hall), address=hall_address(booking.hall)),
        description=_("预约号 %(number)s。请带：%(papers)s", number=number, papers=papers),
        organizer=settings().mail_from,
        organizer_name=office.name_zh,
        method=Method.CANCEL if booking.state == State.CANCELLED else Method.PUBLISH,
    )
