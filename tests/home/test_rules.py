"""The first page says what is most urgent first, and adds up what can be paid."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from portal.core.wording import N_
from portal.home.rules import Kind, ToDo, in_order, payable, per_month, twelve_months

TITLE = N_("个人所得税综合所得年度汇算")


def to_do(due: date, kind: Kind = Kind.PAY, amount: str = "1.00", surcharge: str = "0.00") -> ToDo:
    owed = Decimal(amount) if kind is Kind.PAY else None
    return ToDo(kind, TITLE, "2025", due, owed, Decimal(surcharge), "x")


def test_what_is_due_first_stands_first() -> None:
    later, sooner = to_do(date(2026, 7, 1)), to_do(date(2026, 6, 30))
    assert in_order([later, sooner]) == [sooner, later]


def test_of_two_due_on_one_day_the_one_that_costs_money_stands_first() -> None:
    file, pay = to_do(date(2026, 6, 30), Kind.FILE), to_do(date(2026, 6, 30))
    assert in_order([file, pay]) == [pay, file]


def test_the_total_is_what_can_be_paid_and_names_the_surcharge_in_it() -> None:
    total = payable(
        [to_do(date(2026, 6, 30), amount="100.50", surcharge="0.50"), to_do(date(2026, 6, 30), Kind.FILE)]
    )
    assert (total.amount, total.surcharge) == (Decimal("100.50"), Decimal("0.50"))


def test_nothing_to_do_is_nothing_to_pay() -> None:
    assert payable([]).amount == Decimal("0.00")


def test_something_is_overdue_from_the_day_after_its_due_day() -> None:
    one = to_do(date(2026, 6, 30))
    assert not one.is_overdue(date(2026, 6, 30))
    assert one.is_overdue(date(2026, 7, 1))
    assert one.days_left(date(2026, 7, 1)) == -1


@given(st.dates(min_value=date(2019, 1, 1), max_value=date(2100, 1, 1)))
def test_the_chart_has_the_twelve_months_that_end_today(today: date) -> None:
    months = twelve_months(today)
    assert len(months) == 12
    assert months == sorted(set(months))
    assert months[-1] == today.replace(day=1)
    assert months[0].month == today.month % 12 + 1


def test_a_month_without_payments_stands_in_the_chart_as_nothing() -> None:
    bars = dict(per_month({date(2026, 3, 1): Decimal("10.00")}, date(2026, 4, 9)))
    assert bars[date(2026, 3, 1)] == Decimal("10.00")
    assert bars[date(2026, 4, 1)] == Decimal("0.00")


def test_a_bar_names_its_month() -> None:
    last = per_month({}, date(2026, 4, 9))[-1]
    assert (last.month, last.words) == (4, "2026-04")
