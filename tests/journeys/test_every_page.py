"""Every page, with and without mistakes, as a browser shows it: axe-core, widths, light and dark, weight."""

import gzip
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page
from werkzeug.serving import make_server

from tests.browser import Browser, axe_violations, overflow
from tests.house.shape import ROOT
from tests.visitor import audience_of
from tests.world import World, furnished

pytestmark = pytest.mark.one_engine  # what a page looks like does not depend on the database

LOOKS = [("zh", 1280, False), ("zh", 1280, True), ("en", 1280, False), ("zh", 390, False), ("en", 390, False)]
"""Language, width, dark."""
OTHER_WIDTHS = (320, 640, 768, 900)
HEAVIEST = 25 * 1024
"""Bytes of a first visit to a taxpayer's page, compressed: the page with everything it loads."""

# Leaves every text of the form empty and every choice open, and sends it.
SEND_EMPTY = """n => {
  const form = [...document.forms].filter(f => f.method === 'post' && f.querySelector('.field'))[n];
  for (const one of form.querySelectorAll('input:not([type=hidden]), textarea')) {
    if (['radio', 'checkbox'].includes(one.type)) one.checked = false; else one.value = '';
  }
  form.submit();
}"""
FORMS = "() => [...document.forms].filter(f => f.method === 'post' && f.querySelector('.field')).length"


@pytest.fixture(scope="module")
def world(databases, sandbox, signing, tmp_path_factory) -> Iterator[World]:
    with furnished(databases, sandbox, signing, tmp_path_factory.mktemp("storage")) as made:
        yield made


@pytest.fixture(scope="module")
def address(world: World) -> Iterator[str]:
    """The application behind a real socket; its base address and host are the ones it knows itself by."""
    server = make_server("localhost", 0, world.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.port}"
    server.shutdown()
    server.server_close()


def pages(world: World, browser: Browser, address: str, who: str, look: tuple[str, int, bool]):
    """Each page this person may see, shown in this look."""
    language, width, dark = look
    with browser.page(base_url=address, language=language, width=width, dark=dark) as page:
        cookies = {"lang": language}
        if who != "nobody":
            cookies[world.app.extensions["session_cookie"]] = getattr(world, who).token
        page.context.add_cookies([{"name": n, "value": v, "url": address} for n, v in cookies.items()])
        for door in world.doors(reading=True):
            audience = audience_of(world.app, door.endpoint).audience
            others = who != "owner" and audience != {"nobody": "public", "reviewer": "staff"}[who]
            if door.endpoint in NOT_SHOWN or others:
                continue
            answer = page.goto(world.address(door))
            if answer is not None and "text/html" in answer.headers.get("content-type", ""):
                yield door, page


NOT_SHOWN = {
    "certificates.download",
    "certificates.published_root",
    "certificates.published_keys",
    "deregistration.download",
    "appointments.calendar",
}
"""What a browser saves instead of showing."""


@pytest.mark.parametrize("who", ["owner", "reviewer", "nobody"])
@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look[0]}-{look[1]}{'-dark' if look[2] else ''}")
def test_every_page_is_accessible_and_fits(world, browser, address, who, look):
    wrong = []
    seen = 0
    for door, page in pages(world, browser, address, who, look):
        wrong += [f"{door}: {fault}" for fault in (*axe_violations(page), *overflow(page))]
        if look == ("zh", 390, False):
            wrong += [f"{door} at {width}: {fault}" for width, fault in at_other_widths(page)]
        seen += 1
    assert wrong == [], "\n".join(wrong)
    assert seen > 6


def at_other_widths(page: Page) -> Iterator[tuple[int, str]]:
    size = page.viewport_size
    for width in OTHER_WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for fault in overflow(page):
            yield width, fault
    page.set_viewport_size(size)


@pytest.mark.parametrize("look", [("zh", 1280, False), ("en", 390, False)], ids=["zh-1280", "en-390"])
@pytest.mark.parametrize("who", ["owner", "reviewer", "nobody"])
def test_every_page_with_mistakes_is_accessible_and_leads_to_them(world, browser, address, who, look):
    wrong = []
    shown = 0
    for door, page in pages(world, browser, address, who, look):
        for n in range(page.evaluate(FORMS)):
            page.goto(world.address(door))
            with page.expect_navigation():
                page.evaluate(SEND_EMPTY, n)
            wrong += [f"{door} {n}: {fault}" for fault in (*axe_violations(page), *overflow(page))]
            summary = page.locator(".error-summary a, [role=alert] a")
            for link in summary.all():
                target = page.locator(str(link.get_attribute("href")))
                if target.count() != 1:
                    wrong.append(f"{door} {n}: {link.inner_text()} leads nowhere")
                shown += 1
    assert wrong == [], "\n".join(wrong)
    assert shown > 0


def test_a_taxpayers_page_is_light(world):
    static = sum(len(gzip.compress((ROOT / "static" / n).read_bytes())) for n in STATIC)
    client = world.app.test_client()
    client.set_cookie(world.app.extensions["session_cookie"], world.owner.token)
    heavy = {}
    for door in world.doors(reading=True):
        answer = client.get(world.address(door))
        weight = static + len(gzip.compress(answer.data))
        if answer.mimetype == "text/html" and weight > HEAVIEST:
            heavy[str(door)] = weight
    assert heavy == {}
    assert static < HEAVIEST


STATIC = ("portal.css", "portal.js", "mark.svg")


def test_axe_sees(browser: Browser):
    """What is plainly wrong is found, and a page that is too wide."""
    with browser.page(width=390) as page:
        page.set_content("<html><body><img src='data:,'><p style='width:900px'>x</p></body></html>")
        found = " ".join(axe_violations(page))
        assert all(rule in found for rule in ("image-alt", "html-has-lang", "document-title"))
        assert overflow(page) != []
