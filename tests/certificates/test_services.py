"""From posted ledger entries to an issued file: once, wholly, truly; and what becomes of it later."""

import dataclasses
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from portal.audit.models import AuditEntry
from portal.certificates import queries, services
from portal.certificates.models import Certificate, CertificateFile
from portal.certificates.rules import code
from portal.certificates.rules.record import Issuer, Wording
from portal.certificates.rules.state import Answer, State
from portal.certificates.services import inquiring
from portal.certificates.services.records import opened
from portal.core import clock
from portal.core.db import Database
from portal.core.jobs import Job
from portal.core.refusal import Refusal
from portal.gateways import Gateways
from portal.gateways.printing import WeasyPrinter
from portal.gateways.signing import FileSigner, Trust
from portal.gateways.signing.authority import make_code_key, make_demo_authority
from portal.gateways.signing.inspection import Finding, Inspector
from portal.gateways.storage import Damaged
from portal.matters.queries import matter_about
from portal.notices.models import Notice
from portal.settings import Settings
from portal.taxpayers.services import rename
from tests.certificates.books import Books
from tests.certificates.papers import text_of
from tests.given import Given, Person

ISSUER = Issuer(
    Wording("滨海市税务局", "Binhai Tax Office"), "440399", "http://localhost/verify", worthless=True
)


@pytest.fixture(scope="module")
def printer() -> Iterator[WeasyPrinter]:
    printer = WeasyPrinter()
    yield printer
    printer.close()


@pytest.fixture(scope="module")
def inspector() -> Iterator[Inspector]:
    inspector = Inspector()
    yield inspector
    inspector.close()


@pytest.fixture
def gateways(settings: Settings, printer: WeasyPrinter, inspector: Inspector) -> Gateways:
    return dataclasses.replace(Gateways.connect(settings), printing=printer, inspection=inspector)


@pytest.fixture
def books(database: Database) -> Books:
    return Books(database)


@pytest.fixture
def person(given: Given) -> Person:
    return given.person()


class Office:
    """Asks for certificates and issues them, as request and worker do."""

    def __init__(self, given: Given, gateways: Gateways) -> None:
        self.given, self.gateways = given, gateways
        self.database, self.settings = given.database, given.settings

    def ask(
        self, person: Person, *payments: UUID, speech: str = "zh", at: datetime | None = None
    ) -> Certificate:
        with self.database.transaction() as session:
            return services.request_certificate(
                session,
                self.settings.keyring,
                ISSUER,
                self.given.acting(person),
                payments,
                speech,
                at=at or clock.now(),
            )

    def issue(self, certificate: Certificate) -> Certificate:
        services.issue(self.database, self.gateways, self.settings, {"certificate": str(certificate.id)})
        return self.now(certificate)

    def issued(self, person: Person, *payments: UUID) -> Certificate:
        return self.issue(self.ask(person, *payments))

    def now(self, certificate: Certificate) -> Certificate:
        with self.database.reading() as session:
            found = queries.certificate(session, certificate.id)
        assert found is not None
        return found

    def bytes_of(self, certificate: Certificate) -> bytes:
        assert certificate.file is not None
        return self.gateways.storage.get(certificate.file.content_key, certificate.file.sha256)


@pytest.fixture
def office(given: Given, gateways: Gateways) -> Office:
    return Office(given, gateways)


def test_chosen_payments_become_a_signed_file_that_says_what_the_ledger_says(
    office: Office, books: Books, person: Person, inspector: Inspector
) -> None:
    chosen = [
        books.paid(person.taxpayer_id, "1520.00"),
        books.paid(person.taxpayer_id, "38.40", period="2023"),
    ]
    books.paid(person.taxpayer_id, "999.00")
    issued = office.issued(person, *chosen)
    assert issued.standing.state == State.ISSUED
    content = office.bytes_of(issued)
    assert inspector.inspect(content, Trust.load(office.settings.trust).root).finding is Finding.VALID
    text = text_of(content)
    for words in (
        person.name,
        person.number,
        issued.number,
        "1,520.00",
        "38.40",
        "¥1,558.40",
        "壹仟伍佰伍拾捌元肆角整",
    ):
        assert words in text
    assert "999.00" not in text


def test_the_paper_is_numbered_coded_and_sealed_away(office: Office, books: Books, person: Person) -> None:
    made = office.ask(person, books.paid(person.taxpayer_id, "10.00"))
    record = opened(made, office.settings.keyring)
    assert made.number.startswith(f"WS-{clock.today().year}-440399-")
    assert len(record.code) == 12
    assert record.facts.payer.id_number == person.number
    assert person.number.encode() not in made.record_sealed
    assert made.code_digest == queries.code_digest(made.number, record.code)


def test_the_same_request_is_the_same_certificate(office: Office, books: Books, person: Person) -> None:
    payment = books.paid(person.taxpayer_id, "10.00")
    first = office.issued(person, payment)
    again = office.ask(person, payment)
    assert again.id == first.id
    with office.database.reading() as session:
        assert session.scalar(select(func.count(Job.id)).where(Job.kind == "render-certificate")) == 1


def test_asking_twice_at_the_same_moment_is_asking_once(office: Office, books: Books, person: Person) -> None:
    payment = books.paid(person.taxpayer_id, "10.00")
    together = threading.Barrier(4)

    def ask(_: int) -> UUID:
        together.wait()
        return office.ask(person, payment).id

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(ask, range(4)))) == 1


def test_another_language_is_another_certificate(office: Office, books: Books, person: Person) -> None:
    payment = books.paid(person.taxpayer_id, "10.00")
    chinese, english = office.issued(person, payment), office.issue(office.ask(person, payment, speech="en"))
    assert chinese.id != english.id
    assert "TaxPaymentCertificate" in text_of(office.bytes_of(english))


def test_issuing_twice_makes_one_file(office: Office, books: Books, person: Person) -> None:
    issued = office.issued(person, books.paid(person.taxpayer_id, "10.00"))
    before = office.bytes_of(issued)
    assert office.bytes_of(office.issue(issued)) == before
    with office.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(CertificateFile)) == 1
        notices = session.scalars(select(Notice.kind).where(Notice.taxpayer_id == person.taxpayer_id)).all()
    assert notices == ["certificate-ready"]


def test_an_interrupted_issue_goes_on_with_what_it_had_kept(
    office: Office, books: Books, person: Person
) -> None:
    """Killed after the bytes were kept and before the row was written: the next try signs nothing anew."""
    made = office.ask(person, books.paid(person.taxpayer_id, "10.00"))
    record = opened(made, office.settings.keyring)
    payload = code.payload(record)
    sheet = services.issuing.sheet_of(record, office.gateways.signing.sign_code(payload), payload)
    kept = office.gateways.signing.sign_document(office.gateways.printing.print(sheet).pdf)
    office.gateways.storage.put(record.content_key(), kept)
    assert office.bytes_of(office.issue(made)) == kept


def test_a_file_that_does_not_pass_our_own_check_is_not_issued(
    office: Office, books: Books, person: Person
) -> None:
    made = office.ask(person, books.paid(person.taxpayer_id, "10.00"))
    record = opened(made, office.settings.keyring)
    office.gateways.storage.put(record.content_key(), b"%PDF-1.7 not signed by anyone")
    with pytest.raises(services.issuing.NotSound):
        office.issue(made)
    assert office.now(made).standing.state == State.REQUESTED


def test_damage_in_storage_is_never_sent(office: Office, books: Books, person: Person) -> None:
    issued = office.issued(person, books.paid(person.taxpayer_id, "10.00"))
    [file] = [path for path in office.settings.storage.rglob("*") if path.is_file()]
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(Damaged):
        office.bytes_of(issued)


def test_a_paper_names_its_holder_as_they_were_named_on_its_day(
    office: Office, books: Books, person: Person
) -> None:
    """The name changes tomorrow and is known today; what was issued keeps the name of its day."""
    payment, now = books.paid(person.taxpayer_id, "10.00"), clock.now()
    tomorrow = now + timedelta(days=1)
    with office.database.transaction() as session:
        who = session.get_one(services.requesting.Taxpayer, person.taxpayer_id)
        rename(
            session, office.settings.keyring, who, "改名后", effective_from=clock.day_of(tomorrow),
            source="register", at=now,
        )  # fmt: skip
    before, after = office.ask(person, payment), office.ask(person, payment, at=tomorrow)
    names = [opened(each, office.settings.keyring).facts.payer.name for each in (before, after)]
    assert names == [person.name, "改名后"]
    assert office.ask(person, payment, at=tomorrow).number == after.number
    assert office.now(before).standing.state == State.REQUESTED


def test_a_name_that_cannot_be_set_goes_to_the_counter_with_nothing_made(
    office: Office, books: Books, person: Person
) -> None:
    with office.database.transaction() as session:
        session.get_one(services.requesting.Taxpayer, person.taxpayer_id).name = "李𪨊明"
    referred = office.issued(person, books.paid(person.taxpayer_id, "10.00"))
    assert referred.standing.state == State.REFERRED
    assert referred.file is None
    assert not list(office.settings.storage.rglob("*.*"))
    with office.database.reading() as session:
        notices = session.scalars(select(Notice.kind).where(Notice.taxpayer_id == person.taxpayer_id)).all()
        matter = matter_about(session, person.taxpayer_id, "certificate", referred.id)
    assert notices == ["certificate-referred"]
    assert matter is not None
    assert matter.state == "referred"


def test_nobody_certifies_the_payments_of_another(
    office: Office, books: Books, person: Person, given: Given
) -> None:
    stranger = given.person()
    theirs = books.paid(stranger.taxpayer_id, "10.00")
    with pytest.raises(Refusal) as refused:
        office.ask(person, theirs)
    assert refused.value.reason.code == "certificate-nothing-chosen"
    own = books.paid(person.taxpayer_id, "20.00")
    assert office.ask(person, own, theirs).lines == 1


def test_money_set_free_later_is_a_line_of_its_own_and_overtakes_the_older_paper(
    office: Office, books: Books, person: Person
) -> None:
    bill = books.bill(person.taxpayer_id, "1000.00")
    payment = books.pay(bill, "1000.00", date(2025, 4, 1))
    first = office.issued(person, payment)
    books.lower(bill, "300.00", clock.now())
    second = office.issued(person, payment)
    assert second.id != first.id
    record = opened(second, office.settings.keyring)
    assert [line.fen for line in record.facts.lines] == [100_000, -30_000]
    assert "¥700.00" in text_of(office.bytes_of(second))
    assert office.now(first).standing.state == State.SUPERSEDED
    assert office.bytes_of(office.now(first)), "what was issued stays"


def test_more_given_back_than_paid_is_not_certified(office: Office, books: Books, person: Person) -> None:
    bill = books.bill(person.taxpayer_id, "1000.00")
    small, large = books.pay(bill, "300.00", date(2025, 4, 1)), books.pay(bill, "700.00", date(2025, 4, 2))
    books.lower(bill, "800.00", clock.now())
    with pytest.raises(Refusal) as refused:
        office.ask(person, small)
    assert refused.value.reason.code == "certificate-negative-total"
    assert opened(office.ask(person, small, large), office.settings.keyring).facts.total == 20_000


def inquiry(office: Office, number: str, verification: str) -> inquiring.Inquiry:
    with office.database.transaction() as session:
        return inquiring.by_number(session, office.settings.keyring, number, verification, at=clock.now())


def checks(office: Office, person: Person) -> int:
    """How many checks the holder reads of in their trail."""
    with office.database.reading() as session:
        mine = select(func.count(AuditEntry.id)).where(AuditEntry.taxpayer_id == person.taxpayer_id)
        return session.scalar(mine.where(AuditEntry.act == "certificate-checked")) or 0


def test_number_and_code_find_what_was_issued_and_the_holder_reads_of_it(
    office: Office, books: Books, person: Person
) -> None:
    issued = office.issued(person, books.paid(person.taxpayer_id, "10.00"))
    record = opened(issued, office.settings.keyring)
    found = inquiry(office, issued.number, record.code)
    assert (found.answer, found.record) == (Answer.VALID, record)
    assert checks(office, person) == 1


def test_a_wrong_code_is_answered_like_a_number_that_is_not_there(
    office: Office, books: Books, person: Person
) -> None:
    issued = office.issued(person, books.paid(person.taxpayer_id, "10.00"))
    record = opened(issued, office.settings.keyring)
    assert inquiry(office, issued.number, "2" * 12) == inquiry(
        office, "WS-2026-440399-22222222-2", record.code
    )
    assert inquiry(office, issued.number, "2" * 12) == inquiring.UNKNOWN
    assert checks(office, person) == 0


def test_what_was_only_asked_for_is_unknown_to_others(office: Office, books: Books, person: Person) -> None:
    made = office.ask(person, books.paid(person.taxpayer_id, "10.00"))
    record = opened(made, office.settings.keyring)
    assert inquiry(office, made.number, record.code) == inquiring.UNKNOWN


def test_a_check_knows_what_happened_since_though_nobody_asked_again(
    office: Office, books: Books, person: Person
) -> None:
    bill = books.bill(person.taxpayer_id, "1000.00")
    issued = office.issued(person, books.pay(bill, "1000.00", date(2025, 4, 1)))
    record = opened(issued, office.settings.keyring)
    books.lower(bill, "1.00", clock.now())
    assert inquiry(office, issued.number, record.code).answer is Answer.SUPERSEDED
    assert office.now(issued).standing.state == State.SUPERSEDED


def test_a_code_is_checked_against_what_stands_today(office: Office, books: Books, person: Person) -> None:
    issued = office.issued(person, books.paid(person.taxpayer_id, "10.00"))
    keys, trust = office.settings.keyring, Trust.load(office.settings.trust)
    text = code.as_text(office.gateways.signing.sign_code(code.payload(opened(issued, keys))))
    with office.database.transaction() as session:
        assert inquiring.by_code(session, keys, text, trust, at=clock.now()).answer is Answer.VALID
        assert inquiring.by_code(session, keys, text[:-3] + "000", trust, at=clock.now()) == inquiring.ALTERED
        assert inquiring.by_code(session, keys, "TC1", trust, at=clock.now()) == inquiring.UNKNOWN


def test_a_file_is_known_by_its_bytes_and_by_nothing_less(
    office: Office, books: Books, person: Person
) -> None:
    """A change in the unsigned gap leaves the signature valid; only the digest of the whole file sees it."""
    issued = office.issued(person, books.paid(person.taxpayer_id, "10.00"))
    content, keys = office.bytes_of(issued), office.settings.keyring
    gap = content.index(b"00000000>")
    changed = content[:gap] + b"1" + content[gap + 1 :]
    root = Trust.load(office.settings.trust).root
    with office.database.transaction() as session:
        whole = inquiring.by_file(session, keys, content, at=clock.now())
        assert whole is not None
        assert whole.answer is Answer.VALID
        assert inquiring.by_file(session, keys, changed, at=clock.now()) is None
    finding = office.gateways.inspection.inspect(changed, root).finding
    assert finding is Finding.VALID
    assert inquiring.by_finding(finding) == inquiring.ALTERED


def test_a_withdrawn_certificate_is_withdrawn_online_and_in_the_published_list(
    office: Office, books: Books, person: Person
) -> None:
    issued = office.issued(person, books.paid(person.taxpayer_id, "10.00"))
    record = opened(issued, office.settings.keyring)
    for _ in range(2):
        assert services.withdraw(office.database, office.gateways, issued.number, "开具有误", at=clock.now())
    assert inquiry(office, issued.number, record.code).answer is Answer.WITHDRAWN
    assert Trust.load(office.settings.trust).withdrawn == {issued.number: clock.today()}
    assert not services.withdraw(office.database, office.gateways, "WS-0", "", at=clock.now())


def test_a_rehearsal_finds_nothing_where_all_is_in_place(office: Office) -> None:
    assert services.problems(office.gateways, office.settings) == []


def test_a_rehearsal_names_a_key_that_is_not_published(office: Office, tmp_path: Path) -> None:
    make_code_key(tmp_path / "qr.key", since=clock.today())
    elsewhere = dataclasses.replace(office.settings, qr_key=tmp_path / "qr.key")
    signing = dataclasses.replace(office.gateways, signing=FileSigner(elsewhere))
    [found] = services.problems(signing, elsewhere)
    assert "not in the published list" in found


def test_a_rehearsal_names_a_root_that_is_not_that_of_the_signer(office: Office, tmp_path: Path) -> None:
    other = make_demo_authority(tmp_path)
    elsewhere = dataclasses.replace(office.settings, trust=other.published)
    found = services.problems(office.gateways, elsewhere)
    assert found[0] == "a signed document is foreign under the published root"


def test_a_rehearsal_names_keys_that_are_missing(office: Office, tmp_path: Path) -> None:
    elsewhere = dataclasses.replace(office.settings, signing_p12=tmp_path / "none.p12")
    [found] = services.problems(
        dataclasses.replace(office.gateways, signing=FileSigner(elsewhere)), elsewhere
    )
    assert "the document key" in found
