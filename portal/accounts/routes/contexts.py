"""For whom one acts: choosing, the loss of a mandate, forms of another context, joining a firm."""

from uuid import UUID

from flask import abort, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.forms import FirmForm
from portal.accounts.queries.mandates import contexts, known_context
from portal.accounts.routes.door import bp, next_path, source, too_many
from portal.accounts.rules.mandates import RIGHT_NAMES, ROLE_NAMES, lost_since
from portal.accounts.services import contexts as services
from portal.accounts.services import limits
from portal.core import access, clock
from portal.core.access import OtherContext, acting, acting_or_none, allow, safe_path
from portal.core.acting import Level
from portal.core.pages import ask, gateways, keys, page, reading, transaction
from portal.taxpayers.rules.firms import code_doubt

JOIN = "accounts/join_firm.html"


@bp.get("/acting")
@allow("account", level=Level.PROVEN)
def acting_for() -> Response:
    """Oneself and every firm one may act for, as what and with which rights."""
    now = acting_or_none() or abort(404)
    return page(
        "accounts/acting_for.html",
        now=now,
        contexts=contexts(reading(), now.person_id, clock.today()),
        roles=ROLE_NAMES,
        rights=RIGHT_NAMES,
        joined=request.args.get("done") == "joined",
        next=next_path(),
    )


@bp.post("/acting")
@allow("account", level=Level.PROVEN)
def act_for() -> Response:
    """Act by the mandate named, or for oneself where none is."""
    if acting().role != "taxpayer":
        abort(404)
    with transaction() as session:
        token = services.switch(session, acting(), _named(request.form.get("mandate")), at=clock.now())
    access.begin_session(token)
    return redirect(safe_path(request.form.get("next")) or url_for("home.index"), 303)


def _named(text: str | None) -> UUID | None:
    """The mandate a button names; what is no key names none that there is."""
    try:
        return UUID(text) if text else None
    except ValueError:
        abort(400)


@bp.get("/acting/over/<uuid:mandate_id>")
@allow("account")
def no_longer(mandate_id: UUID) -> Response:
    """Say that a mandate holds no more and since when; from now on the session acts for oneself."""
    return _say_lost(mandate_id, 200) or abort(404)


def _say_lost(mandate_id: UUID, status: int) -> Response | None:
    """The page that tells of the end of a mandate, or None where it holds or never did."""
    person = acting_or_none() or abort(404)
    past = known_context(reading(), person.person_id, mandate_id=mandate_id)
    since = lost_since(past.mandate, past.inside, clock.today()) if past else None
    if past is None or since is None:
        return None
    if person.lost is not None:
        with transaction() as session:
            services.fall_back(session, person, at=clock.now())
    return page("accounts/no_longer.html", status, name=past.name, since=since)


@bp.app_errorhandler(OtherContext)
def other_context(said: OtherContext) -> Response:
    """Nothing was done: say for whom the form was opened, for whom one acts now, and the way back."""
    now = acting_or_none()
    assert now is not None, "only who is signed in acts for anybody"
    if now.lost is not None and access.is_for_a_person() and (told := _say_lost(now.lost, 409)):
        return told  # the firm ended it while the form stood open
    opened_for, switch_to = "", None
    if said.opened_for is not None and said.opened_for != now.person_id:
        known = known_context(reading(), now.person_id, taxpayer_id=said.opened_for)
        opened_for = known.name if known else ""
        possible = contexts(reading(), now.person_id, clock.today(), taxpayer_id=said.opened_for)
        switch_to = possible[0].mandate_id if possible else None
    came_from = access.way_back()
    return page(
        "errors/other-context.html",
        409,
        now=now,
        for_oneself=said.opened_for == now.person_id,
        opened_for=opened_for,
        switch_to=switch_to,
        came_from=came_from,
    )


@bp.route("/firm/join", methods=["GET", "POST"])
@allow("account", level=Level.PROVEN)
def join_firm() -> Response:
    """Ask for a credit code; whom the register names as its representative acts for the firm at once."""
    form = FirmForm()
    if not form.validate_on_submit():
        return ask(JOIN, form)
    at, whose = clock.now(), str(acting().account_id)
    with transaction() as session:
        until = limits.take(session, keys(), "firm-question", address=source(), subject=whose, at=at)
    if until is not None:
        return too_many(JOIN, form, until)
    record = gateways().market.find(form.code.data)
    with transaction() as session:
        may = services.represents(session, keys(), acting(), record)
        if may or not (doubt := code_doubt(form.code.data)):
            services.join(session, keys(), acting(), record, at=at)
            return redirect(url_for("accounts.acting_for", done="joined"), 303)
    form.code.errors = [_(doubt)]
    return ask(JOIN, form)
