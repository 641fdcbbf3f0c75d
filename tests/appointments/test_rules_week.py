"""A week as it is chosen from: days, rows of times, what can be chosen, how busy an hour will be."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest

from portal.appointments.rules.week import Cell, Seats, Standing, Wait, days_of, monday_of
from portal.core.clock import SHANGHAI
from portal.core.keys import new_id

MONDAY = date(2026, 3, 16)
SUNDAY_NIGHT = datetime(2026, 3, 15, 22, tzinfo=SHANGHAI)


def seats(day: int, hour: int, left: int = 1, slot_id: UUID | None = None) -> Seats:
    starts = datetime(2026, 3, 16 + day, hour, tzinfo=SHANGHAI)
    return Seats(slot_id or new_id(), starts, left)


def test_every_day_has_the_rows_of_all_days() -> None:
    monday, tuesday, *_ = days_of(MONDAY, [seats(0, 9), seats(1, 10)], at=SUNDAY_NIGHT)
    assert [cell and cell.starts for cell in monday.cells] == [time(9), None]
    assert [cell and cell.starts for cell in tuesday.cells] == [None, time(10)]


def test_a_week_has_five_days_and_a_weekend_day_only_where_it_is_worked() -> None:
    assert [day.on.weekday() for day in days_of(MONDAY, [], at=SUNDAY_NIGHT)] == [0, 1, 2, 3, 4]
    worked = days_of(MONDAY, [seats(6, 9)], at=SUNDAY_NIGHT)
    assert [day.on.weekday() for day in worked] == [0, 1, 2, 3, 4, 6]
    assert [day.served for day in worked] == [False] * 5 + [True]


def test_what_is_full_or_begins_too_soon_stays_to_be_seen() -> None:
    at = datetime(2026, 3, 16, 9, 31, tzinfo=SHANGHAI)
    [monday, *_] = days_of(MONDAY, [seats(0, 10), seats(0, 11, 0), seats(0, 14, 3)], at=at)
    assert [cell and cell.standing for cell in monday.cells] == [Standing.OVER, Standing.FULL, Standing.FREE]
    assert monday.free == 3
    at -= timedelta(minutes=1)
    [monday, *_] = days_of(MONDAY, [seats(0, 10)], at=at)
    assert monday.free == 1, "half an hour before it can still be chosen"


def test_a_closed_day_says_why() -> None:
    shut = {MONDAY + timedelta(days=1): "停电"}
    assert [day.shut for day in days_of(MONDAY, [], at=SUNDAY_NIGHT, shut=shut)] == ["", "停电", "", "", ""]


@pytest.mark.parametrize(("wait", "level"), [(None, 0), (0, 1), (11, 1), (12, 2), (19, 2), (20, 3)])
def test_an_hour_is_as_busy_as_predicted_and_nothing_is_said_without_a_prediction(
    wait: int | None, level: int
) -> None:
    one = seats(0, 9)
    told = None if wait is None else Wait(0, wait, wait + 5)
    [monday, *_] = days_of(MONDAY, [one], at=SUNDAY_NIGHT, waits={one.slot_id: told} if told else {})
    [cell] = monday.cells
    assert isinstance(cell, Cell)
    assert (cell.wait, cell.level) == (told, level)


def test_any_day_names_its_week() -> None:
    assert {monday_of(MONDAY + timedelta(days=n)) for n in range(7)} == {MONDAY}
