"""What the list of findings says, by itself."""

from dataclasses import replace

import pytest

from portal.risk.rules import (
    CATALOGUE,
    FINDINGS,
    Audience,
    Hit,
    Page,
    Route,
    Severity,
    Visibility,
    open_routes,
)
from portal.risk.rules.catalogue import as_told
from portal.risk.rules.facts import FactKind
from tools.findings import FILE, put_into

ROW = {"reference": "1"}


def hit(code, *rows):
    return Hit(CATALOGUE[code], rows)


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda finding: finding.code)
def test_a_finding_names_its_law_its_office_and_its_cure(finding):
    assert finding.title
    assert finding.cite
    assert finding.cure.words
    if not isinstance(finding.cure, Page):
        assert finding.cure.papers
    names = [column.name for column in finding.evidence]
    assert names
    assert len(set(names)) == len(names)


def test_what_other_offices_know_may_be_secret_and_nothing_else():
    by_record = {f.code for f in FINDINGS if f.visibility is Visibility.BY_RECORD}
    assert by_record == set(FactKind)


def test_a_promise_is_taken_for_papers_and_never_for_money():
    money = {"arrears", "bill-open", "surcharge", "fine", "withholding", "social-insurance", "unfiled"}
    assert {CATALOGUE[code].severity for code in money} == {Severity.BLOCKS}


@pytest.mark.parametrize(
    ("codes", "left"),
    [
        ((), set(Route)),
        (("licence-revoked",), {Route.INSTANT, Route.PROMISE}),
        (("land-source",), {Route.PROMISE}),
        (("credit-grade",), {Route.SIMPLE}),
        (("land-source", "credit-grade"), set()),
        (("dishonest-list",), set()),
        (("arrears",), set()),
        (("licence-revoked", "arrears"), set()),
    ],
)
def test_findings_shut_quick_routes(codes, left):
    assert open_routes([hit(code) for code in codes]) == left


def test_staff_are_told_everything():
    hits = [hit("inspection", ROW)]
    assert as_told(hits, {"inspection"}, Audience.STAFF) == hits


def test_a_firm_is_told_everything_while_nothing_is_secret():
    hits = [hit("inspection", ROW)]
    assert as_told(hits, set(), Audience.FIRM) == hits


def test_the_stand_in_weighs_as_much_as_what_it_stands_for():
    light, heavy = hit("land-source"), hit("inspection")
    [told] = as_told([light], {"land-source"}, Audience.FIRM)
    assert (told.finding.code, told.finding.severity) == ("ask-office", Severity.PROMISABLE)
    [told] = as_told([light, heavy], {"land-source", "inspection"}, Audience.FIRM)
    assert told.finding.severity is Severity.BLOCKS


def test_a_hit_keeps_the_rows_that_may_be_told():
    told = as_told([hit("risk-task", ROW)], {"risk-task"}, Audience.FIRM)
    assert [one.finding.code for one in told] == ["risk-task", "ask-office"]


def test_an_advice_that_shuts_nothing_leaves_every_route():
    quiet = replace(CATALOGUE["licence-revoked"], closes=frozenset())
    assert open_routes([Hit(quiet, ())]) == set(Route)


def test_the_document_lists_the_findings_of_now():
    """Run `python -m tools.findings` when this fails."""
    written = FILE.read_text("utf-8")
    assert put_into(written) == written
