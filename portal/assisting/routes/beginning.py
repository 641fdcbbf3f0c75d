"""A clerk asks to work on a taxpayer's pages, begins once they agreed, ends; and is told when it is over."""

from uuid import UUID

from flask import abort, redirect, request, url_for
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from portal.assisting import queries
from portal.assisting.forms import AskForm, ConsentForm
from portal.assisting.models import Assistance
from portal.assisting.routes.door import ROLE, bp, refuse_code
from portal.assisting.rules import ENDS, NOBODY_MAY, TIES, EndedBy, Tie, waits
from portal.assisting.services import consenting
from portal.assisting.services.consenting import Asked
from portal.core import clock
from portal.core.access import SAFE, AssistanceOver, acting, allow, signed_in
from portal.core.acting import Acting
from portal.core.kept import author
from portal.core.lapses import kept_for, sealed_answers
from portal.core.pages import ask, keys, masked, masked_name, page, reading, transaction
from portal.core.refusal import Refusal
from portal.taxpayers.models import Taxpayer
from portal.taxpayers.queries import number_of, taxpayer

NEW, CONSENT, OVER = "assisting/new.html", "assisting/consent.html", "assisting/over.html"


@bp.route("/staff/assisting/new/<uuid:taxpayer_id>", methods=["GET", "POST"])
@allow("staff", role=ROLE)
def new(taxpayer_id: UUID) -> Response:
    """Ask what it is for, who is present and how they consent; then the code is on its way."""
    who = taxpayer(reading(), taxpayer_id) or abort(404)
    consenting.refuse_own(reading(), acting(), taxpayer_id, clock.now())
    people = queries.candidates(reading(), who, clock.now())
    if not people:
        raise Refusal(NOBODY_MAY)
    form = AskForm(people, request.args.get("number", ""))
    shown = {"name": masked_name(who.name), "number": _masked_number(who), "is_firm": who.kind != "person"}
    at = clock.now()
    if form.validate_on_submit() and form.accept(
        tied := queries.tied(reading(), acting(), taxpayer_id, form.number.data, at)
    ):
        assert tied is not None, "accepted"
        try:
            with transaction() as session:
                asked = Asked(taxpayer_id, form.who(), tied, form.paper())
                one = consenting.ask(session, keys(), acting(), asked, at=at)
        except IntegrityError:
            form.is_used()
        else:
            return redirect(url_for("assisting.consent", assistance_id=one.id), 303)
    return ask(NEW, form, **shown)


def _masked_number(who: Taxpayer) -> str:
    """Of a person the ends; of a firm also where it is registered."""
    return masked(number_of(who, keys()).number, 4 if who.kind == "person" else 8)


@bp.route("/staff/assisting/<uuid:assistance_id>", methods=["GET", "POST"])
@allow("staff", role=ROLE)
def consent(assistance_id: UUID) -> Response:
    """How the request stands; with the taxpayer's yes, on to their first page."""
    one, form = _own(assistance_id), ConsentForm()
    if not form.validate_on_submit():
        return ask(CONSENT, form, **_stands(one))
    at, outcome, present, kept = clock.now(), None, None, None
    with transaction() as session:
        one = queries.asked_by(session, acting(), assistance_id, lock=True) or abort(404)
        if form.code.data and one.agreed_at is None:
            outcome = consenting.agree_by_code(session, keys(), one, form.code.data, at=at)
        if one.agreed_at is not None:
            present = consenting.begin(session, acting(), one, at=at)
            kept = consenting.take_kept(session, acting(), one.taxpayer_id)
    if present is None:
        stands = _stands(_own(assistance_id))
        if not stands["waiting"]:
            return page(CONSENT, 409, form=None, **stands)
        refuse_code(form, form.code, outcome, sent=one.confirmation_id is not None)
        return ask(CONSENT, form, **stands)
    return _go_on(present, kept) or redirect(url_for("home.index"), 303)


def _go_on(present: Acting, sealed: str | None) -> Response | None:
    """What the clerk had typed when an earlier consent ended, one press away from its page."""
    kept = kept_for(acting(), sealed) if sealed else None
    if kept is None or kept.opened_for not in {"", str(present.taxpayer_id)}:
        return None
    return page("assisting/_resume.html", kept=kept, present=present, path=kept.path.partition("?")[0])


def _stands(one: Assistance) -> dict[str, object]:
    waiting = waits(one.ask_until, (one.agreed_at, one.refused_at), clock.now())
    return {
        "one": one,
        "waiting": waiting,
        "agreed": one.agreed_at is not None and one.ended_at is None and clock.now() < one.ask_until,
        "by_slip": one.slip is not None,
        "tie": TIES[Tie(one.tie)],
    }


def _own(assistance_id: UUID) -> Assistance:
    return queries.asked_by(reading(), acting(), assistance_id) or abort(404)


@bp.post("/staff/assisting/end")
@allow("staff", role=ROLE)
def end() -> Response:
    """End what this session assists with now; then what became of it."""
    with transaction() as session:
        going_on = queries.open_of_session(session, acting().session_id)
        for one in going_on:
            consenting.end(session, acting(), one, EndedBy.CLERK, at=clock.now())
    if not going_on:
        return redirect(url_for("counter.index"), 303)
    return redirect(url_for("assisting.over", assistance_id=going_on[0].id), 303)


@bp.get("/staff/assisting/<uuid:assistance_id>/over")
@allow("staff", role=ROLE)
def over(assistance_id: UUID) -> Response:
    """Say that an assistance is over, why, and that what was saved is saved."""
    return _say_over(acting(), assistance_id, 200)


def _say_over(clerk: Acting, assistance_id: UUID, status: int, sealed: str | None = None) -> Response:
    one = queries.asked_by(reading(), clerk, assistance_id) or abort(404)
    if one.began_at is None or (one.ended_at is None and clerk.assisting is not None):
        return redirect(url_for("assisting.consent", assistance_id=assistance_id), 303)
    with transaction() as session:
        one = queries.asked_by(session, clerk, assistance_id, lock=True) or abort(404)
        consenting.leave(session, one, at=clock.now())
        if sealed is not None:
            consenting.keep(session, one, sealed)
    return page(OVER, status, one=one, why=ENDS[one.ended_by], kept=sealed is not None)


@bp.app_errorhandler(AssistanceOver)
def assistance_over(said: AssistanceOver) -> Response:
    """A clerk at a taxpayer's page after the end: nothing was done, and what was typed is kept for them."""
    clerk = signed_in()
    if request.method in SAFE:
        return redirect(url_for("assisting.over", assistance_id=said.assistance_id), 303)
    sealed = sealed_answers(author(keys(), clerk.account_id))
    return _say_over(clerk, said.assistance_id, 409, sealed)
