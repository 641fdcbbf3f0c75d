"""Years, quarters and months as values: written one way, in order, each followed by the next."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.taxes.kinds import WrongValue
from portal.taxes.periods import Period, PeriodKind, PeriodSaid, periods_over

KINDS = st.sampled_from(PeriodKind)
DAYS = st.dates(date(1901, 1, 1), date(2099, 12, 31))
PERIODS = st.builds(Period.holding, DAYS, KINDS)


@pytest.mark.parametrize(
    ("text", "first", "last", "said"),
    [
        ("2025", date(2025, 1, 1), date(2025, 12, 31), "2025年"),
        ("2025Q1", date(2025, 1, 1), date(2025, 3, 31), "2025年第一季度"),
        ("2025Q3", date(2025, 7, 1), date(2025, 9, 30), "2025年第三季度"),
        ("2025-07", date(2025, 7, 1), date(2025, 7, 31), "2025年7月"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "2024年2月"),
    ],
)
def test_a_period_is_written_and_said_and_knows_its_days(text, first, last, said):
    period = Period.parse(text)
    assert (str(period), period.first, period.last, period.said()) == (text, first, last, said)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "25",
        "2025Q0",
        "2025Q5",
        "2025-Q3",
        "2025-00",
        "2025-13",
        "2025-7",
        "2025q3",
        " 2025",
        "1899",
        "2101",
        "２０２５",
        "2025\n",
    ],
)
def test_what_is_written_otherwise_is_no_period(text):
    with pytest.raises(ValueError, match=r"^no"):
        Period.parse(text)


def test_a_period_the_year_does_not_have_cannot_be_made():
    for kind, number in ((PeriodKind.YEAR, 2), (PeriodKind.QUARTER, 5), (PeriodKind.MONTH, 0)):
        with pytest.raises(ValueError, match=f"no {kind} {number} of the year 2025"):
            Period(2025, kind, number)


@given(PERIODS)
def test_what_is_written_reads_back(period):
    assert Period.parse(str(period)) == period
    assert PeriodSaid().read(PeriodSaid().write(period)) == period == PeriodSaid().read(period)


@given(PERIODS)
def test_periods_of_a_kind_follow_each_other_without_gap(period):
    assert period.next.first == period.last + timedelta(days=1)
    assert period.next.previous == period
    assert period < period.next


@given(DAYS, KINDS)
def test_every_day_lies_in_one_period_of_a_kind(day, kind):
    period = Period.holding(day, kind)
    assert day in period
    assert day not in period.next
    assert day not in period.previous


@given(PERIODS, PERIODS)
def test_periods_stand_in_one_order_by_their_days(one, other):
    assert (one < other, one == other, one > other).count(True) == 1
    assert (one < other) == ((one.first, one.last) < (other.first, other.last))


def test_of_periods_that_begin_together_the_shorter_stands_first():
    texts = ["2025-01", "2025Q1", "2025", "2025-02", "2025-04", "2025Q2"]
    assert [str(period) for period in sorted(map(Period.parse, reversed(texts)))] == texts


def test_the_periods_over_a_time_are_all_that_share_a_day_with_it():
    first, last = date(2025, 3, 31), date(2026, 1, 1)
    assert [str(p) for p in periods_over(PeriodKind.QUARTER, first, last)] == [
        "2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1"
    ]  # fmt: skip
    assert [str(p) for p in periods_over(PeriodKind.YEAR, first, last)] == ["2025", "2026"]
    assert list(periods_over(PeriodKind.MONTH, last, first)) == []


def test_an_answer_that_is_no_period_is_refused():
    for raw in (2025, None, "soon"):
        with pytest.raises(WrongValue, match="is not a period like"):
            PeriodSaid().read(raw)
