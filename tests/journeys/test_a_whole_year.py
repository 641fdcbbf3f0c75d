"""One person's whole journey: account, proof, prefilled return, payment, certificate, verification."""

import json
import re
from io import BytesIO

import zxingcpp
from PIL import Image

from portal.core import clock
from portal.core.db import Database
from portal.demo import town
from portal.settings import Settings
from sandbox.words import pay_words
from tests.given import LAST_YEAR, Given
from tests.journeys.walker import Walker
from tests.live import LivePortal
from tests.waiting import until

SOMEBODY = next(iter(town.people(1, clock.today())))
PASSWORD = "滨海 2026 白鹭 与云帆 一起去看海"


def test_from_opening_an_account_to_a_verified_certificate(walker: Walker, live_portal: LivePortal, tmp_path):
    an_employer_reported(live_portal)
    open_account(walker, live_portal)
    number = file_return(walker)
    pay_by_wechat(walker, live_portal)
    paper, code, pdf = get_certificate(walker)
    verify(walker, paper, code, pdf, tmp_path)
    assert live_portal.run("verify", "books") == ""  # nothing broken to name
    assert number.startswith("R-")
    assert walker.landed > 15


def an_employer_reported(live_portal: LivePortal) -> None:
    """The register knows the person; a year of wages stands in the books before they come."""
    person = {
        "name": SOMEBODY.name,
        "id_kind": "resident-id",
        "id_number": SOMEBODY.number,
        "mobile": SOMEBODY.mobile,
    }
    live_portal.outside.people.write_text(json.dumps(person) + "\n", "utf-8")
    live_portal.outside.sms.tell("reset")  # the phone of an earlier journey holds codes of its own
    database = Database(live_portal.database_url)
    given = Given(database, Settings.from_environment(live_portal.environ))
    given.report(
        SOMEBODY.name, SOMEBODY.number, LAST_YEAR, months=12, income="20000.00", tax_withheld="500.00"
    )
    database.dispose()


def open_account(walker: Walker, live_portal: LivePortal) -> None:
    walker.open("/").follow("开通账户")
    walker.answer("姓名", SOMEBODY.name).choose("证件类型", "居民身份证")
    walker.answer("证件号码", SOMEBODY.number).answer("手机号码", SOMEBODY.mobile)
    walker.answer("设置密码", PASSWORD).tick("consent")
    walker.press("提交并获取验证码")
    walker.answer("验证码", code_sent(live_portal)).press("开通账户")
    walker.sees("账户已开通，您已实名")


def code_sent(live_portal: LivePortal) -> str:
    """The code on the person's phone."""
    messages = until(lambda: live_portal.outside.sms.ask(f"messages?to={SOMEBODY.mobile}"))
    return re.search(r"\d{6}", messages[0]["text"])[0]


def file_return(walker: Walker) -> str:
    """The prefilled return, its explained result, submitted; the number of the receipt."""
    walker.open("/home").open("/file/")
    walker.press_about(str(LAST_YEAR))
    walker.sees("税款是这样算出来的", "¥13,080.00")
    check = walker.page.url
    walker.follow_about("修改", "基本养老保险").answer("基本养老保险", "2400").press("保存并继续")
    walker.open(check).sees("¥12,600.00", "¥2,400.00")
    walker.page.locator("summary", has_text=walker.say("计算依据")).click()
    walker.look().sees("个人所得税法")
    walker.tick("declared").press("提交申报")
    number = walker.page.get_by_text(re.compile(r"R-\d{8}-")).first.inner_text()
    return re.search(r"R-\d{8}-\w+-\w", number)[0]


def pay_by_wechat(walker: Walker, live_portal: LivePortal) -> None:
    """Through the hosted page: the code on the screen is read as a phone reads it."""
    walker.follow("去缴款")
    walker.press("缴款")
    speech = pay_words(walker.way.language)
    walker.go_by(walker.page.get_by_role("button", name=re.compile(speech.wechat)))
    [seen] = zxingcpp.read_barcodes(Image.open(BytesIO(walker.page.screenshot(full_page=True))))
    with walker.another_device() as phone:
        phone.goto(seen.text)
        with phone.expect_navigation():
            phone.get_by_role("button", name=speech.approve).click()
    walker.page.wait_for_url(f"{live_portal.url}/**", timeout=30_000)
    receipt = walker.page.get_by_role("link", name=walker.say("查看凭证"))
    walker.until(lambda: receipt.count() > 0)
    walker.follow("查看凭证").sees("缴款凭证", "¥")


def get_certificate(walker: Walker) -> tuple[str, str, bytes]:
    """Number, check code and file of a certificate of that payment."""
    walker.follow("开具完税证明")
    walker.tick("payments")
    walker.press("开具证明")
    file = walker.page.get_by_role("link", name=re.compile("PDF"))
    walker.until(lambda: file.count() > 0)
    paper = walker.page.locator("h1").inner_text().split()[0]
    code = walker.fact("查验码")
    answer = walker.page.request.get(file.get_attribute("href"))
    assert answer.ok
    return paper, code, answer.body()


def verify(walker: Walker, paper: str, code: str, pdf: bytes, tmp_path) -> None:
    """By number and code; by the file; and a file with one byte changed is not ours."""
    walker.page.context.clear_cookies(name="portal")
    walker.open("/verify").answer("证明号码", paper).answer("查验码", code).press("查验")
    walker.sees("这份证明有效")
    file = tmp_path / "certificate.pdf"
    for content, said in (
        (pdf, "这份证明有效"),
        (pdf.replace(b"/Title", b"/Titel"), "与我们开具的证明不一致"),
    ):
        file.write_bytes(content)
        walker.open("/verify/file")
        walker.page.locator("input[type=file]").set_input_files(file)
        walker.press("查验").sees(said)
