"""Some weeks of two simulated halls: the order holds for every ticket, and the bands do."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from portal.demo.simulated import NORTH, SOUTH, simulate, weekdays
from portal.queue.rules.scoring import AIM, Told, by_week, is_inside
from tests.queue.promises import against_the_order

PLANS = {plan.name: plan for plan in (NORTH, SOUTH)}


@pytest.fixture(scope="module")
def weeks():
    """Sixteen weeks from the first day on: nothing is known at the beginning."""
    return simulate((NORTH, SOUTH), weekdays(date(2026, 1, 5), 80), seed=7)


def test_nobody_is_called_against_the_order(weeks):
    wrong = [
        f"{hall} {day} {fault}"
        for (hall, day), seen in weeks.days.items()
        for fault in against_the_order(PLANS[hall], seen)
    ]
    assert wrong == []
    later = Counter(one.booked for seen in weeks.days.values() for one in seen)
    assert later[True] > 1000 < later[False], "both kinds come"


def test_a_breach_of_the_order_is_seen(weeks):
    seen = max(weeks.days.values(), key=len)
    line = sorted((one for one in seen if one.skill == "general"), key=lambda one: one.called)
    first, last = line[len(line) // 2], line[len(line) // 2 + 6]
    swapped = [replace(first, called=last.called), replace(last, called=first.called)]
    others = [one for one in seen if one not in (first, last)]
    assert against_the_order(NORTH, others + swapped) != []


def test_four_visits_of_five_lie_inside_the_band_they_were_told(weeks):
    """Out of sample: a day's predictions know the days before it only. So it is for each hall and kind."""
    told = [(hall, one) for hall, _, one in weeks.visits() if one.told]
    groups = {
        (hall, skill, booked): [
            is_inside(one.told.low, one.told.high, one.answered - one.came)
            for name, one in told
            if (name, one.skill, one.booked) == (hall, skill, booked)
        ]
        for hall, plan in PLANS.items()
        for skill in (line.skill for line in plan.lines)
        for booked in (True, False)
    }
    low, high = AIM
    shares = {group: round(100 * sum(inside) / len(inside)) for group, inside in groups.items()}
    assert all(low <= share <= high for share in shares.values()), shares
    assert len(told) > 0.8 * sum(1 for _ in weeks.visits()), "it says something to most"


def test_a_band_is_narrower_than_all_there_is(weeks):
    """A band that holds four of five without looking at the queue would be as wide as all waits together."""
    visits = [one for _, _, one in weeks.visits() if one.told]
    waits = sorted(one.answered - one.came for one in visits)
    without_looking = (waits[len(waits) * 9 // 10] - waits[len(waits) // 10]) / 60
    width = sum(one.told.high - one.told.low for one in visits) / len(visits)
    assert width < 0.6 * without_looking


def test_the_weekly_shares_are_inside_the_aim_once_enough_is_known(weeks):
    told = [
        Told(day, one.told.low, one.told.high, one.answered - one.came)
        for _, day, one in weeks.visits()
        if one.told
    ]
    shares = [week.share for week in by_week(told)][3:]
    assert len(shares) > 10
    assert all(AIM[0] <= share <= AIM[1] for share in shares), shares
