"""The way through a return: only what is asked, in order, and what of it is missing."""

from portal.filing.rules.answers import row_name
from portal.filing.rules.path import Path, asked_in_row, path
from portal.taxes.questions import Group
from portal.taxes.sheets import sheet_named

SHEET = sheet_named("iit-annual")
YEAR = 2025


def way(**entries: object) -> Path:
    return path(SHEET, YEAR, entries)  # type: ignore[arg-type]


def test_a_page_knows_its_neighbours() -> None:
    found = way()
    first, second = found.places[:2]
    assert found.before(first) is None
    assert found.before(second) == first
    assert found.after(first) == second
    assert found.after(found.places[-1]) is None


def test_a_page_that_is_no_longer_asked_leads_nowhere() -> None:
    first = way().places[0]
    assert Path(()).after(first) is None


def test_a_page_is_found_by_its_code_and_by_what_it_asks() -> None:
    found = way()
    place = found.at("wages")
    assert place is not None
    assert found.of("wages") == place
    assert found.at("no-such-page") is None
    assert found.of("no-such-question") is None


def test_what_is_missing_leads_to_the_first_page_that_needs_it() -> None:
    found = way()
    assert found.missing
    first = found.first_unfinished
    assert first is not None
    assert set(first.missing) <= set(found.missing)
    assert Path(()).first_unfinished is None


def test_unfinished_text_belongs_to_pages_and_rows_that_are_asked() -> None:
    row = row_name("donations", "1")
    scopes = way(**{row: {}}).scopes({row: {}, "ghost.1": {}})
    assert row in scopes
    assert "wages" in scopes
    assert "ghost.1" not in scopes


def test_a_row_asks_only_what_its_answers_call_for() -> None:
    group = SHEET.asking["donations"]
    assert isinstance(group, Group)
    asked = asked_in_row(SHEET, group, YEAR, {})
    assert set(asked) <= set(group.questions)
    assert asked
