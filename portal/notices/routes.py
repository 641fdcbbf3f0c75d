"""消息: the taxpayer's inbox."""

from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from portal.core import clock
from portal.core.access import acting, allow
from portal.core.acting import Right
from portal.core.pages import page, reading, speaking, transaction
from portal.notices import queries, services
from portal.notices.rules import words_of

bp = Blueprint("notices", __name__, url_prefix="/messages")


@bp.get("/")
@allow("taxpayer", right=Right.VIEW)
def inbox() -> Response:
    """The newest messages, read and unread."""
    before = request.args.get("before", type=UUID)
    notices = queries.inbox(reading(), acting().taxpayer_id, before=before)
    more = notices[queries.PAGE - 1].id if len(notices) > queries.PAGE else None
    shown = [
        (notice, *words_of(notice.kind, notice.facts, speaking().say)) for notice in notices[: queries.PAGE]
    ]
    return page("notices/inbox.html", notices=shown, more=more)


@bp.post("/read")
@allow("taxpayer", right=Right.VIEW)
def mark_read() -> Response:
    """Count every message as read."""
    with transaction() as session:
        services.mark_read(session, acting().taxpayer_id, clock.now())
    return redirect(url_for("notices.inbox"), 303)
