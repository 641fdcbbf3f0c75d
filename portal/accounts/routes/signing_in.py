"""Signing in and out, and going on with a form whose session was over."""

from typing import Any
from uuid import UUID

from flask import current_app, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts import queries
from portal.accounts.forms import SignInForm
from portal.accounts.queries.mandates import contexts
from portal.accounts.routes.door import bp, browser, next_path, note_refusal, source, too_many
from portal.accounts.services import limits, passwords, sessions
from portal.accounts.services.contexts import switch
from portal.core import access, clock
from portal.core.access import acting, acting_or_none, allow
from portal.core.acting import Acting, Level
from portal.core.kept import Kept
from portal.core.lapses import Lapsed, kept_for
from portal.core.pages import ask, keys, page, reading, transaction
from portal.core.wording import N_, Phrase
from portal.taxpayers.rules import normalise

SIGN_IN = "accounts/sign_in.html"
PAGES = {
    "filing.page": N_("填写申报表"),
    "filing.row": N_("填写申报表中的一项"),
    "certificates.new": N_("开具完税证明"),
    "accounts.change_address": N_("更改联系地址"),
    "accounts.change_mobile": N_("更改手机号码"),
    "accounts.change_email": N_("更改电子邮箱"),
    "accounts.join_firm": N_("代表企业办理"),
    "accounts.propose_person": N_("授权个人"),
    "accounts.propose_agent": N_("授权代理机构"),
}
"""Pages with questions to which somebody is likely to come back late; any other is told by its address."""


@bp.route("/sign-in", methods=["GET", "POST"])
@allow("public")
def sign_in() -> Response:
    """Ask for name and password; lead on to where the person was going."""
    form = SignInForm()
    if form.validate_on_submit():
        return _try(form)
    if acting_or_none() is not None:
        return redirect(next_path() or "/", 303)
    return ask(SIGN_IN, form, **_brought_along())


@bp.app_errorhandler(Lapsed)
def lapsed(said: Lapsed) -> Response:
    """Ask who it is, with what was typed sealed in the page: nothing of it was done."""
    door = url_for("accounts.sign_in", next=request.full_path.rstrip("?"))
    return page(SIGN_IN, 403, form=SignInForm(formdata=None), door=door, kept=said.sealed, on_the_way=True)


def _brought_along() -> dict[str, Any]:
    """What the sign-in page hands on however often it is tried: where to, and what was typed there."""
    to = next_path()
    door = url_for("accounts.sign_in", next=to)
    return {"door": door, "kept": request.form.get("kept", ""), "on_the_way": to is not None}


def _try(form: SignInForm) -> Response:
    """Limits, then the hash, then the session; a name nobody has goes the same way to the same answer."""
    name, password, at = normalise(form.name.data), form.password.data, clock.now()
    with transaction() as session:
        found = queries.by_name(session, keys(), name, browser(), at)
        # Somebody elsewhere who tries a name cannot use up the tries of its holder at home.
        subject = f"{name}|{browser().origin}" if found and found.familiar else name
        until = limits.take(session, keys(), "sign-in", address=source(), subject=subject, at=at)
    if until is not None:
        return too_many(SIGN_IN, form, until, **_brought_along())
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
        return ask(SIGN_IN, form, **_brought_along())
    person = access.go_on_as(token)
    kept = kept_for(person, request.form.get("kept", ""))
    return _offer(person, kept) if kept else redirect(next_path() or "/", 303)


def _offer(person: Acting, kept: Kept) -> Response:
    """What the person had typed, one press away from its page; that press meets every check."""
    still_may = kept.opened_for in {"", str(person.taxpayer_id)} or _act_again_for(person, kept.opened_for)
    path = kept.path.partition("?")[0]
    return page("accounts/_resume.html", kept=kept, still_may=still_may, place=_name_of(path), path=path)


def _act_again_for(person: Acting, opened_for: str) -> bool:
    """Act for whom the form was opened, if the person still may."""
    try:
        firm = UUID(opened_for)
    except ValueError:
        return False
    found = contexts(reading(), person.person_id, clock.today(), taxpayer_id=firm)
    if not found or person.level < Level.PROVEN:
        return False
    with transaction() as session:
        token = switch(session, person, found[0].mandate_id, at=clock.now())
    access.go_on_as(token)
    return True


def _name_of(path: str) -> Phrase | None:
    adapter = current_app.create_url_adapter(request)
    return PAGES.get(adapter.match(path, method="GET")[0]) if adapter else None


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
