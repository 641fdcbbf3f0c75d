"""A week of slots as it is chosen from: days side by side, every day with the same rows of times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from portal.appointments.rules.fairness import BOOK_UNTIL
from portal.core.clock import SHANGHAI, day_of

WORKDAYS = 5
QUIET, USUAL = 12, 20
"""Minutes of waiting below which an hour is called quiet, and usual."""


class Standing(StrEnum):
    """What can be done with one time of a day."""

    FREE = "free"
    FULL = "full"
    OVER = "over"


@dataclass(frozen=True)
class Wait:
    """Whole minutes after one's time: four of five wait between `low` and `high`, half up to `middle`."""

    low: int
    middle: int
    high: int


@dataclass(frozen=True)
class Seats:
    """A slot: when it begins, and how many of its seats are free."""

    slot_id: UUID
    starts_at: datetime
    left: int


@dataclass(frozen=True)
class Cell:
    """One time of one day. `wait` is the predicted wait, None where nothing is predicted."""

    slot_id: UUID
    starts: time
    left: int
    standing: Standing
    wait: Wait | None = None

    @property
    def level(self) -> int:
        """1 quiet, 2 usual, 3 busy; 0 where nothing is predicted."""
        if self.wait is None:
            return 0
        return 1 if self.wait.middle < QUIET else 2 if self.wait.middle < USUAL else 3


@dataclass(frozen=True)
class Day:
    """One day of the week: a cell for each row of times, None where the hall does not serve then."""

    on: date
    cells: Sequence[Cell | None]
    shut: str = ""
    """Why the hall stays shut, where it does."""

    @property
    def free(self) -> int:
        """How many seats of the day are free."""
        return sum(cell.left for cell in self.cells if cell and cell.standing is Standing.FREE)

    @property
    def served(self) -> bool:
        """Whether the hall serves on this day at all."""
        return any(self.cells)


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def days_of(
    monday: date,
    slots: Sequence[Seats],
    *,
    at: datetime,
    shut: Mapping[date, str] | None = None,
    waits: Mapping[UUID, Wait] | None = None,
) -> list[Day]:
    """Monday to Friday, and a weekend day on which the hall serves. `waits` are predicted."""
    found = {(day_of(one.starts_at), _hour(one)): one for one in slots}
    rows = sorted({row for _, row in found})
    days = []
    for n in range(7):
        on = monday + timedelta(days=n)
        served = [found.get((on, row)) for row in rows]
        if n < WORKDAYS or any(served):
            cells = [_cell(one, at, waits or {}) if one else None for one in served]
            days.append(Day(on, cells, (shut or {}).get(on, "")))
    return days


def _cell(one: Seats, at: datetime, waits: Mapping[UUID, Wait]) -> Cell:
    standing = (
        Standing.OVER
        if one.starts_at - at < BOOK_UNTIL.span
        else Standing.FREE
        if one.left
        else Standing.FULL
    )
    return Cell(one.slot_id, _hour(one), one.left, standing, waits.get(one.slot_id))


def _hour(one: Seats) -> time:
    return one.starts_at.astimezone(SHANGHAI).time()
