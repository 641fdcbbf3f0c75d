"""One place commits, reading cannot write, and columns take exactly what they mean."""

from datetime import UTC, datetime
from decimal import Decimal
from threading import Thread
from uuid import UUID

import pytest
from sqlalchemy import func, literal, select
from sqlalchemy.exc import StatementError

from portal.core.db import Database, Instant, WriteInReading, Yuan
from portal.core.jobs import Job, enqueue
from portal.core.keys import new_id

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)


def test_a_reading_session_refuses_to_write(database: Database) -> None:
    with database.reading() as session:
        session.add(Job(kind="x", payload={}, run_at=NOON))
        with pytest.raises(WriteInReading):
            session.flush()


def test_an_error_inside_a_transaction_leaves_nothing(database: Database) -> None:
    def break_off() -> None:
        with database.transaction() as session:
            enqueue(session, "x", {}, run_at=NOON)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    with database.reading() as session:
        assert session.scalar(select(func.count(Job.id))) == 0


@pytest.mark.parametrize("wrong", [1, 1.5, "1.00", True])
def test_a_money_column_takes_nothing_but_decimal_yuan(database: Database, wrong: object) -> None:
    with database.reading() as session, pytest.raises(StatementError):
        session.scalar(select(literal(wrong, Yuan)))


def test_a_sum_of_money_is_money(database: Database) -> None:
    with database.reading() as session:
        total = session.scalar(select(func.sum(literal(Decimal("11.51"), Yuan), type_=Yuan)))
    assert total == Decimal("11.51")


def test_an_instant_without_a_time_zone_is_refused(database: Database) -> None:
    with database.reading() as session, pytest.raises(StatementError):
        session.scalar(select(literal(datetime(2026, 3, 9), Instant)))  # noqa: DTZ001 - that is the mistake


def test_writers_that_read_first_wait_for_each_other(database: Database) -> None:
    def read_then_write() -> None:
        with database.transaction() as session:
            session.scalar(select(func.count(Job.id)))
            enqueue(session, "x", {}, run_at=NOON)

    threads = [Thread(target=read_then_write) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert session.scalar(select(func.count(Job.id))) == 16


def test_a_key_comes_back_as_it_went_in(database: Database) -> None:
    key = new_id()
    with database.transaction() as session:
        session.add(Job(id=key, kind="x", payload={"字": "一"}, run_at=NOON))
    with database.reading() as session:
        job = session.get(Job, key)
        assert job is not None
        assert (type(job.id), job.run_at, job.payload) == (UUID, NOON, {"字": "一"})
