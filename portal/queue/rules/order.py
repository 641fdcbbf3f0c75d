"""The one fair order: everybody has a claim, an instant; the smallest claim is called.

* Who booked and came in time (at most 20 minutes before the slot, at most 10 after) claims the start of the
  slot. Who came earlier or later than that counts like everybody without a booking.
* Who has no booking claims 15 minutes after they came.
* A desk takes the line it is meant for; another line it serves has to be 20 minutes ahead to go first.
* The same claim: who came first; the same instant: the smaller number.
* Who is sent on to another kind of desk keeps their claim.

What follows, and is tested on a simulated year: within a line nobody is called before a smaller claim that
stands in it; nobody who came more than 25 minutes later goes first (`MOST_LATER`); and who came without a
booking sees at most the seats of one slot go first that came later, for 25 minutes hold one slot's start.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

EARLY = timedelta(minutes=20)
"""Who booked may come this long before the slot."""
LATE = timedelta(minutes=10)
"""And this long after its start."""
ALLOWANCE = timedelta(minutes=15)
"""How long after coming somebody without a booking has a claim."""
ELSEWHERE = timedelta(minutes=20)
"""How far ahead a claim must be for a desk to leave the line it is meant for."""
MOST_LATER = ALLOWANCE + LATE
"""Nobody who came more than this after another of the same line is called before them."""


@dataclass(frozen=True)
class Claim:
    """From when on somebody is to be served, and whether that is by their booking."""

    at: datetime
    booked: bool


@dataclass(frozen=True)
class InLine:
    """A ticket in line, as far as the order looks at it."""

    number: str
    skill: str
    claim: datetime
    came: datetime


def claim_of(came: datetime, slot: datetime | None) -> Claim:
    """The claim of who came at this instant, with a booking for a slot or without."""
    if slot is not None and slot - EARLY <= came <= slot + LATE:
        return Claim(slot, booked=True)
    return Claim(came + ALLOWANCE, booked=False)


def in_order(line: Iterable[InLine]) -> list[InLine]:
    """One line in the order in which it is called."""
    return sorted(line, key=_turn)


def calling(line: Iterable[InLine], skills: Sequence[str]) -> list[InLine]:
    """Whom a desk of these skills calls, the next first; nobody it cannot serve."""
    meant_for = skills[0]

    def turn(one: InLine) -> tuple[datetime, datetime, str]:
        beside = timedelta() if one.skill == meant_for else ELSEWHERE
        claim, came, number = _turn(one)
        return claim + beside, came, number

    return sorted((one for one in line if one.skill in skills), key=turn)


def ahead_of(line: Iterable[InLine], mine: InLine) -> int:
    """How many of the same line are called before this one, as it stands now."""
    return sum(one.skill == mine.skill and _turn(one) < _turn(mine) for one in line)


def _turn(one: InLine) -> tuple[datetime, datetime, str]:
    return one.claim, one.came, one.number
