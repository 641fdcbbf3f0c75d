"""People on the register of the portal: one row a number, sealed, with their names and contacts by day."""

import threading
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from portal.core.crypto import Keyring
from portal.taxpayers import queries, services
from portal.taxpayers.models import Taxpayer, TaxpayerDetail
from portal.taxpayers.rules import IdKind, IdNumber

AT = datetime(2026, 3, 9, 2, 0, tzinfo=UTC)
LATER = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
KEYS = Keyring.parse(Keyring.generate())
NUMBER = IdNumber(IdKind.RESIDENT, "440300190001010015")


def register(database, name="李静怡", number=NUMBER, at=AT):
    with database.transaction() as session:
        return services.register_person(session, KEYS, name, number, at=at).id


def test_one_number_is_one_taxpayer(database):
    first = register(database)
    assert register(database, at=LATER) == first
    assert register(database, number=IdNumber(IdKind.PASSPORT, "E1234567", "GB")) != first
    assert register(database, number=IdNumber(IdKind.PASSPORT, "E1234567", "FR")) != first
    with database.reading() as session:
        assert queries.by_number(session, KEYS, NUMBER).id == first
        assert queries.by_number(session, KEYS, IdNumber(IdKind.RESIDENT, "440300190001010031")) is None


def test_registering_at_once_adds_one(database):
    ready = threading.Barrier(8)
    found = []

    def add():
        ready.wait()
        found.append(register(database))

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    with database.reading() as session:
        assert session.scalar(select(func.count(Taxpayer.id))) == 1


def test_a_number_opens_only_in_its_own_row(database):
    first, second = register(database), register(database, number=IdNumber(IdKind.HM_TRAVEL, "H12345678"))
    with database.reading() as session:
        one, other = (queries.taxpayer(session, key) for key in (first, second))
        assert queries.number_of(one, KEYS) == NUMBER
        with pytest.raises(InvalidTag):
            KEYS.open(one.number_sealed, queries.NUMBER, other.id)
        with pytest.raises(InvalidTag):
            KEYS.open(one.number_sealed, queries.VALUE, one.id)


def test_the_number_stands_nowhere_in_the_database(database):
    register(database)
    with database.engine.connect() as connection:
        rows = str(connection.exec_driver_sql("SELECT * FROM taxpayers").fetchall())
    assert NUMBER.number not in rows
    assert "440300" not in rows


def test_a_new_name_counts_from_its_day_and_the_old_one_before(database):
    key = register(database)
    register(database, name="李静宜", at=LATER)
    with database.reading() as session:
        who = queries.taxpayer(session, key)
        assert who.name == "李静宜"
        days = (date(2020, 1, 1), date(2026, 3, 9), date(2026, 5, 31), date(2026, 6, 1), date(2030, 1, 1))
        names = [queries.name_on(session, who, day, KEYS) for day in days]
        assert names == ["李静怡", "李静怡", "李静怡", "李静宜", "李静宜"]


def test_whoever_never_changed_their_name_has_it_on_any_day(database):
    key = register(database)
    with database.reading() as session:
        assert queries.name_on(session, queries.taxpayer(session, key), date(2020, 1, 1), KEYS) == "李静怡"


def test_details_are_in_force_from_their_day(database):
    key = register(database)
    with database.transaction() as session:
        for value, day in (("红树路 8 号", date(2026, 1, 1)), ("海潮路 1 号", date(2026, 7, 1))):
            services.record_detail(
                session, KEYS, key, "address", value, effective_from=day, source="holder", at=AT
            )
    with database.reading() as session:
        details = queries.history(session, key, KEYS)
    assert [d.value for d in details] == ["海潮路 1 号", "红树路 8 号"]
    held = [queries.in_force(details, "address", date(2026, month, 1)) for month in (6, 7)]
    assert [d.value for d in held] == ["红树路 8 号", "海潮路 1 号"]
    assert queries.in_force(details, "address", date(2025, 12, 31)) is None
    assert queries.in_force(details, "mobile", date(2026, 8, 1)) is None


def test_history_is_not_rewritten(database):
    key = register(database)
    with database.transaction() as session:
        services.record_detail(
            session, KEYS, key, "address", "红树路 8 号", effective_from=AT.date(), source="holder", at=AT
        )
    with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
        session.execute(update(TaxpayerDetail).values(source="staff"))


def test_nobody_is_found_by_a_key_that_is_nobodys(database):
    with database.reading() as session:
        assert queries.taxpayer(session, uuid4()) is None
