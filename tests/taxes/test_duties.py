"""What a firm may be registered for, by which periods it files, and by when."""

from datetime import date

import pytest

from portal.taxes.calendar import Deadline
from portal.taxes.duties import DUTIES, duty_named
from portal.taxes.law import NoLawInForce
from portal.taxes.periods import Period, PeriodKind
from portal.taxes.sheets import sheet_named


@pytest.mark.parametrize(
    ("code", "period", "opens", "day"),
    [
        ("vat-small-scale", "2026Q3", date(2026, 10, 1), date(2026, 10, 26)),
        ("vat-small-scale", "2026-10", date(2026, 11, 1), date(2026, 11, 16)),
        ("vat-general", "2026-01", date(2026, 2, 1), date(2026, 2, 24)),
        ("cit-prepayment", "2025Q4", date(2026, 1, 1), date(2026, 1, 20)),
        ("cit-annual", "2024", date(2025, 1, 1), date(2025, 6, 3)),
        ("iit-withholding", "2026-04", date(2026, 5, 1), date(2026, 5, 22)),
        ("iit-business-prepayment", "2026Q2", date(2026, 7, 1), date(2026, 7, 15)),
        ("iit-business-annual", "2018", date(2019, 1, 1), date(2019, 4, 1)),
        ("iit-business-annual", "2023", date(2024, 1, 1), date(2024, 4, 1)),
        ("iit-business-annual", "2025", date(2026, 1, 1), date(2026, 3, 31)),
    ],
)
def test_a_duty_opens_after_its_period_and_closes_on_the_day_of_the_calendar(code, period, opens, day):
    duty, period = duty_named(code), Period.parse(period)
    assert (duty.opens(period), duty.due(period).day) == (opens, day)
    assert period.last < duty.earliest_due(period) <= day


@pytest.mark.parametrize(
    ("code", "period"),
    [
        ("vat-small-scale", "2026"),
        ("vat-general", "2026Q1"),
        ("cit-annual", "2025Q4"),
        ("cit-liquidation", "2026"),
    ],
)
def test_a_period_a_duty_is_not_filed_by_is_refused(code, period):
    duty, period = duty_named(code), Period.parse(period)
    for ask in (duty.opens, duty.due, duty.earliest_due):
        with pytest.raises(ValueError, match=f"{code} is not filed for {period}"):
            ask(period)


def test_where_the_holidays_are_not_known_only_the_day_of_the_law_is():
    vat, period = duty_named("vat-small-scale"), Period.quarter(2026, 4)
    with pytest.raises(NoLawInForce, match="fifteenth on 2027-01-15"):
        vat.due(period)
    assert vat.earliest_due(period) == date(2027, 1, 15)


def test_every_duty_names_its_clause_and_a_sheet_that_is_filed_by_its_periods():
    assert len({duty.code for duty in DUTIES}) == len(DUTIES)
    for duty in DUTIES:
        assert duty_named(duty.code) is duty
        assert duty.title
        assert duty.cite
        assert bool(duty.kinds) is (duty.deadline is not None)
        if duty.sheet:
            assert set(sheet_named(duty.sheet).period.kinds) == set(duty.kinds)


def test_years_are_settled_on_days_of_their_own_and_shorter_periods_on_the_fifteenth():
    for duty in DUTIES:
        of_years = duty.kinds == (PeriodKind.YEAR,)
        assert (duty.deadline in {Deadline.END_OF_MARCH, Deadline.END_OF_MAY}) is of_years


def test_a_duty_nobody_has_is_refused_by_name():
    with pytest.raises(ValueError, match="no duty is called 'poll-tax'; there are: vat-small-scale, "):
        duty_named("poll-tax")
