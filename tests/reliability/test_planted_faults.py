"""What broken code or a hand at the database would leave, planted in a copy: `verify books` names it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import structlog
from click.testing import Result
from sqlalchemy import Connection, Row, create_engine, delete, func, insert, select, text, update
from sqlalchemy.pool import NullPool

from portal import cli
from portal.audit.models import AuditEntry
from portal.billing.models import Bill, Journal, LedgerAccount, PaymentOrder, Posting
from portal.billing.rules.chart import AccountKind, JournalKind
from portal.certificates.models import Certificate, CertificatePayment, CertificateStanding
from portal.core import clock, logs
from portal.core.db import Database
from portal.core.jobs import Job, enqueue, run_due
from portal.core.keys import new_id
from portal.core.money import ZERO
from portal.filing.models import FiledReturn
from portal.gateways import Gateways
from portal.jobs import handlers
from portal.matters.models import Matter
from portal.settings import Settings
from tests.application import portal_over
from tests.databases import Databases
from tests.given import LAST_YEAR, Given
from tests.live import Outside, environment

FEN = Decimal("0.01")


@pytest.fixture(scope="module")
def whole(
    databases: Databases, sandbox: Outside, signing: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """An installation where someone filed twice, paid, has money to come back, and holds a certificate."""
    url = databases.fresh()
    storage = tmp_path_factory.mktemp("whole") / "storage"
    settings = Settings.from_environment(
        environment(url, sandbox, signing, storage=storage, base_url="http://localhost")
    )
    database = Database(url)
    given = Given(database, settings)
    person = given.person()
    given.income(person, LAST_YEAR, income="20000.00")
    given.income(person, LAST_YEAR - 1, income="20000.00", tax_withheld="2500.00")
    given.filed(person, LAST_YEAR)
    given.filed(person, LAST_YEAR - 1)
    given.paid(given.ordered(person), sandbox.payments)
    given.certificate(person, issued=True)
    database.dispose()
    yield settings
    databases.discard(url)


@pytest.fixture
def copy(whole: Settings, databases: Databases, tmp_path: Path) -> Iterator[Settings]:
    """A copy of it, to be broken."""
    url = databases.copy(whole.database_url)
    copytree(whole.storage, tmp_path / "storage")
    yield replace(whole, database_url=url, storage=tmp_path / "storage")
    databases.discard(url)


def verified(settings: Settings, what: str = "books") -> Result:
    """What `flask verify books` says of an installation, or another of these commands."""
    database = Database(settings.database_url)
    app = portal_over(settings, database)
    cli.install(app)
    said = app.test_cli_runner().invoke(args=["verify", what])
    database.dispose()
    return said


def as_owner(url: str, plant: Callable[[Connection], object]) -> None:
    """Do something as the owner of a database, whom no trigger and no foreign key stops."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            guards = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            for name in connection.scalars(text(guards)).all():
                connection.execute(text(f'DROP TRIGGER "{name}"'))
        plant(connection)


def test_an_untouched_copy_is_whole(copy: Settings) -> None:
    as_owner(copy.database_url, lambda _: None)
    said = verified(copy)
    assert (said.exit_code, said.stdout) == (0, "")


def _payment(connection: Connection) -> Row[Any]:
    return connection.execute(select(Journal.__table__).where(Journal.kind == JournalKind.PAYMENT)).one()


def book_a_payment_again(connection: Connection) -> None:
    """With everything that belongs to it, to the taxpayer's unallocated money: the books balance."""
    once = _payment(connection)
    place = {
        kind: connection.scalar(select(LedgerAccount.id).where(LedgerAccount.kind == kind))
        for kind in (AccountKind.CLEARING, AccountKind.UNALLOCATED)
    }
    again = {**once._mapping, "id": new_id(), "source_ref": f"{once.source_ref}-again", "legs": 1}
    leg = {
        "id": new_id(),
        "journal_id": again["id"],
        "leg": 1,
        "debit_id": place[AccountKind.CLEARING],
        "credit_id": place[AccountKind.UNALLOCATED],
        "amount": once.total,
    }
    connection.execute(insert(Posting).values(**leg))
    connection.execute(insert(Journal).values(**again))
    rests = LedgerAccount.id == place[AccountKind.UNALLOCATED]
    connection.execute(update(LedgerAccount).where(rests).values(credits=LedgerAccount.credits + once.total))


def unbook_a_payment(connection: Connection) -> None:
    """Money was taken, and its journal is not there."""
    key = _payment(connection).id
    connection.execute(delete(Posting).where(Posting.journal_id == key))
    connection.execute(delete(Journal).where(Journal.id == key))


def lose_a_leg(connection: Connection) -> None:
    key = _payment(connection).id
    connection.execute(delete(Posting).where(Posting.journal_id == key, Posting.leg == 1))


def lose_a_journal_of_two_statements(connection: Connection) -> None:
    connection.execute(delete(Journal).where(Journal.id == _payment(connection).id))


def alter_an_entry_of_the_trail(connection: Connection) -> None:
    entry = select(AuditEntry.id).where(AuditEntry.act == "payment-received").limit(1).scalar_subquery()
    connection.execute(update(AuditEntry).where(AuditEntry.id == entry).values(actor_name="nobody"))


FORGED = "0" * 64


def forge_the_digest(connection: Connection) -> None:
    connection.execute(update(FiledReturn).values(digest=FORGED))


def cut_the_trail(connection: Connection) -> None:
    connection.execute(
        delete(AuditEntry).where(AuditEntry.n == select(func.max(AuditEntry.n)).scalar_subquery())
    )


Plant = Callable[[Connection], object]
FAULTS: dict[str, tuple[Plant, str]] = {
    "a payment booked twice under another name": (book_a_payment_again, "was made by no attempt"),
    "a payment taken and not booked": (unbook_a_payment, "succeeded and is not in the ledger"),
    "a journal without one of its legs": (lose_a_leg, "does not match its postings"),
    "legs without their journal": (lose_a_journal_of_two_statements, "belongs to no journal"),
    "a kept balance a fen too high": (
        lambda c: c.execute(
            update(LedgerAccount)
            .where(LedgerAccount.kind == AccountKind.UNALLOCATED)
            .values(credits=LedgerAccount.credits + FEN)
        ),
        "postings are",
    ),
    "a filed return whose bill is missing": (lambda c: c.execute(delete(Bill)), "; the ledger says 0.00"),
    "a bill whose return is missing": (
        lambda c: c.execute(delete(FiledReturn).where(FiledReturn.outcome > ZERO)),
        "which is not there",
    ),
    "a return without its matter": (
        lambda c: c.execute(delete(Matter).where(Matter.kind == "annual-return")),
        "has no matter",
    ),
    "a paid return that waits for money": (
        lambda c: c.execute(
            update(Matter).where(Matter.kind == "annual-return").values(state="submitted", closed_at=None)
        ),
        "waits for money and nothing is owed",
    ),
    "a refund that nobody will look at": (
        lambda c: c.execute(delete(Matter).where(Matter.kind == "refund")),
        "has no refund matter",
    ),
    "an answer altered after signing": (
        forge_the_digest,
        "no longer comes out as filed",
    ),
    "a result altered after signing": (
        lambda c: c.execute(update(FiledReturn).values(outcome=FiledReturn.outcome - FEN)),
        "its answers come to",
    ),
    "a receipt with another number": (
        lambda c: c.execute(update(PaymentOrder).values(receipt_number="R-20260101-AAAAAAA-B")),
        "has a wrong check character",
    ),
    "an order paid without a receipt": (
        lambda c: c.execute(update(PaymentOrder).values(receipt_number=None)),
        "is paid with receipt None",
    ),
    "an entry of the trail altered": (alter_an_entry_of_the_trail, "is not what was written"),
    "the end of a trail cut off": (cut_the_trail, "its head names entry"),
    "a certificate of another sum": (
        lambda c: c.execute(update(Certificate).values(total=Certificate.total + FEN)),
        "its lines come to",
    ),
    "a certificate of a payment it does not name": (
        lambda c: c.execute(delete(CertificatePayment)),
        "lists what the ledger does not hold",
    ),
    "a certificate issued and not known to be": (
        lambda c: c.execute(update(CertificateStanding).values(state="requested")),
        "is requested with a file",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_named(copy: Settings, name: str) -> None:
    plant, complaint = FAULTS[name]
    as_owner(copy.database_url, plant)
    said = verified(copy)
    assert said.exit_code == 1
    assert complaint in said.stdout


def test_altered_bytes_of_a_certificate_are_named(copy: Settings) -> None:
    [kept] = [file for file in copy.storage.rglob("*") if file.is_file()]
    kept.write_bytes(kept.read_bytes().replace(b"%%EOF", b"%%EOX"))
    said = verified(copy)
    assert said.exit_code == 1
    assert "has no sound file" in said.stdout


def test_the_replay_of_a_whole_installation_names_nothing(whole: Settings) -> None:
    said = verified(whole, "filings")
    assert (said.exit_code, said.stdout) == (0, "")


def test_the_replay_names_each_figure_that_differs(copy: Settings) -> None:
    as_owner(copy.database_url, forge_the_digest)
    said = verified(copy, "filings")
    assert said.exit_code == 1
    assert f"digest: filed {FORGED}, now " in said.stdout


def test_the_replay_by_night_goes_through_all_and_tells_the_log(
    copy: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """One return a slice, each slice asking for the next."""
    as_owner(copy.database_url, forge_the_digest)
    logs.install()
    database, night = Database(copy.database_url), {"night": "2026-11-24", "most": 1}
    with database.transaction() as session:
        session.execute(delete(Job))
        enqueue(session, "replay-filings", night, run_at=clock.now())
        returns = session.scalar(select(func.count(FiledReturn.id)))
    kinds = handlers(database, Gateways.connect(copy), copy)
    while run_due(database, kinds, clock.now):
        pass
    with database.reading() as session:
        states = session.scalars(select(Job.state)).all()
    database.dispose()
    structlog.reset_defaults()
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    wrong = [line for line in told if line["level"] == "error"]
    assert [line["differs"] for line in wrong] == [["digest"]] * returns
    assert len({line["receipt"] for line in wrong}) == returns
    assert told[-1]["event"] == "filed returns replayed"
    assert states == ["done"] * (returns + 1)
