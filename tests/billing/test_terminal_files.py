"""The terminal's own list against the slips: taken in once, compared, explained or gone by itself."""

from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import structlog
from flask import Flask
from sqlalchemy import func, select, update

from portal import cli
from portal.billing import services
from portal.billing.models import Journal, ReconciliationBreak, Shift, Slip, TerminalLine
from portal.billing.queries.terminals import batches_to_key
from portal.core import clock
from portal.core.db import Database, Model
from portal.core.money import FEN
from portal.core.refusal import Refusal
from tests.billing.cashiers import Counter, at_the_counter
from tests.given import Given, Person

HEAD = "terminal,batch,trace,time,amount\n"


@pytest.fixture
def counter(given: Given) -> Counter:
    return at_the_counter(given)


@pytest.fixture
def payer(given: Given) -> Person:
    return given.person()


def line(counter: Counter, trace: str, amount: str, on: date | None = None, batch: str = "1") -> str:
    return f"{counter.number},{batch},{trace},{on or clock.today()} 10:00:00,{amount}\n"


def load(database: Database, *lines: str) -> services.Loaded:
    return services.load_terminal_file(database, StringIO(HEAD + "".join(lines)), at=clock.now())


def found(given: Given) -> set[tuple[str, str, bool]]:
    """Kind and trace of every difference, and whether it waits for somebody."""
    with given.database.reading() as session:
        rows = session.scalars(select(ReconciliationBreak)).all()
        return {(one.kind, one.gateway_ref[-6:], one.resolved_at is None) for one in rows}


def wrong(given: Given) -> list[str]:
    with given.database.reading() as session:
        return services.verify_books(session)


def close(counter: Counter, slips: int, total: str) -> None:
    assert counter.closed(slips, total)


def test_a_list_that_agrees_leaves_nothing_to_do(given: Given, counter: Counter, payer: Person) -> None:
    counter.taken(payer, "10.00", trace="000001", bills=[])
    close(counter, 1, "10.00")
    loaded = load(given.database, line(counter, "1", "10.00"))
    assert (loaded.new, loaded.known, loaded.differences, found(given)) == (1, 0, 0, set())


def test_read_again_it_changes_nothing(given: Given, counter: Counter) -> None:
    close(counter, 0, "0.00")
    lines = [line(counter, "1", "10.00"), line(counter, "2", "20.00")]
    load(given.database, *lines)
    before = rows(given.database)
    again = load(given.database, *lines)
    assert (again.new, again.known, again.differences) == (0, 2, 2)
    assert rows(given.database) == before


def rows(database: Database) -> dict[str, int]:
    with database.reading() as session:
        tables = Model.metadata.sorted_tables
        return {t.name: session.scalar(select(func.count()).select_from(t)) or 0 for t in tables}


def test_the_three_differences_are_named_logged_and_fail_the_books(
    given: Given, counter: Counter, payer: Person
) -> None:
    counter.taken(payer, "10.00", trace="000001", bills=[])
    counter.taken(payer, "20.00", trace="000002", bills=[])
    close(counter, 2, "30.00")
    with structlog.testing.capture_logs() as logged:
        load(given.database, line(counter, "2", "20.50"), line(counter, "3", "3.00"))
    assert found(given) == {
        ("pos-missing-there", "000001", True),
        ("pos-amount", "000002", True),
        ("pos-missing-here", "000003", True),
    }
    assert [entry["slips"] for entry in logged if entry["event"] == "terminal and books differ"] == [3]
    assert len(wrong(given)) == 3


def test_an_open_shift_is_compared_when_it_closes(given: Given, counter: Counter, payer: Person) -> None:
    load(given.database, line(counter, "1", "10.00"), line(counter, "2", "20.00"))
    assert found(given) == set()
    counter.taken(payer, "10.00", trace="000001", bills=[])
    close(counter, 1, "10.00")
    assert found(given) == {("pos-missing-here", "000002", True)}


def test_a_batch_that_nobody_opened_is_missing_here(given: Given, counter: Counter) -> None:
    load(given.database, line(counter, "1", "10.00", batch="77"))
    assert found(given) == {("pos-missing-here", "000001", True)}


def test_what_is_missing_here_is_keyed_late_by_two(given: Given, counter: Counter, payer: Person) -> None:
    """Of a batch that was closed yesterday: the day is that of the terminal's list."""
    close(counter, 0, "0.00")
    yesterday = clock.today() - timedelta(days=1)
    load(given.database, line(counter, "1", "10.00", yesterday))
    with given.database.reading() as session:
        assert [one.shift.id for one in batches_to_key(session, counter.second.account_id)] == [counter.shift]
    paid_at = clock.now().replace(microsecond=0) - timedelta(days=1)
    late: dict[str, Any] = {"bills": [], "by": counter.second, "paid_at": paid_at}
    with pytest.raises(Refusal):
        counter.keyed(payer, "10.00", trace="000002", **late)
    slip = counter.keyed(payer, "10.00", trace="000001", **late)
    counter.confirmed(slip, by=counter.first)
    assert (found(given), wrong(given)) == ({("pos-missing-here", "000001", False)}, [])
    with given.database.reading() as session:
        assert batches_to_key(session, counter.second.account_id) == []


def test_a_reversal_that_parts_them_again_is_a_difference_again(
    given: Given, counter: Counter, payer: Person
) -> None:
    slip = counter.taken(payer, "10.00", trace="000001", bills=[])
    close(counter, 1, "10.00")
    load(given.database, line(counter, "1", "10.00"))
    counter.reversed(slip)
    assert found(given) == {("pos-missing-here", "000001", True)}


def test_what_a_supervisor_explained_stays_explained(given: Given, counter: Counter) -> None:
    close(counter, 0, "0.00")
    load(given.database, line(counter, "1", "10.00"))
    with given.database.reading() as session:
        [break_id] = session.scalars(select(ReconciliationBreak.id))

    def explain() -> None:
        with given.database.transaction() as session:
            services.explain_break(
                session, given.acting(counter.boss), break_id, "终端测试交易", at=clock.now()
            )

    explain()
    with pytest.raises(Refusal):
        explain()
    assert load(given.database, line(counter, "1", "10.00")).differences == 0
    assert (found(given), wrong(given)) == ({("pos-missing-here", "000001", False)}, [])


def test_a_line_that_changed_is_refused_and_the_others_load(given: Given, counter: Counter) -> None:
    load(given.database, line(counter, "1", "10.00"))
    loaded = load(
        given.database, line(counter, "1", "11.00"), "too,few\n", ",,,,\n", line(counter, "2", "2.00")
    )
    assert (loaded.new, [n for n, _ in loaded.refused]) == (1, [2, 3, 4])
    with given.database.reading() as session:
        assert session.scalars(select(TerminalLine.amount).order_by(TerminalLine.trace)).all() == [
            1000 * FEN,
            200 * FEN,
        ]


@pytest.mark.parametrize("text", ["", "terminal,batch\n", "\x00", "<html></html>"])
def test_what_is_no_list_is_refused_as_a_whole(database: Database, text: str) -> None:
    with pytest.raises(services.NotAList):
        services.load_terminal_file(database, StringIO(text), at=clock.now())


# What broken code or a hand at the table would leave


def amount_of_slip(session: Any) -> None:
    session.execute(update(Slip).values(amount=Slip.amount + FEN))


def total_of_shift(session: Any) -> None:
    session.execute(update(Shift).where(Shift.closed_at.is_not(None)).values(total=Shift.total + FEN))


def state_of_slip(session: Any) -> None:
    session.execute(update(Slip).values(state="reversed", ended_by=select(Shift.closed_by).scalar_subquery()))


def receipt_of_slip(session: Any) -> None:
    session.execute(update(Slip).values(receipt_number="R-20260101-AAAAAAA-B"))


def source_of_slip(session: Any) -> None:
    session.execute(update(Slip).values(source_ref="elsewhere"))


@pytest.mark.parametrize(
    ("plant", "named"),
    [
        (amount_of_slip, "is not in the ledger as it was keyed"),
        (total_of_shift, "was closed with 1 slips"),
        (state_of_slip, "its reversal is not in the ledger"),
        (receipt_of_slip, "wrong check character"),
        (source_of_slip, "in the ledger is of no slip"),
    ],
)
def test_a_planted_fault_is_named(
    given: Given, counter: Counter, payer: Person, plant: Callable[[Any], None], named: str
) -> None:
    counter.taken(payer, "10.00", bills=[])
    assert counter.closed(1, "10.00", by=given.staff("cashier"))
    assert wrong(given) == []
    with given.database.transaction() as session:
        plant(session)
    assert any(named in found for found in wrong(given)), wrong(given)


# The operator's commands


@pytest.fixture
def run(app: Flask) -> Callable[..., Any]:
    cli.install(app)
    return lambda *words: app.test_cli_runner().invoke(args=["pos", *words])


def test_the_command_loads_a_file_and_says_what_waits(
    given: Given, counter: Counter, run: Callable[..., Any], tmp_path: Path
) -> None:
    close(counter, 0, "0.00")
    file = tmp_path / "list.csv"
    file.write_text("\ufeff" + HEAD + line(counter, "1", "10.00") + "x,,,,\n", encoding="utf-8")
    said = run("load", str(file))
    assert said.exit_code == 3
    assert "1 loaded, 0 already held, 1 refused" in said.output
    assert "line 3: terminal" in said.output
    assert "1 differences wait for a supervisor" in said.output
    file.write_text("nothing", encoding="utf-8")
    assert run("load", str(file)).exit_code == 1
    file.write_bytes(b"\xff\xfe")
    assert run("load", str(file)).exit_code == 1


def test_the_command_says_where_a_terminal_stands(counter: Counter, run: Callable[..., Any]) -> None:
    assert run("add", "bh000009", "pos").output == "BH000009 stands in pos\n"
    assert run("add", "BH000009", "pos", "--desk", "1").output == "BH000009 stands in pos, desk 1\n"
    for wrong_ in (["12", "pos"], ["BH000009", "nowhere"], ["BH000009", "pos", "--desk", "99"]):
        assert run("add", *wrong_).exit_code == 1


def test_no_money_is_booked_by_a_list(given: Given, counter: Counter) -> None:
    load(given.database, line(counter, "1", "10.00"))
    with given.database.reading() as session:
        assert session.scalars(select(Journal)).all() == []
