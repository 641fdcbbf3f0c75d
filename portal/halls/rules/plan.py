"""The file that describes halls: read and checked whole before anything is changed."""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from portal.halls.rules.hours import Stretch


class NotAPlan(ValueError):
    """The file does not describe halls; the message says what is wrong, to the operator."""


@dataclass(frozen=True)
class Shift:
    """A stretch of a weekday (0 is Monday) at a desk; by whom, as a staff number, or nobody named yet."""

    weekday: int
    stretch: Stretch
    staff: str = ""


@dataclass(frozen=True)
class DeskPlan:
    """A desk: its number, its skills, the first of which its minutes are planned for, and its shifts."""

    number: int
    skills: tuple[str, ...]
    shifts: tuple[Shift, ...]


@dataclass(frozen=True)
class HallPlan:
    """A hall as the file has it. `hours` are stretches by weekday, `closures` days with what people read."""

    code: str
    name: str
    name_en: str
    address: str
    address_en: str
    booked_share: int
    hours: tuple[tuple[int, Stretch], ...]
    closures: Mapping[date, str]
    desks: tuple[DeskPlan, ...]


def read(text: str, skills: Collection[str]) -> tuple[HallPlan, ...]:
    """The halls of a TOML file, as docs/appointments.md describes it. Raises `NotAPlan`."""
    try:
        plans = tuple(_hall(plain) for plain in tomllib.loads(text)["halls"])
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as failure:
        raise NotAPlan(f"not a file of halls: {failure!r}") from failure
    wrong = [complaint for plan in plans for complaint in _complaints(plan, skills)]
    if wrong:
        raise NotAPlan("; ".join(wrong))
    return plans


def _hall(plain: Mapping[str, Any]) -> HallPlan:
    words = {name: str(plain[name]) for name in ("code", "name", "name_en", "address", "address_en")}
    return HallPlan(
        **words,
        booked_share=plain["booked_share"],
        hours=tuple(
            (weekday, Stretch(one["opens"], one["closes"]))
            for one in plain["hours"]
            for weekday in one["weekdays"]
        ),
        closures={one["day"]: str(one["why"]) for one in plain.get("closures", ())},
        desks=tuple(
            DeskPlan(one["number"], tuple(one["skills"]), tuple(_shifts(one.get("roster", ()))))
            for one in plain["desks"]
        ),
    )


def _shifts(roster: Collection[Mapping[str, Any]]) -> Iterator[Shift]:
    for one in roster:
        for weekday in one["weekdays"]:
            yield Shift(weekday, Stretch(one["starts"], one["ends"]), str(one.get("staff", "")))


def _complaints(plan: HallPlan, skills: Collection[str]) -> Iterator[str]:
    if plan.booked_share not in range(101):
        yield f"{plan.code}: booked_share is a percentage"
    for weekday, stretch in (*plan.hours, *((s.weekday, s.stretch) for d in plan.desks for s in d.shifts)):
        if weekday not in range(7) or not _forward(stretch):
            yield f"{plan.code}: weekday {weekday}, {stretch.opens} to {stretch.closes} is no stretch"
    for desk in plan.desks:
        if not desk.skills or set(desk.skills) - set(skills):
            yield f"{plan.code}: desk {desk.number} has no skill, or one that errands.toml does not name"
    numbers = [desk.number for desk in plan.desks]
    if len(numbers) != len(set(numbers)):
        yield f"{plan.code}: two desks have one number"


def _forward(stretch: Stretch) -> bool:
    times = (stretch.opens, stretch.closes)
    return all(isinstance(one, time) for one in times) and stretch.opens < stretch.closes
