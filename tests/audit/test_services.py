"""Nobody alters the trail unseen."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portal.audit import services
from portal.audit.models import AuditEntry
from portal.core.db import Database
from portal.core.keys import new_id

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)


@pytest.fixture
def whose(database: Database) -> UUID:
    taxpayer = new_id()
    with database.transaction() as session:
        for n in range(5):
            services.record(
                session,
                None,
                "file-read",
                at=NOON + timedelta(minutes=n),
                taxpayer_id=taxpayer,
                reason="核对",
            )
    return taxpayer


def broken(database: Database) -> list[str]:
    with database.reading() as session:
        return services.verify(session)


def alter(database: Database, statement: str) -> None:
    """As somebody who owns the database file would: with the guards taken away first."""
    sqlite = database.is_sqlite
    with database.transaction() as session:
        on = "" if sqlite else " ON audit_entries"
        for guard in ("update", "delete"):
            session.execute(text(f"DROP TRIGGER audit_entries_no_{guard}{on}"))
        session.execute(text(statement))


def test_an_untouched_trail_is_whole(database: Database, whose: UUID) -> None:
    assert broken(database) == []


@pytest.mark.parametrize("column", ["reason", "actor_name", "act", "actor_role", "channel", "digest"])
def test_an_altered_entry_is_named(database: Database, whose: UUID, column: str) -> None:
    alter(database, f"UPDATE audit_entries SET {column} = 'x' WHERE n = 3")  # noqa: S608
    (said,) = broken(database)
    assert "entry 3" in said


def test_the_same_facts_in_other_spelling_are_named(database: Database, whose: UUID) -> None:
    """They read the same, so no digest tells: the portal writes JSON in one way only."""
    alter(
        database,
        "UPDATE audit_entries SET facts = CAST(' ' || CAST(facts AS TEXT) AS JSON) WHERE n = 3"
        if not database.is_sqlite
        else "UPDATE audit_entries SET facts = ' ' || facts WHERE n = 3",
    )
    (said,) = broken(database)
    assert "entry 3" in said


def test_a_deleted_entry_shows_at_the_one_after_it(database: Database, whose: UUID) -> None:
    alter(database, "DELETE FROM audit_entries WHERE n = 3")
    assert "entry 4" in broken(database)[0]


def test_a_cut_tail_shows(database: Database, whose: UUID) -> None:
    alter(database, "DELETE FROM audit_entries WHERE n > 3")
    assert "ends at entry 3; its head names entry 5" in broken(database)[0]


def test_a_chain_that_is_gone_shows(database: Database, whose: UUID) -> None:
    alter(database, "DELETE FROM audit_entries")
    assert f"the chain of taxpayer {whose} is gone" in broken(database)[0]


@pytest.mark.parametrize("statement", ["UPDATE audit_entries SET reason = 'x'", "DELETE FROM audit_entries"])
def test_the_database_itself_refuses_to_change_an_entry(
    database: Database, whose: UUID, statement: str
) -> None:
    with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
        session.execute(text(statement))


def test_an_act_without_words_is_not_recorded(database: Database) -> None:
    with pytest.raises(KeyError), database.transaction() as session:
        services.record(session, None, "unheard-of", at=NOON, taxpayer_id=new_id())


def test_a_days_anchor_is_fixed_once(database: Database, whose: UUID) -> None:
    with database.transaction() as session:
        first = services.anchor(session, NOON.date(), NOON).digest
    with database.transaction() as session:
        services.record(session, None, "file-read", at=NOON, taxpayer_id=whose)
        assert services.anchor(session, NOON.date(), NOON).digest == first
    with database.reading() as session:
        assert session.query(AuditEntry).count() == 6
