"""Whoever owns the database and alters the trail is found out: any byte of it, a cut tail, the anchors."""

import random
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.audit import services
from portal.audit.models import AnchoredHead, AuditAnchor, AuditEntry, AuditHead
from portal.cli import install
from portal.core.acting import Acting, Level
from portal.core.keys import new_id

MONDAY = datetime(2026, 3, 9, 12, tzinfo=UTC)
TABLES = (AuditEntry, AuditHead, AuditAnchor, AnchoredHead)
COLUMNS = [column for table in TABLES for column in table.__table__.columns]
EDITS, SEED = 1000, 20260309


def write(database, taxpayer, count, at):
    person = Acting(
        account_id=new_id(),
        person_id=new_id(),
        person_name="王建国",
        taxpayer_id=taxpayer,
        taxpayer_name="某某商贸有限公司",
        level=Level.PROVEN,
        rights=frozenset(),
        session_id=new_id(),
        mandate_id=new_id(),
    )
    with database.transaction() as session:
        for n in range(count):
            services.record(
                session,
                person if n % 3 else None,
                ("file-read", "signed-in", "return-submitted")[n % 3],
                at=at + timedelta(minutes=n, microseconds=n),
                taxpayer_id=taxpayer,
                matter_id=new_id() if n % 2 else None,
                reason="核对登记资料" if n % 2 else "",
                facts={"number": "R-2026", "lines": n, "share": 0.25},
            )


def fix(database, at):
    with database.transaction() as session:
        services.anchor(session, at.date(), at)


@pytest.fixture
def people(database):
    """Four chains of a dozen entries, anchored on two days; then some more that no anchor knows."""
    found = [new_id() for _ in range(4)]
    for day in range(2):
        for whose in found[day:]:
            write(database, whose, 4, MONDAY + timedelta(days=day))
        fix(database, MONDAY + timedelta(days=day, hours=8))
    write(database, found[0], 5, MONDAY + timedelta(days=2))
    return found


def broken(database):
    with database.reading() as session:
        return services.verify(session)


@pytest.fixture
def owner(database):
    """The owner of the database: the guards are gone, and nothing is asked."""
    with database.transaction() as session:
        for table in (table.__tablename__ for table in TABLES if table is not AuditHead):
            for guard in ("update", "delete"):
                on = "" if database.is_sqlite else f" ON {table}"
                session.execute(text(f"DROP TRIGGER {table}_no_{guard}{on}"))
    return database


class Edits:
    """Single bytes of the trail altered, one after the other; each is taken back."""

    def __init__(self, database, seed):
        self.database, self.dice = database, random.Random(seed)
        self.row, self.bytes = ("rowid", "BLOB") if database.is_sqlite else ("ctid::text", "TEXT")

    def of(self, column):
        """Alter a byte of a column: what the row was, what the check says. What is not taken is redrawn."""
        while True:
            with self.database.engine.connect() as connection, Session(connection) as session:
                tried = self._try(session, column)
                session.rollback()
            if tried:
                return tried

    def _try(self, session, column):
        name, columns = column.table.name, [one.name for one in column.table.columns]
        told = ", ".join(f"CAST({one} AS {self.bytes})" for one in columns)
        found = session.execute(text(f"SELECT {self.row}, {told} FROM {name} ORDER BY 2, 3")).all()  # noqa: S608
        place, *row = self.dice.choice(found)
        was = dict(zip(columns, row, strict=True))
        old = was[column.name]
        if not old:
            return None
        bent = f"CAST(:bent AS {self._kind(column)}) WHERE {self.row} = :place"
        change = text(
            f"UPDATE {name} SET {column.name} = {bent} RETURNING CAST({column.name} AS {self.bytes})"  # noqa: S608
        )
        try:
            new = session.scalar(change, {"bent": self._bent(old), "place": place})
        except (DBAPIError, UnicodeDecodeError):
            return None
        return None if new == old else (self._told(was), services.verify(session))

    def _kind(self, column):
        kind = column.type.compile(self.database.engine.dialect)
        if self.database.is_sqlite:
            return "INTEGER" if kind == "INTEGER" else "TEXT"
        return kind

    def _bent(self, old):
        """One byte replaced: by one that may well stand there, or by any."""
        bent = bytearray(old if isinstance(old, bytes) else old.encode())
        at = self.dice.randrange(len(bent))
        among = self.dice.choice([b"0123456789abcdef", bytes(range(32, 256))])
        bent[at] = self.dice.choice([byte for byte in among if byte != bent[at]])
        return bytes(bent) if self.database.is_sqlite else bent.decode()

    def _told(self, was):
        """The row as it was, in the words of the check."""
        told = {name: value.decode() if isinstance(value, bytes) else value for name, value in was.items()}
        for name in {"id", "taxpayer_id"} & told.keys():
            told[name] = str(UUID(told[name]))
        return told


def names(column, was, said):
    """Whether the altered row is named, and no other entry is called altered."""
    everything = " ".join(said)
    if column.table.name != "audit_entries":
        return was.get("day" if "day" in was else "taxpayer_id") in everything
    if column.name in {"n", "taxpayer_id"}:
        return was["id"] in everything
    altered = [line for line in said if line.endswith("is not what was written")]
    row = f"entry {was['n']} (" if column.name == "id" else f"entry {was['n']} ({was['id']})"
    return len(altered) == 1 and row in altered[0] and was["taxpayer_id"] in altered[0]


def test_every_byte_that_is_altered_is_named(owner, people):
    edits = Edits(owner, SEED)
    for column in islice(cycle(COLUMNS), EDITS):
        was, said = edits.of(column)
        assert names(column, was, said), (str(column), was, said)
    assert broken(owner) == []


def change(database, *statements, **values):
    with database.transaction() as session:
        for one in statements:
            session.execute(text(one), values)


def of(database, taxpayer):
    """A taxpayer as the database writes them."""
    return taxpayer.hex if database.is_sqlite else taxpayer


def test_two_entries_of_one_chain_are_named_each(owner, people):
    whose = of(owner, people[0])
    change(
        owner, "UPDATE audit_entries SET reason = 'x' WHERE n IN (2, 5) AND taxpayer_id = :whose", whose=whose
    )
    assert [line.split(" (")[0] for line in broken(owner)] == ["entry 2", "entry 5"]


CUT = (
    "DELETE FROM audit_entries WHERE taxpayer_id = :whose AND n > :last",
    "UPDATE audit_heads SET n = :last, digest = (SELECT digest FROM audit_entries WHERE taxpayer_id = :whose"
    " AND n = :last) WHERE taxpayer_id = :whose",
)


def test_a_tail_that_an_anchor_knows_is_not_cut_unseen(owner, people):
    change(owner, *CUT, whose=of(owner, people[0]), last=5)
    assert broken(owner) == [], "since the last anchor only the chain itself vouches for its end"
    change(owner, *CUT, whose=of(owner, people[0]), last=3)
    [said] = broken(owner)
    assert said == f"entry 4 of taxpayer {people[0]} is not what stood there at the anchor of 2026-03-09"


def test_a_tail_that_was_cut_and_written_anew_is_seen(owner, people):
    change(owner, *CUT, whose=of(owner, people[1]), last=3)
    write(owner, people[1], 9, MONDAY + timedelta(days=3))
    assert {line.split(" of ")[0] for line in broken(owner)} == {"entry 4", "entry 8"}


def test_an_act_from_before_the_anchor_that_was_committed_after_it_is_no_fault(database, people):
    write(database, people[2], 1, MONDAY)
    fix(database, MONDAY + timedelta(days=3))
    assert broken(database) == []


@pytest.fixture
def command(app):
    install(app)
    return lambda *words: app.test_cli_runner().invoke(args=["audit", *words])


def test_who_rewrites_the_anchors_too_is_found_by_what_was_exported(owner, people, command, tmp_path):
    kept = tmp_path / "anchors.jsonl"
    kept.write_text(command("anchors").stdout)
    assert command("verify", "--anchors", str(kept)).exit_code == 0
    change(owner, *CUT, whose=of(owner, people[0]), last=3)
    change(owner, "DELETE FROM audit_anchored_heads", "DELETE FROM audit_anchors")
    for day in (0, 1):
        fix(owner, MONDAY + timedelta(days=day, hours=8))
    assert command("verify").exit_code == 0
    said = command("verify", "--anchors", str(kept))
    assert said.exit_code == 1
    assert "the anchor of 2026-03-09 is not what was exported" in said.output
    change(owner, "DELETE FROM audit_anchored_heads", "DELETE FROM audit_anchors")
    assert (
        "the anchor of 2026-03-10 was exported and is gone"
        in command("verify", "--anchors", str(kept)).output
    )


def test_anchors_made_since_the_export_are_no_fault(database, people, command, tmp_path):
    kept = tmp_path / "anchors.jsonl"
    kept.write_text(command("anchors").stdout)
    fix(database, MONDAY + timedelta(days=5))
    assert command("verify", "--anchors", str(kept)).exit_code == 0


def test_the_command_names_what_was_altered(owner, people, command):
    assert command("verify").exit_code == 0
    change(
        owner, "UPDATE audit_entries SET actor_name = 'x' WHERE n = 3 AND taxpayer_id = :whose",
        whose=of(owner, people[2]),
    )  # fmt: skip
    said = command("verify")
    assert said.exit_code == 1
    [line] = said.stdout.splitlines()
    assert line.startswith("entry 3 (")
    assert f"of taxpayer {people[2]} is not what was written" in line


def test_a_file_that_holds_no_anchors_is_said_to(command, people, tmp_path):
    kept = tmp_path / "anchors.jsonl"
    kept.write_text("day,digest\n")
    assert "not a file of anchors" in command("verify", "--anchors", str(kept)).output
