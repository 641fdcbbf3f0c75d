"""How a page is made: what templates may use, headers, languages, and the answer to every error."""

import secrets
from datetime import datetime
from functools import cache, lru_cache
from hashlib import sha256
from math import ceil
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import structlog
from flask import Flask, g, make_response, render_template, request, url_for
from flask_babel import Babel
from flask_wtf.csrf import CSRFError, generate_csrf
from jinja2 import StrictUndefined
from markupsafe import Markup, escape
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response

from portal.core import clock, money
from portal.core.access import MACHINES, acting_for, acting_or_none, allowed_of, came_from
from portal.core.crypto import Keyring
from portal.core.language import LOCALES, TRANSLATIONS, Language, language
from portal.core.refusal import Refusal, Unavailable
from portal.core.request import database, gateways, reading, settings, transaction
from portal.core.wording import N_

__all__ = [
    "ask",
    "database",
    "foreign",
    "gateways",
    "invalid",
    "keys",
    "lang",
    "masked",
    "masked_name",
    "page",
    "reading",
    "settings",
    "speaking",
    "transaction",
]

STATIC = Path(__file__).parents[2] / "static"
LANGUAGE_COOKIE = "lang"

log = structlog.get_logger()


def page(template: str, /, status: int = 200, **context: Any) -> Response:
    """Render a page."""
    return make_response(render_template(template, **context), status)


def invalid(template: str, /, **context: Any) -> Response:
    """Render a form again with its mistakes beside the questions; nothing typed is lost."""
    return page(template, 422, **context)


def ask(template: str, form: object, /, **context: Any) -> Response:
    """The form: fresh, or with what is wrong beside the questions."""
    if request.method == "POST":
        return invalid(template, form=form, **context)
    return page(template, form=form, **context)


def keys() -> Keyring:
    """The keys of this installation."""
    return settings().keyring


def lang() -> str:
    """The language of this answer: `zh` or `en`."""
    return speaking().code


def speaking() -> Language:
    """The language of this answer, for facts and phrases put into words in Python: asked for in the address,
    kept in a cookie, or Chinese. Kept for the request, as every phrase of a page asks for it."""
    known: Language | None = g.get("speaking")
    if known is None:
        wanted = request.args.get("lang") or request.cookies.get(LANGUAGE_COOKIE) or "zh"
        known = g.speaking = language(wanted if wanted in LOCALES else "zh")
    return known


def other_language_url() -> str:
    """This page in the other language; after a refused form, the page the form stands on."""
    arguments = {k: v for k, v in request.args.items(multi=True) if k != "lang"}
    return f"{request.path}?{urlencode({**arguments, 'lang': 'en' if lang() == 'zh' else 'zh'})}"


@cache
def _fingerprint(name: str) -> str:
    return sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """The address of a static file, changing with its content so that it may be cached for ever."""
    return f"/static/{name}?v={_fingerprint(name)}"


def masked(number: str, first: int = 4) -> str:
    """An identity number as pages show it: its first characters and the last four."""
    hidden = len(number) - first - 4
    return number[:first] + "*" * hidden + number[-4:] if hidden > 0 else number


def masked_name(name: str) -> str:
    """A name on a list: enough to tell two apart, not enough to browse by. Firms keep both their ends."""
    if len(name) > 6:
        return f"{name[:2]}…{name[-4:]}"
    return name[:1] + "*" * (len(name) - 1)


def minutes_left(until: datetime) -> int:
    """Whole minutes until an instant, as the page is laid out; the one that runs counts."""
    return max(0, ceil((until - clock.now()).total_seconds() / 60))


def foreign(text: str) -> Markup:
    """Chinese names and legal titles, marked as Chinese inside an English page."""
    escaped = escape(text)
    return escaped if lang() == "zh" else Markup('<span lang="zh-Hans">{}</span>').format(escaped)


def translated(text: str, **facts: object) -> Markup:
    """`text` in the page's language, its `%(facts)s` filled in. Jinja's own `_` would take every percent sign
    for a place to fill and every text for markup."""
    words = _as_markup(speaking(), text)
    return words % facts if facts else words


@lru_cache(maxsize=4096)
def _as_markup(spoken: Language, text: str) -> Markup:
    """Kept: every page asks for the same hundred, and catalogues do not change while a process runs."""
    return escape(spoken.phrase(text))


class _Office:
    """The deploying office's names in the page's language."""

    @property
    def service(self) -> str:
        office = settings().office
        return office.service_zh if lang() == "zh" else office.service_en

    @property
    def name(self) -> str:
        office = settings().office
        return office.name_zh if lang() == "zh" else office.name_en


def install(app: Flask) -> None:
    """Give `app` its templates' vocabulary, its languages, its headers and its error pages."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        money=money.show,
        day=lambda value: speaking().day(value),
        day_and_month=lambda value: speaking().day_and_month(value),
        short_day=lambda value: speaking().short_day(value),
        moment=lambda value: speaking().moment(value),
        masked=masked,
        minutes_left=minutes_left,
        foreign=foreign,
        month=lambda value: speaking().month(value),
        weekday=lambda value: speaking().weekday(value),
    )
    app.jinja_env.globals.update(
        asset=asset,
        lang=lang,
        other_language_url=other_language_url,
        acting_or_none=acting_or_none,
        acting_for=acting_for,
        office=_Office,
        csrf_token=generate_csrf,
        has_endpoint=lambda name: name in app.view_functions,
        demo=lambda: settings().demo,
    )
    Babel(
        app,
        locale_selector=lambda: LOCALES[lang()],
        default_timezone="Asia/Shanghai",
        default_translation_directories=str(TRANSLATIONS),
    )
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # of the i18n extension
        lambda text: speaking().phrase(text),
        lambda one, many, count: speaking().plural(one, many, count),
        newstyle=True,
    )
    app.jinja_env.globals["_"] = translated
    app.after_request(_headers)
    app.after_request(_keep_language)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(Unavailable, _unavailable)
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(SecurityError, _other_host)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(Exception, _unexpected)


def allow_form_to(origin: str) -> None:
    """Let the forms of this one page lead on to another origin (the hosted payment page)."""
    g.form_target = origin


def _headers(response: Response) -> Response:
    target = f" {g.form_target}" if "form_target" in g else ""
    own = ("style-src", "script-src", "img-src", "connect-src", "font-src", "manifest-src")
    policy = "; ".join(["default-src 'none'", *(f"{kind} 'self'" for kind in own)])
    response.headers["Content-Security-Policy"] = (
        f"{policy}; form-action 'self'{target}; base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.add("Vary", "Cookie")
    if settings().secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return response


def static_headers(headers: Any, _path: str, _url: str) -> None:
    """The headers of static files, which the application itself never sees."""
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Content-Security-Policy"] = "default-src 'none'"


def _keep_language(response: Response) -> Response:
    if request.args.get("lang") in LOCALES:
        secure = settings().secure
        response.set_cookie(
            LANGUAGE_COOKIE, lang(), max_age=31536000, httponly=True, samesite="Lax", secure=secure
        )
    return response


def _error(template: str, status: int, **context: Any) -> Response:
    """An error page, or a bare word to a machine that has no use for one."""
    allowed = allowed_of(request.endpoint)
    if allowed is not None and allowed.audience in MACHINES:
        return make_response(template.removesuffix(".html"), status, {"Content-Type": "text/plain"})
    return page(f"errors/{template}", status, **context)


def _refused(refusal: Refusal) -> Response:
    why, remedy = (
        speaking().say(text, refusal.facts) for text in (refusal.reason.text, refusal.reason.remedy)
    )
    way_on = _way_on(refusal) or _way_back()
    return _error("refused.html", 409, code=refusal.reason.code, why=why, remedy=remedy, way_on=way_on)


def _way_on(refusal: Refusal) -> tuple[str, str] | None:
    """Words and address of the page where it goes on, if the reason and the facts name one."""
    if refusal.reason.way_on is None:
        return None
    words, endpoint, fact = refusal.reason.way_on
    if fact not in refusal.facts:
        return None
    return words, url_for(endpoint, **{fact: str(refusal.facts[fact])})  # type: ignore[arg-type]


def _way_back() -> tuple[str, str] | None:
    """To the page whose form was refused, where another answer may do."""
    page = came_from() if request.method == "POST" else ""
    return (N_("回到刚才的页面"), page) if page else None


def _unavailable(error: Unavailable) -> Response:
    log.warning("unavailable", system=error.system)
    response = _error("unavailable.html", 503, system=error.system)
    response.headers["Retry-After"] = str(error.retry_after)
    return response


def _expired(_: CSRFError) -> Response:
    log.warning("form refused", why="form token", endpoint=request.endpoint)
    return _error("expired.html", 400)


def _other_host(_: SecurityError) -> Response:
    """Asked under a name that is not ours: no address can be made for a page, so there is none."""
    return make_response("no such host", 400, {"Content-Type": "text/plain; charset=utf-8"})


def _http_error(error: HTTPException) -> Response:
    code = error.code or 500
    if error.response is not None or code < 400:
        return error.get_response()  # a redirect or a finished answer
    if code >= 500:
        return _unexpected(error)
    known = code if code in {403, 404, 405, 413, 429} else 400
    response = _error(f"{known}.html", code)
    for name, value in error.get_headers():
        if name in {"Retry-After", "Allow"}:
            response.headers[name] = value
    return response


def _database_error(error: DBAPIError) -> Response:
    if isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated:
        return _unavailable(Unavailable("database", retry_after=5))
    return _unexpected(error)


def _unexpected(error: Exception) -> Response:
    """A defect of ours: a reference number for the person, the traceback for the log only."""
    reference = secrets.token_hex(4)
    log.error("unexpected", reference=reference, path=request.path, exc_info=error)
    return _error("500.html", 500, reference=reference)
