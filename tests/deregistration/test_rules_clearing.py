"""Which route is open to a firm, what stands between, how long the office takes; what a promise becomes."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.deregistration.rules.clearance import (
    PROCEDURES,
    REPORTED_FIRST,
    WHYS,
    Kept,
    Route,
    Standing,
    Why,
    answered_by,
    choose,
    kept,
    may_promise,
    promised_by,
    standing_between,
)
from portal.risk.rules import ASK_THE_OFFICE, FINDINGS, Hit, Severity

DAY = date(2026, 11, 24)
PLAIN, GOOD = Standing(), Standing(credit_grade="A")
BLOCKS, PROMISABLE, ADVICE = (
    next(Hit(one, ()) for one in FINDINGS if one.severity is severity and not one.closes)
    if severity is not Severity.ADVICE
    else next(Hit(one, ()) for one in FINDINGS if one.severity is severity)
    for severity in (Severity.BLOCKS, Severity.PROMISABLE, Severity.ADVICE)
)
DISHONEST = next(Hit(one, ()) for one in FINDINGS if len(one.closes) == 3)


@pytest.mark.parametrize(
    ("why", "firm", "hits", "route"),
    [
        (Why.DISSOLUTION, PLAIN, [], Route.INSTANT),
        (Why.REVOKED, PLAIN, [], Route.INSTANT),
        (Why.MERGER, GOOD, [], Route.GENERAL),
        (Why.SPLIT, GOOD, [], Route.GENERAL),
        (Why.DISSOLUTION, GOOD, [PROMISABLE], Route.PROMISE),
        (Why.DISSOLUTION, Standing(below_threshold=True), [PROMISABLE], Route.PROMISE),
        (Why.DISSOLUTION, PLAIN, [PROMISABLE], Route.GENERAL),
        (Why.MERGER, GOOD, [PROMISABLE], Route.GENERAL),
        (Why.DISSOLUTION, GOOD, [BLOCKS], Route.GENERAL),
        (Why.DISSOLUTION, GOOD, [BLOCKS, PROMISABLE], Route.GENERAL),
        (Why.DISSOLUTION, GOOD, [DISHONEST], Route.GENERAL),
        (Why.DISSOLUTION, GOOD, [Hit(ASK_THE_OFFICE, ())], Route.GENERAL),
    ],
)
def test_the_quickest_open_route_is_chosen(why: Why, firm: Standing, hits: list[Hit], route: Route) -> None:
    choice = choose(why, firm, hits)
    assert choice.route is route
    assert all(ground.holds for ground in choice.grounds[route])
    assert all(
        any(not ground.holds for ground in choice.grounds[quicker])
        for quicker in list(Route)[: list(Route).index(route)]
    )


def test_what_the_firm_may_not_be_told_is_never_promised() -> None:
    for severity in Severity:
        hidden = Hit(replace(ASK_THE_OFFICE, severity=severity), ())
        assert choose(Why.DISSOLUTION, GOOD, [PROMISABLE, hidden]).route is Route.GENERAL


@pytest.mark.parametrize(
    ("grade", "may"), [("A", True), ("B", True), ("M", False), ("C", False), ("D", False)]
)
def test_grades_that_may_promise(grade: str, may: bool) -> None:
    assert may_promise(Standing(credit_grade=grade)) is may


def test_what_blocks_stands_between_even_where_it_was_promised() -> None:
    hits = [BLOCKS, PROMISABLE, ADVICE]
    assert standing_between(hits) == [BLOCKS, PROMISABLE]
    assert standing_between(hits, {BLOCKS.finding.code, PROMISABLE.finding.code}) == [BLOCKS]


def test_the_office_answers_in_five_working_days_and_ten_for_general_payers() -> None:
    assert answered_by(DAY, general_vat_payer=False) == date(2026, 12, 1)
    assert answered_by(DAY, general_vat_payer=True) == date(2026, 12, 8)


def test_a_promise_has_thirty_days() -> None:
    assert promised_by(DAY) == DAY + timedelta(days=30)


@pytest.mark.parametrize(
    ("later", "found", "outcome"),
    [(0, True, Kept.WAITING), (0, False, Kept.KEPT), (1, True, Kept.BROKEN), (1, False, Kept.KEPT)],
)
def test_a_promise_is_broken_the_day_after_its_last(later: int, found: bool, outcome: Kept) -> None:
    assert kept(DAY, DAY + timedelta(days=later), still_found=found) is outcome


def test_every_reason_and_route_has_its_words() -> None:
    assert set(WHYS) == set(Why)
    assert set(PROCEDURES) == set(Route)
    assert set(Why) > REPORTED_FIRST
