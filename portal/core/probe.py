"""What a load balancer and an operator ask: can this process serve, and what of the rest stands?"""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Flask, current_app, jsonify
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal.core import clock
from portal.core.access import allow
from portal.core.request import reading

Standings = Callable[[Session, datetime], dict[str, str]]
"""From a reading session and the instant to the parts that other processes do, each with how it stands."""

bp = Blueprint("probe", __name__)


@bp.get("/ready")
@allow("public")
def ready() -> Response:
    """200 if pages can be served, 503 if the database does not answer.

    The other parts are told and change nothing: without them the portal serves on, and what they do waits.
    Only words of one list, since anyone may ask; the reasons stand in the log and in `jobs`.
    """
    standings = current_app.extensions["portal.standings"](reading(), clock.now())
    return jsonify(database="ready", **standings)


def install(app: Flask, standings: Standings) -> None:
    """Let `app` answer the probe; `standings` looks at what is done in the background."""
    app.extensions["portal.standings"] = standings
    app.register_blueprint(bp)
