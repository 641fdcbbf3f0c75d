"""Opening an account: what one states, the code, and what the account is good for."""

from uuid import UUID

from flask import redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts import queries
from portal.accounts.forms import CodeForm, OpenForm
from portal.accounts.models import Confirmation
from portal.accounts.routes.door import (
    bp,
    browser,
    not_answering,
    refuse_code,
    source,
    still_waiting,
    too_many,
)
from portal.accounts.rules.codes import MOST_CODES, NO_MORE_CODES
from portal.accounts.rules.contacts import masked_mobile
from portal.accounts.rules.opening import PRIVACY_NOTICE, Applicant
from portal.accounts.services import codes, limits, opening, passwords
from portal.accounts.services.codes import Outcome
from portal.core import access, clock
from portal.core.access import acting, allow
from portal.core.pages import ask, gateways, keys, lang, page, reading, transaction
from portal.core.refusal import Refusal, Unavailable
from portal.taxpayers.rules import area_is_known, require_adult

OPEN, CODE = "accounts/open_account.html", "accounts/confirm_opening.html"


@bp.route("/open", methods=["GET", "POST"])
@allow("public")
def open_account() -> Response:
    """Ask who somebody is; the register answers, and a code goes to the mobile."""
    form = OpenForm()
    if not form.validate_on_submit():
        return ask(OPEN, form, version=PRIVACY_NOTICE)
    applicant = form.applicant(lang())
    require_adult(applicant.number.number, clock.today())
    try:
        return _begin(form, applicant)
    except Unavailable as down:
        form.ask_password_again()
        return not_answering(OPEN, form, down, version=PRIVACY_NOTICE)


def _begin(form: OpenForm, applicant: Applicant) -> Response:
    number, at = applicant.number, clock.now()
    with transaction() as session:
        until = limits.take(session, keys(), "register-question", address=source(), subject=number.key, at=at)
    if until is not None:
        form.ask_password_again()
        return too_many(OPEN, form, until, version=PRIVACY_NOTICE)
    match = gateways().identity.match(applicant.name, number.kind, number.as_registered, applicant.mobile)
    if not match.person:
        return _no_match(form, applicant)
    password_hash = passwords.hash_password(form.password.data)
    with transaction() as session:
        until = limits.take(session, keys(), "code", address=source(), subject=applicant.mobile, at=at)
        if until is None:
            waiting = opening.begin(
                session, keys(), applicant, password_hash, mobile_matches=match.mobile, at=at
            )
    if until is not None:
        form.ask_password_again()
        return too_many(OPEN, form, until, version=PRIVACY_NOTICE)
    return redirect(url_for("accounts.confirm_opening", opening_id=waiting.id), 303)


def _no_match(form: OpenForm, applicant: Applicant) -> Response:
    form.name.errors = [_("姓名与证件号码不相符，请对照证件核对姓名、证件类型和证件号码")]
    if applicant.number.country is None and not area_is_known(applicant.number.number):
        form.number.errors = [_("这个证件号码的前两位不是常见的地区代码，请再核对一次")]
    form.ask_password_again()
    return ask(OPEN, form, version=PRIVACY_NOTICE)


@bp.route("/open/<uuid:opening_id>/code", methods=["GET", "POST"])
@allow("public")
def confirm_opening(opening_id: UUID) -> Response:
    """Ask for the code; the right one opens the account and signs in."""
    form, at = CodeForm(), clock.now()
    if not form.validate_on_submit():
        return _ask_code(form, still_waiting(queries.waiting(reading(), opening_id, "opening", at)))
    with transaction() as session:
        waiting = still_waiting(queries.waiting(session, opening_id, "opening", at))
        shown = codes.recipient_of(waiting, keys()).to
        outcome, token = opening.confirm(session, keys(), waiting, form.code.data, browser(), at=at)
    if outcome is not Outcome.RIGHT:
        refuse_code(form.code, outcome)
        return ask(CODE, form, mobile=masked_mobile(shown), opening_id=opening_id)
    access.begin_session(token)
    return redirect(url_for("accounts.opened"), 303)


def _ask_code(form: CodeForm, waiting: Confirmation) -> Response:
    mobile = codes.recipient_of(waiting, keys()).to
    return ask(CODE, form, mobile=masked_mobile(mobile), opening_id=waiting.id)


@bp.post("/open/<uuid:opening_id>/code/again")
@allow("public")
def resend_opening(opening_id: UUID) -> Response:
    """Send a new code for an opening."""
    at = clock.now()
    with transaction() as session:
        waiting = still_waiting(queries.waiting(session, opening_id, "opening", at))
        mobile = codes.recipient_of(waiting, keys()).to
        until = limits.take(session, keys(), "code", address=source(), subject=mobile, at=at)
        sent = until is None and codes.send_again(session, keys(), waiting, at=at)
    if until is not None:
        return too_many(CODE, CodeForm(), until, mobile=masked_mobile(mobile), opening_id=opening_id)
    if not sent:
        raise Refusal(NO_MORE_CODES, most=MOST_CODES)
    return redirect(url_for("accounts.confirm_opening", opening_id=opening_id, sent="again"), 303)


@bp.get("/opened")
@allow("account")
def opened() -> Response:
    """The account stands: its level, and what comes next."""
    return page("accounts/opened.html", level=acting().level)
