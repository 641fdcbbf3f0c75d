"""How long one waits: the waits of those who came to the same line in a like situation, four of five of them.

The situation is the load: tickets ahead and desks that are busy, over desks that are open for the line. With
less than one per desk there is a free one. No formula guesses a wait from it: past waits under a like load,
at a like hour, give the band by their tenths. With too few of them nothing is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

LOOK_BACK = timedelta(weeks=8)
"""Visits that are older say nothing any more: staff and errands change."""
FEWEST = 30
"""Visits in a like situation below which nothing is said: tenths of fewer mean little."""
MOST = 300
"""Of more, the latest are taken."""
HOURS_BESIDE = 1
"""Visits of the hour before and after are alike."""
TENTHS = (10, 50, 90)
"""Per cent: the lower end, the middle, the upper end. Between the ends lie four of five."""


@dataclass(frozen=True)
class Past:
    """A visit that was: Beijing hour of coming, load found (hundredths), seconds until it was answered."""

    hour: int
    load: int
    waited: int


@dataclass(frozen=True)
class Band:
    """Whole minutes: four of five wait between `low` and `high`; half of them up to `middle`."""

    low: int
    middle: int
    high: int


def load(ahead: int, busy: int, desks: int) -> int | None:
    """Tickets ahead and at the desks per open desk, in hundredths; None while no desk is open."""
    return 100 * (ahead + busy) // desks if desks else None


def like(load_now: int) -> tuple[int, int]:
    """The loads, from and to, that are like this one: a free desk is like a free desk only."""
    if load_now < 100:
        return 0, 99
    beside = max(15, load_now * 12 // 100)
    return max(100, load_now - beside), load_now + beside


def predict(past: Sequence[Past], hour: int, load_now: int | None) -> Band | None:
    """The band for somebody who comes at this hour under this load; None if too little is known.

    `past` is the visits of the same hall and line since `LOOK_BACK`, the latest first. Where the hours
    about this one do not suffice, the whole day does.
    """
    if load_now is None:
        return None
    low, high = like(load_now)
    alike = [one for one in past if low <= one.load <= high]
    near = [one for one in alike if abs(one.hour - hour) <= HOURS_BESIDE]
    chosen = near if len(near) >= FEWEST else alike
    return band([one.waited for one in chosen[:MOST]])


def band(waits: Sequence[int]) -> Band | None:
    """The band of these waits (seconds), None of fewer than `FEWEST`."""
    if len(waits) < FEWEST:
        return None
    ordered = sorted(waits)
    return Band(*(minutes(ordered[(len(ordered) - 1) * tenth // 100]) for tenth in TENTHS))


def minutes(seconds: int) -> int:
    """Whole minutes, as people are told; half a minute counts as one."""
    return (seconds + 30) // 60
