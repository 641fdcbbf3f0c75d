"""Filing windows and monthly periods as the calendar holds them."""

from datetime import date, timedelta

import pytest

from portal.taxes.calendar import monthly_due, settlement_window
from portal.taxes.law import NoLawInForce

YEARS = range(2019, 2027)


@pytest.mark.parametrize("year", YEARS)
def test_the_settlement_of_a_year_runs_from_march_to_june(year):
    window = settlement_window(year)
    assert (window.opens, window.closes) == (date(year + 1, 3, 1), date(year + 1, 6, 30))
    assert window.source
    assert window.confidence in {"V", "V2", "K"}


@pytest.mark.parametrize("year", YEARS)
def test_a_last_day_on_a_weekend_moves_to_the_next_working_day(year):
    """No holiday touches 30 June in these years, so weekends are the only rest days there."""
    day = date(year + 1, 6, 30)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    assert settlement_window(year).on_time_until == day


def test_first_of_july_is_late_unless_thirtieth_of_june_is_a_rest_day():
    moved, plain = settlement_window(2023), settlement_window(2025)
    assert moved.closes == date(2024, 6, 30)
    assert [moved.late_on(date(2024, 7, day)) for day in (1, 2)] == [False, True]
    assert [moved.open_on(day) for day in (date(2024, 2, 29), date(2024, 3, 1), date(2024, 7, 1))] == [
        False,
        True,
        True,
    ]
    assert plain.late_on(date(2026, 7, 1))
    assert not plain.open_on(date(2026, 7, 1))


@pytest.mark.parametrize(
    ("year", "month", "day", "status"),
    [
        (2017, 4, 19, "published"),
        (2018, 10, 24, "published"),
        (2019, 4, 18, "published"),
        (2020, 5, 22, "published"),
        (2026, 2, 24, "computed"),
        (2026, 10, 26, "computed"),
    ],
)
def test_monthly_periods_end_as_the_calendar_says(year, month, day, status):
    due = monthly_due(year, month)
    assert (due.day, due.status) == (date(year, month, day), status)


def test_the_calendar_is_whole_for_every_year_it_holds():
    for year in range(2017, 2027):
        days = [monthly_due(year, month) for month in range(1, 13)]
        assert [due.day.month for due in days] == list(range(1, 13))
        assert all(due.day.day >= 15 and due.source for due in days)


def test_other_years_are_not_guessed():
    with pytest.raises(NoLawInForce, match="settlement on 2019-03-01"):
        settlement_window(2018)
    with pytest.raises(NoLawInForce, match="monthly on 2027-01-01"):
        monthly_due(2027, 1)
