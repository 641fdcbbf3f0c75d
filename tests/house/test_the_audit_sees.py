"""The audit of pages and the visitor who uses them are shown what they must find."""

from datetime import date

import pytest
from bs4 import BeautifulSoup
from flask import Flask, redirect, request
from werkzeug.datastructures import Headers

from tests.page_audit import audit
from tests.visitor import Left, NotOffered, Visitor

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
FORM = """
<form method="post" action="/answers">
<input type="hidden" name="csrf_token" value="t">
<label for="name">Name</label><input id="name" name="name" value="before">
<fieldset><legend>Born on</legend>
  <label for="y">Year</label><input id="y" name="b-year">
  <label for="m">Month</label><input id="m" name="b-month">
  <label for="d">Day</label><input id="d" name="b-day">
</fieldset>
<fieldset><legend>Resident</legend>
  <input type="radio" id="r1" name="r" value="yes"><label for="r1">Yes</label>
  <input type="radio" id="r2" name="r" value="no" checked><label for="r2">No</label>
</fieldset>
<input type="checkbox" id="agreed" name="agreed" value="on"><label for="agreed">I agree</label>
<label for="bank">Bank</label><select id="bank" name="bank">
  <option value="a">A Bank</option><option value="b">B Bank</option></select>
<button name="then" value="go">Continue</button> <button name="then" value="later">Later</button>
</form><a href="/elsewhere">Pay</a><a href="/">Home</a>"""
PAGE = '<html lang="en-GB"><head><title>T</title></head><body><main><h1>H</h1>{}</main></body></html>'


def complaints(html: str, headers: dict[str, str] = HEADERS, *, signed_in: bool = True) -> str:
    try:
        audit(BeautifulSoup(html, "lxml"), Headers(headers), language="en", signed_in=signed_in)
    except AssertionError as error:
        return str(error)
    return ""


def test_a_sound_page_passes():
    assert complaints(PAGE.format(FORM)) == ""


@pytest.mark.parametrize(
    ("part", "complaint"),
    [
        ("<h1>again</h1>", "2 h1"),
        ("<h3>deep</h3>", "h3 after h1"),
        ('<p id="a"></p><p id="a"></p>', "id 'a' 2 times"),
        ('<input name="x">', "no label for x"),
        ('<label for="gone">x</label>', "for names 'gone'"),
        ('<a href="#gone">x</a>', "a link leads to #gone"),
        ("<fieldset></fieldset>", "a fieldset without a legend"),
        ("<button></button>", "a button without words"),
        ('<form method="post" action="/pay"></form>', "no token in the form to /pay"),
        ('<img src="/x.svg">', "an image without alt"),
        ('<p style="color:red">x</p>', "style= on p"),
        ("<style>p{}</style>", "a style element"),
        ("<script>1</script>", "a script in the page"),
        ('<a onclick="x()">x</a>', "onclick= on a"),
        ("<p>税款</p>", "not translated: '税款'"),
        ('<p lang="zh-Hans">王<b lang="en">税款</b></p>', "not translated: '税款'"),
        ('<button aria-label="关闭">×</button>', "not translated: aria-label='关闭'"),
    ],
)
def test_a_fault_in_a_page_is_found(part, complaint):
    assert complaint in complaints(PAGE.format(part))


@pytest.mark.parametrize(
    "part", ['<p lang="zh-Hans">王芳</p>', "<textarea aria-label='x'>税</textarea>", "<!-- 税 -->"]
)
def test_chinese_that_says_so_passes(part):
    assert complaints(PAGE.format(part)) == ""


@pytest.mark.parametrize("header", HEADERS)
def test_a_missing_header_is_found(header):
    assert complaints(PAGE.format(""), {k: v for k, v in HEADERS.items() if k != header}) != ""


def test_a_frame_without_title_language_or_main_is_found():
    assert "no title" in complaints(PAGE.replace("<title>T</title>", ""))
    assert "lang is 'zh-Hans'" in complaints(PAGE.replace("en-GB", "zh-Hans"))
    assert "not one main part" in complaints(PAGE.replace("main>", "div>"))


@pytest.fixture
def small_visitor():
    """A visitor of a portal of one form."""
    app = Flask("small")
    app.extensions["session_cookie"] = "portal"
    app.after_request(lambda response: response.headers.update(HEADERS) or response)
    app.add_url_rule("/", "start", lambda: PAGE.format(FORM))
    app.add_url_rule("/elsewhere", "pay", lambda: redirect("http://127.0.0.1:1/pay", 303))

    @app.post("/answers")
    def answers() -> str:
        said = "; ".join(f"{k}={v}" for k, v in request.form.items(multi=True))
        return PAGE.format(f"<p>{said}</p>")

    return Visitor(app, "en")


def test_a_visitor_sends_what_stands_there_and_what_was_answered(small_visitor):
    page = small_visitor.open("/").answer("Born on", date(1990, 2, 3)).answer("Bank", "B Bank")
    page = page.answer("Resident", "Yes").answer("I agree", True).press("Continue")
    page.says("csrf_token=t; name=before; b-year=1990; b-month=2; b-day=3; r=yes; agreed=on; bank=b; then=go")


def test_what_is_not_answered_is_not_sent(small_visitor):
    page = small_visitor.open("/").answer("Name", "after").answer("Month", 7).press("Later")
    page.says("csrf_token=t; name=after; b-year=; b-month=7; b-day=; r=no; bank=a; then=later")


def test_a_visitor_cannot_do_what_a_page_does_not_offer(small_visitor):
    page = small_visitor.open("/")
    with pytest.raises(NotOffered, match="0 questions 'Salary'"):
        page.answer("Salary", "1")
    with pytest.raises(NotOffered, match="does not offer 'C Bank'"):
        page.answer("Bank", "C Bank")
    with pytest.raises(NotOffered, match="'Resident' does not offer"):
        page.answer("Resident", "Maybe")
    with pytest.raises(NotOffered, match="0 buttons 'Submit'"):
        page.press("Submit")
    with pytest.raises(NotOffered, match="0 links 'Away'"):
        page.follow("Away")


def test_a_visitor_who_is_sent_to_another_origin_has_left(small_visitor):
    assert small_visitor.open("/").leave_by("Pay") == Left("http://127.0.0.1:1/pay")


def test_another_status_than_expected_is_an_error(small_visitor):
    with pytest.raises(AssertionError, match="answered 404"):
        small_visitor.open("/nothing")
