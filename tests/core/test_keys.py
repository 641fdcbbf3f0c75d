"""Numbers that people read aloud and type catch their mistakes."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from portal.core.keys import READABLE, new_id, number_is_sound, public_number

DAY = date(2026, 3, 9)


def test_keys_come_in_the_order_they_are_made() -> None:
    made = [new_id() for _ in range(1000)]
    assert made == sorted(made)
    assert {key.version for key in made} == {7}


def test_a_number_given_out_is_sound() -> None:
    assert all(number_is_sound(public_number("R", DAY)) for _ in range(500))


@given(st.integers(min_value=0, max_value=17), st.sampled_from(READABLE))
def test_one_wrong_character_shows(place: int, wrong: str) -> None:
    number = public_number("R", DAY)
    if number[place] in {"-", wrong}:
        return
    assert not number_is_sound(number[:place] + wrong + number[place + 1 :])


@given(st.integers(min_value=11, max_value=16))
def test_two_swapped_neighbours_show(place: int) -> None:
    number = public_number("R", DAY)
    if number[place] == number[place + 1]:
        return
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert not number_is_sound(swapped)


@given(st.text())
def test_any_text_is_a_number_or_not_and_never_an_error(text: str) -> None:
    assert number_is_sound(text) in {True, False}
