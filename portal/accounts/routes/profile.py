"""What the portal knows of the person: profile and history, level, sessions, language, address."""

from uuid import UUID

from flask import abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from portal.accounts import queries
from portal.accounts.forms import AddressForm, LanguageForm
from portal.accounts.routes.door import bp, next_path
from portal.accounts.rules import ladder
from portal.accounts.rules.contacts import masked_email, masked_mobile
from portal.accounts.services import profile as services
from portal.accounts.services import sessions as sessions_
from portal.core import clock
from portal.core.access import acting, allow, allowed_of
from portal.core.pages import ask, keys, page, reading, transaction
from portal.core.wording import N_
from portal.taxpayers import queries as taxpayers
from portal.taxpayers.rules import NUMBER_NAMES

DONE = {
    "mobile": N_("手机号码已更改"),
    "email": N_("电子邮箱已更改"),
    "password": N_("密码已更改，其他设备上的登录已经结束"),
    "address": N_("联系地址已更改"),
    "language": N_("语言已更改"),
}
"""What a change that has just been made is told as."""

DETAILS = {
    "name": N_("姓名"),
    "mobile": N_("手机号码"),
    "email": N_("电子邮箱"),
    "address": N_("联系地址"),
}
SOURCES = {
    "holder": N_("本人填写"),
    "register": N_("身份登记信息"),
    "import": N_("数据导入"),
    "staff": N_("工作人员录入"),
}


@bp.get("/profile")
@allow("account")
def profile() -> Response:
    """Everything kept about the person, and the way to change it."""
    session = reading()
    mine = queries.account(session, acting().account_id)
    person = taxpayers.taxpayer(session, acting().person_id) or abort(404)
    number = taxpayers.number_of(person, keys())
    details = taxpayers.history(session, person.id, keys())
    address = taxpayers.in_force(details, "address", clock.today())
    return page(
        "accounts/profile.html",
        person=person,
        number=number.number,
        kind=NUMBER_NAMES[number.kind],
        mobile=queries.mobile_of(mine, keys()),
        email=queries.email_of(mine, keys()),
        email_confirmed=mine.email_confirmed,
        address=address.value if address else "",
        language=mine.language,
        rung=next((rung for rung in ladder.RUNGS if rung.level == acting().level), None),
        history=[(DETAILS[d.kind], _shown(d), d, SOURCES[d.source]) for d in details],
        done=DONE.get(request.args.get("done", "")),
    )


def _shown(detail: taxpayers.Detail) -> str:
    """A contact of the past, masked."""
    masks = {"mobile": masked_mobile, "email": masked_email}
    return masks.get(detail.kind, str)(detail.value)


@bp.get("/level")
@allow("account")
def level() -> Response:
    """How well the portal knows the person, what that is good for, and the way up."""
    now = acting().level
    services_ = [
        (words, allowed.level, now >= allowed.level)
        for endpoint, words in ladder.SERVICES
        if endpoint in current_app.view_functions and (allowed := allowed_of(endpoint))
    ]
    return page(
        "accounts/level.html",
        now=now,
        rungs=ladder.RUNGS,
        names={rung.level: rung.name for rung in ladder.RUNGS},
        up=ladder.way_up(now),
        services=services_,
        proofs=queries.proofs(reading(), acting().account_id),
        methods=ladder.METHODS,
        attested=ladder.ATTESTED_BY,
        next=next_path(),
    )


@bp.get("/sessions")
@allow("account", staff_too=True)
def sessions() -> Response:
    """Every browser that is signed in."""
    live = queries.live_sessions(reading(), acting().account_id, acting().role, clock.now())
    return page("accounts/sessions.html", sessions=live, mine=acting().session_id)


@bp.post("/sessions/end-others")
@allow("account", staff_too=True)
def end_others() -> Response:
    """Sign out everywhere else."""
    with transaction() as session:
        sessions_.end_others(session, acting(), at=clock.now())
    return redirect(url_for("accounts.sessions"), 303)


@bp.post("/sessions/<uuid:session_id>/end")
@allow("account", staff_too=True)
def end_session(session_id: UUID) -> Response:
    """Sign out one of the person's browsers."""
    with transaction() as session:
        if not sessions_.end_one(session, acting(), session_id, at=clock.now()):
            abort(404)
    return redirect(url_for("accounts.sessions"), 303)


@bp.route("/address", methods=["GET", "POST"])
@allow("account")
def change_address() -> Response:
    """A new address from today on; the old one stays in the history."""
    form = AddressForm()
    if not form.validate_on_submit():
        return ask("accounts/change_address.html", form)
    with transaction() as session:
        services.change_address(session, keys(), acting(), form.address.data, at=clock.now())
    return redirect(url_for("accounts.profile", done="address"), 303)


@bp.route("/language", methods=["GET", "POST"])
@allow("account")
def change_language() -> Response:
    """The language of pages and messages."""
    form = LanguageForm(data={"language": acting().language})
    if not form.validate_on_submit():
        return ask("accounts/change_language.html", form)
    with transaction() as session:
        services.change_language(session, acting(), form.language.data, at=clock.now())
    return redirect(url_for("accounts.profile", done="language", lang=form.language.data), 303)
