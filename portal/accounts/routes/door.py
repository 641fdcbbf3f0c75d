"""The blueprint, and what its views share: who knocks, how they are told to wait or to try again."""

from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from flask import Blueprint, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts import queries
from portal.accounts.models import Confirmation
from portal.accounts.rules import sessions as rules
from portal.accounts.rules.codes import ACT_OVER
from portal.accounts.rules.sessions import Browser
from portal.accounts.services import limits, passwords
from portal.accounts.services.codes import Outcome
from portal.core import clock
from portal.core.access import acting, safe_path
from portal.core.forms import CodeField, Form, SecretField
from portal.core.pages import keys, page, reading, transaction
from portal.core.refusal import Refusal, Unavailable

log = structlog.get_logger()
bp = Blueprint("accounts", __name__, url_prefix="/accounts")


def browser() -> Browser:
    """What is remembered of the browser that asks."""
    return Browser.of(request.user_agent.string, request.remote_addr or "")


def source() -> str:
    """The network source that tries are counted under."""
    return rules.source(request.remote_addr or "")


def next_path() -> str | None:
    """Where the person was on the way to, if that is a page of ours."""
    return safe_path(request.args.get("next"))


def note_refusal(why: str) -> None:
    """One line in the log for each try at a secret that failed: where from, never who or what."""
    log.warning("try refused", why=why, endpoint=request.endpoint, origin=browser().origin)


def too_many(template: str, form: Form, until: datetime, /, **context: Any) -> Response:
    """The form again, with the instant from which it may be tried."""
    note_refusal("limit")
    form.form_errors.append(_("尝试次数过多。为了安全，请在 %(moment)s 以后再试", moment=clock_time(until)))
    response = page(template, 429, form=form, **context)
    seconds = (until - clock.now()).total_seconds()
    response.headers["Retry-After"] = str(max(1, int(seconds) + 1))
    return response


def clock_time(instant: datetime) -> str:
    """Beijing time of day, with the day if it is another one."""
    local = instant.astimezone(clock.SHANGHAI)
    return f"{local:%H:%M:%S}" if local.date() == clock.today() else f"{local:%Y-%m-%d %H:%M}"


def not_answering(template: str, form: Form, down: Unavailable, /, **context: Any) -> Response:
    """The form again with everything typed but the secrets: another system does not answer."""
    form.form_errors.append(
        _("身份登记系统暂时没有应答，什么也没有提交。您填写的内容还在，请过一会儿再提交一次")
    )
    response = page(template, 503, form=form, **context)
    response.headers["Retry-After"] = str(down.retry_after)
    return response


def password_again(field: SecretField) -> int:
    """200 if it is the account's password; else the status to answer, the reason beside the question."""
    whose, at = str(acting().account_id), clock.now()
    with transaction() as session:
        until = limits.take(session, keys(), "password-again", address="", subject=whose, at=at)
        kept = queries.account(session, acting().account_id).password_hash
    if until is not None:
        note_refusal("limit")
        field.errors = [_("密码错误次数过多，请在 %(moment)s 以后再试", moment=clock_time(until))]
        return 429
    if not passwords.fits(kept, field.data):
        note_refusal("password")
        field.errors = [_("密码不正确")]
        return 422
    with transaction() as session:
        limits.give_back(session, keys(), "password-again", address="", subject=whose)
    return 200


def still_waiting(found: Confirmation | None) -> Confirmation:
    """The act that waits for its code. Refuses one that is over or was never asked for."""
    if found is None:
        raise Refusal(ACT_OVER)
    return found


def refuse_code(field: CodeField, outcome: Outcome) -> None:
    """Say beside the question why the code did not do."""
    note_refusal(f"code {outcome.value}")
    field.errors = [
        _("验证码不正确，请核对最近一条消息中的数字")
        if outcome is Outcome.WRONG
        else _("验证码已经失效：超过10分钟、输错5次或者已经用过。请重新获取验证码")
    ]


def own_waiting(confirmation_id: UUID, act: str) -> Confirmation:
    """The acting person's act that waits for its code, for reading."""
    mine = acting().account_id
    return still_waiting(queries.waiting(reading(), confirmation_id, act, clock.now(), account_id=mine))
