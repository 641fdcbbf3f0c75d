"""By what a taxpayer is searched for, and when a supervisor is told of somebody's looking."""

import pytest

from portal.counter.rules import MANY_REFUSED, MANY_WITHOUT_MATTER, SearchKey, is_unusual, key_of, usual_of


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("M2026031", SearchKey.NUMBER),
        ("M20260316ABCD2345", SearchKey.MATTER),
        ("15400000000", SearchKey.MOBILE),
        ("110101199001011237", SearchKey.NUMBER),
        ("91330200MA2AXXXX1K", SearchKey.NUMBER),
        ("李静怡", SearchKey.NAME),
        ("A1", SearchKey.NAME),
    ],
)
def test_the_form_of_what_was_typed_says_what_it_is(typed: str, key: SearchKey) -> None:
    assert key_of(typed) is key


def test_what_is_usual_counts_the_days_on_which_somebody_looked() -> None:
    assert usual_of([]) is None
    assert usual_of([2, 3]) == 3
    assert usual_of([4, 4]) == 4


@pytest.mark.parametrize(
    ("without_matter", "refused", "usual", "told"),
    [
        (0, 0, None, False),
        (MANY_WITHOUT_MATTER - 1, 0, None, False),
        (MANY_WITHOUT_MATTER, 0, None, True),
        (MANY_WITHOUT_MATTER, 0, 3, False),
        (MANY_WITHOUT_MATTER + 2, 0, 3, True),
        (0, MANY_REFUSED - 1, None, False),
        (0, MANY_REFUSED, None, True),
    ],
)
def test_the_supervisor_is_told_of_more_than_usual(
    without_matter: int, refused: int, usual: int | None, told: bool
) -> None:
    assert is_unusual(without_matter, refused, usual) is told


def test_a_ticket_is_told_by_its_letter_and_count():
    assert key_of("B042") is SearchKey.TICKET
