"""Seats of each half hour: minutes on duty, the share of them for bookings, the minutes of a visit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from portal.core.refusal import reason

HOUR_BEGUN = reason("hour-has-begun", "这个时段已经开始，不能再改限额。", "请选择还没有开始的时段。")


@dataclass(frozen=True)
class Seats:
    """The seats of one half hour, and why: plain JSON values, kept with the slot."""

    number: int
    why: dict[str, Any] = field(default_factory=dict)


FEWEST_MEASURED = 30
"""Visits below which their minutes say too little, and the planned ones stand in."""


@dataclass(frozen=True)
class Measured:
    """What visits took: mean minutes rounded up, of how many, counted on which day."""

    minutes: int
    visits: int
    until: date


def visit_of(planned: int, measured: Measured | None) -> tuple[int, dict[str, Any]]:
    """The minutes of a visit, and on what they rest: measured ones where enough were, else the planned."""
    if measured is None or measured.visits < FEWEST_MEASURED:
        return planned, {}
    return measured.minutes, {"measured": measured.visits, "until": measured.until.isoformat()}


def seats_of(minutes: Sequence[int], *, share: int, visit: int) -> list[Seats]:
    """The seats of the half hours of one stretch, in their order.

    `minutes` are those on duty for the skill in each; `share` per cent of them are for bookings, and a visit
    takes `visit`. What is left over of a half hour counts in the next of the same stretch, so that visits
    longer than a half hour's share are not lost altogether; never more than was on duty so far.
    """
    found, left = [], 0
    for there in minutes:
        whole = left + there * share
        number = whole // (visit * 100)
        why = {"minutes": there, "share": share, "visit": visit, "carried": left // 100}
        found.append(Seats(number, why))
        left = whole - number * visit * 100
    return found


def capped(seats: Seats, most: int | None, why: str) -> Seats:
    """At most so many, where an administrator said so with a reason; the reason stands among the why."""
    if most is None:
        return seats
    return Seats(min(seats.number, most), {**seats.why, "cap": most, "cap_why": why})
