"""Allocation, surcharge, quotes, states and their words."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.billing.rules import chart
from portal.billing.rules.allocation import (
    Component,
    Debt,
    Due,
    allocate,
    distribute,
    pro_rata,
)
from portal.billing.rules.naming import period_of
from portal.billing.rules.quote import SHORTEST, closes_at, quote
from portal.billing.rules.states import (
    ATTEMPT_EDGES,
    LIVE,
    ORDER_EDGES,
    AttemptState,
    OrderState,
    may,
)
from portal.billing.rules.surcharge import Movement, stretches
from portal.billing.rules.wording import CHECKING, RESTS, said
from portal.core.language import language
from portal.core.money import ZERO, from_fen

D = Decimal
WHOSE = UUID(int=99)
JULY = date(2026, 7, 1)


def debt(n: int, tax: str, due_on: date = JULY, **more: object) -> Debt:
    return Debt(UUID(int=n), due_on, D(tax), D(tax), **more)  # type: ignore[arg-type]


def shares(given_to: tuple[Due, ...] | list[Due]) -> list[tuple[int, str, str]]:
    return [(share.bill_id.int, str(share.component), str(share.amount)) for share in given_to]


# Arrears and surcharge.


def test_nothing_is_in_arrears_on_the_due_date() -> None:
    assert stretches(D("100.00"), JULY, [], JULY) == ()


def test_arrears_run_from_the_day_after_and_are_cut_by_payments() -> None:
    found = stretches(D("100.00"), JULY, [Movement(date(2026, 7, 11), D("40.00"))], date(2026, 7, 31))
    assert [(s.first.day, s.last.day, s.base) for s in found] == [
        (2, 11, D("100.00")),
        (12, 31, D("60.00")),
    ]


def test_what_was_paid_too_much_is_no_negative_arrears() -> None:
    assert stretches(D("30.00"), JULY, [Movement(JULY, D("40.00"))], date(2026, 7, 31)) == ()


def test_surcharge_counts_to_the_day_of_the_last_payment_at_least() -> None:
    paid = debt(1, "1000.00", movements=(Movement(date(2026, 7, 21), D("1000.00")),))
    assert paid.accrued(date(2026, 7, 5)) == paid.accrued(date(2099, 1, 1)) == D("10.00")


def test_surcharge_that_was_paid_is_not_owed_again() -> None:
    owing = debt(1, "1000.00", surcharge_fixed=D("4.00"), surcharge_left=D("1.00"))
    assert owing.surcharge_owed(date(2026, 7, 21)) == D("7.00")


# Allocation.


def test_tax_comes_first_the_oldest_due_date_first() -> None:
    debts = [debt(2, "50.00", date(2026, 6, 1)), debt(1, "100.00")]
    split = distribute(debts, D("120.00"), date(2026, 7, 11))
    assert shares(split.shares) == [(2, "tax", "50.00"), (1, "tax", "70.00")]
    assert split.rest == ZERO


def test_then_surcharge_and_what_is_left_pays_for_nothing() -> None:
    split = distribute([debt(1, "1000.00")], D("1010.00"), date(2026, 7, 11))
    assert shares(split.shares) == [(1, "tax", "1000.00"), (1, "surcharge", "5.00")]
    assert (split.rest, split.fixed) == (D("5.00"), {UUID(int=1): D("5.00")})


def test_before_march_2020_tax_and_surcharge_went_together() -> None:
    early = Debt(UUID(int=1), date(2019, 6, 30), D("1000.00"), D("1000.00"))
    split = distribute([early], D("505.00"), date(2019, 7, 20))
    assert shares(split.shares) == [(1, "surcharge", "5.00"), (1, "tax", "500.00")]


def test_a_payment_booked_late_lowers_surcharge_fixed_too_high() -> None:
    later = debt(
        1, "1000.00", movements=(Movement(date(2026, 7, 21), D("500.00")),), surcharge_fixed=D("10.00")
    )
    later = Debt(**{**later.__dict__, "tax_left": D("500.00"), "surcharge_left": D("10.00")})
    split = distribute([later], D("500.00"), date(2026, 7, 11))
    assert split.fixed == {UUID(int=1): D("-2.50")}


def test_equal_due_dates_share_pro_rata() -> None:
    dues = [Due(UUID(int=n), Component.TAX, JULY, D(a)) for n, a in ((1, "10.00"), (2, "20.00"))]
    assert shares(allocate(dues, D("10.00"))) == [(1, "tax", "3.33"), (2, "tax", "6.67")]


AMOUNTS = st.integers(0, 10**12).map(from_fen)


@given(st.lists(AMOUNTS, min_size=1, max_size=8), st.data())
def test_shares_are_exact_and_never_above_their_weight(weights: list[Decimal], data: st.DataObject) -> None:
    amount = from_fen(data.draw(st.integers(0, int(sum(weights) * 100))))
    parts = pro_rata(weights, amount)
    assert sum(parts, ZERO) == amount
    assert all(ZERO <= part <= weight for part, weight in zip(parts, weights, strict=True))


@pytest.mark.parametrize("amount", ["0.03", "-0.01"])
def test_more_than_everything_is_not_split(amount: str) -> None:
    with pytest.raises(ValueError, match="not above"):
        pro_rata([D("0.01"), D("0.01")], D(amount))


DAYS = st.dates(date(2020, 3, 1), date(2030, 1, 1))
DEBTS = st.lists(st.tuples(st.integers(1, 10**9).map(from_fen), DAYS), min_size=1, max_size=5).map(
    lambda rows: [Debt(UUID(int=n), due, tax, tax) for n, (tax, due) in enumerate(rows)]
)


@given(DEBTS, st.integers(0, 10**10).map(from_fen), DAYS)
def test_a_payment_is_split_to_the_fen(debts: list[Debt], amount: Decimal, on: date) -> None:
    split = distribute(debts, amount, on)
    owed = {(due.bill_id, due.component): due.amount for one in debts for due in one.dues(on)}
    assert sum((share.amount for share in split.shares), split.rest) == amount
    assert all(ZERO < s.amount <= owed[s.bill_id, s.component] for s in split.shares)
    assert split.rest == max(ZERO, amount - sum(owed.values(), ZERO))


# Quotes.


def at(hour: int, minute: int = 0, day: int = 10) -> datetime:
    """Beijing time in July 2026."""
    return datetime(2026, 7, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def test_a_quote_holds_two_hours() -> None:
    made = quote(WHOSE, [debt(1, "100.00")], at(12))
    assert (made.day, made.total, made.expires_at) == (date(2026, 7, 10), D("100.45"), at(14))


def test_a_quote_ends_with_its_day() -> None:
    assert quote(WHOSE, [debt(1, "100.00")], at(23)).expires_at == at(23, 59) + timedelta(seconds=59)


def test_in_the_last_half_hour_it_is_tomorrows() -> None:
    made = quote(WHOSE, [debt(1, "100.00")], at(23, 40))
    assert (made.day, made.total, made.expires_at) == (date(2026, 7, 11), D("100.50"), at(1, 40, 11))


def test_but_not_where_something_is_due_today() -> None:
    on_time = debt(1, "100.00", date(2026, 7, 10))
    made = quote(WHOSE, [on_time], at(23, 40))
    assert (made.day, made.total) == (date(2026, 7, 10), D("100.00"))
    assert made.expires_at == at(23, 59) + timedelta(seconds=59)
    assert closes_at(made.expires_at, at(23, 40)) == at(23, 40) + SHORTEST


def test_a_digest_changes_with_day_amount_and_items() -> None:
    first = quote(WHOSE, [debt(1, "100.00")], at(12))
    assert first.digest == quote(WHOSE, [debt(1, "100.00")], at(13)).digest
    others = [
        quote(WHOSE, [debt(1, "100.01")], at(12)),
        quote(WHOSE, [debt(2, "100.00")], at(12)),
        quote(WHOSE, [debt(1, "100.00", date(2026, 8, 1))], at(12, day=11)),
        quote(UUID(int=98), [debt(1, "100.00")], at(12)),
    ]
    assert len({first.digest, *(other.digest for other in others)}) == 5


# States.


@pytest.mark.parametrize("edges", [ORDER_EDGES, ATTEMPT_EDGES])
def test_every_state_has_its_row_and_leads_to_states_with_rows(edges: dict[str, frozenset[str]]) -> None:
    kind = OrderState if edges is ORDER_EDGES else AttemptState
    assert set(edges) == set(kind)
    assert set().union(*edges.values()) <= set(edges)


def test_paid_is_stronger_than_anything_said_earlier() -> None:
    assert all(may(ATTEMPT_EDGES, was, AttemptState.SUCCEEDED) for was in set(AttemptState) - {"succeeded"})
    assert not any(may(ATTEMPT_EDGES, AttemptState.SUCCEEDED, to) for to in AttemptState)


def test_what_ended_never_lives_again() -> None:
    ended = set(AttemptState) - LIVE
    assert not any(may(ATTEMPT_EDGES, was, to) for was in ended for to in LIVE)


@pytest.mark.parametrize(("order", "attempt"), list(product(OrderState, [None, *AttemptState])))
def test_every_pair_of_states_has_words(order: str, attempt: str | None) -> None:
    assert said(order, attempt).text
    assert said(order, attempt, returned=True).text


def test_nothing_taken_is_said_only_where_the_gateway_said_so() -> None:
    nothing_taken = {a for a in AttemptState if "未扣款" in said(OrderState.OPEN, a).text}
    assert nothing_taken == {AttemptState.FAILED, AttemptState.ABSENT}


def test_who_comes_back_is_not_asked_to_pay_again() -> None:
    for attempt in (AttemptState.OPEN, AttemptState.CREATING, AttemptState.UNKNOWN):
        assert said(OrderState.OPEN, attempt, returned=True) is CHECKING
    assert not CHECKING.payable


def test_every_account_has_a_side_and_the_tracked_are_somebodys() -> None:
    assert set(chart.SIDE) == set(chart.AccountKind)
    places = [chart.tax_due(WHOSE, WHOSE), chart.surcharge_due(WHOSE, WHOSE), chart.unallocated(WHOSE)]
    places.append(chart.in_transit(WHOSE))
    assert {place.kind for place in places if place.taxpayer_id} == chart.TRACKED
    offices = [chart.clearing("gateway"), chart.levied("iit"), chart.surcharge_levied("iit"), chart.SUSPENSE]
    assert [place.tracked for place in (*places, *offices)] == [True] * 4 + [False] * 4
    assert chart.clearing("gateway").code == "clearing:gateway"
    assert set(RESTS) >= {"late", "double", "over", "foreign", "amount", "reduced", "refund-due", "came-back"}


@pytest.mark.parametrize(
    ("kept", "zh", "en"),
    [
        ("2025", "2025", "2025"),
        ("2025Q3", "2025年第三季度", "Q3 2025"),
        ("2025-07", "2025年7月", "July 2025"),
        ("", "", ""),
        ("2025-05-01", "2025-05-01", "2025-05-01"),
    ],
)
def test_the_period_of_a_bill_is_said_in_words_where_it_is_no_whole_year(kept: str, zh: str, en: str) -> None:
    assert [language(code).words(period_of(kept)) for code in ("zh", "en")] == [zh, en]
