"""The blueprint of the room, and the words its addresses may hold."""

from flask import Blueprint
from flask.blueprints import BlueprintSetupState
from werkzeug.routing import BaseConverter

bp = Blueprint("filing", __name__, url_prefix="/file")


class Word(BaseConverter):
    """A code of a sheet: a page, a group, a line."""

    regex = "[a-z][a-z0-9_-]{0,60}"


@bp.record
def _know_words(state: BlueprintSetupState) -> None:
    state.app.url_map.converters["word"] = Word
