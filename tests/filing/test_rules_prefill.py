"""What is filled in before anyone is asked: totals of reported lines, and facts of last year's return."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from portal.core.money import ZERO
from portal.filing.rules.answers import Kept, Origin, row_name
from portal.filing.rules.prefill import holdings, withheld
from portal.taxes.sheets import sheet_named

SHEET = sheet_named("iit-annual")
RECEIVED = datetime(2026, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Line:
    item: str = "wages"
    income: Decimal = Decimal("10000.00")
    payer_code: str = "A"
    payer_name: str = "滨海海潮软件有限公司"
    pension: Decimal = ZERO
    medical: Decimal = ZERO
    unemployment: Decimal = ZERO
    housing_fund: Decimal = ZERO
    additional: Decimal = ZERO
    other: Decimal = ZERO
    tax_withheld: Decimal = ZERO
    received_at: datetime = RECEIVED


@dataclass(frozen=True)
class Filed:
    answers: Mapping[str, Any] = field(default_factory=dict)
    number: str = "R-1"
    year: int = 2024


def test_a_years_lines_become_totals_that_name_their_source() -> None:
    held = withheld([Line(), Line(payer_code="B", payer_name="滨海云帆贸易有限公司")])["withheld.wages"]
    assert (held.value, held.origin) == ("20000.00", Origin.REPORTED)
    assert held.source is not None
    assert (held.source["payers"], held.source["lines"]) == (2, 2)
    assert held.source["received"] == RECEIVED.isoformat()


def test_an_amount_nobody_reported_is_derived_as_nothing() -> None:
    held = withheld([Line()])["withheld.royalty"]
    assert (held.value, held.origin) == ("0.00", Origin.DERIVED)


def test_nobody_reporting_anything_is_not_the_same_as_reporting_nothing() -> None:
    assert withheld([]) == {}


def test_of_several_bonuses_the_largest_is_the_bonus_and_the_others_are_wages() -> None:
    bonuses = [Line("bonus", Decimal("3000.00")), Line("bonus", Decimal("5000.00"))]
    held = withheld([Line(), *bonuses])
    assert (held["withheld.bonus"].value, held["withheld.wages"].value) == ("5000.00", "13000.00")


def test_last_years_facts_are_offered_again() -> None:
    held = holdings(SHEET, [], Filed({"residence": "domicile"}))
    assert held["residence"].origin is Origin.DERIVED
    assert held["residence"].source == {"return": "R-1", "year": 2024}


def test_an_answer_that_is_no_answer_any_more_is_not_offered() -> None:
    assert "residence" not in holdings(SHEET, [], Filed({"residence": "a choice of long ago"}))


def test_the_children_of_last_year_come_again_without_what_cannot_be_read() -> None:
    row = {"child_name": "李小雨", "child_birth": "not a month", "gone": "x"}
    held = holdings(SHEET, [], Filed({row_name("children", "1"): row}))[row_name("children", "1")]
    assert held.value == {"child_name": "李小雨"}


@pytest.mark.parametrize("last", [None, Filed()])
def test_without_a_last_return_nothing_is_carried_over(last: Filed | None) -> None:
    assert holdings(SHEET, [], last) == {}


def test_a_draft_knows_when_payers_report_something_else() -> None:
    held = holdings(SHEET, [Line()], None)
    kept = Kept({}, {}).learn(held, 1)
    assert kept.stale(held) == []
    assert "wages" in kept.stale(holdings(SHEET, [Line(), Line()], None))


def test_entries_start_a_correction_as_nobody_has_changed_them_yet() -> None:
    kept = Kept({}, {}).learn(holdings(SHEET, [Line()], None), 7).anew()
    assert {trace.version for trace in kept.traces.values()} == {1}
