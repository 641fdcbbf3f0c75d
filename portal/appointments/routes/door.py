"""The blueprint of the room, and what all of its pages say: halls, hours, and what a visit is for."""

from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint
from flask_babel import gettext as _

from portal.core.clock import day_of, time_of
from portal.core.pages import lang, speaking
from portal.halls.models import Hall
from portal.halls.rules.errands import errands

bp = Blueprint("appointments", __name__, url_prefix="/appointments")


def when(starts_at: datetime) -> str:
    """The hour of a visit in full: day, weekday and Beijing time."""
    day = day_of(starts_at)
    return str(
        _(
            "%(day)s（%(weekday)s）%(time)s",
            day=speaking().day(day),
            weekday=speaking().weekday(day),
            time=time_of(starts_at),
        )
    )


def hall_name(hall: Hall) -> str:
    return hall.name if lang() == "zh" else hall.name_en


def hall_address(hall: Hall) -> str:
    return hall.address if lang() == "zh" else hall.address_en


def titles(codes: Sequence[str]) -> str:
    """What a visit is for, in one line. A code that the file has no more is left out."""
    return str(_("、")).join(_(errands()[code].title) for code in codes if code in errands())
