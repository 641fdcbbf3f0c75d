"""A sealed number opens only in its own place, and every altered byte is refused."""

import pytest
from cryptography.exceptions import InvalidTag

from portal.core.crypto import Keyring
from portal.core.keys import new_id

KEYS = Keyring.parse(Keyring.generate())
PLACE = "taxpayers.number"


def test_a_sealed_number_opens_where_it_was_sealed() -> None:
    row = new_id()
    assert KEYS.open(KEYS.seal("440399199001010011", PLACE, row), PLACE, row) == "440399199001010011"


def test_two_sealed_numbers_swapped_between_rows_fail_to_open() -> None:
    with pytest.raises(InvalidTag):
        KEYS.open(KEYS.seal("a number", PLACE, new_id()), PLACE, new_id())


def test_a_number_moved_to_another_column_fails_to_open() -> None:
    row = new_id()
    with pytest.raises(InvalidTag):
        KEYS.open(KEYS.seal("a number", PLACE, row), "accounts.mobile", row)


def test_every_flipped_bit_after_the_version_is_refused() -> None:
    row = new_id()
    sealed = KEYS.seal("a number", PLACE, row)
    for place in range(8, len(sealed) * 8):
        altered = bytearray(sealed)
        altered[place // 8] ^= 1 << place % 8
        with pytest.raises(InvalidTag):
            KEYS.open(bytes(altered), PLACE, row)


def test_an_old_key_still_opens_after_a_new_one_writes() -> None:
    row, index = new_id(), b"i" * 32
    old = Keyring({1: b"a" * 32}, index)
    both = Keyring({1: b"a" * 32, 2: b"b" * 32}, index)
    assert both.open(old.seal("a number", PLACE, row), PLACE, row) == "a number"
    assert both.seal("a number", PLACE, row)[0] == 2


def test_the_same_number_always_has_the_same_blind_index_and_another_key_another() -> None:
    assert KEYS.blind("x") == KEYS.blind("x")
    assert KEYS.blind("x") != Keyring.parse(Keyring.generate()).blind("x")


@pytest.mark.parametrize("text", ["", "index:AAAA", "index:AAAA 1:AAAA", "1:" + "A" * 43 + "="])
def test_keys_of_the_wrong_size_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Keyring.parse(text)
