"""Nothing accepted is lost, whoever saves when; and where a year's return stands."""

from dataclasses import dataclass
from typing import Any

from hypothesis import given as whatever
from hypothesis import strategies as st

from portal.filing.rules.answers import Clash, Held, Kept, Origin, Trace, for_the_sheet, rows_of

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
class Window:
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
    windows = [Window(str(n), 1, {}) for n in range(3)]
    for turn, (number, move, typed) in enumerate(moves):
        if move == "open":
            windows[number] = Window(f"{number}-{turn}", version, dict(kept.answers))
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
