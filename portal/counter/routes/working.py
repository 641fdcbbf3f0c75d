"""The work list."""

from werkzeug.wrappers import Response

from portal.core.access import ANY_ROLE, allow
from portal.core.pages import page
from portal.counter.routes.door import bp


@bp.get("/")
@allow("staff", role=ANY_ROLE)
def index() -> Response:
    """Open matters of the kinds the member's roles cover."""
    return page("counter/index.html")
