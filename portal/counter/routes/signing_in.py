"""Staff come in by a door of their own: number, password and one-time code, all three each time."""

from flask import redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.forms import PasswordForm
from portal.accounts.queries.staff import by_staff_number
from portal.accounts.routes.door import browser, next_path, note_refusal, password_again, source, too_many
from portal.accounts.rules.staff import number_of
from portal.accounts.services import credentials, limits, passwords, staff
from portal.accounts.services.staff import Shown
from portal.core import access, clock
from portal.core.access import ANY_ROLE, acting, acting_or_none, allow
from portal.core.pages import ask, keys, page, transaction
from portal.counter.forms import EnrolForm, StaffSignInForm
from portal.counter.routes.door import bp

SIGN_IN, ENROL, PASSWORD = "counter/sign_in.html", "counter/enrol.html", "counter/change_password.html"


@bp.route("/sign-in", methods=["GET", "POST"])
@allow("public")
def sign_in() -> Response:
    """Ask for number, password and code; lead on to where the member was going."""
    form = StaffSignInForm()
    if form.validate_on_submit():
        return _try(form)
    person = acting_or_none()
    if person is not None and person.role == "staff":
        return redirect(next_path() or url_for("counter.index"), 303)
    return ask(SIGN_IN, form)


def _try(form: StaffSignInForm) -> Response:
    """Limits, then the hash, then the code with the session; a number nobody has goes the same way."""
    number, at = number_of(form.number.data), clock.now()
    with transaction() as session:
        found = by_staff_number(session, number, browser(), at)
        # As for taxpayers: a stranger elsewhere cannot use up the tries of whoever works here.
        subject = f"{number}|{browser().origin}" if found and found.familiar else number
        until = limits.take(session, keys(), "staff-sign-in", address=source(), subject=subject, at=at)
    if until is not None:
        return too_many(SIGN_IN, form, until)
    token = None
    if passwords.fits(found.password_hash if found else None, form.password.data) and found:
        shown = Shown(number, found.password_hash, form.password.data, form.code.data)
        with transaction() as session:
            token = staff.sign_in(session, keys(), shown, browser(), at=at)
            if token is not None:
                limits.give_back(session, keys(), "staff-sign-in", address=source(), subject=subject)
    if token is None:
        note_refusal("staff sign-in")
        form.form_errors.append(_("工号、密码或动态验证码不正确。用过的验证码不能再用，请等验证器显示下一个"))
        return ask(SIGN_IN, form)
    access.begin_session(token)
    return redirect(next_path() or url_for("counter.index"), 303)


@bp.route("/enrol", methods=["GET", "POST"])
@allow("public")
def enrol() -> Response:
    """The first time: enrolment code, first code of the authenticator, and a password of one's own."""
    form = EnrolForm()
    if not form.validate_on_submit():
        return ask(ENROL, form)
    number, at = number_of(form.number.data), clock.now()
    with transaction() as session:
        until = limits.take(session, keys(), "staff-enrolment", address=source(), subject=number, at=at)
    if until is not None:
        form.ask_password_again()
        return too_many(ENROL, form, until)
    password_hash = passwords.hash_password(form.password.data)
    enrol_code = number_of(form.enrol_code.data).replace("-", "")
    with transaction() as session:
        enrolled = staff.enrol(session, keys(), number, enrol_code, form.code.data, password_hash, at=at)
    if not enrolled:
        note_refusal("staff enrolment")
        form.ask_password_again()
        form.form_errors.append(_("工号、启用码或动态验证码不正确，或者启用码已经用过或超过24小时"))
        return ask(ENROL, form)
    return redirect(url_for("counter.sign_in", enrolled="yes"), 303)


@bp.route("/password", methods=["GET", "POST"])
@allow("staff", role=ANY_ROLE)
def change_password() -> Response:
    """Ask for the password in use and the new one; every other session ends."""
    form = PasswordForm(personal=[acting().person_name])
    if not form.validate_on_submit():
        return ask(PASSWORD, form)
    if (status := password_again(form.current)) != 200:
        form.ask_password_again()
        return page(PASSWORD, status, form=form)
    password_hash = passwords.hash_password(form.password.data)
    with transaction() as session:
        token = credentials.change_password(session, acting(), password_hash, at=clock.now())
    access.begin_session(token)
    return redirect(url_for("counter.index", done="password"), 303)
