"""Migrations equal the models, go up and down on both databases, and guard what only grows."""

from importlib import import_module

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import UniqueConstraint, inspect, text

from portal.core.db import APPEND_ONLY, Database, Model
from tests.databases import MIGRATIONS, migrate
from tests.house.shape import ROOT

TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
}
FUNCTIONS = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"


@pytest.fixture(scope="module", autouse=True)
def every_model():
    """The metadata is complete once every room's models are loaded."""
    for file in sorted((ROOT / "portal").glob("*/models*")):
        import_module(f"portal.{file.parent.name}.models")


@pytest.fixture
def empty_database(databases):
    url = databases.empty()
    made = Database(url)
    yield made
    made.dispose()
    databases.discard(url)


def test_the_revisions_form_one_line():
    script = ScriptDirectory(str(MIGRATIONS))
    assert len(script.get_heads()) == len(script.get_bases()) == 1
    assert all(not revision.is_branch_point for revision in script.walk_revisions())


def test_migrations_make_what_the_models_say(database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Model.metadata) == []


def test_migrations_go_down_to_nothing_and_up_again(empty_database):
    migrate(empty_database.url)
    before = structure(empty_database)
    assert before.keys() >= Model.metadata.tables.keys()
    migrate(empty_database.url, "base")
    assert structure(empty_database).keys() == {"alembic_version"}
    assert triggers(empty_database) == set()
    assert functions(empty_database) == set()
    migrate(empty_database.url)
    assert structure(empty_database) == before


def test_migrating_twice_changes_nothing(empty_database):
    migrate(empty_database.url)
    before = structure(empty_database)
    migrate(empty_database.url)
    assert structure(empty_database) == before


def test_tables_that_only_grow_are_guarded(database):
    guarded = triggers(database)
    assert APPEND_ONLY
    for table in APPEND_ONLY:
        assert guarded >= {f"{table}_no_update", f"{table}_no_delete"}


def test_a_taxpayers_tables_are_indexed_by_taxpayer():
    """What is asked for by taxpayer is found by taxpayer; and the data can later be distributed by it."""
    for table in Model.metadata.tables.values():
        column = table.columns.get("taxpayer_id")
        if column is None or column.primary_key or table.name in READ_OTHERWISE:
            continue
        unique = [c for c in table.constraints if isinstance(c, UniqueConstraint)]
        assert column.name in {next(iter(index.columns)).name for index in (*table.indexes, *unique)}, (
            table.name
        )


READ_OTHERWISE = {
    "sessions": "by token and by account; the taxpayer is whom the account acts for just now",
    "payment_order_items": "with their order",
    "payment_attempts": "with their order, or by the gateway's number",
    "payment_state_changes": "with the order or attempt that changed",
    "certificate_files": "with their certificate, or by their digest",
    "reconciliation_breaks": "by staff, as one list",
}
"""Tables that name a taxpayer and are never searched by one, with how they are read."""


def structure(database: Database) -> dict[str, object]:
    """Tables with their columns, indexes and constraints."""
    seen = inspect(database.engine)
    return {
        table: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in seen.get_columns(table)],
            sorted(str(i["name"]) for i in seen.get_indexes(table)),
            sorted(str(u["name"]) for u in seen.get_unique_constraints(table)),
            sorted(str(f["name"]) for f in seen.get_foreign_keys(table)),
        )
        for table in seen.get_table_names()
    }


def triggers(database: Database) -> set[str]:
    with database.engine.connect() as connection:
        return set(connection.scalars(text(TRIGGERS[database.engine.dialect.name])))


def functions(database: Database) -> set[str]:
    if database.is_sqlite:
        return set()
    with database.engine.connect() as connection:
        return set(connection.scalars(text(FUNCTIONS)))
