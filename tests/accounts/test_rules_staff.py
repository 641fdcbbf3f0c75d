"""Staff numbers and roles as operators type them."""

import pytest

from portal.accounts.rules.staff import ROLES, number_fault, number_of, unknown_roles


def test_a_staff_number_is_kept_in_capitals_without_spaces() -> None:
    assert number_of(" zx 0317 ") == "ZX0317"


@pytest.mark.parametrize(
    ("number", "sound"), [("0317", True), ("ZX-0317", True), ("17", False), ("号317", False), ("-317", False)]
)
def test_a_staff_number_is_of_digits_letters_and_hyphens(number: str, sound: bool) -> None:
    assert (number_fault(number) is None) is sound


def test_roles_that_there_are_not_are_named() -> None:
    assert unknown_roles([*ROLES]) == []
    assert unknown_roles([next(iter(ROLES)), "chief"]) == ["chief"]
