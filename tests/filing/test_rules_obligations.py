"""What a firm must file follows from registration and calendar; silence of three months makes it abnormal."""

from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from portal.filing.rules.obligations import abnormal_from, arisen, covers
from portal.filing.rules.season import ANNUAL, duty_on, season
from portal.taxes.periods import Period

VAT = "vat-small-scale"


@dataclass(frozen=True)
class Registered:
    tax: str = VAT
    period_kind: str = "quarter"
    from_on: date = date(2025, 2, 1)
    to_on: date | None = None


def periods(registered: Registered, on: date) -> list[str]:
    return [str(one.period) for one in arisen(registered, on)]


def test_a_period_must_be_filed_from_the_day_after_its_end() -> None:
    assert periods(Registered(), date(2025, 3, 31)) == []
    assert periods(Registered(), date(2025, 4, 1)) == ["2025Q1"]
    assert periods(Registered(), date(2026, 1, 1)) == ["2025Q1", "2025Q2", "2025Q3", "2025Q4"]


def test_the_period_in_which_a_registration_ends_is_the_last() -> None:
    ended = Registered(to_on=date(2025, 8, 15))
    assert periods(ended, date(2026, 6, 1)) == ["2025Q1", "2025Q2", "2025Q3"]


def test_months_are_filed_by_the_month() -> None:
    assert periods(Registered(period_kind="month"), date(2025, 4, 1)) == ["2025-02", "2025-03"]


def test_a_tax_filed_on_an_occasion_gives_no_periods() -> None:
    assert periods(Registered(tax="cit-liquidation", period_kind="year"), date(2026, 1, 1)) == []


@given(day=some.dates(date(2025, 1, 1), date(2027, 12, 31)))
def test_nothing_is_asked_for_before_it_can_be_filed(day: date) -> None:
    assert all(one.season.opens <= day for one in arisen(Registered(), day))
    assert all(one.season.on_time_until >= one.season.opens for one in arisen(Registered(), day))


@pytest.mark.parametrize(
    ("registered", "period", "asked"),
    [
        (Registered(), "2025Q1", True),
        (Registered(), "2024Q4", False),
        (Registered(), "2025-03", False),
        (Registered(to_on=date(2025, 3, 31)), "2025Q2", False),
        (Registered(to_on=date(2025, 4, 1)), "2025Q2", True),
        (Registered(tax="vat-general"), "2025Q1", False),
    ],
)
def test_a_registration_asks_for_its_own_periods_only(
    registered: Registered, period: str, asked: bool
) -> None:
    assert covers(registered, VAT, Period.parse(period)) is asked


def test_the_last_day_says_how_it_is_known() -> None:
    assert (
        season(VAT, Period.quarter(2025, 3)).on_time_until,
        season(VAT, Period.quarter(2025, 3)).opens,
    ) == (
        date(2025, 10, 27),
        date(2025, 10, 1),
    )
    unknown = season(VAT, Period.quarter(2030, 1))
    assert (unknown.status, unknown.on_time_until) == ("statutory", date(2030, 4, 15))
    assert season(ANNUAL, Period(2025)).opens == date(2026, 3, 1)


def test_only_sheets_of_firms_have_a_duty() -> None:
    assert duty_on(VAT).sheet == VAT
    with pytest.raises(ValueError, match="no duty"):
        duty_on(ANNUAL)


@pytest.mark.parametrize(
    ("missed", "last_filed", "on", "since"),
    [
        ([], None, date(2026, 5, 1), None),
        ([date(2026, 1, 20)], None, date(2026, 4, 19), None),
        ([date(2026, 1, 20)], None, date(2026, 4, 20), date(2026, 4, 20)),
        ([date(2026, 1, 20)], date(2026, 4, 10), date(2026, 6, 1), None),
        ([date(2026, 1, 20), date(2026, 4, 20)], date(2026, 4, 10), date(2026, 7, 20), date(2026, 7, 20)),
        ([date(2025, 11, 30)], None, date(2026, 2, 28), date(2026, 2, 28)),
    ],
)
def test_three_months_without_any_return_make_a_firm_abnormal(
    missed: list[date], last_filed: date | None, on: date, since: date | None
) -> None:
    assert abnormal_from(missed, last_filed, on) == since
