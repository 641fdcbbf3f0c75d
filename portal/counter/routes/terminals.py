"""What a supervisor does about terminals: slips set aside, reversals, closes and lists that differ."""

from datetime import timedelta
from uuid import UUID

from flask import abort, redirect, url_for
from werkzeug.wrappers import Response

from portal.billing import services as billing
from portal.billing.forms import ExplanationForm, SlipWhyForm
from portal.billing.models import ReconciliationBreak
from portal.billing.queries import slips as papers
from portal.billing.queries import terminals
from portal.billing.queries.slips import SlipShown
from portal.billing.rules.terminals import BREAKS, SlipState, together
from portal.core import clock
from portal.core.access import acting, allow
from portal.core.pages import ask, masked_name, page, reading, transaction
from portal.counter.routes.door import bp

SUPERVISOR = "supervisor"
LATELY = timedelta(days=7)
"""Credited slips of this long are listed to be reversed; older ones are found by the taxpayer's file."""


@bp.get("/cashier/breaks")
@allow("staff", role=SUPERVISOR)
def terminal_breaks() -> Response:
    """Everything about terminals that waits for a supervisor, and the slips credited lately."""
    session = reading()
    waiting = papers.slips_waiting(session)
    return page(
        "counter/terminal_breaks.html",
        breaks=terminals.breaks(session),
        words=BREAKS,
        aside=[_named(one) for one in waiting if one.slip.state == SlipState.SET_ASIDE],
        doubted=terminals.shifts_in_doubt(session),
        credited=[_named(one) for one in papers.slips_since(session, clock.now() - LATELY)],
    )


def _named(one: SlipShown) -> tuple[SlipShown, str]:
    return one, masked_name(one.who.name)


@bp.route("/cashier/breaks/<uuid:break_id>", methods=["GET", "POST"])
@allow("staff", role=SUPERVISOR)
def explain_break(break_id: UUID) -> Response:
    """Say where a difference between a terminal's list and the slips comes from."""
    found, form = reading().get(ReconciliationBreak, break_id), ExplanationForm()
    if found is None or found.kind not in BREAKS:
        abort(404)
    if not form.validate_on_submit():
        return ask("counter/explain_break.html", form, found=found, words=BREAKS[found.kind])
    with transaction() as session:
        billing.explain_break(session, acting(), break_id, form.why.data, at=clock.now())
    return _back()


@bp.route("/cashier/shifts/<uuid:shift_id>/explain", methods=["GET", "POST"])
@allow("staff", role=SUPERVISOR)
def explain_shift(shift_id: UUID) -> Response:
    """Close a shift over a difference, seeing what was keyed and what stands here."""
    found, form = terminals.batch_of(reading(), shift_id) or abort(404), ExplanationForm()
    if found.shift.cashier_id == acting().account_id:
        abort(404)  # whose totals are keyed blind does not see ours here
    if form.validate_on_submit():
        with transaction() as session:
            billing.explain_shift(session, acting(), shift_id, form.why.data, at=clock.now())
        return _back()
    ours = terminals.credited_in(reading(), shift_id)
    return ask(
        "counter/explain_shift.html",
        form,
        found=found,
        counts=terminals.counts_of(reading(), shift_id),
        slips=len(ours),
        total=together(ours.values()),
    )


@bp.route("/cashier/slips/<uuid:slip_id>/look", methods=["GET", "POST"])
@allow("staff", role=SUPERVISOR)
def look_at_slip(slip_id: UUID) -> Response:
    """What was keyed of a slip, by whom: withdrawn if it was set aside, reversed if it was credited."""
    found, form = papers.slip_shown(reading(), slip_id) or abort(404), SlipWhyForm()
    if found.slip.state == SlipState.KEYED:
        abort(404)  # what one clerk keyed is nobody's to see before another has keyed it
    if form.validate_on_submit():
        undo = billing.reverse_slip if found.slip.state == SlipState.CREDITED else billing.withdraw_slip
        with transaction() as session:
            undo(session, acting(), slip_id, form.why.data, at=clock.now())
        return _back()
    return ask(
        "counter/look_at_slip.html",
        form,
        found=found,
        name=masked_name(found.who.name),
        readings=terminals.readings_of(reading(), slip_id),
        credited=found.slip.state == SlipState.CREDITED,
        aside=found.slip.state == SlipState.SET_ASIDE,
        mine=acting().account_id in {found.slip.keyed_by, found.slip.confirmed_by},
    )


def _back() -> Response:
    return redirect(url_for("counter.terminal_breaks"), 303)
