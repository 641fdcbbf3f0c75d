"""清税: why the firm closes, which route is open and why, applying, and what became of it."""

from typing import Any
from uuid import UUID

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from portal.core import clock
from portal.core.access import acting, allow
from portal.core.acting import Deed, Right
from portal.core.pages import invalid, lang, page, reading, settings, transaction
from portal.core.wording import N_
from portal.deregistration import queries, services
from portal.deregistration.forms import ApplyForm, WhyForm
from portal.deregistration.models import Clearance
from portal.deregistration.routes.blueprint import bp
from portal.deregistration.rules import read
from portal.deregistration.rules.clearance import (
    NOT_NEEDED,
    PROCEDURES,
    WHYS,
    Choice,
    Route,
    Why,
    promised_by,
    standing_between,
)
from portal.deregistration.services import Office
from portal.risk.rules import CATALOGUE, Hit
from portal.taxpayers.models import Firm
from portal.taxpayers.queries import firm_of
from portal.taxpayers.rules.firms import TaxStatus


@bp.get("/clearance")
@allow("taxpayer", right=Right.MANAGE)
def why() -> Response:
    """Why the firm closes; asked first. Where an application is open or cleared it, that one."""
    seek = queries.last_cleared if _firm().tax_status == TaxStatus.CLEARED else queries.open_clearance
    known = seek(reading(), acting().taxpayer_id)
    if known is not None:
        return redirect(url_for("deregistration.clearance", clearance_id=known.id), 303)
    return page("deregistration/why.html", form=WhyForm(), earlier=_earlier(), not_needed=NOT_NEEDED)


@bp.post("/clearance")
@allow("taxpayer", right=Right.MANAGE, by_clerk="prepares")
def because() -> Response:
    """Look at the firm now, and on to the route that is open for this reason."""
    _firm()
    form = WhyForm()
    if not form.validate():
        return invalid("deregistration/why.html", form=form, earlier=_earlier(), not_needed=NOT_NEEDED)
    with transaction() as session:
        check = services.run(session, acting(), at=clock.now())
    told = {"why": form.why.data, "report": form.report.data or None, "check": check.id}
    return redirect(url_for("deregistration.route", **told), 303)


@bp.get("/clearance/route")
@allow("taxpayer", right=Right.MANAGE)
def route() -> Response:
    """Which route is open and why, what stands between, what may be promised."""
    _firm()
    reason = next((one for one in Why if one == request.args.get("why")), None)
    check = request.args.get("check", type=UUID)
    choice = _choice(reason, check) if reason else None
    if reason is None or choice is None:
        return redirect(url_for("deregistration.why"), 303)
    form = ApplyForm(promisable=_promisable(choice))
    form.why.data, form.report.data = reason, request.args.get("report", "")[:100]
    form.check.data = str(check)
    return page("deregistration/route.html", form=form, **_route_facts(choice, reason))


def applying() -> Deed:
    """What is applied for, in one sentence."""
    return Deed(N_("为 {firm} 申请清税"), {"firm": acting().taxpayer_name})


def withdrawing(clearance_id: UUID) -> Deed:
    """What is taken back, in one sentence."""
    return Deed(N_("撤回清税申请 {number}"), {"number": _number(clearance_id)})


def clearing_again(clearance_id: UUID) -> Deed:
    """What is cleared once more, in one sentence."""
    return Deed(N_("重新办理清税 {number}"), {"number": _number(clearance_id)})


@bp.post("/clearance/apply")
@allow("taxpayer", right=Right.MANAGE, by_clerk=applying)
def apply() -> Response:
    """Apply by the route that is open now. Two who apply at once find one application."""
    asked = ApplyForm()
    reason = asked.reason or abort(400)
    choice = _choice(reason, asked.seen) or abort(400)
    form = ApplyForm(promisable=_promisable(choice))
    if not form.validate():
        return invalid("deregistration/route.html", form=form, **_route_facts(choice, reason))
    with transaction() as session:
        said = form.application(reason, lang())
        made = services.apply(session, Office.of(settings()), acting(), said, at=clock.now())
        address = url_for("deregistration.clearance", clearance_id=made.id)
    return redirect(address, 303)


@bp.get("/clearance/<uuid:clearance_id>")
@allow("taxpayer", right=Right.VIEW)
def clearance(clearance_id: UUID) -> Response:
    """One application: how far it is, its clock, its promises, its certificate."""
    found = _own(clearance_id)
    return page(
        "deregistration/clearance.html",
        clearance=found,
        matter=queries.matter_of(reading(), found),
        promises=queries.promises_of(reading(), found),
        catalogue=CATALOGUE,
        procedure=PROCEDURES[Route(found.route)],
        why=WHYS[Why(found.why)],
        today=clock.today(),
        may_manage=Right.MANAGE in acting().rights,
    )


@bp.post("/clearance/<uuid:clearance_id>/withdraw")
@allow("taxpayer", right=Right.MANAGE, by_clerk=withdrawing)
def withdraw(clearance_id: UUID) -> Response:
    """Take an application back while it is not decided."""
    with transaction() as session:
        mine = queries.own_clearance(session, acting().taxpayer_id, clearance_id) or abort(404)
        services.withdraw(session, acting(), mine, at=clock.now())
    return redirect(url_for("deregistration.clearance", clearance_id=clearance_id), 303)


@bp.post("/clearance/<uuid:clearance_id>/again")
@allow("taxpayer", right=Right.MANAGE, by_clerk=clearing_again)
def again(clearance_id: UUID) -> Response:
    """Clear once more what a later debt reopened, when it is cured."""
    with transaction() as session:
        mine = queries.own_clearance(session, acting().taxpayer_id, clearance_id) or abort(404)
        services.clear_again(session, Office.of(settings()), mine, by=acting(), at=clock.now())
    return redirect(url_for("deregistration.clearance", clearance_id=clearance_id), 303)


def _firm() -> Firm:
    return firm_of(reading(), acting().taxpayer_id) or abort(404)


def _number(clearance_id: UUID) -> str:
    return queries.matter_of(reading(), _own(clearance_id)).number


def _own(clearance_id: UUID) -> Clearance:
    return queries.own_clearance(reading(), acting().taxpayer_id, clearance_id) or abort(404)


def _earlier() -> list[Clearance]:
    return list(queries.clearances_of(reading(), acting().taxpayer_id))


def _choice(reason: Why, check_id: UUID | None) -> Choice | None:
    """The route by what a health check saw; None without one of the firm's own. Applying looks again."""
    found = queries.own_check(reading(), acting().taxpayer_id, check_id) if check_id else None
    if found is None:
        return None
    hits = [Hit(one.finding, one.rows) for one in read(found[0].findings) if one.finding]
    return services.considered(reading(), acting().taxpayer_id, reason, hits, clock.today())


def _promisable(choice: Choice) -> tuple[Hit, ...]:
    return choice.promisable if choice.route is Route.PROMISE else ()


def _route_facts(choice: Choice, reason: Why) -> dict[str, Any]:
    return {
        "choice": choice,
        "procedures": PROCEDURES,
        "why": WHYS[reason],
        "between": standing_between(choice.hits),
        "promised_by": promised_by(clock.today()),
    }
