"""Sample pages of every component in every state, for those who build pages. Never in production."""

from flask import Blueprint
from werkzeug.wrappers import Response

from portal.core.access import allow
from portal.core.pages import page

bp = Blueprint("gallery", __name__, url_prefix="/_ui")


@bp.get("")
@allow("public")
def index() -> Response:
    return page("gallery/index.html")
