"""What the module adds to a page, in the browser; and that the page is whole without it."""

import pytest

DELAY = 1500
"""Milliseconds of the browser's own clock: a draft goes out 1,200 after the last change."""


@pytest.fixture
def at(browser, gallery_url):
    """Opens a sample page, with script unless said otherwise."""
    with browser.page(base_url=gallery_url) as page:
        yield lambda path: page.goto(f"/_ui{path}") and page


def test_the_summary_takes_the_focus(at):
    page = at("/step")
    with page.expect_navigation():
        page.locator("main form .btn").first.click()
    assert page.evaluate("document.activeElement.className") == "problems"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "city-0"


def test_a_second_press_sends_nothing_for_eight_seconds(at):
    page = at("/step")
    page.evaluate(
        "window.sent = 0; document.querySelector('main form').addEventListener('submit', e => {"
        " if (!e.defaultPrevented) window.sent += 1; e.preventDefault() })"
    )
    button = page.locator("main form .btn").first
    button.click()
    button.click()
    assert page.evaluate("window.sent") == 1


def test_escape_closes_the_menu_and_gives_the_focus_back(at):
    page = at("/home")
    page.locator(".menu summary").click()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert not page.locator(".menu").evaluate("m => m.open")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_a_press_outside_closes_the_menu(at):
    page = at("/home")
    page.locator(".menu summary").click()
    assert page.locator(".menu").evaluate("m => m.open")
    page.locator("h1").click()
    assert not page.locator(".menu").evaluate("m => m.open")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("44039919900307001x", "440399 19900307 001X"),
        ("440399-19900307 0011", "440399 19900307 0011"),
        ("12345", "12345"),
    ],
)
def test_an_identity_number_is_grouped_when_left(at, typed, shown):
    page = at("/step")
    page.locator("#number").fill(typed)
    page.locator("#landlord").focus()
    assert page.locator("#number").input_value() == shown


def test_a_secret_can_be_looked_at(at):
    page = at("/questions")
    page.locator("#secret").fill("一句很长的话，只有我知道")
    page.locator("[data-show]").click()
    assert page.locator("#secret").get_attribute("type") == "text"
    page.locator("[data-show]").click()
    assert page.locator("#secret").get_attribute("type") == "password"


def test_a_draft_is_saved_after_the_last_change(at):
    page = at("/step")
    with page.expect_request("**/draft") as sent:
        page.locator("#landlord").fill("某某")
    assert "landlord=%E6%9F%90%E6%9F%90" in sent.value.post_data
    page.locator("[name=version][value='2']").wait_for(state="attached")


def test_the_other_language_comes_after_the_draft_is_saved(at):
    page = at("/step")
    page.locator("#landlord").fill("某某")
    with page.expect_request("**/draft") as sent, page.expect_navigation():
        page.locator("header a[hreflang]").click()
    assert "landlord=%E6%9F%90%E6%9F%90" in sent.value.post_data
    assert page.locator("html").get_attribute("lang") == "en"


def test_an_unchanged_draft_is_not_sent_again(at):
    page = at("/step")
    sent = []
    page.on("request", lambda request: sent.extend([request.url] * (request.method == "POST")))
    with page.expect_response("**/draft"):
        page.locator("#landlord").fill("某某")
    page.locator("[name=version][value='2']").wait_for(state="attached")
    page.locator("#landlord").fill("某某人")
    page.locator("#landlord").fill("某某")
    page.wait_for_timeout(DELAY)
    assert [url.rsplit("/", 1)[1] for url in sent] == ["draft"]


def test_a_draft_is_silent_when_something_else_answers(at):
    page = at("/step")
    before = page.locator("#draft-status").inner_text()
    page.route("**/draft", lambda route: route.fulfill(status=429, body="<html>"))
    with page.expect_response("**/draft"):
        page.locator("#landlord").fill("某某")
    assert page.locator("#draft-status").inner_text() == before


def test_waiting_asks_until_the_payment_is_decided_and_then_reads_the_page_again(at):
    page = at("/pay")
    page.wait_for_event("response", lambda answer: answer.url.endswith("/status"))
    page.route("**/status", lambda route: route.fulfill(json={"final": True}))
    with page.expect_navigation():
        page.wait_for_event("response", lambda answer: answer.url.endswith("/status"))


def test_the_print_button_shows_itself_with_script_only(at, browser, gallery_url):
    assert at("/check").locator("[data-print]").is_visible()
    with browser.page(base_url=gallery_url, script=False) as page:
        page.goto("/_ui/check")
        assert not page.locator("[data-print]").is_visible()


def test_without_script_a_waiting_page_asks_again_by_itself(browser, gallery_url):
    with browser.page(base_url=gallery_url, script=False) as page:
        page.goto("/_ui/pay")
        assert page.locator("noscript meta[http-equiv=refresh]").count() or "refresh" in page.content()


def test_the_skip_link_comes_first_and_leads_to_the_content(at):
    page = at("/home")
    page.keyboard.press("Tab")
    assert page.locator(".skip").bounding_box()["x"] > 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
