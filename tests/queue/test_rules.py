"""The life of a ticket, the order, what is said about waits and the score of it: cases by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.core.refusal import Refusal
from portal.queue.rules.order import ALLOWANCE, EARLY, LATE, InLine, ahead_of, calling, claim_of, in_order
from portal.queue.rules.scoring import Told, by_week, is_inside, monday_of
from portal.queue.rules.states import AT_DESK, IN_LINE, NEXT, OVER, STATES, State, become, is_visit
from portal.queue.rules.waiting import FEWEST, Band, Past, band, like, load, minutes, predict

TEN = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def ticket(number, *, claim=0, came=0, skill="general"):
    return InLine(number, skill, TEN + claim * MINUTE, TEN + came * MINUTE)


@pytest.mark.parametrize("now", State)
@pytest.mark.parametrize("to", State)
def test_a_ticket_goes_where_the_table_says_and_nowhere_else(now, to):
    if to in NEXT[now]:
        assert become("A001", now, to) == to
    else:
        with pytest.raises(Refusal) as refused:
            become("A001", now, to)
        assert refused.value.facts["number"] == "A001"


def test_every_state_has_words_and_every_ticket_an_end():
    assert STATES.keys() == NEXT.keys() == set(State)
    assert {State.FINISHED, State.GONE} == OVER
    assert not IN_LINE & AT_DESK
    for state in set(State) - OVER:
        reached, before = {state}, set()
        while reached != before:
            before, reached = reached, reached | {to for one in reached for to in NEXT[one]}
        assert reached & OVER


@pytest.mark.parametrize(
    ("course", "visit"),
    [
        ([], False),
        (["waiting", "gone"], False),
        (["waiting", "called", "called", "gone"], False),
        (["waiting", "called", "parked", "called", "gone"], False),
        (["waiting", "called", "serving", "finished"], True),
        (["waiting", "called", "parked", "called", "serving"], True),
        (["waiting", "serving", "finished"], False),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else None,
)
def test_a_visit_was_called_and_answered(course, visit):
    assert is_visit(course) is visit


@pytest.mark.parametrize(
    ("came", "booked"),
    [(-EARLY - MINUTE, False), (-EARLY, True), (0 * MINUTE, True), (LATE, True), (LATE + MINUTE, False)],
)
def test_a_booking_counts_from_twenty_minutes_before_to_ten_after(came, booked):
    claim = claim_of(TEN + came, TEN)
    assert claim.booked is booked
    assert claim.at == (TEN if booked else TEN + came + ALLOWANCE)


def test_without_a_booking_one_has_a_claim_a_quarter_of_an_hour_on():
    assert claim_of(TEN, None).at == TEN + 15 * MINUTE


def test_coming_later_never_makes_a_claim_earlier_but_for_the_door_of_the_slot():
    """Within each of the three ways to come, whoever is later claims no earlier."""
    claims = [claim_of(TEN + n * MINUTE, TEN) for n in range(-60, 60)]
    for booked in (True, False):
        same = [claim.at for claim in claims if claim.booked is booked]
        assert same == sorted(same)


def test_the_smallest_claim_is_called_then_who_came_first_then_the_smaller_number():
    line = [
        ticket("A004", claim=5, came=-5),
        ticket("A003", claim=5, came=-10),
        ticket("A002", claim=5, came=-10),
        ticket("B001", claim=0, came=4),
    ]
    assert [one.number for one in in_order(line)] == ["B001", "A002", "A003", "A004"]
    assert ahead_of(line, line[0]) == 3
    assert ahead_of([*line, ticket("C001", claim=-60, skill="filing")], line[3]) == 0


def test_a_desk_serves_its_own_line_until_another_is_twenty_minutes_ahead():
    own, other = ticket("A001", claim=20), ticket("C001", claim=1, skill="filing")
    skills = ("general", "filing")
    assert [one.number for one in calling([own, other], skills)] == ["A001", "C001"]
    waited = ticket("C000", claim=-1, skill="filing")
    assert [one.number for one in calling([own, waited], skills)] == ["C000", "A001"]
    assert calling([other], ("general",)) == []
    assert [one.number for one in calling([own, other], ("filing",))] == ["C001"]


def test_load_is_what_stands_before_a_desk():
    assert load(3, 2, 2) == 250
    assert load(0, 1, 2) == 50
    assert load(3, 2, 0) is None


def test_a_free_desk_is_like_a_free_desk_only():
    assert like(0) == like(99) == (0, 99)
    assert like(100) == (100, 115)
    assert like(500) == (440, 560)


def test_nothing_is_said_of_too_few_visits_and_the_band_is_their_tenths():
    waits = [60 * n for n in range(1, FEWEST + 2)]
    assert band(waits[: FEWEST - 1]) is None
    assert band(waits) == Band(4, 16, 28)
    assert sum(4 <= minutes(one) <= 28 for one in waits) / len(waits) == pytest.approx(0.8, abs=0.05)


def test_the_hour_decides_where_it_suffices_and_else_the_day():
    morning = [Past(9, 200, 600)] * FEWEST
    evening = [Past(16, 200, 1800)] * FEWEST
    assert predict(morning + evening, 10, 200) == Band(10, 10, 10)
    assert predict(morning + evening, 16, 210) == Band(30, 30, 30)
    assert predict(morning[1:] + evening[1:], 9, 200) == Band(10, 10, 30)
    assert predict(morning, 9, 300) is None
    assert predict(morning, 9, None) is None


def test_a_wait_is_told_and_scored_in_the_same_minutes():
    assert [minutes(n) for n in (0, 29, 30, 89, 90)] == [0, 0, 1, 1, 2]
    assert is_inside(1, 2, 30)
    assert is_inside(1, 2, 149)
    assert not is_inside(1, 2, 29)
    assert not is_inside(1, 2, 150)


def test_weeks_begin_on_monday_and_a_small_one_has_no_share():
    wednesday = date(2026, 3, 4)
    assert monday_of(wednesday) == date(2026, 3, 2)
    told = [Told(wednesday, 0, 5, 60)] * 17 + [Told(wednesday, 0, 5, 600)] * 4
    told += [Told(wednesday + timedelta(days=7), 0, 5, 60)] * 19
    first, second = by_week(told)
    assert (first.monday, first.visits, first.inside, first.share) == (date(2026, 3, 2), 21, 17, 81)
    assert second.share is None
