"""The way through a return: its pages in order, what is asked now, what still needs an answer."""

import pytest

from portal.filing.rules.answers import Kept
from portal.filing.rules.path import asked_in_row, known, path
from portal.taxes.sheets import sheet_named

SHEET = sheet_named("iit-annual")


def test_what_is_missing_leads_to_the_first_page_that_needs_it() -> None:
    way = path(SHEET, 2025, {"tax_withheld": "0.00", "elders.k": {}})
    assert way.missing == ("wages", "elders[0].elder_birth", "elder_sharing")
    assert way.first_unfinished == way.at("wages")
    assert way.of("elders") == way.at("elders")


@pytest.mark.parametrize("year", [2019, 2022, 2025])
def test_a_way_leads_through_the_pages_in_order(year: int) -> None:
    way = path(SHEET, year, {"wages": "1.00", "tax_withheld": "0.00"})
    assert way.missing == ()
    assert way.first_unfinished is None
    for place, following in zip(way.places, way.places[1:], strict=False):
        assert way.after(place) == following
        assert way.before(following) == place
    assert way.before(way.places[0]) is None
    assert way.after(way.places[-1]) is None
    assert way.at("no-such-page") is None
    assert way.of("wages") == way.at("wages")


def test_a_page_closed_by_an_answer_has_nothing_after_it() -> None:
    reported = {"wages": "1.00", "tax_withheld": "0.00", "additional_reported": "5.00"}
    closed = path(SHEET, 2025, reported)
    children = path(SHEET, 2025, reported | {"additional_basis": "facts"}).at("children")
    assert children is not None
    assert closed.at("children") is None
    assert closed.after(children) is None


def test_a_row_asks_what_its_answers_call_for() -> None:
    group = SHEET.groups["children"]
    asked = asked_in_row(SHEET, group, 2025, {"child_birth": "2015-03", "no_longer_asked": "x"})
    assert {question.name for question in asked} <= {question.name for question in group.questions}
    assert asked


def test_entries_the_sheet_no_longer_asks_for_do_not_disturb() -> None:
    assert known(SHEET, {"wages": "1.00", "gone": "x"})["wages"] == "1.00"
    assert "gone" not in known(SHEET, {"gone": "x"})


def test_unfinished_text_counts_where_it_is_asked() -> None:
    entries = {"wages": "1.00", "tax_withheld": "0.00", "children.k": {}, "additional_reported": "5.00"}
    assert "children.k" not in path(SHEET, 2025, entries).scopes(entries)
    asked = path(SHEET, 2025, entries | {"additional_basis": "facts"}).scopes(entries)
    assert {"children.k", "children", "wages"} <= asked


def test_a_new_draft_from_an_old_return_starts_its_own_count() -> None:
    kept = Kept({}, {}).accept({"a": "1"}, 9, "w").anew()
    assert kept.clashes({"a": "2"}, 1, "other") == []
