"""Dated law: what is in force on a day, what is refused, and how a law file must be written."""

import ast
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from portal.core.refusal import Refusal
from portal.taxes.law import HERE, LawFault, NoLawInForce, law, read_law
from portal.taxes.lines import Role
from portal.taxes.sheets import sheets

TAXES = HERE.parent


def entry(from_="2019-01-01", to="", confidence="V", source="某法 第一条", value='"1.00"'):
    end = f"to = {to}\n" if to else ""
    return (
        f'[[rate.entries]]\nfrom = {from_}\n{end}source = "{source}"\n'
        f'confidence = "{confidence}"\nvalue = {value}\n'
    )


def figure(*entries, unit="yuan"):
    return read_law("toy", f'[rate]\nlabel = "数"\nunit = "{unit}"\n\n' + "\n".join(entries)).figures["rate"]


def test_the_entry_of_the_day_is_found_to_the_day():
    rate = figure(entry(from_="2023-01-01", value='"3.00"'), entry(to="2021-12-31"))
    assert rate.on(date(2021, 12, 31)).value == Decimal("1.00")
    assert rate.on(date(2023, 1, 1)).value == Decimal("3.00")
    for day in (date(2018, 12, 31), date(2022, 6, 1)):
        with pytest.raises(NoLawInForce, match=f"no-law-in-force: rate on {day}"):
            rate.on(day)


def test_what_nobody_verified_is_refused_and_not_guessed():
    with pytest.raises(NoLawInForce, match="law-not-verified: rate on 2020-01-01") as refused:
        figure(entry(confidence="U")).on(date(2020, 1, 1))
    assert isinstance(refused.value, Refusal)
    assert refused.value.facts == {"figure": "rate", "label": "数", "day": date(2020, 1, 1)}


FAULTS = {
    "overlapping entries": (entry(), entry(from_="2020-01-01")),
    "overlap on one day": (entry(to="2020-01-01"), entry(from_="2020-01-01")),
    "an end before the beginning": (entry(to="2018-01-01"),),
    "a beginning with a time": (entry(from_="2019-01-01T00:00:00"),),
    "an unknown confidence": (entry(confidence="sure"),),
    "no source": (entry(source=" "),),
    "a number instead of text": (entry(value="1.00"),),
    "an amount finer than a fen": (entry(value='"1.005"'),),
    "no amount": (entry(value='"one"'),),
    "a key nobody reads": (entry() + 'until = "2020"\n',),
}


@pytest.mark.parametrize("entries", FAULTS.values(), ids=FAULTS)
def test_a_law_file_written_wrongly_does_not_load(entries):
    with pytest.raises(LawFault, match=r"^toy: rate: "):
        figure(*entries)


def test_a_unit_nobody_knows_does_not_load():
    with pytest.raises(LawFault, match="furlong"):
        figure(entry(), unit="furlong")


def test_a_table_that_jumps_does_not_load():
    rows = '[["10", "0.1", "0"], ["", "0.2", "2"]]'
    with pytest.raises(LawFault, match="does not meet the row below"):
        figure(entry(value=rows), unit="table")


def test_units_read_their_figures():
    assert figure(entry(value='"0.0005"'), unit="percent").entries[0].value == Decimal("0.0005")
    assert figure(entry(value='"48"'), unit="number").entries[0].value == 48
    assert figure(entry(value='"60000"')).entries[0].kind.formula(Decimal("60000.00")) == "60,000"


def test_the_law_of_a_day_answers_by_name():
    today = law("individual-income").on(date(2025, 12, 31))
    assert today["annual_basic_deduction"].value == Decimal("60000.00")
    with pytest.raises(KeyError):
        today["window_tax"]


@pytest.mark.parametrize("code", sorted(f.stem for f in HERE.glob("*.toml") if f.stem != "calendar"))
def test_every_law_file_loads_and_every_figure_has_entries(code):
    assert all(figure.entries for figure in law(code).figures.values())


@pytest.mark.parametrize("sheet", sheets(), ids=lambda sheet: sheet.code)
def test_every_figure_of_a_law_is_used_by_a_line(sheet):
    used = {name for line in sheet.lines for name in line.uses}
    assert law(sheet.law).figures.keys() <= used


def test_every_line_has_a_clause_and_every_question_a_meaning():
    for sheet in sheets():
        assert [line.name for line in sheet.lines if not line.cite.strip()] == []
        assert [name for name, item in sheet.asking.items() if not item.meaning or not item.label] == []
        assert {line.role for line in sheet.lines} == set(Role)


SOURCES = sorted(TAXES.rglob("*.py"))


@pytest.mark.parametrize("file", SOURCES, ids=[str(f.relative_to(TAXES)) for f in SOURCES])
def test_no_float_stands_in_the_law(file: Path):
    tree = ast.parse(file.read_text("utf-8"))
    floats = [n.lineno for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, float)]
    named = [n.lineno for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == "float"]
    assert (floats, named) == ([], [])
