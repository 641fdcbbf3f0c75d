"""A database whose tables are not those of the code is found when it is migrated, before it serves."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from portal import cli
from portal.app import create_app
from portal.core.schema import differences

DAMAGE = {
    "a column is missing": "ALTER TABLE accounts DROP COLUMN email_confirmed",
    "a table is missing": "DROP TABLE jobs",
    "a column is left over": "ALTER TABLE accounts ADD COLUMN grade integer NOT NULL DEFAULT 0",
}


def change(database, statement):
    with database.transaction() as session:
        session.execute(text(statement))


def migrate(settings, database):
    app = create_app(settings, database)
    cli.install(app)
    with app.app_context():
        return app.test_cli_runner().invoke(args=["migrate"])


def test_a_migrated_database_is_as_the_code_needs_it(settings, database):
    said = migrate(settings, database)
    assert (said.exit_code, said.output) == (0, "")


@pytest.mark.parametrize("statement", DAMAGE.values(), ids=DAMAGE)
def test_a_database_of_the_same_revision_and_other_tables_is_refused(settings, database, statement):
    change(database, statement)
    said = migrate(settings, database)
    assert said.exit_code == 1
    assert "Other code made this database under the same revision" in said.output
    assert "remove the folder" not in said.output, "only a demo is made anew"


def test_of_a_demo_it_is_said_which_folder_to_remove(settings, database):
    change(database, DAMAGE["a table is missing"])
    said = migrate(replace(settings, demo=True), database)
    assert said.exit_code == 1
    assert f"remove the folder {settings.home} and start again" in said.output
    assert "add table: jobs" in said.output


def test_of_a_demo_in_production_no_folder_is_named(settings, database):
    change(database, DAMAGE["a table is missing"])
    said = migrate(replace(settings, environment="production"), database)
    assert said.exit_code == 1
    assert "Other code made this database" in said.output
    assert str(settings.home) not in said.output


def test_what_an_administrator_adds_is_no_fault(database):
    change(database, "CREATE TABLE notes_of_the_administrator (line text)")
    change(database, "CREATE INDEX of_the_administrator ON accounts (opened_at)")
    with database.engine.connect() as connection:
        assert differences(connection) == []
