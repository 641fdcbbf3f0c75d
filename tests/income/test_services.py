"""A withholding report is taken in line by line: each once, bad rows aside, corrections by new lines."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from portal import cli
from portal.core.crypto import Keyring
from portal.core.db import Database
from portal.income.models import Delivery, IncomeLine, QuarantinedRow
from portal.income.queries import lines_of_year
from portal.income.rules import COLUMNS, Fault, read_row
from portal.income.services import CHUNK, NotAReport, Summary, take_in
from portal.taxpayers.models import Taxpayer

KEYS = Keyring.parse(Keyring.generate())
NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)
GOOD = {
    "source_line": "1",
    "period": "2026-02",
    "payer_code": "91440399MAD000000F",
    "payer_name": "滨海海潮软件有限公司",
    "name": "李静怡",
    "id_kind": "resident-id",
    "id_number": "440399195701010010",
    "item": "wages",
    "income": "12000.00",
    "pension": "960",
    "medical": "240.00",
    "unemployment": "",
    "housing_fund": "600.00",
    "additional": "2000",
    "other": "",
    "tax_withheld": "96.00",
    "corrects": "",
}


def report(*rows: dict[str, str]) -> io.StringIO:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    text.seek(0)
    return text


def take(database: Database, *rows: dict[str, str]) -> Summary:
    return take_in(database, KEYS, report(*rows), "2026-02.csv", at=NOON)


def count(database: Database, table: type) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_good_line_is_held_with_its_source_and_the_moment_it_arrived(database: Database) -> None:
    assert take(database, GOOD).loaded == 1
    with database.reading() as session:
        line = session.scalars(select(IncomeLine)).one()
        delivery = session.get(Delivery, line.delivery_id)
        assert (line.income, line.unemployment) == (Decimal("12000.00"), Decimal("0.00"))
        assert delivery is not None
        assert (delivery.source, delivery.received_at, delivery.loaded) == ("2026-02.csv", NOON, 1)


def test_the_same_file_again_adds_nothing(database: Database) -> None:
    rows = [GOOD | {"source_line": str(n)} for n in range(CHUNK + 7)]
    assert take(database, *rows).loaded == CHUNK + 7
    assert take(database, *rows).known == CHUNK + 7
    assert count(database, IncomeLine) == CHUNK + 7


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("source_line", ""),
        ("source_line", "x" * 41),
        ("period", "2026-13"),
        ("period", "2026-04"),
        ("period", "2018-12"),
        ("period", "２０２６-02"),
        ("payer_code", "91440399MAD00000IO"),
        ("payer_code", "91440399MAD000001F"),
        ("payer_name", "a\u0007b"),
        ("id_kind", "driving-licence"),
        ("id_number", "440399195701010011"),
        ("id_number", "440399195702290019"),
        ("item", "lottery"),
        ("income", "-1"),
        ("income", "NaN"),
        ("income", "1e400"),
        ("tax_withheld", "0.001"),
        ("corrects", "no such line"),
    ],
)
def test_a_bad_row_is_set_aside_with_line_field_and_reason_while_the_rest_load(
    database: Database, field: str, wrong: str
) -> None:
    summary = take(database, GOOD, GOOD | {"source_line": "2", field: wrong}, GOOD | {"source_line": "3"})
    assert (summary.loaded, summary.quarantined) == (2, 1)
    with database.reading() as session:
        aside = session.scalars(select(QuarantinedRow)).one()
        assert (aside.line, aside.field) == (3, field)
        assert aside.why
    assert f"line 3: {field}" in "\n".join(summary.lines())


def test_another_name_for_a_number_we_hold_is_set_aside(database: Database) -> None:
    take(database, GOOD)
    assert take(database, GOOD | {"source_line": "2", "name": "王建国"}).named[0][1].field == "name"


def test_the_same_line_with_other_amounts_is_set_aside(database: Database) -> None:
    take(database, GOOD)
    assert take(database, GOOD | {"income": "13000"}).named[0][1].field == "source_line"


def test_a_correction_counts_in_place_of_the_line_it_names_and_both_stay(database: Database) -> None:
    take(database, GOOD)
    take(database, GOOD | {"source_line": "1a", "income": "13000", "corrects": "1"})
    with database.reading() as session:
        who = session.scalars(select(Taxpayer)).one().id
        assert [line.income for line in lines_of_year(session, who, 2026)] == [Decimal("13000.00")]
        assert len(lines_of_year(session, who, 2026, corrected_too=True)) == 2


def test_a_correction_may_stand_in_the_same_file_as_what_it_corrects(database: Database) -> None:
    assert take(database, GOOD, GOOD | {"source_line": "2", "corrects": "1"}).loaded == 2


@pytest.mark.parametrize("text", ["", "name,income\n", "\x00\x00"])
def test_a_file_that_is_no_report_is_refused_whole(database: Database, text: str) -> None:
    with pytest.raises(NotAReport):
        take_in(database, KEYS, io.StringIO(text), "x.csv", at=NOON)
    assert count(database, Delivery) == 0


def test_the_command_says_what_a_file_that_is_no_report_lacks(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("name,income\n")
    cli.install(app)
    said = app.test_cli_runner().invoke(args=["import", "income", str(file)])
    assert said.exit_code == 1
    assert said.output.startswith("Error: missing columns: source_line")


def test_a_row_with_too_many_fields_is_set_aside(database: Database) -> None:
    text = report(GOOD).getvalue() + "1,2,3\n" + ",".join(["x"] * 40) + "\n"
    summary = take_in(database, KEYS, io.StringIO(text), "x.csv", at=NOON)
    assert (summary.loaded, summary.quarantined) == (1, 2)


def test_a_set_aside_row_is_not_readable_without_the_key(database: Database) -> None:
    take(database, GOOD | {"item": "lottery"})
    with database.reading() as session:
        sealed = session.scalars(select(QuarantinedRow.row_sealed)).one()
    assert b"440399195701010010" not in sealed


@given(st.dictionaries(st.sampled_from(COLUMNS), st.text(max_size=60)))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_row_is_read_or_faulted_and_never_an_error(changes: dict[str, str]) -> None:
    read = read_row({**GOOD, **changes}, NOON.date())
    assert isinstance(read, Fault) or min(read.amounts.values()) >= 0


def test_a_file_read_again_sets_its_bad_rows_aside_once(database: Database) -> None:
    """Also where only the bad rows changed their place, and where a line cannot be read at all."""
    bad = GOOD | {"source_line": "2", "item": "lottery"}
    assert take(database, GOOD, bad).quarantined == 1
    again = take(database, bad, GOOD, bad)
    assert (again.known, again.quarantined, count(database, QuarantinedRow)) == (1, 2, 1)
    take(database, bad | {"income": "13000"})
    assert count(database, QuarantinedRow) == 2
    broken = report(GOOD).getvalue() + '"x"y\n"x"y\n'
    for _ in range(2):
        take_in(database, KEYS, io.StringIO(broken), "x.csv", at=NOON)
    assert count(database, QuarantinedRow) == 4


@pytest.mark.parametrize(
    ("rows", "code"),
    [([GOOD], 0), ([GOOD, GOOD | {"item": "lottery"}], 0), ([GOOD | {"item": "lottery"}], 3), ([], 0)],
)
def test_the_command_fails_where_every_row_was_set_aside(
    app: Flask, tmp_path: Path, rows: list[dict[str, str]], code: int
) -> None:
    file = tmp_path / "x.csv"
    file.write_text(report(*rows).getvalue())
    cli.install(app)
    assert app.test_cli_runner().invoke(args=["import", "income", str(file)]).exit_code == code
