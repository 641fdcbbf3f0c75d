"""By which payments money came, and which account numbers are taken."""

from decimal import Decimal

import pytest

from portal.billing.rules.repaying import Came, came_back_by, number_fault, passes_luhn
from portal.core.keys import new_id

D = Decimal
BILL, OTHER = new_id(), new_id()
CARD = "6212345678901232"


def paid(payment: str, amount: str, bill: object = BILL) -> Came:
    return Came(payment, bill, D(amount))  # type: ignore[arg-type]


def freed(amount: str, bill: object = BILL) -> Came:
    return Came(None, bill, D(amount))  # type: ignore[arg-type]


def test_what_paid_for_something_does_not_go_back() -> None:
    assert came_back_by([paid("new", "100.00")]) == []


def test_what_a_payment_left_over_goes_back_by_it() -> None:
    assert came_back_by([paid("one", "30.00", None), paid("one", "70.00")]) == [("one", D("30.00"))]


def test_what_a_bill_set_free_goes_back_by_its_newest_payment_first() -> None:
    moved = [freed("50.00"), paid("new", "40.00"), paid("old", "60.00")]
    assert came_back_by(moved) == [("new", D("40.00")), ("old", D("10.00"))]


def test_what_a_bill_set_free_is_no_payment_of_another_bill() -> None:
    assert came_back_by([freed("50.00", OTHER), paid("one", "100.00")]) == []


def test_what_was_paid_otherwise_goes_back_by_no_payment() -> None:
    """The bill was paid with money that rested here."""
    assert came_back_by([freed("50.00")]) == []


def test_a_movement_of_no_bill_and_no_payment_counts_for_nothing() -> None:
    assert came_back_by([freed("50.00", None), paid("one", "10.00", None)]) == [("one", D("10.00"))]


def test_one_digit_wrong_or_two_swapped_is_noticed() -> None:
    assert passes_luhn(CARD)
    for n, digit in enumerate(CARD):
        assert not passes_luhn(CARD[:n] + str((int(digit) + 1) % 10) + CARD[n + 1 :])
    assert not passes_luhn("6212345678910232")


@pytest.mark.parametrize("number", [CARD, "4242424242424242", "6200000000000000000"])
def test_cards_of_sixteen_to_nineteen_digits_are_taken(number: str) -> None:
    assert number_fault(number, firm=False) is None


@pytest.mark.parametrize("number", ["", "0", "424242424242424", "4242424242424243", f"{CARD}0000", "６" * 16])
def test_other_numbers_of_a_person_are_not(number: str) -> None:
    assert number_fault(number, firm=False)


def test_an_account_of_a_firm_has_no_check_digit_and_only_digits() -> None:
    assert number_fault("44039900001234", firm=True) is None
    assert all(number_fault(number, firm=True) for number in ("1234567", "1" * 31, "4403990000123A"))
