"""A firm finds its clearance certificate; whoever is handed it checks it in every way, and learns no more."""

import json
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from flask import Flask

from portal import cli
from portal.accounts.rules.mandates import Role
from portal.certificates import services
from portal.certificates.models import Certificate
from portal.certificates.rules import code
from portal.certificates.rules.record import Record
from portal.certificates.services import ClearanceFacts
from portal.certificates.services.records import opened
from portal.core import clock
from portal.core.db import Database
from portal.core.wording import Phrase
from portal.gateways import Gateways
from portal.settings import Settings
from tests.certificates.books import Books
from tests.certificates.papers import text_of
from tests.given import Firm, Given, Person
from tests.visitor import Page, Visitor

PROMISE = (Phrase("房产税税源没有终止"), date(2026, 4, 8))
Clear = Callable[..., Record]


@pytest.fixture
def gateways(app: Flask) -> Iterator[Gateways]:
    """Those of the application; their helper processes end with the test."""
    connected: Gateways = app.extensions["portal"][2]
    yield connected
    connected.printing.close()  # type: ignore[attr-defined]
    connected.inspection.close()


@pytest.fixture
def firm(given: Given) -> Firm:
    return given.firm()


@pytest.fixture(autouse=True)
def representative(given: Given, visitor: Visitor, firm: Firm) -> Person:
    """Acts for the firm at the visitor's browser."""
    person = given.person()
    acting = given.acting_for(person, given.mandate(firm, person, role=Role.REPRESENTATIVE))
    visitor.carry(acting.token)
    return acting


@pytest.fixture
def clear(database: Database, settings: Settings, gateways: Gateways, firm: Firm) -> Clear:
    """Certify that the firm is cleared, and print it unless told not to."""

    def certify(*promises: tuple[Phrase, date], printed: bool = True) -> Record:
        facts = ClearanceFacts(
            firm.taxpayer_id,
            "M-20260309-AB12CD",
            Phrase("其他原因"),
            Phrase("一般程序"),
            date(2026, 3, 9),
            promises,
        )
        with database.transaction() as session:
            issuer = services.issuer_of(settings)
            made: Certificate = services.certify_clearance(
                session, settings.keyring, issuer, None, facts, at=clock.now()
            )
        if printed:
            services.issue(database, gateways, settings, {"certificate": str(made.id)})
        return opened(made, settings.keyring)

    return certify


@pytest.fixture
def reopen(database: Database, firm: Firm) -> Callable[[], None]:
    def again() -> None:
        with database.transaction() as session:
            services.supersede_clearance(session, firm.taxpayer_id, clock.now())

    return again


def shown(visitor: Visitor) -> Page:
    """The page of the only certificate in the list."""
    page = visitor.open("/certificates/").says("清税证明")
    return page.follow(page.rows()[1][0])


def file_of(visitor: Visitor, page: Page) -> bytes:
    [link] = [a["href"] for a in page.soup.find_all("a") if "下载证明" in a.get_text()]
    return visitor.client.get(link).data


def test_a_firm_finds_its_certificate_and_downloads_it(visitor: Visitor, clear: Clear) -> None:
    record = clear(PROMISE)
    row = visitor.open("/certificates/").rows()[1]
    assert (row[0], row[1], row[3:5]) == (record.number, "清税证明", ["—", "—"])
    page = shown(visitor).says(
        "有效", "M-20260309-AB12CD", "房产税税源没有终止", "除下列书面承诺办理的事项外"
    )
    assert "合计" not in page.text
    assert record.number in text_of(file_of(visitor, page))


def test_the_page_says_what_became_of_it(visitor: Visitor, clear: Clear, reopen: Callable[[], None]) -> None:
    clear(printed=False)
    shown(visitor).says("正在开具和签章")
    reopen()
    shown(visitor).says("这份证明不再开具")
    clear()
    reopen()
    page = visitor.open("/certificates/")
    page = page.follow(page.rows()[1][0]).says("这份证明已被替代", "不能凭它注销")
    assert "重新开具" not in page.links()


def test_its_pages_stand_in_english(
    app: Flask, visitor: Visitor, clear: Clear, representative: Person
) -> None:
    clear(PROMISE)
    place = shown(visitor).path
    reader = Visitor(app, "en").carry(representative.token)
    reader.open("/certificates/").says("Clearance certificate")
    reader.open(place).says("All tax matters are settled, except those below", "To be settled by")


def answers(app: Flask, record: Record, text: str, file: bytes) -> list[Page]:
    """What the desk answers to number and code, to the text of the symbol, and to the file."""
    desk = Visitor(app)
    by_number = (
        desk.open("/verify").answer("证明号码", record.number).answer("查验码", record.code).press("查验")
    )
    by_code = desk.open("/verify/code").answer("二维码文字", text).press("查验")
    by_file = desk.open("/verify/file").answer("证明的 PDF 文件", (file, "c.pdf")).press("查验")
    return [by_number, by_code, by_file]


def test_anyone_checks_it_in_three_ways_and_learns_no_more_than_the_paper(
    app: Flask, visitor: Visitor, clear: Clear, reopen: Callable[[], None], firm: Firm, gateways: Gateways
) -> None:
    record = clear(PROMISE)
    file = file_of(visitor, shown(visitor))
    text = code.as_text(gateways.signing.sign_code(code.payload(record)))
    for page in answers(app, record, text, file):
        page.says("这份证明有效", "清税证明", record.number, "房产税税源没有终止", "一般程序")
        assert firm.name not in page.text
        assert firm.code not in page.text
        assert record.number not in page.url
    reopen()
    for page in answers(app, record, text, file):
        page.says("这份证明已被替代", "现在不能凭它注销")
    [altered] = answers(app, record, text, file.replace(b"/Title", b"/Titel", 1))[2:]
    altered.says("与我们开具的证明不一致")


def test_the_command_checks_code_and_file_and_withdraws(
    app: Flask, visitor: Visitor, clear: Clear, gateways: Gateways, tmp_path_factory: pytest.TempPathFactory
) -> None:
    record = clear()
    path = tmp_path_factory.mktemp("held") / "clearance.pdf"
    path.write_bytes(file_of(visitor, shown(visitor)))
    text = code.as_text(gateways.signing.sign_code(code.payload(record)))
    cli.install(app)
    run = app.test_cli_runner().invoke
    told = run(args=["verify", "certificate", text])
    assert (told.exit_code, json.loads(told.output)["answer"]) == (0, "valid")
    assert json.loads(told.output)["content"]["clearance"]["cleared_on"] == "2026-03-09"
    held = run(args=["verify", "certificate", str(path)])
    assert (held.exit_code, json.loads(held.output)["number"]) == (0, record.number)
    assert run(args=["certificates", "withdraw", record.number, "--why", "出具有误"]).exit_code == 0
    for given in (text, str(path)):
        gone = run(args=["verify", "certificate", given])
        assert (gone.exit_code, json.loads(gone.output)["answer"]) == (1, "withdrawn")
    assert run(args=["verify", "books"]).exit_code == 0


def test_a_firm_certifies_the_vat_it_has_paid_and_each_surcharge_by_name(
    visitor: Visitor, firm: Firm, database: Database
) -> None:
    books, whose = Books(database), firm.taxpayer_id
    parts = {
        "vat": "300.00", "umct": "21.00", "education-surcharge": "9.00", "local-education-surcharge": "6.00",
    }  # fmt: skip
    facts = {"period": "2025Q3", "on": date(2025, 10, 8), "tax": "vat-small-scale"}
    bills = {books.bill(whose, part, levy=levy, **facts).id: part for levy, part in parts.items()}
    books.pay_together(bills, whose, date(2025, 10, 15))
    names = ("增值税", "城市维护建设税", "教育费附加", "地方教育附加")
    page = visitor.open("/certificates/new").says("¥336.00")
    page.says(*(f"{name} 2025年第三季度" for name in names))
    [box] = page.soup.find_all("input", attrs={"name": "payments"})
    label = page.soup.find("label", attrs={"for": box["id"]})
    page = page.answer(" ".join(label.get_text().split()), True).press("开具证明")
    page.says("小规模纳税人申报", "2025-07-01", "2025-09-30", "¥336.00")
    page.says(*names, "市区（增值税附征）", "¥300.00", "¥21.00", "¥9.00", "¥6.00")
