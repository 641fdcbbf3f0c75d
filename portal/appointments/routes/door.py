"""The blueprint of the room, and what all of its pages say: halls, hours, and what a visit is for."""

from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint
from flask_babel import gettext as _

from portal.core.clock import SHANGHAI, day_of
from portal.core.pages import lang, speaking
from portal.halls.models import Hall
from portal.halls.rules.errands import errands

bp = Blueprint("appointments", __name__, url_prefix="/appointments")


def when(starts_at: datetime) -> str:
    """The hour of a visit in full: day, weekday and Beijing time."""
    local = starts_at.astimezone(SHANGHAI)
    day = day_of(starts_at)
    return str(
        _(
            "%(day)s（%(weekday)s）%(time)s",
            day=speaking().day(day),
            weekday=speaking().weekday(day),
            time=f"{local:%H:%M}",
        )
    )


def clock_of(at: datetime) -> str:
    """The Beijing time of an instant of today."""
    return f"{at.astimezone(SHANGHAI):%H:%M}"


def hall_name(hall: Hall) -> str:
    return hall.name if lang() == "zh" else hall.name_en


def hall_address(hall: Hall) -> str:
    return hall.address if lang() == "zh" else hall.address_en


def titles(codes: Sequence[str]) -> str:
    """What a visit is for, in one line. A code that the file has no more is left out."""
    return str(_("、")).join(_(errands()[code].title) for code in codes if code in errands())
