"""Booking step by step: what for, where, when. What was chosen stands in the address, nothing is kept.

A seat is held when a time is chosen; the page of the visit then asks for the last word.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import abort, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.appointments import queries, services
from portal.appointments.forms import HallForm, SlotForm
from portal.appointments.models import Booking
from portal.appointments.routes.door import bp, hall_address, hall_name, titles, when
from portal.appointments.rules.fairness import CHANGE_UNTIL, OPEN_DAYS, require_time_to_change
from portal.appointments.rules.states import State
from portal.appointments.rules.week import Day, Seats, Standing, Wait, days_of, monday_of
from portal.core import clock
from portal.core.access import acting, allow
from portal.core.acting import Right
from portal.core.forms import Option
from portal.core.pages import invalid, page, reading, speaking, transaction
from portal.halls.forms import ErrandsForm
from portal.halls.models import Hall
from portal.halls.queries import closures
from portal.halls.rules.errands import chosen, errands, papers_of, skills, visit_minutes
from portal.halls.rules.hours import working_days

STEPS = 4
WEEK = timedelta(days=7)


@bp.get("/new")
@allow("taxpayer", right=Right.BOOK)
def new() -> Response:
    """Step 1: what somebody comes for; an address may have chosen it already."""
    return page("appointments/new.html", form=_errands_form(), **_catalogue())


@bp.post("/new")
@allow("taxpayer", right=Right.BOOK, by_clerk="prepares")
def choose() -> Response:
    """Go on with these errands."""
    form = _errands_form()
    if not form.validate_on_submit():
        return invalid("appointments/new.html", form=form, **_catalogue())
    return redirect(url_for("appointments.hall", errand=form.errand.data), 303)


@bp.get("/new/hall")
@allow("taxpayer", right=Right.BOOK)
def hall() -> Response:
    """Step 2: at which hall; who comes for nothing yet is asked that first."""
    if not (codes := request.args.getlist("errand")):
        return redirect(url_for("appointments.new"), 303)
    return page("appointments/hall.html", form=_hall_form(), **visit_for(codes))


@bp.post("/new/hall")
@allow("taxpayer", right=Right.BOOK, by_clerk="prepares")
def choose_hall() -> Response:
    """Go on with this hall."""
    form, codes = _hall_form(), request.args.getlist("errand")
    if not form.validate_on_submit():
        return invalid("appointments/hall.html", form=form, **visit_for(codes))
    return redirect(url_for("appointments.week", errand=codes, hall=form.hall.data), 303)


@bp.get("/new/week")
@allow("taxpayer", right=Right.BOOK)
def week() -> Response:
    """Step 3: when. A week is named by any of its days."""
    if not (codes := request.args.getlist("errand")):
        return redirect(url_for("appointments.new"), 303)
    if not request.args.get("hall"):
        return redirect(url_for("appointments.hall", errand=codes), 303)
    where = hall_asked()
    form, shown = _week(where, codes, "appointments.week", {"errand": codes, "hall": where.code})
    return page("appointments/week.html", form=form, moved=None, **shown)


@bp.post("/new/week")
@allow("taxpayer", right=Right.BOOK, by_clerk="prepares")
def hold() -> Response:
    """Keep a seat of the chosen time while its person confirms."""
    where, codes = hall_asked(), request.args.getlist("errand")
    form, shown = _week(where, codes, "appointments.week", {"errand": codes, "hall": where.code})
    if not form.validate_on_submit():
        return invalid("appointments/week.html", form=form, moved=None, **shown)
    return _held(UUID(form.slot.data), codes, None)


@bp.get("/<uuid:booking_id>/move")
@allow("taxpayer", right=Right.BOOK)
def move(booking_id: UUID) -> Response:
    """Another time for a booking that stands."""
    booking = _movable(booking_id)
    form, shown = _week_for(booking)
    return page("appointments/week.html", form=form, moved=booking, **shown)


@bp.post("/<uuid:booking_id>/move")
@allow("taxpayer", right=Right.BOOK, by_clerk="prepares")
def hold_instead(booking_id: UUID) -> Response:
    """Keep a seat of another time; the booking it takes the place of stands until that is confirmed."""
    booking = _movable(booking_id)
    form, shown = _week_for(booking)
    if not form.validate_on_submit():
        return invalid("appointments/week.html", form=form, moved=booking, **shown)
    return _held(UUID(form.slot.data), booking.errands, booking.id)


def _held(slot_id: UUID, codes: Sequence[str], moved: UUID | None) -> Response:
    """The page of the seat now held. Looked at without a lock first: most who come too late take none."""
    whose, at = acting(), clock.now()
    services.look(reading(), whose, slot_id, at=at)
    with transaction() as session:
        booking = (queries.own_booking(session, whose.taxpayer_id, moved) or abort(404)) if moved else None
        made = services.hold(session, whose, slot_id, codes, at=at, moves=booking)
    return redirect(url_for("appointments.show", booking_id=made.id), 303)


def _movable(booking_id: UUID) -> Booking:
    """One's own booking. Refuses where its hour is too near; what is no booking any more is not there."""
    booking = queries.own_booking(reading(), acting().taxpayer_id, booking_id)
    if booking is None or booking.state != State.BOOKED:
        abort(404)
    require_time_to_change(booking.starts_at, clock.now())
    return booking


def _errands_form() -> ErrandsForm:
    asked = [code for code in request.args.getlist("errand") if code in errands()]
    form = ErrandsForm(errand=asked)
    form.errand.options = [
        Option(one.code, _(one.title), _("约 %(minutes)s 分钟", minutes=one.minutes))
        for one in errands().values()
    ]
    return form


def _catalogue() -> dict[str, Any]:
    """The errands by the kind of desk, as the page lays them out."""
    desks = [(words, [e for e in errands().values() if e.skill == code]) for code, words in skills().items()]
    return {"desks": desks, "steps": STEPS}


def visit_for(codes: Sequence[str]) -> dict[str, Any]:
    """What a visit is for, its planned minutes, what to bring and what can be done without coming."""
    found = chosen(codes)
    return {
        "codes": [one.code for one in found],
        "errands": found,
        "what": titles(codes),
        "minutes": sum(one.minutes for one in found),
        "papers": papers_of(codes),
        "online": [one for one in found if one.online],
        "steps": STEPS,
    }


def _hall_form() -> HallForm:
    form = HallForm()
    form.hall.options = [
        Option(one.code, hall_name(one), hall_address(one)) for one in queries.halls(reading())
    ]
    return form


def hall_asked() -> Hall:
    code = request.args.get("hall")
    found: Hall = next((one for one in queries.halls(reading()) if one.code == code), None) or abort(404)
    return found


def _week_for(booking: Booking) -> tuple[SlotForm, dict[str, Any]]:
    return _week(booking.hall, booking.errands, "appointments.move", {"booking_id": booking.id})


def _week(
    where: Hall, codes: Sequence[str], endpoint: str, arguments: dict[str, Any]
) -> tuple[SlotForm, dict[str, Any]]:
    """The form of a week's times and what its page shows. `endpoint` with `arguments` is the page itself."""
    visit, at = visit_for(codes), clock.now()
    skill = visit["errands"][0].skill
    open_days = working_days(clock.day_of(at), OPEN_DAYS.number)
    monday = _monday(open_days)
    slots = queries.week(reading(), where.id, skill, monday)
    shut = closures(reading(), where.id, monday, monday + WEEK)
    waits = {one.id: Wait(**one.why["wait"]) for one in slots if "wait" in one.why}
    seats = [Seats(one.id, one.starts_at, one.left) for one in slots]
    days = days_of(monday, seats, at=at, shut=shut, waits=waits)
    form = _slot_form(days)
    return form, {
        **visit,
        "place": _("%(hall)s，%(address)s", hall=hall_name(where), address=hall_address(where)),
        "hall_code": where.code,
        "days": days,
        "cells": {option.value: option for option in form.slot.shown()},
        "free": sum(day.free for day in days),
        "monday": monday,
        "earlier": _week_url(endpoint, arguments, monday - WEEK, open_days),
        "later": _week_url(endpoint, arguments, monday + WEEK, open_days),
        "here": url_for(endpoint, **arguments, of=monday),
        "when": when,
        "change_until": CHANGE_UNTIL.number,
        "visit_minutes": visit_minutes(skill),
    }


def _monday(open_days: Sequence[date]) -> date:
    """The Monday of the week asked for, within what can be booked; else the first of these weeks."""
    first, last = monday_of(open_days[0]), monday_of(open_days[-1])
    asked = request.args.get("of", type=date.fromisoformat)
    return min(max(monday_of(asked), first), last) if asked else first


def _week_url(endpoint: str, arguments: dict[str, Any], monday: date, open_days: Sequence[date]) -> str:
    """The page of another week, or "" where none of it can be booked."""
    inside = monday_of(open_days[0]) <= monday <= monday_of(open_days[-1])
    return url_for(endpoint, **arguments, of=monday) if inside else ""


def _slot_form(days: Sequence[Day]) -> SlotForm:
    """Every time that has not passed can be answered; the page offers those with seats."""
    form = SlotForm()
    open_cells = [
        (day, cell) for day in days for cell in day.cells if cell and cell.standing is not Standing.OVER
    ]
    form.slot.options = [
        Option(str(cell.slot_id), f"{speaking().day(day.on)} {cell.starts:%H:%M}") for day, cell in open_cells
    ]
    form.slot.full = [str(cell.slot_id) for _day, cell in open_cells if cell.standing is Standing.FULL]
    return form
