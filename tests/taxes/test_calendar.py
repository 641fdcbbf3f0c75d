"""Filing windows and monthly periods as the calendar holds them."""

import tomllib
from datetime import date, timedelta

import pytest

from portal.taxes.calendar import (
    Deadline,
    due,
    is_working_day,
    monthly_due,
    settlement_window,
    working_day_after,
)
from portal.taxes.law import HERE, NoLawInForce
from portal.taxes.periods import Period, PeriodKind, periods_over

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
    found = monthly_due(year, month)
    assert (found.day, found.status) == (date(year, month, day), status)


COMPUTED = {
    2021: [20, 23, 15, 20, 21, 18, 15, 16, 15, 26, 15, 15],
    2022: [19, 23, 15, 20, 19, 20, 15, 15, 20, 25, 15, 15],
    2023: [16, 15, 15, 17, 18, 15, 17, 15, 15, 23, 15, 15],
    2024: [15, 23, 15, 18, 22, 19, 15, 15, 18, 24, 15, 16],
    2025: [15, 20, 17, 18, 22, 16, 15, 15, 15, 27, 17, 15],
    2026: [20, 24, 16, 20, 22, 15, 15, 17, 15, 26, 16, 15],
}
"""Worked out from the notices apart from this code."""


@pytest.mark.parametrize("year", COMPUTED)
def test_the_shift_rule_and_the_holidays_give_the_days_of_a_year(year):
    dues = [monthly_due(year, month) for month in range(1, 13)]
    assert [each.day for each in dues] == [date(year, n, day) for n, day in enumerate(COMPUTED[year], 1)]
    assert {each.status for each in dues} == {"computed"}
    assert all("第一百零九条；国办发明电" in each.source for each in dues)


def test_the_calendar_is_whole_for_every_year_it_holds():
    for year in range(2017, 2027):
        days = [monthly_due(year, month) for month in range(1, 13)]
        assert [each.day.month for each in days] == list(range(1, 13))
        assert all(each.day.day >= 15 and each.source for each in days)


@pytest.mark.parametrize(
    ("deadline", "period", "day", "status"),
    [
        (Deadline.FIFTEENTH, "2025Q4", date(2026, 1, 20), "computed"),
        (Deadline.FIFTEENTH, "2026Q1", date(2026, 4, 20), "computed"),
        (Deadline.FIFTEENTH, "2025-12", date(2026, 1, 20), "computed"),
        (Deadline.FIFTEENTH, "2026-01", date(2026, 2, 24), "computed"),
        (Deadline.FIFTEENTH, "2020-04", date(2020, 5, 22), "published"),
        (Deadline.FIFTEENTH, "2020Q3", date(2020, 10, 23), "published"),
        (Deadline.END_OF_MAY, "2019", date(2020, 6, 1), "published"),
        (Deadline.END_OF_MAY, "2022", date(2023, 5, 31), "computed"),
        (Deadline.END_OF_MAY, "2024", date(2025, 6, 3), "computed"),
        (Deadline.END_OF_MAY, "2025", date(2026, 6, 1), "computed"),
    ],
)
def test_a_period_is_due_on_a_day_that_says_how_it_is_known(deadline, period, day, status):
    found = due(deadline, Period.parse(period))
    assert (found.day, found.status) == (day, status)
    assert found.source
    assert found.confidence in {"V2", "K"}
    assert [found.late_on(day + timedelta(days=n)) for n in (-1, 0, 1)] == [False, False, True]


def test_a_last_day_is_a_working_day_and_never_before_the_day_of_the_law():
    for first in (Period.month(2020, 12), Period.quarter(2020, 4), Period(2020)):
        deadline = Deadline.END_OF_MAY if first.kind is PeriodKind.YEAR else Deadline.FIFTEENTH
        for period in periods_over(first.kind, first.first, date(2025, 12, 31)):
            found = due(deadline, period)
            assert found.day >= deadline.after(period) > period.last
            assert is_working_day(found.day)


def test_holidays_rest_and_days_that_make_up_for_them_do_not():
    friday_off, saturday_on, saturday, monday = (
        date(2026, 9, 25), date(2026, 2, 28), date(2026, 8, 15), date(2026, 8, 17),
    )  # fmt: skip
    worked = [is_working_day(day) for day in (friday_off, saturday_on, saturday, monday)]
    assert worked == [False, True, False, True]
    assert working_day_after(date(2026, 2, 14), 1) == date(2026, 2, 24)
    assert working_day_after(date(2026, 2, 24), 5) == date(2026, 3, 2)


def test_every_holiday_belongs_to_its_notice_and_no_make_up_day_is_a_weekday():
    for plain in tomllib.loads((HERE / "calendar.toml").read_text("utf-8"))["holidays"]:
        assert all(first <= last and last.year == plain["year"] for first, last in plain["rest"])
        assert all(day.year == plain["year"] and day.weekday() >= 5 for day in plain["workdays"])
        assert plain["confidence"] in {"V", "K"}


def test_other_years_are_not_guessed():
    with pytest.raises(NoLawInForce, match="settlement on 2019-03-01"):
        settlement_window(2018)
    with pytest.raises(NoLawInForce, match="fifteenth on 2027-01-15"):
        monthly_due(2027, 1)
    for deadline, period in (
        (Deadline.FIFTEENTH, Period.quarter(2026, 4)),
        (Deadline.END_OF_MAY, Period(2026)),
    ):
        with pytest.raises(NoLawInForce):
            due(deadline, period)
    assert Deadline.FIFTEENTH.after(Period.quarter(2026, 4)) == date(2027, 1, 15)
