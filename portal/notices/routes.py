"""消息: the taxpayer's inbox."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from markupsafe import escape
from werkzeug.wrappers import Response

from portal.core import clock
from portal.core.access import acting, allow
from portal.core.acting import Right
from portal.core.pages import foreign, lang, page, reading, speaking, transaction
from portal.notices import queries, services
from portal.notices.models import Notice
from portal.notices.rules import KINDS, Name, words_of

bp = Blueprint("notices", __name__, url_prefix="/messages")


@bp.get("/")
@allow("taxpayer", right=Right.VIEW)
def inbox() -> Response:
    """The newest messages, read and unread."""
    before = request.args.get("before", type=UUID)
    notices = queries.inbox(reading(), acting().taxpayer_id, before=before)
    more = notices[queries.PAGE - 1].id if len(notices) > queries.PAGE else None
    shown = [
        (notice, *words_of(notice.kind, notice.facts, _say, lang()), _page_about(notice))
        for notice in notices[: queries.PAGE]
    ]
    return page("notices/inbox.html", notices=shown, more=more)


def _page_about(notice: Notice) -> str:
    """Where a notice leads; empty where its kind leads nowhere, or it is older than what it leads to."""
    leads_to = KINDS[notice.kind].leads_to
    if leads_to is None or leads_to[1] not in notice.facts:
        return ""
    endpoint, fact = leads_to
    return url_for(endpoint, **{fact: notice.facts[fact]})


def _say(phrase: str, facts: Mapping[str, Any]) -> str:
    """A phrase in the language of the page, with names marked as Chinese."""
    read = {n: foreign(v) if isinstance(v, Name) else speaking().words(v) for n, v in facts.items()}
    return escape(speaking().phrase(phrase)).format(**read)


@bp.post("/read")
@allow("taxpayer", right=Right.VIEW)
def mark_read() -> Response:
    """Count every message as read."""
    with transaction() as session:
        services.mark_read(session, acting().taxpayer_id, clock.now())
    return redirect(url_for("notices.inbox"), 303)
