"""What is held before anybody is asked: totals of reported lines, facts of the last return."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from portal.core.money import ZERO
from portal.filing.rules.answers import Held, Origin
from portal.filing.rules.prefill import MOST_NAMES, holdings, withheld
from portal.taxes.sheets import sheet_named

SHEET = sheet_named("iit-annual")
RECEIVED = datetime(2026, 1, 20, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Line:
    """A reported line."""

    item: str = "wages"
    payer_code: str = "A"
    payer_name: str = "甲公司"
    income: Decimal = ZERO
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
    """A return filed before."""

    answers: dict[str, Any]
    number: str = "R-1"
    period: str = "2024"


def yuan(text: str) -> Decimal:
    return Decimal(text)


def test_lines_add_up_by_item_and_name_their_payers() -> None:
    later = RECEIVED + timedelta(days=3)
    lines = [
        Line(income=yuan("100.10"), tax_withheld=yuan("3.00")),
        Line(income=yuan("200.20"), payer_code="B", payer_name="乙公司", received_at=later),
        Line(item="labour", income=yuan("50.00"), payer_code="B", payer_name="乙公司"),
    ]
    held = withheld(lines)
    assert held["withheld.wages"] == Held(
        "300.30",
        Origin.REPORTED,
        {"payers": 2, "names": ["乙公司", "甲公司"], "lines": 2, "received": later.isoformat()},
    )
    assert held["withheld.labour"].value == "50.00"
    assert held["withheld.tax"].value == "3.00"
    assert held["withheld.tax"].source["lines"] == 1
    assert (held["withheld.payers"].value, held["withheld.payers"].origin) == (2, Origin.DERIVED)


def test_what_nobody_reported_is_nothing_and_concluded() -> None:
    assert withheld([Line(income=yuan("1.00"))])["withheld.author"] == Held(
        "0.00", Origin.DERIVED, {"lines": 0}
    )


def test_where_nobody_reported_anything_nothing_is_held() -> None:
    assert withheld([]) == {}
    assert holdings(SHEET, [], None) == {}


def test_one_bonus_a_year_is_taxed_as_one_and_the_others_are_wages() -> None:
    lines = [
        Line(item="bonus", income=yuan(amount), payer_code=amount) for amount in ("5.00", "9.00", "1.00")
    ]
    held = withheld([*lines, Line(income=yuan("100.00"))])
    assert held["withheld.bonus"].value == "9.00"
    assert held["withheld.wages"].value == "106.00"


def test_many_payers_are_counted_and_some_are_named() -> None:
    lines = [Line(income=yuan("1.00"), payer_code=str(n), payer_name=str(n)) for n in range(MOST_NAMES + 5)]
    source = withheld(lines)["withheld.wages"].source
    assert (source["payers"], len(source["names"])) == (MOST_NAMES + 5, MOST_NAMES)


def test_every_prefill_name_of_the_sheet_is_one_that_is_held() -> None:
    names = {item.prefill for item in SHEET.asking.values() if item.prefill}
    reported = {name for name in names if not name.startswith("last_return.")}
    assert reported == withheld([Line()]).keys()
    assert {name.removeprefix("last_return.") for name in names - reported} <= SHEET.asking.keys()


def test_facts_of_the_last_return_are_carried_over_and_its_amounts_are_not() -> None:
    row = {"child_birth": "2015-03", "child_share": "100"}
    last = Filed(
        {"housing": "rent", "rent_city": "large", "wages": "5.00", "rent_months": 12, "children.k": row}
    )
    held = holdings(SHEET, [], last)
    source = {"return": "R-1", "period": "2024"}
    assert held == {
        "housing": Held("rent", Origin.DERIVED, source),
        "rent_city": Held("large", Origin.DERIVED, source),
        "children.k": Held(row, Origin.DERIVED, source),
    }


def test_what_can_no_longer_be_an_answer_is_left_behind() -> None:
    last = Filed(
        {"housing": "castle", "children.k": {"child_birth": "soon", "child_share": "100", "gone": 1}}
    )
    assert holdings(SHEET, [], last) == {
        "children.k": Held({"child_share": "100"}, Origin.DERIVED, {"return": "R-1", "period": "2024"})
    }
