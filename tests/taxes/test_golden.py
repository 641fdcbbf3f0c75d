"""Every golden case: facts and a period in, the lines that the law makes of them out."""

import tomllib
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from portal.taxes.periods import Period
from portal.taxes.sheets import sheet_named
from portal.taxes.surcharge import Stretch, days_late, late_surcharge

GOLDEN = Path(__file__).parents[1] / "golden"


def cases_of(name):
    plain = tomllib.loads((GOLDEN / name).read_text("utf-8"))
    return [pytest.param(plain.get("sheet"), case, id=case["name"]) for case in plain["case"]]


def all_sheet_cases():
    return [
        case
        for file in sorted([*GOLDEN.glob("iit-*.toml"), *GOLDEN.glob("vat-*.toml")])
        for case in cases_of(file.name)
    ]


@pytest.mark.parametrize(("code", "case"), all_sheet_cases())
def test_a_return_comes_out_as_the_law_says(code, case):
    sheet = sheet_named(code)
    on = Period.parse(str(case["on"]))
    answers = sheet.read_answers(case["answers"])
    working = sheet.work_out(answers, on=on)
    expected = case["lines"]
    assert {name: same(working[name], value) for name, value in expected.items()} == expected
    found = {
        "conflicts": [conflict.name for conflict in working.conflicts],
        "hints": [hint.name for hint in working.hints],
        "missing": list(sheet.missing(answers, on=on)),
    }
    assert {name: found[name] for name in found.keys() & case.keys()} == {
        name: case[name] for name in found.keys() & case.keys()
    }


def same(value, like):
    """`value` as the case file writes `like` if it equals it: amounts by value, whatever their places."""
    if isinstance(value, tuple) and isinstance(like, list) and len(value) == len(like):
        return [same(part, wanted) for part, wanted in zip(value, like, strict=True)]
    if isinstance(value, Decimal):
        return like if Decimal(like) == value else str(value)
    return value


@pytest.mark.parametrize(("_", "case"), cases_of("late-surcharge.toml"))
def test_late_payment_costs_what_the_law_says(_, case):
    arrears = Stretch(case["due"] + timedelta(days=1), case["paid"], Decimal(case["tax"]))
    assert str(late_surcharge([arrears]).amount) == case["surcharge"]
    assert days_late(case["due"], case["paid"]) == case["days"]
