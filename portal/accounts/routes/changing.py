"""Changing mobile, mail address and password; each asks for the password in use first."""

from uuid import UUID

from flask import redirect, url_for
from werkzeug.wrappers import Response

from portal.accounts import queries
from portal.accounts.forms import CodeForm, EmailForm, MobileForm, PasswordForm
from portal.accounts.models import Confirmation
from portal.accounts.routes.door import (
    bp,
    next_path,
    not_answering,
    own_waiting,
    password_again,
    refuse_code,
    source,
    still_waiting,
    too_many,
)
from portal.accounts.rules.codes import MOST_CODES, NO_MORE_CODES, TOO_MANY_CODES
from portal.accounts.rules.contacts import masked_email, masked_mobile
from portal.accounts.rules.passwords import personal_words
from portal.accounts.services import codes, contacts, credentials, limits, passwords
from portal.accounts.services.codes import Outcome
from portal.core import access, clock
from portal.core.access import acting, allow
from portal.core.acting import Level
from portal.core.pages import ask, gateways, keys, page, reading, transaction
from portal.core.refusal import Refusal, Unavailable
from portal.taxpayers import queries as taxpayers

MOBILE, MOBILE_CODE = "accounts/change_mobile.html", "accounts/confirm_mobile.html"
EMAIL, EMAIL_CODE = "accounts/change_email.html", "accounts/confirm_email.html"
PASSWORD = "accounts/change_password.html"  # noqa: S105 - a template


@bp.route("/mobile", methods=["GET", "POST"])
@allow("account")
def change_mobile() -> Response:
    """Ask for another mobile; the register says whether it is in the person's name."""
    form = MobileForm()
    if not form.validate_on_submit():
        return ask(MOBILE, form)
    if (status := password_again(form.current)) != 200:
        return page(MOBILE, status, form=form)
    try:
        return _begin_mobile(form)
    except Unavailable as down:
        return not_answering(MOBILE, form, down)


def _begin_mobile(form: MobileForm) -> Response:
    mobile, at = form.mobile.data, clock.now()
    with transaction() as session:
        person = taxpayers.taxpayer(session, acting().person_id)
        assert person is not None, "who is signed in is a taxpayer"
        number = taxpayers.number_of(person, keys())
        until = limits.take(session, keys(), "register-question", address=source(), subject=number.key, at=at)
        until = until or limits.take(session, keys(), "code", address=source(), subject=mobile, at=at)
    if until is not None:
        return too_many(MOBILE, form, until)
    match = gateways().identity.match(person.name, number.kind, number.as_registered, mobile)
    with transaction() as session:
        waiting = contacts.begin_mobile(session, keys(), acting(), mobile, mobile_matches=match.mobile, at=at)
    return redirect(url_for("accounts.confirm_mobile", change_id=waiting.id, next=next_path()), 303)


@bp.route("/mobile/<uuid:change_id>/code", methods=["GET", "POST"])
@allow("account")
def confirm_mobile(change_id: UUID) -> Response:
    """Ask for the code, saying first what the new mobile means for the level."""
    form, at = CodeForm(), clock.now()
    if not form.validate_on_submit():
        return _ask_mobile_code(form, own_waiting(change_id, "mobile"))
    with transaction() as session:
        waiting = still_waiting(
            queries.waiting(session, change_id, "mobile", at, account_id=acting().account_id)
        )
        outcome, token = contacts.confirm_mobile(session, keys(), acting(), waiting, form.code.data, at=at)
    if outcome is not Outcome.RIGHT:
        refuse_code(form.code, outcome)
        return _ask_mobile_code(form, own_waiting(change_id, "mobile"))
    access.begin_session(token)
    return redirect(next_path() or url_for("accounts.profile", done="mobile"), 303)


def _ask_mobile_code(form: CodeForm, waiting: Confirmation) -> Response:
    facts = codes.facts_of(waiting, keys())
    loses = acting().level is Level.PROVEN and not facts["mobile_matches"]
    return ask(
        MOBILE_CODE,
        form,
        mobile=masked_mobile(facts["mobile"]),
        matches=facts["mobile_matches"],
        loses=loses,
        change_id=waiting.id,
    )


@bp.route("/email", methods=["GET", "POST"])
@allow("account")
def change_email() -> Response:
    """Ask for a mail address and send a code there."""
    form = EmailForm()
    if not form.validate_on_submit():
        return ask(EMAIL, form)
    if (status := password_again(form.current)) != 200:
        return page(EMAIL, status, form=form)
    address, at = form.email.data, clock.now()
    with transaction() as session:
        until = limits.take(session, keys(), "code", address=source(), subject=address, at=at)
        if until is None:
            waiting = contacts.begin_email(session, keys(), acting(), address, at=at)
    if until is not None:
        return too_many(EMAIL, form, until)
    return redirect(url_for("accounts.confirm_email", change_id=waiting.id), 303)


@bp.route("/email/<uuid:change_id>/code", methods=["GET", "POST"])
@allow("account")
def confirm_email(change_id: UUID) -> Response:
    """Ask for the code that came by mail."""
    form, at = CodeForm(), clock.now()
    if not form.validate_on_submit():
        return _ask_email_code(form, own_waiting(change_id, "email"))
    with transaction() as session:
        waiting = still_waiting(
            queries.waiting(session, change_id, "email", at, account_id=acting().account_id)
        )
        outcome = contacts.confirm_email(session, keys(), acting(), waiting, form.code.data, at=at)
    if outcome is not Outcome.RIGHT:
        refuse_code(form.code, outcome)
        return _ask_email_code(form, own_waiting(change_id, "email"))
    return redirect(url_for("accounts.profile", done="email"), 303)


def _ask_email_code(form: CodeForm, waiting: Confirmation) -> Response:
    address = codes.recipient_of(waiting, keys()).to
    return ask(EMAIL_CODE, form, email=masked_email(address), change_id=waiting.id)


@bp.post("/mobile/<uuid:change_id>/code/again")
@allow("account")
def resend_mobile(change_id: UUID) -> Response:
    """Send a new code for a change of mobile."""
    return _resend("mobile", change_id)


@bp.post("/email/<uuid:change_id>/code/again")
@allow("account")
def resend_email(change_id: UUID) -> Response:
    """Send a new code for a change of mail address."""
    return _resend("email", change_id)


def _resend(act: str, change_id: UUID) -> Response:
    at = clock.now()
    with transaction() as session:
        waiting = still_waiting(queries.waiting(session, change_id, act, at, account_id=acting().account_id))
        to = codes.recipient_of(waiting, keys()).to
        until = limits.take(session, keys(), "code", address=source(), subject=to, at=at)
        sent = until is None and codes.send_again(session, keys(), waiting, at=at)
    if until is not None:
        raise Refusal(TOO_MANY_CODES, moment=until)
    if not sent:
        raise Refusal(NO_MORE_CODES, most=MOST_CODES)
    return redirect(
        url_for(f"accounts.confirm_{act}", change_id=change_id, next=next_path(), sent="again"), 303
    )


@bp.route("/password", methods=["GET", "POST"])
@allow("account")
def change_password() -> Response:
    """Ask for the password in use and the new one."""
    form = PasswordForm(personal=_personal_words())
    if not form.validate_on_submit():
        return ask(PASSWORD, form)
    if (status := password_again(form.current)) != 200:
        form.ask_password_again()
        return page(PASSWORD, status, form=form)
    password_hash = passwords.hash_password(form.password.data)
    with transaction() as session:
        token = credentials.change_password(session, acting(), password_hash, at=clock.now())
    access.begin_session(token)
    return redirect(url_for("accounts.profile", done="password"), 303)


def _personal_words() -> list[str]:
    session = reading()
    mine = queries.account(session, acting().account_id)
    person = taxpayers.taxpayer(session, acting().person_id)
    number = taxpayers.number_of(person, keys()).number if person else ""
    return personal_words(
        acting().person_name, number, queries.mobile_of(mine, keys()), queries.email_of(mine, keys())
    )
