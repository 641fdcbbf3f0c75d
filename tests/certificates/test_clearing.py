"""A cleared firm's certificate: made with the clearing, overtaken with its reopening, never half of it."""

import dataclasses
from collections.abc import Callable, Iterator
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import func, select

from portal.certificates import queries, services
from portal.certificates.models import Certificate
from portal.certificates.rules import code
from portal.certificates.rules.record import Issuer, Wording
from portal.certificates.rules.state import Answer, State
from portal.certificates.services import ClearanceFacts, inquiring
from portal.certificates.services.records import opened
from portal.core import clock
from portal.core.jobs import Job
from portal.core.language import language
from portal.core.wording import Phrase
from portal.gateways import Gateways
from portal.gateways.printing import WeasyPrinter
from portal.gateways.signing import Trust
from portal.gateways.signing.inspection import Finding, Inspector
from portal.gateways.storage import Storage
from portal.matters.queries import matter_about
from portal.notices.models import Notice
from portal.settings import Settings
from tests.certificates.papers import text_of
from tests.given import Firm, Given

ISSUER = Issuer(
    Wording("滨海市税务局", "Binhai Tax Office"), "440399", "http://localhost/verify", worthless=True
)
PROMISE = (Phrase("房产税税源没有终止"), date(2026, 4, 8))


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
def firm(given: Given) -> Firm:
    return given.firm()


def in_english(phrase: str) -> str:
    """As a text that was copied out has it."""
    said = language("en").say(phrase)
    assert said != phrase
    return "".join(said.split())


class Office:
    """Certifies clearances and prints them, as clearing and worker do."""

    def __init__(self, given: Given, gateways: Gateways) -> None:
        self.given, self.gateways = given, gateways
        self.database, self.settings = given.database, given.settings

    def certify(
        self,
        firm: Firm,
        matter: str = "M-20260309-AB12CD",
        *promises: tuple[Phrase, date],
        speech: str = "zh",
    ) -> Certificate:
        facts = ClearanceFacts(
            firm.taxpayer_id,
            matter,
            Phrase("其他原因"),
            Phrase("一般程序"),
            date(2026, 3, 9),
            promises,
            speech,
        )
        with self.database.transaction() as session:
            return services.certify_clearance(
                session, self.settings.keyring, ISSUER, None, facts, at=clock.now()
            )

    def issue(self, certificate: Certificate, gateways: Gateways | None = None) -> Certificate:
        payload = {"certificate": str(certificate.id)}
        services.issue(self.database, gateways or self.gateways, self.settings, payload)
        return self.now(certificate)

    def reopen(self, firm: Firm) -> None:
        with self.database.transaction() as session:
            services.supersede_clearance(session, firm.taxpayer_id, clock.now())

    def now(self, certificate: Certificate) -> Certificate:
        with self.database.reading() as session:
            found = queries.certificate(session, certificate.id)
        assert found is not None
        return found

    def bytes_of(self, certificate: Certificate) -> bytes:
        assert certificate.file is not None
        return self.gateways.storage.get(certificate.file.content_key, certificate.file.sha256)

    def faults(self) -> list[str]:
        with self.database.reading() as session:
            return services.verify_certificates(session, self.settings.keyring, self.gateways.storage)

    def asked(self, certificate: Certificate) -> inquiring.Inquiry:
        """The answer to a check by number and code."""
        keys = self.settings.keyring
        with self.database.transaction() as session:
            verification = opened(certificate, keys).code
            return inquiring.by_number(session, keys, certificate.number, verification, at=clock.now())

    def news(self, firm: Firm) -> list[str]:
        mine = select(Notice.kind).where(Notice.taxpayer_id == firm.taxpayer_id)
        with self.database.reading() as session:
            return list(session.scalars(mine))

    def made(self) -> tuple[int, int]:
        """How many certificates there are, and how many jobs to print one."""
        jobs = select(func.count(Job.id)).where(Job.kind == "render-certificate")
        with self.database.reading() as session:
            certificates = session.scalar(select(func.count(Certificate.id)))
            return certificates or 0, session.scalar(jobs) or 0


@pytest.fixture
def office(given: Given, gateways: Gateways) -> Office:
    return Office(given, gateways)


def test_a_clearance_becomes_a_signed_file_that_says_what_was_decided(
    office: Office, firm: Firm, inspector: Inspector
) -> None:
    issued = office.issue(office.certify(firm))
    assert issued.standing.state == State.ISSUED
    assert issued.number.startswith(f"QS-{clock.today().year}-440399-")
    content = office.bytes_of(issued)
    assert inspector.inspect(content, Trust.load(office.settings.trust).root).finding is Finding.VALID
    text = text_of(content)
    for words in (
        firm.name,
        firm.code,
        issued.number,
        "M-20260309-AB12CD",
        "其他原因",
        in_english("其他原因"),
        "一般程序",
    ):
        assert words in text
    assert "书面承诺" not in text
    assert office.news(firm) == ["clearance-ready"]
    assert office.faults() == []


def test_what_is_promised_stands_on_the_paper_with_its_day(office: Office, firm: Firm) -> None:
    issued = office.issue(office.certify(firm, "M-1", PROMISE, speech="en"))
    text = text_of(office.bytes_of(issued))
    assert "TaxClearanceCertificate" in text
    assert "房产税税源没有终止" in text
    assert "8April2026" in text


def test_certifying_the_same_clearance_again_is_the_same_certificate(office: Office, firm: Firm) -> None:
    first = office.certify(firm)
    assert office.certify(firm).id == first.id
    assert office.issue(first).number == office.certify(firm).number
    assert office.made() == (1, 1)


def test_a_clearing_that_does_not_come_about_leaves_no_certificate(office: Office, firm: Firm) -> None:
    facts = ClearanceFacts(firm.taxpayer_id, "M-1", Phrase("其他原因"), Phrase("一般程序"), date(2026, 3, 9))

    def clear_and_fail() -> None:
        with office.database.transaction() as session:
            services.certify_clearance(session, office.settings.keyring, ISSUER, None, facts, at=clock.now())
            raise InterruptedError

    with pytest.raises(InterruptedError):
        clear_and_fail()
    assert office.made() == (0, 0)


def test_a_reopened_clearance_overtakes_its_paper(office: Office, firm: Firm) -> None:
    issued = office.issue(office.certify(firm))
    assert office.asked(issued).answer is Answer.VALID
    office.reopen(firm)
    office.reopen(firm)
    assert office.now(issued).standing.state == State.SUPERSEDED
    assert office.asked(issued).answer is Answer.SUPERSEDED
    assert office.bytes_of(office.now(issued)), "what was issued stays"
    assert office.faults() == []


def test_a_firm_that_is_cleared_again_gets_a_new_certificate(office: Office, firm: Firm) -> None:
    first = office.issue(office.certify(firm))
    office.reopen(firm)
    second = office.issue(office.certify(firm))
    assert second.number != first.number
    assert [office.asked(each).answer for each in (first, second)] == [Answer.SUPERSEDED, Answer.VALID]
    assert office.faults() == []


def test_a_paper_that_was_not_printed_when_the_clearance_was_reopened_never_is(
    office: Office, firm: Firm
) -> None:
    made = office.certify(firm)
    office.reopen(firm)
    late = office.issue(made)
    assert (late.standing.state, late.file) == (State.LAPSED, None)
    assert office.asked(made).answer is Answer.UNKNOWN
    assert office.news(firm) == []
    assert office.faults() == []


@dataclasses.dataclass
class Meanwhile:
    """A storage at whose first use something else happens first."""

    inner: Storage
    happens: Callable[[], None]

    def find(self, key: str) -> bytes | None:
        return self.inner.find(key)

    def get(self, key: str, sha256: str) -> bytes:
        return self.inner.get(key, sha256)

    def put(self, key: str, content: bytes) -> None:
        self.happens()
        self.inner.put(key, content)


def test_a_clearance_reopened_while_its_paper_is_printed_has_no_paper(office: Office, firm: Firm) -> None:
    made = office.certify(firm)
    storage = Meanwhile(office.gateways.storage, lambda: office.reopen(firm))
    late = office.issue(made, dataclasses.replace(office.gateways, storage=storage))
    assert (late.standing.state, late.file) == (State.LAPSED, None)
    assert office.faults() == []


def test_the_paper_of_another_firm_is_left_alone(office: Office, firm: Firm, given: Given) -> None:
    issued = office.issue(office.certify(firm))
    office.reopen(given.firm())
    assert office.now(issued).standing.state == State.ISSUED


def test_a_name_that_cannot_be_set_goes_to_the_counter(office: Office, given: Given) -> None:
    firm = given.firm(name="滨海𪨊明有限公司")
    referred = office.issue(office.certify(firm))
    assert (referred.standing.state, referred.file) == (State.REFERRED, None)
    assert office.news(firm) == ["clearance-referred"]
    office.reopen(firm)
    assert office.now(referred).standing.state == State.LAPSED
    assert office.faults() == []


def test_the_code_on_the_paper_is_checked_against_what_stands_today(office: Office, firm: Firm) -> None:
    issued = office.issue(office.certify(firm, "M-1", PROMISE))
    keys, trust = office.settings.keyring, Trust.load(office.settings.trust)
    text = code.as_text(office.gateways.signing.sign_code(code.payload(opened(issued, keys))))

    def answered(given: str) -> Answer:
        with office.database.transaction() as session:
            return inquiring.by_code(session, keys, given, trust, at=clock.now()).answer

    assert answered(text) is Answer.VALID
    assert answered(text[:-1]) is Answer.ALTERED
    assert answered("https://x.example") is Answer.UNKNOWN
    office.reopen(firm)
    assert answered(text) is Answer.SUPERSEDED
    services.withdraw(office.database, office.gateways, issued.number, "开具有误", at=clock.now())
    assert answered(text) is Answer.WITHDRAWN
    assert office.faults() == []


def test_the_file_is_found_by_its_bytes(office: Office, firm: Firm) -> None:
    issued = office.issue(office.certify(firm))
    content = office.bytes_of(issued)
    keys = office.settings.keyring
    with office.database.transaction() as session:
        found = inquiring.by_file(session, keys, content, at=clock.now())
        altered = inquiring.by_file(session, keys, content + b"\n", at=clock.now())
    assert found is not None
    assert (found.answer, found.record) == (Answer.VALID, opened(issued, keys))
    assert altered is None


def test_the_matter_of_the_certificate_tells_how_it_stands(office: Office, firm: Firm) -> None:
    issued = office.issue(office.certify(firm))

    def state(certificate_id: UUID) -> str:
        with office.database.reading() as session:
            found = matter_about(session, firm.taxpayer_id, "clearance-certificate", certificate_id)
        assert found is not None
        return found.state

    assert state(issued.id) == "issued"
    office.reopen(firm)
    assert state(issued.id) == "superseded"
