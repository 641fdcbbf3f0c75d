"""Certificates as holders get them and as anyone checks them."""

import io
import json
from collections.abc import Callable, Iterator
from datetime import date

import pikepdf
import pytest
from flask import Flask
from sqlalchemy import select

from portal import cli
from portal.accounts.rules.limits import LIMITS
from portal.certificates import services
from portal.certificates.models import Certificate
from portal.certificates.rules import code
from portal.certificates.rules.record import Record
from portal.certificates.services.records import opened
from portal.core import clock
from portal.core.crypto import digest
from portal.core.db import Database
from portal.core.jobs import run_due
from portal.gateways import Gateways
from portal.settings import Settings
from tests.certificates.books import Books
from tests.certificates.papers import text_of
from tests.given import Given, Person
from tests.page_audit import words
from tests.visitor import Page, Visitor

Work = Callable[[], None]


@pytest.fixture
def books(database: Database) -> Books:
    return Books(database)


@pytest.fixture
def person(given: Given, visitor: Visitor) -> Person:
    """Signed in at the visitor's browser."""
    someone = given.person()
    visitor.carry(someone.token)
    return someone


@pytest.fixture
def gateways(app: Flask) -> Iterator[Gateways]:
    """Those of the application; their helper processes end with the test."""
    connected: Gateways = app.extensions["portal"][2]
    yield connected
    connected.printing.close()  # type: ignore[attr-defined]
    connected.inspection.close()


@pytest.fixture
def work(database: Database, gateways: Gateways, settings: Settings) -> Work:
    """Let the worker do what is due; telling people is another room's business."""
    kinds = {
        "render-certificate": lambda payload: services.issue(database, gateways, settings, payload),
        "deliver-notice": print,
    }

    def run() -> None:
        while run_due(database, kinds, clock.now):
            pass

    return run


@pytest.fixture
def recorded(database: Database, settings: Settings) -> Callable[[], Record]:
    """The record of the only certificate there is."""

    def read() -> Record:
        with database.reading() as session:
            return opened(session.scalars(select(Certificate)).one(), settings.keyring)

    return read


def asked_for(visitor: Visitor) -> Page:
    """A certificate of everything offered, just asked for."""
    page = visitor.open("/certificates/").follow("开具证明")
    boxes = page.soup.find_all("input", attrs={"name": "payments"})
    assert boxes
    for label in (page.soup.find("label", attrs={"for": box["id"]}) for box in boxes):
        page = page.answer(words(label), True)
    return page.press("开具证明")


def test_a_holder_chooses_waits_and_downloads_the_same_bytes_each_time(
    visitor: Visitor, person: Person, books: Books, work: Work
) -> None:
    books.paid(person.taxpayer_id, "1520.00")
    waiting = asked_for(visitor).says("正在开具和签章", "1,520.00")
    poll = waiting.soup.find(attrs={"data-poll": True})["data-poll"]
    assert visitor.client.get(poll).json == {"final": False}
    work()
    assert visitor.client.get(poll).json == {"final": True}
    ready = visitor.open(waiting.path).says("有效", person.name)
    [link] = [a["href"] for a in ready.soup.find_all("a") if "下载证明" in a.get_text()]
    first, second = visitor.client.get(link), visitor.client.get(link)
    assert first.mimetype == "application/pdf"
    assert first.headers["Cache-Control"] == "no-store"
    assert digest(first.data) == digest(second.data)
    assert "1,520.00" in text_of(first.data)
    assert str(pikepdf.open(io.BytesIO(first.data)).Root.Lang) == "zh-CN"


def test_who_has_paid_nothing_is_told_so(visitor: Visitor, person: Person) -> None:
    visitor.open("/certificates/").says("您还没有开具过完税证明").follow("开具证明").says(
        "还没有已入账的缴款"
    )


def test_nothing_chosen_is_asked_again(visitor: Visitor, person: Person, books: Books) -> None:
    for amount in ("10.00", "20.00"):
        books.paid(person.taxpayer_id, amount)
    page = visitor.open("/certificates/new").press("开具证明", status=422)
    assert page.errors == {"要列入证明的缴款": "错误：请至少选择一笔缴款"}


def test_payments_of_one_year_are_offered_at_a_time(visitor: Visitor, person: Person, books: Books) -> None:
    books.paid(person.taxpayer_id, "10.00", date(2024, 5, 1), "2023")
    books.paid(person.taxpayer_id, "20.00", date(2025, 5, 1), "2024")
    page = visitor.open("/certificates/new").says("¥20.00")
    assert "¥10.00" not in page.text
    page.follow("2024").says("¥10.00")
    visitor.open("/certificates/new?year=1999").says("¥20.00")


def test_a_stranger_finds_nothing_and_loads_nothing(
    visitor: Visitor, person: Person, books: Books, work: Work, given: Given
) -> None:
    books.paid(person.taxpayer_id, "10.00")
    place = asked_for(visitor).path
    work()
    visitor.carry(given.person().token)
    for path in (place, f"{place}/file", f"{place}/status"):
        assert visitor.client.get(path).status_code == 404
    visitor.open("/certificates/").says("您还没有开具过完税证明")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_stands_in_both_languages(
    app: Flask, person: Person, books: Books, visitor: Visitor, work: Work, language: str
) -> None:
    books.paid(person.taxpayer_id, "10.00")
    place = asked_for(visitor).path
    reader = Visitor(app, language).carry(person.token)
    for path in ("/certificates/", "/certificates/new", place, "/verify", "/verify/code", "/verify/file"):
        reader.open(path)
    work()
    reader.open(place)


def issued(visitor: Visitor, person: Person, books: Books, work: Work) -> None:
    books.paid(person.taxpayer_id, "10.00")
    asked_for(visitor)
    work()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_anyone_checks_by_number_and_code_and_learns_no_more_than_the_paper(
    app: Flask,
    visitor: Visitor,
    person: Person,
    books: Books,
    work: Work,
    recorded: Callable[[], Record],
    language: str,
) -> None:
    issued(visitor, person, books, work)
    record = recorded()
    desk = Visitor(app, language)
    number, verification = {"zh": ("证明号码", "查验码"), "en": ("Certificate number", "Verification code")}[
        language
    ]
    page = (
        desk.open("/verify")
        .answer(number, f" {record.number.lower()} ")
        .answer(verification, record.code.lower())
    )
    page = page.press({"zh": "查验", "en": "Check"}[language])
    page.says({"zh": "这份证明有效", "en": "This certificate is valid"}[language], "¥10.00", record.number)
    assert person.name not in page.text
    assert person.number not in page.text
    assert record.number not in page.url


def test_a_wrong_code_and_a_number_that_is_not_there_look_alike(
    app: Flask, visitor: Visitor, person: Person, books: Books, work: Work, recorded: Callable[[], Record]
) -> None:
    issued(visitor, person, books, work)
    record, desk = recorded(), Visitor(app)

    def answered(number: str, verification: str) -> str:
        page = desk.open("/verify").answer("证明号码", number).answer("查验码", verification).press("查验")
        return page.text

    wrong_code = answered(record.number, "2" * 12)
    no_such = answered("WS-2026-440399-22222222-2", record.code)
    assert "查不到这份证明" in wrong_code
    assert wrong_code == no_such


def test_guessing_ends_before_it_helps(app: Flask) -> None:
    desk = Visitor(app)
    most = max(limit.most for limit in LIMITS["certificate-check"] if limit.counted == "address")
    for _ in range(most):
        page = desk.open("/verify").answer("证明号码", "WS-2026-440399-22222222-2").answer("查验码", "2" * 12)
        page.press("查验").says("查不到这份证明")
    page = desk.open("/verify").answer("证明号码", "WS-2026-440399-22222222-2").answer("查验码", "2" * 12)
    stopped = page.press("查验", status=429)
    assert int(stopped.response.headers["Retry-After"]) > 0


def test_the_code_on_the_paper_is_checked(
    app: Flask,
    visitor: Visitor,
    person: Person,
    books: Books,
    work: Work,
    recorded: Callable[[], Record],
    gateways: Gateways,
) -> None:
    issued(visitor, person, books, work)
    text = code.as_text(gateways.signing.sign_code(code.payload(recorded())))
    desk = Visitor(app)
    desk.open("/verify/code").answer("二维码文字", text).press("查验").says("这份证明有效", "¥10.00")
    desk.open("/verify/code").answer("二维码文字", text[:-1]).press("查验").says("与我们开具的证明不一致")
    desk.open("/verify/code").answer("二维码文字", "https://x.example").press("查验").says("查不到这份证明")


def test_the_file_is_checked_by_its_bytes(
    app: Flask, visitor: Visitor, person: Person, books: Books, work: Work
) -> None:
    issued(visitor, person, books, work)
    page = visitor.open("/certificates/")
    page = page.follow(page.rows()[1][0])
    [link] = [a["href"] for a in page.soup.find_all("a") if "下载证明" in a.get_text()]
    content = visitor.client.get(link).data
    desk = Visitor(app)

    def answered(pdf: bytes) -> Page:
        return desk.open("/verify/file").answer("证明的 PDF 文件", (pdf, "certificate.pdf")).press("查验")

    answered(content).says("这份证明有效", "¥10.00")
    answered(content.replace(b"/Title", b"/Titel", 1)).says("与我们开具的证明不一致")
    answered(content + b"\n% more").says("与我们开具的证明不一致")
    answered(b"%PDF-1.7 nothing of ours").says("查不到这份证明")


@pytest.mark.parametrize("content", [b"", b"GIF89a no PDF at all"])
def test_a_file_that_cannot_be_one_of_ours_is_asked_for_again(app: Flask, content: bytes) -> None:
    page = Visitor(app).open("/verify/file").answer("证明的 PDF 文件", (content, "x.pdf"))
    assert list(page.press("查验", status=422).errors) == ["证明的 PDF 文件"]


def test_what_a_check_without_us_needs_is_published(app: Flask) -> None:
    client = app.test_client()
    assert b"BEGIN CERTIFICATE" in client.get("/verify/root.pem").data
    assert client.get("/verify/keys.json").get_json()["signature"]


def test_the_waiting_page_asks_the_database_little(visitor: Visitor, person: Person, books: Books) -> None:
    """The visitor itself fails a page that asks more than four times."""
    books.paid(person.taxpayer_id, "10.00")
    assert len(visitor.open(asked_for(visitor).path).statements) <= 4


def test_commands_check_a_code_and_withdraw_a_certificate(
    app: Flask,
    visitor: Visitor,
    person: Person,
    books: Books,
    work: Work,
    recorded: Callable[[], Record],
    gateways: Gateways,
) -> None:
    issued(visitor, person, books, work)
    record = recorded()
    text = code.as_text(gateways.signing.sign_code(code.payload(record)))
    cli.install(app)
    run = app.test_cli_runner().invoke
    valid = run(args=["verify", "certificate", text])
    assert (valid.exit_code, json.loads(valid.output)["answer"]) == (0, "valid")
    assert run(args=["verify", "certificate", text[:-1]]).exit_code == 1
    assert run(args=["certificates", "withdraw", "WS-0", "--why", "x"]).exit_code == 1
    assert run(args=["certificates", "withdraw", record.number, "--why", "开具有误"]).exit_code == 0
    withdrawn = run(args=["verify", "certificate", text])
    assert (withdrawn.exit_code, json.loads(withdrawn.output)["answer"]) == (1, "withdrawn")
    desk = Visitor(app).open("/verify").answer("证明号码", record.number).answer("查验码", record.code)
    desk.press("查验").says("这份证明已作废")
