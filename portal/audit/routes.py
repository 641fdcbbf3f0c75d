"""谁看过我的信息: the taxpayer reads their own trail."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from portal.audit import queries
from portal.audit.rules import ACTS
from portal.core.access import acting, allow
from portal.core.acting import Right
from portal.core.pages import page, reading

bp = Blueprint("audit", __name__, url_prefix="/account")


@bp.get("/trail")
@allow("taxpayer", right=Right.VIEW)
def trail() -> Response:
    """Every act and read on the file of the taxpayer acted for, newest first."""
    before = request.args.get("before", type=int)
    entries = queries.trail(reading(), acting().taxpayer_id, before=before)
    more = entries[queries.PAGE - 1].n if len(entries) > queries.PAGE else None
    return page(
        "audit/trail.html", entries=entries[: queries.PAGE], acts=ACTS, more=more, first=before is None
    )
