"""Who may: every endpoint names its audience, and what is not named answers nothing.

A session is an opaque token in a cookie; the accounts room knows the rows behind it and hands this room a
loader. The request then carries one `Acting`, or none.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar, cast
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from flask import Flask, Request, abort, current_app, g, redirect, request, url_for
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal.core.acting import Acting, Deed, Level, Right
from portal.core.db import Database
from portal.core.lapses import keep_answers, remember_author, was_the_office
from portal.core.refusal import Refusal, reason
from portal.core.request import database as database_of_request
from portal.core.request import reading

View = TypeVar("View", bound=Callable[..., Any])
Audience = Literal["public", "account", "taxpayer", "staff", "gateway", "partner"]
ANY_ROLE = "any"
"""What an endpoint of the staff demands that is for whoever holds a role at all."""
MACHINES = {"gateway", "partner"}
"""Audiences that never carry a session, a cookie or a page."""
FIRM_IS_CLEARED = reason(
    "firm-is-cleared",
    "{name} 已经清税，页面只供查看，不能再办理。",
    "对清税有疑问的，请联系主管税务机关。",
)
NOT_KNOWN_WELL_ENOUGH = reason(
    "assisted-level",
    "这位纳税人的实名等级不够，这一页不能协助办理。",
    "请先为本人当面核验身份，再继续协助。",
)
OF_ANOTHER = reason(
    "assisted-another",
    "这张表单不是为 {name} 打开的，而您现在协助的是他。什么也没有提交。",
    "请在正在协助的纳税人的页面上重新打开。",
)
THEIR_OWN_ACCOUNT = reason(
    "assisted-own-account",
    "这一页是纳税人自己的账户：密码、手机、登录和授权身份，工作人员不能进入。",
    "请纳税人在自己的手机或电脑上登录办理。",
)
SAFE = {"GET", "HEAD", "OPTIONS"}
CONTEXT = "acting_for"
"""Name of the hidden field by which every form says for whom it was opened."""

LoadActing = Callable[[Database, Session, str], Acting | None]
"""From database, reading session and token to the acting person."""
ByClerk = Literal["never", "prepares"] | Callable[..., Deed | None]
"""What a clerk may do at a taxpayer's endpoint that writes, in the taxpayer's presence: nothing; all of it,
as it binds nobody; or what the function says, from the arguments of the address, once the taxpayer agrees.
The function says None where nothing would be done: the form comes back with its mistakes."""


@dataclass(frozen=True)
class Allowed:
    """What an endpoint demands of whoever asks."""

    audience: Audience
    right: Right | None
    level: Level
    role: str | None = None
    """Of staff: the role they must hold, or `ANY_ROLE`; no other audience names one."""
    staff_too: bool = False
    """Whether a door to one's account is one for staff as well."""
    by_clerk: ByClerk = "never"
    """What of it a clerk may do who assists; looking is allowed, as far as the taxpayer may look."""


Watch = Callable[[Acting, Allowed], Response | None]
"""What is done before a clerk gets to a taxpayer's page; an answer of its own where they do not get there."""


class AssistanceOver(Exception):
    """A clerk asked for a taxpayer's page whose assistance has ended, so nothing was done.

    The assisting room answers.
    """

    def __init__(self, assistance_id: UUID) -> None:
        super().__init__(str(assistance_id))
        self.assistance_id = assistance_id


class OtherContext(Exception):
    """A form came that was opened for somebody else than one acts for now, so nothing was done.

    `opened_for` is the taxpayer it names, None if it names none. The accounts room answers.
    """

    def __init__(self, opened_for: UUID | None) -> None:
        super().__init__(str(opened_for))
        self.opened_for = opened_for


class SignedIn(UserMixin):  # type: ignore[misc]  # flask-login carries no types
    """What flask-login keeps as the current user."""

    def __init__(self, acting: Acting) -> None:
        self.acting = acting
        self.id = str(acting.account_id)


csrf = CSRFProtect()
log = structlog.get_logger()


def allow(
    audience: Audience,
    *,
    right: Right | None = None,
    level: Level | None = None,
    role: str | None = None,
    staff_too: bool = False,
    by_clerk: ByClerk = "never",
) -> Callable[[View], View]:
    """Name an endpoint's audience. A taxpayer's endpoint needs `PROVEN` unless it says otherwise.

    An endpoint of the staff names the role it needs, or `ANY_ROLE`: without one it does not load. The doors
    of one's own account are the taxpayer's alone unless `staff_too`; what is written for a taxpayer is not
    written by a clerk unless `by_clerk`.
    """
    if (audience == "staff") != (role is not None):
        raise ValueError("an endpoint of the staff names a role, and no other does")
    if level is None:
        level = Level.PROVEN if audience == "taxpayer" else Level.NONE
    allowed = Allowed(audience, right, level, role, staff_too, by_clerk)

    def mark(view: View) -> View:
        view.allowed = allowed  # type: ignore[attr-defined]
        return view

    return mark


def allowed_of(endpoint: str | None) -> Allowed | None:
    """The audience of an endpoint of the current application, or None if nobody named one."""
    return getattr(current_app.view_functions.get(endpoint or ""), "allowed", None)


def acting() -> Acting:
    """The acting person; only behind an audience that demands one.

    Behind the doors of their own account a person acts for themselves, for whomever they act elsewhere.
    """
    person = _on_this_page(signed_in())
    allowed = allowed_of(request.endpoint)
    return person.for_oneself() if allowed is not None and allowed.audience == "account" else person


def signed_in() -> Acting:
    """Who is signed in, on whatever page, even one of a taxpayer they assist; only where somebody is."""
    return cast(SignedIn, current_user).acting


def acting_or_none() -> Acting | None:
    """Who is signed in and for whom they act, on whatever page; None for a visitor."""
    if not current_user.is_authenticated:
        return None
    return _on_this_page(signed_in())


def _on_this_page(person: Acting) -> Acting:
    """On a taxpayer's page a clerk who assists is there as the taxpayer, whose page it is."""
    allowed = allowed_of(request.endpoint)
    at_the_taxpayers = allowed is not None and allowed.audience == "taxpayer"
    return person.assisting if at_the_taxpayers and person.assisting is not None else person


def assented(assent_id: UUID) -> None:
    """From here on what this request does is what the taxpayer agreed to just now."""
    mine = signed_in()
    present = mine.assisting
    assert present is not None, "only on the pages of somebody"
    assert present.clerk is not None, "and by a clerk"
    agreed = replace(present, clerk=replace(present.clerk, assent_id=assent_id))
    g._login_user = SignedIn(replace(mine, assisting=agreed))


def acting_for() -> str:
    """For whom the forms of this answer are opened: the key of a taxpayer, or nothing for a visitor."""
    person = acting_or_none()
    return str(person.taxpayer_id) if person else ""


def install(
    app: Flask, database: Database, load: LoadActing, watch: Watch = lambda *_: None, *, secure: bool
) -> None:
    """Close the doors of `app`: load the acting person; check audience, right, level and CSRF each time."""
    manager = LoginManager(app)
    manager.session_protection = None
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # the token lives as long as its session
    app.extensions["load_acting"] = load
    app.extensions["watch_clerk"] = watch
    app.extensions["session_cookie"] = "__Host-portal" if secure else "portal"
    csrf.init_app(app)

    @manager.request_loader  # type: ignore[untyped-decorator]
    def who(incoming: Request) -> SignedIn | None:
        token = incoming.cookies.get(app.extensions["session_cookie"])
        allowed = allowed_of(incoming.endpoint)
        if not token or (allowed is not None and allowed.audience in MACHINES):
            return None
        found = load(database, reading(), token)
        return SignedIn(found) if found else None

    app.before_request(_guard)
    app.after_request(_send_session)


def _guard() -> Response | None:
    if request.endpoint is None:
        return None  # no such page: Flask answers 404 or 405
    allowed = allowed_of(request.endpoint)
    if allowed is None:
        abort(404)
    if request.method not in SAFE and allowed.audience not in MACHINES:
        _refuse_foreign_origin()
        csrf.protect()
    return None if allowed.audience in {"public", *MACHINES} else _demand(allowed)


def _demand(allowed: Allowed) -> Response | None:
    person = acting_or_none()
    if person is None:
        return _ask_who(allowed)
    if request.method in SAFE:
        remember_author(signed_in())
    _demand_role(person, allowed)
    if moved := _check_context(person, allowed) or _check_level(person, allowed):
        return moved
    if allowed.right is not None and allowed.right not in person.rights:
        abort(403)
    if person.closed and allowed.audience == "taxpayer" and request.method not in SAFE:
        raise Refusal(FIRM_IS_CLEARED, name=person.taxpayer_name)
    if person.clerk is not None:
        return cast(Watch, current_app.extensions["watch_clerk"])(person, allowed)
    return None


def _check_level(person: Acting, allowed: Allowed) -> Response | None:
    if person.level >= allowed.level:
        return None
    if person.clerk is not None:
        raise Refusal(NOT_KNOWN_WELL_ENOUGH)
    return redirect(url_for("accounts.level", next=way_back()), 303)


def _ask_who(allowed: Allowed) -> Response:
    """Lead to the door. Raises `Lapsed` where a taxpayer's form came too late and is kept for them."""
    if allowed.audience == "staff":
        return redirect(url_for("counter.sign_in", next=way_back()), 303)
    if was_the_office():
        return redirect(url_for("counter.sign_in"), 303)  # a clerk who assisted: consent is asked for anew
    if request.method not in SAFE:
        keep_answers()
    return redirect(url_for("accounts.sign_in", next=way_back()), 303)


def _demand_role(person: Acting, allowed: Allowed) -> None:
    """What is for others is not there; what is for other staff is refused.

    Raises `AssistanceOver` where a clerk was at a taxpayer's pages until now.
    """
    if allowed.audience == "taxpayer" and person.lost_assistance is not None:
        raise AssistanceOver(person.lost_assistance)
    if allowed.audience == "account":
        if person.assisting is not None and not allowed.staff_too:
            raise Refusal(THEIR_OWN_ACCOUNT)
        if person.role == "staff" and not allowed.staff_too:
            abort(404)
    elif person.role != allowed.audience:
        abort(404)
    if allowed.role is not None and not (
        person.duties if allowed.role == ANY_ROLE else allowed.role in person.duties
    ):
        abort(403)


def _check_context(person: Acting, allowed: Allowed) -> Response | None:
    """Do nothing for a firm that is not acted for any more, nor by a form opened for somebody else.

    Raises `OtherContext`; a person who only looks is led to where the loss of a mandate is told.
    """
    if request.method in SAFE:
        if person.lost is None or request.endpoint == "accounts.no_longer":
            return None
        if not is_for_a_person():
            raise OtherContext(None)  # a script asks: the person has not seen it yet
        return redirect(url_for("accounts.no_longer", mandate_id=person.lost), 303)
    named = request.form.get(CONTEXT)
    if allowed.audience == "account" and named is None:
        return None
    if allowed.audience in {"account", "taxpayer"} and named != str(person.taxpayer_id):
        if person.clerk is not None:
            raise Refusal(OF_ANOTHER, name=person.taxpayer_name)
        raise OtherContext(_key(named))
    return None


def is_for_a_person() -> bool:
    """Whether a page is asked for that a person will see, and not an answer for a script."""
    return request.headers.get("Sec-Fetch-Dest", "document") == "document"


def _key(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def way_back() -> str:
    """Where to return to after signing in: the page asked for, or the one a lost form stood on."""
    if request.method in SAFE:
        return request.full_path.rstrip("?")
    return came_from() or "/"


def came_from() -> str:
    """The page of ours from which this was asked, with what its address says; "" where nobody told."""
    page = urlsplit(request.referrer or "")
    if page.netloc != request.host:
        return ""
    return safe_path(f"{page.path}?{page.query}" if page.query else page.path) or ""


def _refuse_foreign_origin() -> None:
    origin = request.headers.get("Origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.host
    if foreign or request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        log.warning("form refused", why="another origin", endpoint=request.endpoint)
        abort(403)


def begin_session(token: str) -> None:
    """Send the browser its session token with this answer, in place of any earlier one."""
    g.session_token = token


def go_on_as(token: str) -> Acting:
    """`begin_session`, and let this very answer be given to whoever has just signed in."""
    begin_session(token)
    found = current_app.extensions["load_acting"](database_of_request(), reading(), token)
    assert found is not None, "a session that has just begun is live"
    g._login_user = SignedIn(found)  # where flask-login keeps the current user of a request
    return cast(Acting, found)


def end_session() -> None:
    """Take the session token from the browser with this answer and have it forget the pages it kept."""
    g.session_token = ""


def _send_session(response: Response) -> Response:
    token = g.get("session_token")
    if token is None:
        return response
    name = current_app.extensions["session_cookie"]
    secure = name.startswith("__Host-")
    if token:
        response.set_cookie(name, token, secure=secure, httponly=True, samesite="Lax", path="/")
    else:
        response.delete_cookie(name, secure=secure, httponly=True, samesite="Lax", path="/")
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def safe_path(target: str | None) -> str | None:
    """`target` if it is a path on this portal, else None: no open redirect."""
    if not target or not target.startswith("/") or target.startswith("//"):
        return None
    if "\\" in target or any(ord(c) < 33 or ord(c) == 127 for c in target):
        return None
    return target
