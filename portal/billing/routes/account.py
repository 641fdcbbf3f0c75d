"""对账单、抵缴与退还: everything booked for the taxpayer, and what becomes of money that rests here."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from portal.billing import queries, services
from portal.billing.forms import RestingForm
from portal.billing.queries.statement import PAGE, Cursor
from portal.billing.routes.door import bp
from portal.billing.rules.allocation import Component
from portal.billing.rules.chart import JournalKind
from portal.billing.rules.naming import period_of
from portal.billing.rules.wording import BOOKED, LINES, MOVED, RESTS, SLIP
from portal.core import clock
from portal.core.access import acting, allow
from portal.core.acting import Deed, Right
from portal.core.money import ZERO, show
from portal.core.pages import page, reading, speaking, transaction
from portal.core.wording import N_


@bp.get("/billing/statement")
@allow("taxpayer", right=Right.VIEW)
def statement() -> Response:
    """Everything booked, newest first, with the balance after each."""
    before = _cursor()
    found = queries.statement(reading(), acting().taxpayer_id, before=before)
    lines, more = found[:PAGE], len(found) > PAGE
    return page(
        "billing/statement.html",
        lines=[_line(line) for line in lines],
        closing=lines[0].balance if lines else ZERO,
        older=f"{lines[-1].on.isoformat()}.{lines[-1].posting_id}" if more else None,
        newest=before is None,
    )


def offsetting() -> Deed:
    """What is paid with money that rests, in one sentence."""
    resting = queries.resting(reading(), acting().taxpayer_id).balance
    return Deed(N_("用待处理的 {amount} 抵缴应缴的税款"), {"amount": show(resting)})


def asking_back() -> Deed:
    """What is asked back, in one sentence."""
    resting = queries.resting(reading(), acting().taxpayer_id).balance
    return Deed(N_("申请退还待处理的 {amount}"), {"amount": show(resting)})


@bp.post("/billing/offset")
@allow("taxpayer", right=Right.PAY, by_clerk=offsetting)
def offset() -> Response:
    """Pay what is due with the taxpayer's own money that rests with the office, once per decision."""
    form, at = RestingForm(), clock.now()
    decision = form.decided() if form.validate_on_submit() else None
    if decision is None:
        abort(400)
    with transaction() as session:
        services.offset_all(session, acting(), decision=decision, at=at)
    return redirect(url_for("billing.statement"), 303)


@bp.post("/billing/refund")
@allow("taxpayer", right=Right.PAY, by_clerk=asking_back)
def refund() -> Response:
    """Ask for what rests here and is not asked for yet, once per decision; then the matter."""
    form, at = RestingForm(), clock.now()
    decision = form.decided() if form.validate_on_submit() else None
    if decision is None:
        abort(400)
    with transaction() as session:
        matter = services.request_refund(session, acting(), decision=decision, at=at)
    return redirect(url_for("matters.show", matter_id=matter.id), 303)


def _cursor() -> Cursor | None:
    """Day and posting after which an older page begins, as the link of the page before gave it."""
    day, _, posting = request.args.get("before", "").partition(".")
    try:
        return (date.fromisoformat(day), UUID(posting)) if posting else None
    except ValueError:
        return None


CAME_IN = {JournalKind.PAYMENT, JournalKind.POS}


def _line(line: queries.Booked) -> dict[str, Any]:
    """A line as the page shows it."""
    say = speaking().say
    component = Component.SURCHARGE if line.is_surcharge else Component.TAX
    facts = {"title": line.title, "period": period_of(line.period)}
    name = say(LINES[component], facts) if line.title else speaking().words(period_of(line.period))
    why = say(RESTS[line.reason]) if line.reason in RESTS and line.kind in CAME_IN else ""
    terminal, _, rest = line.source_ref.partition("/") if line.slip_id else ("", "", "")
    slip = say(SLIP, {"terminal": terminal, "slip": rest}) if terminal else ""
    moved = say(MOVED, {"amount": line.debit}) if line.only_moves else ""
    return {
        "on": line.on,
        "what": say(BOOKED[line.kind, line.debit_kind, line.credit_kind]),
        "detail": " · ".join(part for part in (name, slip, why, moved) if part),
        "debit": None if line.only_moves else line.debit or None,
        "credit": None if line.only_moves else line.credit or None,
        "balance": line.balance,
        "href": url_for("billing.slip_receipt", slip_id=line.slip_id) if line.slip_id else "",
    }
