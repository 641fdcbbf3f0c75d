"""The hosted pages in a real browser: every way to pay and to walk away, with and without script."""

from io import BytesIO

import httpx
import pytest
import zxingcpp
from PIL import Image

from tests.browser import axe_violations, overflow
from tests.sandbox.conftest import order

SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])


@pytest.fixture
def opened(client, merchant):
    """An open session whose ways back lead to the merchant."""
    back = f"{merchant.back}?session={{CHECKOUT_SESSION_ID}}"
    return client.v1.checkout.sessions.create(
        params=order(success_url=back, cancel_url=f"{merchant.back}?cancelled", locale="en")
    )


def fill_card(page, number="4242 4242 4242 4242", expiry="12 / 40", cvc="123", holder="ZHANG SAN"):
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry date").fill(expiry)
    page.get_by_label("Security code").fill(cvc)
    page.get_by_label("Name on card").fill(holder)
    page.get_by_role("button", name="Pay by card").click()


def is_back(page, merchant, session):
    page.wait_for_url(f"{merchant.back}?session={session.id}")


@pytest.mark.journey
@SCRIPT
def test_by_card(browser, client, merchant, opened, script):
    with browser.page(script=script) as page:
        page.goto(opened.url)
        fill_card(page)
        is_back(page, merchant, opened)
    assert client.v1.checkout.sessions.retrieve(opened.id).payment_status == "paid"


@pytest.mark.journey
@SCRIPT
def test_by_wechat_with_a_phone_that_scans_the_code(browser, client, merchant, opened, script):
    with browser.page(script=script) as page, browser.page(script=script, width=390) as phone:
        page.goto(opened.url)
        page.get_by_role("button", name="WeChat Pay").click()
        picture = Image.open(BytesIO(page.locator(".qr").screenshot()))
        [code] = zxingcpp.read_barcodes(picture)
        assert code.text == page.get_by_role("link", name="Open the simulated phone").get_attribute("href")
        phone.goto(code.text)
        phone.get_by_role("button", name="Confirm payment").click()
        phone.get_by_text("Done. Return to the page on your computer.").wait_for()
        is_back(page, merchant, opened)
    assert client.v1.checkout.sessions.retrieve(opened.id).payment_status == "paid"


@pytest.mark.journey
@SCRIPT
def test_a_phone_that_declines_brings_the_payer_back_to_choose(browser, client, opened, script):
    with browser.page(script=script) as page, browser.page(script=script) as phone:
        page.goto(opened.url)
        page.get_by_role("button", name="WeChat Pay").click()
        phone.goto(page.get_by_role("link", name="Open the simulated phone").get_attribute("href"))
        phone.get_by_role("button", name="Decline payment").click()
        page.get_by_text("The payment did not succeed. No money was taken.").wait_for()
    assert client.v1.checkout.sessions.retrieve(opened.id).status == "open"


@pytest.mark.journey
@SCRIPT
def test_by_alipay_after_declining_once(browser, merchant, opened, script):
    with browser.page(script=script) as page:
        page.goto(opened.url)
        page.get_by_role("button", name="Alipay").click()
        page.get_by_role("button", name="Decline payment").click()
        page.get_by_text("The payment did not succeed. No money was taken.").wait_for()
        page.get_by_role("button", name="Alipay").click()
        page.get_by_role("button", name="Confirm payment").click()
        is_back(page, merchant, opened)


@pytest.mark.journey
def test_by_keyboard_alone(browser, merchant, opened):
    with browser.page() as page:
        page.goto(opened.url)
        page.get_by_label("Card number").focus()
        for typed in ("4242424242424242", "1240", "123", "ZHANG SAN"):
            page.keyboard.type(typed)
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        is_back(page, merchant, opened)


@pytest.mark.journey
def test_a_declined_card_says_why_and_can_be_replaced(browser, merchant, opened):
    with browser.page(script=False) as page:
        page.goto(opened.url)
        fill_card(page, "4000000000009995")
        page.get_by_text("Your card has insufficient funds.").wait_for()
        fill_card(page)
        is_back(page, merchant, opened)


@pytest.mark.journey
def test_a_declined_card_says_why_in_chinese_too(browser, opened):
    with browser.page(script=False) as page:
        page.goto(opened.url)
        fill_card(page, "4000000000009995")
        page.get_by_role("link", name="简体中文").click()
        page.get_by_text("您的卡余额不足。").wait_for()


@pytest.mark.journey
def test_a_mistyped_card_is_shown_beside_the_field(browser, opened):
    with browser.page(script=False) as page:
        page.goto(opened.url)
        fill_card(page, "4242424242424241", "12 / 20", "12", "")
        for message in (
            "Enter a valid card number",
            "This card has expired",
            "Enter the security code, 3 or 4 digits",
            "Enter the name on the card",
        ):
            assert page.get_by_text(message).count() == 2
        assert page.get_by_label("Card number").input_value() == "4242424242424241"
        page.get_by_role("link", name="简体中文").click()
        page.get_by_role("heading", name="选择支付方式").wait_for()


@pytest.mark.journey
def test_a_bank_that_asks_its_holder(browser, merchant, opened):
    with browser.page(script=False) as page:
        page.goto(opened.url)
        fill_card(page, "4000002500003155")
        page.get_by_role("button", name="Decline payment").click()
        page.get_by_text("We are unable to authenticate your payment method.").wait_for()
        fill_card(page, "4000002500003155")
        page.get_by_role("button", name="Confirm payment").click()
        is_back(page, merchant, opened)


@pytest.mark.journey
def test_walking_away_leaves_the_session_open(browser, client, merchant, opened):
    with browser.page(script=False) as page:
        page.goto(opened.url)
        page.get_by_role("link", name="Cancel and return to the merchant").click()
        page.wait_for_url(f"{merchant.back}?cancelled")
    assert client.v1.checkout.sessions.retrieve(opened.id).status == "open"


def test_a_finished_session_shows_closed(client, gateway, opened, merchant):
    gateway.tell("pay", session=opened.id)
    page = httpx.get(opened.url, trust_env=False)
    assert "This order has been paid" in page.text
    assert f"{merchant.back}?session={opened.id}" in page.text
    assert "<form" not in page.text


@pytest.mark.parametrize("path", ["card", "wechat", "alipay"])
def test_a_finished_session_takes_no_more_payments(client, gateway, opened, path):
    client.v1.checkout.sessions.expire(opened.id)
    card = {"number": "4242424242424242", "expiry": "12/40", "cvc": "123", "holder": "x"}
    answer = httpx.post(f"{opened.url}/{path}", data=card, trust_env=False)
    assert "This payment page is closed" in answer.text
    assert gateway.ask("journal") == []


def test_an_open_errand_ends_with_its_session(client, gateway, opened):
    started = httpx.post(f"{opened.url}/alipay", trust_env=False)
    wallet = gateway.base_url + started.headers["Location"]
    client.v1.checkout.sessions.expire(opened.id)
    assert "This payment page is closed" in httpx.get(wallet, trust_env=False).text
    httpx.post(wallet, data={"answer": "approve"}, trust_env=False)
    assert gateway.ask("journal") == []
    assert httpx.get(wallet, trust_env=False).status_code == 410


def test_a_page_nobody_made(gateway):
    page = httpx.get(f"{gateway.base_url}/c/pay/cs_test_none?lang=en", trust_env=False)
    assert (page.status_code, "Payment page not found" in page.text) == (404, True)


def test_the_language_is_the_sessions_or_the_one_asked_for(client, gateway):
    session = client.v1.checkout.sessions.create(params=order(locale="zh"))
    assert 'lang="zh-Hans"' in httpx.get(session.url, trust_env=False).text
    assert '<html lang="en">' in httpx.get(f"{session.url}?lang=en", trust_env=False).text
    auto = client.v1.checkout.sessions.create(params=order(locale="auto"))
    english = httpx.get(auto.url, headers={"Accept-Language": "en-GB,en;q=0.9"}, trust_env=False)
    assert '<html lang="en">' in english.text


def test_the_policy_is_strict(session):
    policy = httpx.get(session.url, trust_env=False).headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "form-action 'self' http://127.0.0.1:9;" in policy


@pytest.mark.journey
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_is_accessible_and_fits(browser, client, gateway, merchant, opened, lang, width):
    with browser.page(language=lang, width=width) as page:

        def audit():
            assert axe_violations(page) == []
            assert overflow(page) == []

        page.goto(f"{opened.url}?lang={lang}")
        audit()
        page.locator("form[action*='/card'] button").click()
        audit()
        page.locator("form[action*='/wechat'] button").click()
        audit()
        page.goto(page.locator("a[target=phone]").get_attribute("href") + f"?lang={lang}")
        audit()
        page.locator("button[value=decline]").click()
        audit()
        page.goto(f"{opened.url}?lang={lang}")
        audit()
        charge = gateway.tell("pay", session=opened.id)["intent"]["latest_charge"]
        page.goto(f"{opened.url}?lang={lang}")
        audit()
        page.goto(f"{gateway.base_url}/receipts/{charge}?lang={lang}")
        audit()
        page.goto(f"{gateway.base_url}/nowhere?lang={lang}")
        audit()
