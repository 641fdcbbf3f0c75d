"""Signing in and out."""

from flask import redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts import queries
from portal.accounts.forms import SignInForm
from portal.accounts.routes.door import ask, bp, browser, keys, next_path, note_refusal, source, too_many
from portal.accounts.services import limits, passwords, sessions
from portal.core import access, clock
from portal.core.access import acting, acting_or_none, allow
from portal.core.pages import page, transaction
from portal.taxpayers.rules import normalise

SIGN_IN = "accounts/sign_in.html"


@bp.route("/sign-in", methods=["GET", "POST"])
@allow("public")
def sign_in() -> Response:
    """Ask for name and password; lead on to where the person was going."""
    form = SignInForm()
    if form.validate_on_submit():
        return _try(form)
    if acting_or_none() is not None:
        return redirect(next_path() or "/", 303)
    return ask(SIGN_IN, form)


def _try(form: SignInForm) -> Response:
    """Limits, then the hash, then the session; a name nobody has goes the same way to the same answer."""
    name, password, at = normalise(form.name.data), form.password.data, clock.now()
    with transaction() as session:
        found = queries.by_name(session, keys(), name, browser(), at)
        # Somebody elsewhere who tries a name cannot use up the tries of its holder at home.
        subject = f"{name}|{browser().origin}" if found and found.familiar else name
        until = limits.take(session, keys(), "sign-in", address=source(), subject=subject, at=at)
    if until is not None:
        return too_many(SIGN_IN, form, until)
    token = None
    if passwords.fits(found.password_hash if found else None, password) and found:
        with transaction() as session:
            token = sessions.sign_in(
                session, found.account_id, found.password_hash, password, browser(), at=at
            )
            limits.give_back(session, keys(), "sign-in", address=source(), subject=subject)
    if token is None:
        note_refusal("password")
        form.form_errors.append(_("登录名或密码不正确"))
        return ask(SIGN_IN, form)
    access.begin_session(token)
    return redirect(next_path() or "/", 303)


@bp.post("/sign-out")
@allow("account", staff_too=True)
def sign_out() -> Response:
    """End this session."""
    with transaction() as session:
        sessions.sign_out(session, acting(), at=clock.now())
    access.end_session()
    return redirect(url_for("accounts.signed_out"), 303)


@bp.get("/signed-out")
@allow("public")
def signed_out() -> Response:
    """Say that it is over."""
    return page("accounts/signed_out.html")
