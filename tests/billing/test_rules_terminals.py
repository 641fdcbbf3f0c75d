"""What two clerks key from a slip, when it counts, and how a terminal's list is compared."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from portal.billing.rules.terminals import (
    MOST_MISMATCHES,
    NOT_CREDITED,
    NOT_KEYED,
    ONE_OF_THE_TWO,
    SAME_CLERK,
    Break,
    BreakKind,
    Line,
    SlipState,
    after,
    compare,
    is_within,
    moment,
    name_of,
    number_fault,
    padded,
    read_line,
    source_ref,
    time_of_day,
    together,
    why_not_reverse,
    why_not_second,
)
from portal.core.clock import SHANGHAI
from portal.core.keys import new_id

D = Decimal
FIRST, SECOND, THIRD = new_id(), new_id(), new_id()
ROW = {
    "terminal": "A1234567", "batch": "12", "trace": "345",
    "time": "2026-07-10 14:05:09", "amount": "1234.50",
}  # fmt: skip


def test_a_slip_waits_for_its_second_clerk_until_they_differ_too_often() -> None:
    assert after(MOST_MISMATCHES - 1) is SlipState.KEYED
    assert after(MOST_MISMATCHES) is SlipState.SET_ASIDE


def test_nobody_is_the_second_for_what_they_keyed() -> None:
    assert why_not_second(FIRST, FIRST, SlipState.KEYED) is SAME_CLERK
    assert why_not_second(SECOND, FIRST, SlipState.KEYED) is None


@pytest.mark.parametrize("state", sorted(set(SlipState) - {SlipState.KEYED}))
def test_only_a_slip_that_waits_is_confirmed(state: str) -> None:
    assert why_not_second(SECOND, FIRST, state) is NOT_KEYED


def test_what_is_credited_is_reversed_by_a_third() -> None:
    assert why_not_reverse(THIRD, (FIRST, SECOND), SlipState.CREDITED) is None
    for one in (FIRST, SECOND):
        assert why_not_reverse(one, (FIRST, SECOND), SlipState.CREDITED) is ONE_OF_THE_TWO
    assert why_not_reverse(THIRD, (FIRST, SECOND), SlipState.REVERSED) is NOT_CREDITED


def test_numbers_are_padded_as_terminals_print_them() -> None:
    assert (padded("7"), padded("000123"), name_of("A1234567", padded("7"), padded("9"))) == (
        "000007",
        "000123",
        "A1234567/000007/000009",
    )
    assert name_of("A1234567", "000007") == "A1234567/000007"


@pytest.mark.parametrize("typed", ["", "1234567", "12a", "１２", "-1", "1 2"])
def test_what_is_no_number_of_a_slip(typed: str) -> None:
    assert number_fault(typed)


def test_numbers_of_a_slip() -> None:
    assert [number_fault(typed) for typed in ("1", "000001", "999999")] == [None] * 3


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("14:05", time(14, 5)),
        ("1405", time(14, 5)),
        ("9:05", time(9, 5)),
        ("14:05:09", time(14, 5, 9)),
        ("140509", time(14, 5, 9)),
        ("24:00", None),
        ("14:60", None),
        ("", None),
        ("下午2点", None),
    ],
)
def test_the_time_on_a_slip(typed: str, read: time | None) -> None:
    assert time_of_day(typed) == read


def test_a_slip_tells_beijing_time() -> None:
    assert moment(date(2026, 7, 10), time(0, 30)).isoformat() == "2026-07-10T00:30:00+08:00"


def test_a_slip_is_of_a_day_of_its_shift() -> None:
    opened, today = date(2026, 7, 10), date(2026, 7, 11)
    days = {day: is_within(date(2026, 7, day), opened, today) for day in (9, 10, 11, 12)}
    assert days == {9: False, 10: True, 11: True, 12: False}


def test_a_slip_credited_anew_after_a_reversal_is_another_fact() -> None:
    name = "A1234567/000012/000345"
    assert (source_ref(name, 1), source_ref(name, 2)) == (name, f"{name}/2")


def test_a_batch_that_agrees_has_no_breaks() -> None:
    same = {"000001": D("1.00"), "000002": D("2.00")}
    assert compare(same, dict(reversed(same.items()))) == []


def test_the_three_ways_in_which_a_terminal_differs() -> None:
    here = {"000001": D("1.00"), "000002": D("2.00"), "000004": D("4.00")}
    there = {"000001": D("1.00"), "000002": D("2.50"), "000003": D("3.00")}
    assert compare(here, there) == [
        Break(BreakKind.AMOUNT, "000002", D("0.50")),
        Break(BreakKind.MISSING_HERE, "000003", D("3.00")),
        Break(BreakKind.MISSING_THERE, "000004", D("-4.00")),
    ]


def test_a_line_of_the_terminals_file() -> None:
    at = datetime(2026, 7, 10, 14, 5, 9, tzinfo=SHANGHAI)
    assert read_line(ROW) == Line("A1234567", "000012", "000345", at, D("1234.50"))
    assert read_line({**ROW, "terminal": " a1234567 ", "amount": "1234.5"}) == read_line(ROW)


@pytest.mark.parametrize(
    ("column", "typed"),
    [
        ("terminal", "1234567"),
        ("terminal", "终端1234"),
        ("batch", "x"),
        ("trace", ""),
        ("time", "10.07.2026"),
        ("time", "2026-02-30 10:00:00"),
        ("amount", "0.00"),
        ("amount", "-1.00"),
        ("amount", "1.005"),
        ("amount", "1e3"),
        ("amount", ""),
    ],
)
def test_a_line_that_cannot_be_read_says_which_column(column: str, typed: str) -> None:
    wrong = read_line({**ROW, column: typed})
    assert isinstance(wrong, str)
    assert column in wrong


def test_a_total() -> None:
    assert (together([]), together([D("1.10"), D("2.20")])) == (D("0.00"), D("3.30"))
