"""What to say of the wait after a booked hour: of those who booked like it, four of five."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil, floor
from statistics import quantiles

FEWEST = 30
"""Visits below which nothing is said: tenths of fewer mean little."""
WEEKDAYS = range(7)


@dataclass(frozen=True)
class Came:
    """A visit that was booked: weekday (0 is Monday) and Beijing hour of its time, seconds waited."""

    weekday: int
    hour: int
    waited: int


@dataclass(frozen=True)
class Expected:
    """Whole minutes: four of five waited between `low` and `high`, half of them up to `middle`."""

    low: int
    middle: int
    high: int
    visits: int


def expected(visits: Iterable[Came]) -> Mapping[tuple[int, int], Expected]:
    """By weekday and hour: what those who booked that hour of that weekday waited.

    Where they were too few, those of the same hour of any weekday; where these are too few, nothing.
    """
    of_day: dict[tuple[int, int], list[int]] = defaultdict(list)
    of_hour: dict[int, list[int]] = defaultdict(list)
    for one in visits:
        of_day[one.weekday, one.hour].append(one.waited)
        of_hour[one.hour].append(one.waited)
    found = {}
    for hour, all_days in of_hour.items():
        for weekday in WEEKDAYS:
            own = of_day.get((weekday, hour), [])
            waits = own if len(own) >= FEWEST else all_days
            if len(waits) >= FEWEST:
                found[weekday, hour] = _band(waits)
    return found


def _band(waits: list[int]) -> Expected:
    tenths = quantiles(waits, n=10, method="inclusive")
    low, middle, high = tenths[0] / 60, tenths[4] / 60, tenths[8] / 60
    return Expected(floor(low), round(middle), max(ceil(high), round(middle)), len(waits))
