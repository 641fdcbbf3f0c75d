"""What is said of the wait after a booked hour."""

from portal.queue.rules.expecting import FEWEST, Came, Expected, expected

TUESDAY = 1


def came(count, *, weekday=TUESDAY, hour=10, minutes=None):
    return [Came(weekday, hour, 60 * (n if minutes is None else minutes)) for n in range(count)]


def test_four_of_five_of_those_who_booked_like_it():
    assert expected(came(41))[TUESDAY, 10] == Expected(4, 20, 36, 41)


def test_with_too_few_nothing_is_said():
    assert expected(came(FEWEST - 1)) == {}


def test_where_a_weekday_has_too_few_the_hour_of_every_day_counts():
    found = expected([*came(FEWEST, minutes=10), *came(5, weekday=3, minutes=40)])
    assert found[TUESDAY, 10] == Expected(10, 10, 10, FEWEST)
    assert found[3, 10].visits == FEWEST + 5
    assert found[5, 10].visits == FEWEST + 5
    assert {hour for _, hour in found} == {10}
