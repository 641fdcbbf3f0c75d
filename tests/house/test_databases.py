"""What a test leaves behind is not there for the next one: a database handed back is like a new one."""

import pytest
from sqlalchemy import text

from portal.core.db import Database, Model
from tests.given import LAST_YEAR, Given

DAMAGE = {
    "a table": "CREATE TABLE notes (line text)",
    "a column": "ALTER TABLE accounts ADD COLUMN grade integer",
    "an index": "CREATE INDEX of_somebody ON accounts (opened_at)",
    "a guard": "DROP TRIGGER audit_entries_no_update{on}",
    "the revision": "UPDATE alembic_version SET version_num = '0000'",
}
TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
}
SHAPES = {
    "sqlite": "SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2",
    "postgresql": """
        SELECT 'column', attrelid::regclass::text, attname FROM pg_attribute WHERE attrelid IN (
            SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
        UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT 'revision', '', version_num FROM alembic_version
        ORDER BY 1, 2, 3
    """,
}


def left_in(database: Database) -> dict[str, int]:
    """How many rows stand in which table."""
    with database.engine.connect() as connection:
        names = connection.scalars(text(TABLES[database.engine.dialect.name])).all()
        rows = {name: connection.scalar(text(f"SELECT count(*) FROM {name}")) for name in names}  # noqa: S608
    database.dispose()
    return {name: n for name, n in rows.items() if n}


def shape_of(database: Database) -> list[tuple[str, ...]]:
    with database.engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(SHAPES[database.engine.dialect.name]))]
    database.dispose()
    return found


def test_nothing_is_left_of_what_a_test_wrote(databases, settings):
    url = databases.fresh()
    database = databases.opened(url)
    given = Given(database, settings)
    person = given.person()
    given.income(person, LAST_YEAR, months=2)
    given.filed(person)
    given.firm(representative=person)
    database.dispose()
    assert left_in(database).keys() > {"accounts", "audit_entries", "alembic_version"}
    databases.discard(url)
    again = databases.fresh()
    assert left_in(databases.opened(again)) == {"alembic_version": 1}
    assert again == url, "nothing was won"
    databases.discard(again)


@pytest.mark.parametrize("what", DAMAGE)
def test_what_was_changed_itself_is_not_handed_out_again(databases, engine, what):
    url = databases.fresh()
    database = databases.opened(url)
    sound = shape_of(database)
    with database.transaction() as session:
        session.execute(text(DAMAGE[what].format(on=" ON audit_entries" if engine == "postgresql" else "")))
    database.dispose()
    databases.discard(url)
    again = databases.fresh()
    assert shape_of(databases.opened(again)) == sound
    databases.discard(again)


def test_no_table_numbers_its_rows_by_a_sequence_which_emptying_would_leave_where_it_is(database):
    assert Model.metadata.tables
    if database.is_sqlite:
        return
    with database.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM pg_class WHERE relkind = 'S'")) == 0
