"""A row of a withholding report is taken whole or named with its first fault."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest

from portal.income.rules import COLUMNS, Fault, Reported, read_row, totals

TODAY = date(2026, 3, 9)
ROW: dict[str | None, object] = {
    "source_line": "1",
    "period": "2026-02",
    "payer_code": "91440399MAD000000F",
    "payer_name": "滨海海潮软件有限公司",
    "name": "李静怡",
    "id_kind": "resident-id",
    "id_number": "440399195701010010",
    "item": "wages",
    "income": "12000.00",
    "pension": " 960 ",
    "medical": "",
    "unemployment": "",
    "housing_fund": "",
    "additional": "",
    "other": "",
    "tax_withheld": "96",
    "corrects": "",
}


def test_a_good_row_is_read_with_exact_amounts() -> None:
    read = read_row(ROW, TODAY)
    assert isinstance(read, Reported)
    assert read.key == ("91440399MAD000000F", 2026, 2, "1")
    assert (read.amounts["pension"], read.amounts["medical"]) == (Decimal("960.00"), Decimal("0.00"))


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("name", "  "),
        ("source_line", "x" * 41),
        ("payer_name", "a\u0007b"),
        ("payer_code", "91440399MAD00000IO"),
        ("payer_code", "91440399MAD000001F"),
        ("item", "lottery"),
        ("period", "2026-2"),
        ("period", "2026-13"),
        ("period", "2026-04"),
        ("period", "2018-12"),
        ("income", "-0.01"),
        ("income", "0.001"),
        ("tax_withheld", "1e400"),
    ],
)
def test_the_first_fault_is_named_by_its_field(field: str, wrong: str) -> None:
    read = read_row({**ROW, field: wrong}, TODAY)
    assert isinstance(read, Fault)
    assert (read.field, bool(read.why)) == (field, True)


@pytest.mark.parametrize("row", [{**ROW, None: ["more"]}, dict.fromkeys(COLUMNS)])
def test_a_row_of_another_length_is_a_fault_of_the_row(row: dict[str | None, object]) -> None:
    assert read_row(row, TODAY) == Fault("", "wrong number of columns")


@dataclass(frozen=True)
class Line:
    item: str
    income: Decimal
    tax_withheld: Decimal


def test_totals_stand_by_kind_of_income_in_the_order_people_know() -> None:
    lines = [
        Line("labour", Decimal("100.00"), Decimal("20.00")),
        Line("wages", Decimal("1.00"), Decimal("0.10")),
        Line("wages", Decimal("2.00"), Decimal("0.20")),
    ]
    assert totals(lines) == [
        ("工资薪金", Decimal("3.00"), Decimal("0.30")),
        ("劳务报酬", Decimal("100.00"), Decimal("20.00")),
    ]
