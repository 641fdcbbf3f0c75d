"""Takes the pictures of the product: the demo town's pages in both languages, on a desktop and on a phone.

`make run` in one terminal, then `python -m tools.screens [ADDRESS]`: writes docs/screens/NAME-LANG-WIDTH.png.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from portal.demo.services import PASSWORD
from tests.browser import chromium_path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "screens"
WIDTHS = (1280, 390)
LANGUAGES = ("zh", "en")
LI, WANG, CHEN = "15400000000", "15400000001", "15400000002"


def main(address: str = "http://127.0.0.1:8000") -> None:
    """Every picture, one after the other."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        for language in LANGUAGES:
            for width in WIDTHS:
                context = chromium.new_context(viewport={"width": width, "height": 900})
                page = context.new_page()
                for name in _walk(page, address, language):
                    page.screenshot(path=TARGET / f"{name}-{language}-{width}.png", full_page=True)
                    sys.stdout.write(f"{name}-{language}-{width}\n")
                context.close()


def _walk(page: Page, address: str, language: str) -> Iterator[str]:
    page.goto(f"{address}/?lang={language}")
    yield "front"
    _sign_in(page, address, WANG)
    yield "home"
    page.goto(f"{address}/billing/")
    yield "dues"
    _sign_out(page)
    _sign_in(page, address, LI)
    page.goto(f"{address}/file/")
    with page.expect_navigation():
        page.locator("main form button").first.click()
    yield "check"
    page.goto(page.url.replace("/check", "/wages"))
    yield "step"
    page.goto(page.url.replace("/wages", "/explain/result"))
    yield "explain"
    _sign_out(page)
    _sign_in(page, address, CHEN)
    page.goto(f"{address}/billing/statement")
    yield "statement"
    page.goto(f"{address}/look-up/income")
    yield "income"
    _sign_out(page)
    page.goto(f"{address}/verify")
    yield "verify"


def _sign_in(page: Page, address: str, mobile: str) -> None:
    page.goto(f"{address}/accounts/sign-in")
    page.locator("main input[type=text]").fill(mobile)
    page.locator("input[type=password]").fill(PASSWORD)
    with page.expect_navigation():
        page.locator("main form button:not([type=button])").click()


def _sign_out(page: Page) -> None:
    page.context.clear_cookies(name="portal")


if __name__ == "__main__":
    main(*sys.argv[1:])
