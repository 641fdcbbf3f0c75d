"""Nothing accepted is lost, whoever saves when; and where a year's return stands."""

from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import given as whatever
from hypothesis import settings
from hypothesis import strategies as st

from portal.core.refusal import Refusal
from portal.filing.rules.answers import Clash, Held, Kept, Origin, Trace, counted, for_the_sheet, rows_of
from portal.filing.rules.path import known, path
from portal.filing.rules.replay import Mismatch, mismatches
from portal.filing.rules.season import STANDINGS, Standing, may_settle, season, standing, window, years
from portal.filing.rules.submission import may_submit
from portal.taxes.calendar import settlement_window
from portal.taxes.kinds import Choice, Kind, Tick, Whole, Yuan
from portal.taxes.periods import Period
from portal.taxes.sheets import sheet_named

SHEET = sheet_named("iit-annual")
EMPTY = Kept({}, {})
W, OTHER = "w1", "w2"
HOLDING = Held("100.00", Origin.REPORTED, {"payers": 1, "count": 12})


def test_an_answer_carries_its_origin_and_version() -> None:
    kept = EMPTY.accept({"rent_city": "large"}, 2, W)
    assert kept.answers == {"rent_city": "large"}
    assert kept.traces == {"rent_city": Trace(Origin.TYPED, 2, W)}


def test_a_changed_holding_is_marked_typed_and_the_reported_value_stays_visible() -> None:
    kept = EMPTY.learn({"wages": HOLDING}, 1).accept({"wages": "120.00"}, 2, W)
    trace = kept.traces["wages"]
    assert (kept.answers["wages"], trace.origin, trace.held) == ("120.00", Origin.TYPED, "100.00")
    assert trace.source == HOLDING.source


def test_typing_the_reported_value_again_makes_it_reported_again() -> None:
    kept = (
        EMPTY.learn({"wages": HOLDING}, 1).accept({"wages": "120.00"}, 2, W).accept({"wages": "100.00"}, 3, W)
    )
    assert kept.traces["wages"].origin is Origin.REPORTED


def test_an_unchanged_answer_keeps_its_trace() -> None:
    kept = EMPTY.learn({"wages": HOLDING}, 1)
    assert kept.accept({"wages": "100.00"}, 2, W) == kept


def test_news_from_the_payer_replaces_what_nobody_typed() -> None:
    news = Held("130.00", Origin.REPORTED, {"payers": 1, "count": 13})
    kept = EMPTY.learn({"wages": HOLDING}, 1)
    assert kept.stale({"wages": news}) == ["wages"]
    assert kept.learn({"wages": news}, 2).answers["wages"] == "130.00"


def test_news_from_the_payer_never_replaces_what_was_typed() -> None:
    news = Held("130.00", Origin.REPORTED, {"payers": 1, "count": 13})
    kept = EMPTY.learn({"wages": HOLDING}, 1).accept({"wages": "120.00"}, 2, W).learn({"wages": news}, 3)
    assert kept.answers["wages"] == "120.00"
    assert kept.traces["wages"].held == "130.00"
    assert kept.stale({"wages": news}) == []


def test_a_removed_row_stays_removed_when_the_portal_learns_again() -> None:
    holding = {"children.a": Held({"name": "李"}, Origin.DERIVED, {"return": "R-1"})}
    kept = EMPTY.learn(holding, 1).accept({"children.a": None}, 2, W)
    assert kept.learn(holding, 3).answers == {}


def test_two_windows_on_different_questions_do_not_clash() -> None:
    kept = EMPTY.accept({"a": "1"}, 2, W)
    assert kept.clashes({"b": "2"}, 1, OTHER) == []


def test_two_windows_on_one_question_clash_with_both_values() -> None:
    kept = EMPTY.accept({"a": "1"}, 2, W)
    assert kept.clashes({"a": "2"}, 1, OTHER) == [Clash("a", "1", "2")]
    assert kept.clashes({"a": "1"}, 1, OTHER) == []
    assert kept.clashes({"a": "2"}, 2, OTHER) == []


def test_a_row_removed_elsewhere_clashes_with_its_change() -> None:
    kept = EMPTY.accept({"children.a": {"name": "李"}}, 2, W).accept({"children.a": None}, 3, W)
    assert kept.clashes({"children.a": {"name": "王"}}, 2, OTHER) == [
        Clash("children.a", None, {"name": "王"})
    ]


def test_a_trace_survives_storage() -> None:
    for kept in (EMPTY.learn({"wages": HOLDING}, 1), EMPTY.accept({"wages": "1"}, 2, W)):
        assert Trace.of(kept.traces["wages"].as_json()) == kept.traces["wages"]


def test_rows_are_listed_in_the_order_they_were_added() -> None:
    answers = {"children.02": {"n": 2}, "children.01": {"n": 1}, "childrens": 1, "wages": "5"}
    assert list(rows_of(answers, "children")) == ["01", "02"]
    assert for_the_sheet(answers, ["children", "elders"]) == {
        "wages": "5", "childrens": 1, "children": [{"n": 1}, {"n": 2}], "elders": []
    }  # fmt: skip


def test_a_window_does_not_clash_with_its_own_earlier_save() -> None:
    kept = EMPTY.accept({"a": "1"}, 2, W)
    assert kept.clashes({"a": "12"}, 1, W) == []
    assert kept.accept({"a": "5"}, 3, OTHER).clashes({"a": "12"}, 1, W) == [Clash("a", "5", "12")]


@dataclass
class Showing:
    """One showing of a form: the version and values it showed, and the values it had accepted since."""

    name: str
    seen: int
    knows: dict[str, Any]


NAMES = st.sampled_from(["a", "b", "c"])
MOVES = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["open", "save"]),
        st.dictionaries(NAMES, st.sampled_from(["1", "2", None]), min_size=1),
    ),
    max_size=30,
)


@whatever(MOVES)
def test_no_interleaving_of_windows_overwrites_an_answer_its_user_did_not_know(
    moves: list[tuple[int, str, dict[str, Any]]],
) -> None:
    kept, version = EMPTY, 1
    windows = [Showing(str(n), 1, {}) for n in range(3)]
    for turn, (number, move, typed) in enumerate(moves):
        if move == "open":
            windows[number] = Showing(f"{number}-{turn}", version, dict(kept.answers))
            continue
        window = windows[number]
        clashes = kept.clashes(typed, window.seen, window.name)
        overwritten = {n for n, v in typed.items() if kept.answers.get(n) not in (v, window.knows.get(n))}
        assert overwritten <= {clash.name for clash in clashes} <= set(typed)
        if not clashes:
            version += 1
            before, kept = kept, kept.accept(typed, version, window.name)
            window.knows |= typed
            assert {**before.answers, **typed} == {**typed, **kept.answers}


# Where a year stands


def test_a_window_is_march_to_june_of_the_next_year() -> None:
    assert (window(2025).opens, window(2025).on_time_until) == (date(2026, 3, 1), date(2026, 6, 30))


@pytest.mark.parametrize("year", range(2019, 2027))
def test_years_of_the_calendar_are_as_it_has_them(year: int) -> None:
    assert window(year) == settlement_window(year)


@pytest.mark.parametrize(
    ("year", "last"),
    [
        (2027, date(2028, 6, 30)),
        (2028, date(2029, 7, 2)),  # from a Saturday
        (2029, date(2030, 7, 1)),  # from a Sunday
    ],
)
def test_a_year_the_calendar_does_not_hold_is_computed_from_weekends(year: int, last: date) -> None:
    found = window(year)
    assert (found.opens, found.closes) == (date(year + 1, 3, 1), date(year + 1, 6, 30))
    assert (found.on_time_until, found.status) == (last, "computed")


def test_a_return_is_not_late_on_the_working_day_after_a_rest_day() -> None:
    """30 June 2024 was a Sunday."""
    days = [date(2024, 6, 30), date(2024, 7, 1), date(2024, 7, 2)]
    stands = [standing(season("iit-annual", Period(2023)), day, drafted=False, filed=False) for day in days]
    assert stands == [Standing.TO_DO, Standing.TO_DO, Standing.LATE]


@pytest.mark.parametrize(
    ("day", "last"), [(date(2026, 2, 28), 2024), (date(2026, 3, 1), 2025), (date(2026, 12, 31), 2025)]
)
def test_years_open_with_their_window(day: date, last: int) -> None:
    assert list(years(day)) == list(range(2019, last + 1))
    may_settle(last, day)
    with pytest.raises(Refusal, match="return-not-yet-open"):
        may_settle(last + 1, day)


def test_no_year_before_the_tax_began() -> None:
    with pytest.raises(Refusal, match="return-no-such-year"):
        may_settle(2018, date(2026, 4, 1))


@pytest.mark.parametrize(
    ("day", "drafted", "filed", "expected"),
    [
        (date(2026, 2, 1), False, False, Standing.NOT_YET),
        (date(2026, 4, 1), False, False, Standing.TO_DO),
        (date(2026, 4, 1), True, False, Standing.STARTED),
        (date(2026, 7, 1), False, False, Standing.LATE),
        (date(2026, 7, 1), True, False, Standing.STARTED),
        (date(2026, 7, 1), False, True, Standing.FILED),
        (date(2026, 4, 1), True, True, Standing.CORRECTING),
    ],
)
def test_where_a_return_stands(day: date, drafted: bool, filed: bool, expected: Standing) -> None:
    assert standing(season("iit-annual", Period(2025)), day, drafted=drafted, filed=filed) is expected
    assert expected in STANDINGS


# Submitting and replaying

SOUND = {"wages": "240000.00", "tax_withheld": "0.00"}


def test_what_is_complete_and_sound_may_be_submitted() -> None:
    may_submit(SHEET.work_out(SOUND, on=2025), (), ())


@pytest.mark.parametrize(("missing", "unfinished"), [(("wages",), ()), ((), ("insurance",))])
def test_gaps_may_not(missing: tuple[str, ...], unfinished: tuple[str, ...]) -> None:
    with pytest.raises(Refusal, match="return-incomplete"):
        may_submit(SHEET.work_out(SOUND, on=2025), missing, unfinished)


def test_contradictions_may_not() -> None:
    with pytest.raises(Refusal, match="return-contradiction"):
        may_submit(SHEET.work_out(SOUND | {"residence": "days", "days_in_china": 1}, on=2025), (), ())


def test_a_replay_names_each_thing_that_differs() -> None:
    working = SHEET.work_out(SOUND, on=2025)
    lines, law = working.lines_as_json(), [entry.as_json() for entry in working.law_used]
    assert mismatches(lines, law, working.digest(), working) == []
    assert mismatches(lines, law, "0", working) == [Mismatch("digest", "0", working.digest())]
    assert {m.what for m in mismatches(lines | {"gone": "1"}, law[1:], "0", working)} == {
        "gone",
        law[0]["figure"],
    }


def test_rows_that_counted_keep_their_names() -> None:
    entries = {"wages": "1", "children.b": {"n": 2, "x": 0}, "children.a": {"n": 1}}
    assert counted(entries, ["children"], {"wages": "1", "children": [{"n": 1}, {"n": 2}]}) == {
        "wages": "1",
        "children.a": {"n": 1},
        "children.b": {"n": 2},
    }
    assert counted(entries, ["children"], {"wages": "1"}) == {"wages": "1"}


# Every way through the questions ends


@settings(max_examples=60, deadline=None)
@whatever(st.sampled_from([2019, 2021, 2022, 2025]), st.randoms(use_true_random=False))
def test_answering_what_is_missing_always_ends_at_the_check_page(year: int, chance: Random) -> None:
    entries: dict[str, Any] = {"children.k": {}, "elders.k": {}, "degrees.k": {}}
    for _turn in range(60):
        place = path(SHEET, year, entries).first_unfinished
        if place is None:
            break
        for name in place.missing:
            _answer(entries, name, chance)
    assert path(SHEET, year, entries).missing == ()
    SHEET.work_out(known(SHEET, entries), on=year)


def _answer(entries: dict[str, Any], name: str, chance: Random) -> None:
    group, bracket, rest = name.partition("[")
    if not bracket:
        question = SHEET.question(name)
        assert question is not None
        entries[name] = _any_answer(question.kind, chance)
        return
    asked = rest.partition("].")[2]
    question = SHEET.question(asked, group)
    assert question is not None
    key = f"{group}.k"
    entries[key] = {**entries[key], asked: _any_answer(question.kind, chance)}


def _any_answer(kind: Kind, chance: Random) -> Any:
    if isinstance(kind, Choice):
        return chance.choice(sorted(kind.options))
    if isinstance(kind, Tick):
        return chance.choice([True, False])
    if isinstance(kind, Whole):
        return chance.randint(kind.at_least, min(kind.at_most, kind.at_least + 400))
    if isinstance(kind, Yuan):
        return f"{chance.randint(0, 900000)}.00"
    return {"day": "2021-05-06", "year-month": "2021-05", "text": "某"}[kind.code]
