"""Text messages and mail: accepted once, shown to a reader, handed to a test."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from urllib.parse import urlsplit

import httpx
import pytest

from sandbox.launch import Running, start
from tests.browser import axe_violations, overflow

TEXT = {"to": "19900000001", "text": "【税务局】验证码 482913，5 分钟内有效。", "reference": "code-1"}


@pytest.fixture(scope="module")
def sms_process() -> Iterator[Running]:
    with start("sms") as running:
        yield running


@pytest.fixture
def sms(sms_process) -> Iterator[httpx.Client]:
    sms_process.tell("reset")
    headers = {"Authorization": "Bearer sandbox-key"}
    with httpx.Client(base_url=sms_process.base_url, headers=headers, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def mail_process() -> Iterator[Running]:
    with start("mail") as running:
        yield running


@pytest.fixture
def mail(mail_process) -> Running:
    mail_process.tell("reset")
    return mail_process


def test_a_text_is_accepted_once(sms, sms_process):
    first = sms.post("/messages", json=TEXT)
    again = sms.post("/messages", json=TEXT)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert [one["text"] for one in sms_process.ask("messages?to=19900000001")] == [TEXT["text"]]
    assert sms_process.ask("messages?to=19900000002") == []


def test_a_reference_belongs_to_one_text(sms):
    sms.post("/messages", json=TEXT)
    assert sms.post("/messages", json=TEXT | {"text": "another"}).status_code == 409


@pytest.mark.parametrize(
    "change",
    [{"to": "nobody"}, {"to": ""}, {"text": ""}, {"text": "长" * 1001}, {"reference": None}, {"text": 7}],
)
def test_a_text_nobody_could_send(sms, change):
    assert sms.post("/messages", json=TEXT | change).status_code == 400


def test_it_answers_only_to_its_key(sms):
    assert sms.post("/messages", json=TEXT, headers={"Authorization": "Bearer x"}).status_code == 401


def test_the_phones_show_the_newest_first(sms):
    for i, to in enumerate(["19900000001", "19900000002", "19900000001"]):
        sms.post("/messages", json={"to": to, "text": f"<b>{i}</b>", "reference": str(i)})
    page = sms.get("/?lang=en").text
    assert [page.index(f"&lt;b&gt;{i}") for i in (2, 0, 1)] == sorted(
        page.index(f"&lt;b&gt;{i}") for i in (2, 0, 1)
    )
    only = sms.get("/?lang=en&phone=19900000002").text
    assert ("&lt;b&gt;1" in only, "&lt;b&gt;2" in only) == (True, False)


def letter(subject="缴款成功", to="zhang@example.test") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "portal@example.test", to, subject
    made.set_content("您已缴款 ¥1,234.50。\n")
    made.add_alternative("<p>您已缴款 ¥1,234.50。</p>", subtype="html")
    made.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="证明.pdf")
    return made


def post(mail, message):
    address = urlsplit(mail.smtp_url)
    with smtplib.SMTP(address.hostname, address.port, timeout=10) as server:
        server.send_message(message)


def test_a_letter_arrives(mail):
    post(mail, letter())
    [found] = mail.ask("messages?to=zhang@example.test")
    assert (found["subject"], found["text"]) == ("缴款成功", "您已缴款 ¥1,234.50。\n")
    assert (found["html"].strip(), found["attachments"]) == ("<p>您已缴款 ¥1,234.50。</p>", ["证明.pdf"])
    assert mail.ask("messages?to=li@example.test") == []


def test_a_mail_server_that_is_busy(mail):
    mail.tell("refuse", reply="451 Try again later", times=1)
    with pytest.raises(smtplib.SMTPDataError) as caught:
        post(mail, letter())
    assert caught.value.smtp_code == 451
    post(mail, letter())
    assert len(mail.ask("messages")) == 1


def test_a_letter_can_be_read_on_a_page(mail):
    post(mail, letter(subject="<script>alert(1)</script>"))
    page = httpx.get(f"{mail.base_url}/?lang=en", trust_env=False).text
    assert "&lt;script&gt;alert(1)" in page
    assert "您已缴款 ¥1,234.50。" in httpx.get(f"{mail.base_url}/letters/1", trust_env=False).text
    assert httpx.get(f"{mail.base_url}/letters/2", trust_env=False).status_code == 404


@pytest.mark.journey
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_pages_are_accessible_and_fit(browser, sms, sms_process, mail, lang, width):
    sms.post("/messages", json=TEXT)
    post(mail, letter())
    addresses = (sms_process.base_url, mail.base_url, f"{mail.base_url}/letters/1")
    with browser.page(language=lang, width=width) as page:
        for address in addresses:
            page.goto(f"{address}?lang={lang}")
            assert axe_violations(page) == []
            assert overflow(page) == []
