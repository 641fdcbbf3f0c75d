"""Whether what we said about waits was so: the share of visits inside the band, by week."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from portal.queue.rules.waiting import minutes

AIM = (70, 90)
"""Per cent of visits that shall lie inside a band that claims four of five."""
FEWEST_A_WEEK = 20
"""A week with fewer visits has no share: a handful says nothing, and might say who came."""


@dataclass(frozen=True)
class Told:
    """What a visit was told when it came (minutes, from and to) and how long it waited (seconds)."""

    day: date
    low: int
    high: int
    waited: int


@dataclass(frozen=True)
class Week:
    """A week from its Monday: visits that were told a band, those inside it, and the share in per cent."""

    monday: date
    visits: int
    inside: int

    @property
    def share(self) -> int | None:
        """Per cent, to the nearest; None of a week with too few visits."""
        if self.visits < FEWEST_A_WEEK:
            return None
        return (200 * self.inside + self.visits) // (2 * self.visits)


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def is_inside(low: int, high: int, waited: int) -> bool:
    """Whether a wait (seconds), in the whole minutes people are told, lies in the band they were told."""
    return low <= minutes(waited) <= high


def by_week(told: Iterable[Told]) -> list[Week]:
    """Every week that had visits, the first first."""
    return gather((one.day, 1, is_inside(one.low, one.high, one.waited)) for one in told)


def gather(days: Iterable[tuple[date, int, int]]) -> list[Week]:
    """Weeks out of days, or of parts of days: the day, its visits, and those inside the band."""
    counts: dict[date, list[int]] = {}
    for day, visits, inside in days:
        week = counts.setdefault(monday_of(day), [0, 0])
        week[0] += visits
        week[1] += inside
    return [Week(monday, *counts[monday]) for monday in sorted(counts)]
