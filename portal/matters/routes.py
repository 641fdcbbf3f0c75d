"""办理进度: what a taxpayer asked for, and how far it is."""

from uuid import UUID

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response

from portal.core.access import acting, allow
from portal.core.acting import Right
from portal.core.pages import page, reading
from portal.matters import queries
from portal.matters.rules import STATES, standard

bp = Blueprint("matters", __name__, url_prefix="/matters")


@bp.get("/")
@allow("taxpayer", right=Right.VIEW)
def index() -> Response:
    """All matters of the taxpayer acted for, newest first."""
    before = request.args.get("before", type=UUID)
    matters = queries.matters_of(reading(), acting().taxpayer_id, before=before)
    more = matters[queries.PAGE - 1].id if len(matters) > queries.PAGE else None
    return page(
        "matters/index.html", matters=matters[: queries.PAGE], more=more, standard=standard, states=STATES
    )


@bp.get("/<uuid:matter_id>")
@allow("taxpayer", right=Right.VIEW)
def show(matter_id: UUID) -> Response:
    """One matter: its steps, who acts next, and everything that happened to it."""
    matter = queries.own_matter(reading(), acting().taxpayer_id, matter_id) or abort(404)
    return page("matters/show.html", matter=matter, standard=standard(matter.kind), states=STATES)
