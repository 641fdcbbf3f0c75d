"""A lost password: a code to the mobile, and a new one."""

from uuid import UUID

from flask import redirect, url_for
from werkzeug.wrappers import Response

from portal.accounts import queries
from portal.accounts.forms import ResetCodeForm, ResetForm
from portal.accounts.models import Confirmation
from portal.accounts.routes.door import bp, refuse_code, source, still_waiting, too_many
from portal.accounts.rules.contacts import masked_mobile
from portal.accounts.services import codes, credentials, limits, passwords
from portal.accounts.services.codes import Outcome
from portal.core import access, clock
from portal.core.access import allow
from portal.core.pages import ask, keys, lang, page, reading, transaction
from portal.taxpayers.rules import normalise

RESET, CODE = "accounts/reset.html", "accounts/confirm_reset.html"


@bp.route("/reset", methods=["GET", "POST"])
@allow("public")
def reset() -> Response:
    """Ask for number and mobile; the next page is the same whether or not they belong to an account."""
    form = ResetForm()
    if not form.validate_on_submit():
        return ask(RESET, form)
    number, mobile, at = normalise(form.number.data), form.mobile.data, clock.now()
    with transaction() as session:
        until = limits.take(session, keys(), "reset", address=source(), subject=number, at=at)
        until = until or limits.take(session, keys(), "code", address=source(), subject=mobile, at=at)
        if until is None:
            waiting = credentials.begin_reset(session, keys(), number, mobile, lang(), at=at)
    if until is not None:
        return too_many(RESET, form, until)
    return redirect(url_for("accounts.confirm_reset", reset_id=waiting.id), 303)


@bp.route("/reset/<uuid:reset_id>/code", methods=["GET", "POST"])
@allow("public")
def confirm_reset(reset_id: UUID) -> Response:
    """Ask for the code and the new password together."""
    form, at = ResetCodeForm(), clock.now()
    if not form.validate_on_submit():
        return _ask(form, still_waiting(queries.waiting(reading(), reset_id, "reset", at)))
    password_hash = passwords.hash_password(form.password.data)
    with transaction() as session:
        waiting = still_waiting(queries.waiting(session, reset_id, "reset", at))
        mobile = masked_mobile(codes.recipient_of(waiting, keys()).to)
        outcome = credentials.confirm_reset(session, keys(), waiting, form.code.data, password_hash, at=at)
    if outcome is not Outcome.RIGHT:
        refuse_code(form.code, outcome)
        form.ask_password_again()
        return ask(CODE, form, mobile=mobile)
    access.end_session()
    return redirect(url_for("accounts.was_reset"), 303)


def _ask(form: ResetCodeForm, waiting: Confirmation) -> Response:
    return ask(CODE, form, mobile=masked_mobile(codes.recipient_of(waiting, keys()).to))


@bp.get("/reset/done")
@allow("public")
def was_reset() -> Response:
    """Say that the new password counts and every session has ended."""
    return page("accounts/was_reset.html")
