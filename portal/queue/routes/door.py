"""The blueprint of the room, and how its pages name halls and errands."""

from collections.abc import Sequence

from flask import Blueprint
from flask_babel import gettext as _

from portal.core.pages import lang
from portal.halls.models import Hall
from portal.halls.rules.errands import errands

bp = Blueprint("queue", __name__)

ROLE = "hall-desk"
"""Of staff: who receives and serves people in a hall."""


def hall_name(hall: Hall) -> str:
    """In the language of the page."""
    return hall.name if lang() == "zh" else hall.name_en


def titles(codes: Sequence[str]) -> str:
    """Errands in one line; a code that the file has no more is left out."""
    return str(_("、")).join(_(errands()[code].title) for code in codes if code in errands())
