"""Every component in every state: sound markup, no axe finding, nothing wider than the window, small."""

import gzip

import pytest

from portal.core.gallery import bp
from portal.core.pages import STATIC
from tests.browser import axe_violations, overflow
from tests.visitor import Visitor

PAGES = ("", "/home", "/step", "/check", "/questions", "/pay", "/lists", "/outcomes", "/parts")
POSTED = ("/step", "/questions")
WIDTHS = (1280, 900, 768, 640, 390, 320)
LANGUAGES = ("zh", "en")
HEAVIEST = 25 * 1024


def test_every_sample_page_is_looked_at(gallery_app):
    rules = {r.rule for r in gallery_app.url_map.iter_rules() if r.endpoint.startswith(f"{bp.name}.")}
    assert rules == {f"/_ui{page}" for page in (*PAGES, "/draft", "/status")}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_sound(gallery_app, path, language):
    page = Visitor(gallery_app, language).open(f"/_ui{path}")
    assert page.heading


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", POSTED)
def test_a_refused_form_is_sound_and_says_so_in_its_title(gallery_app, path, language):
    page = _send_empty(Visitor(gallery_app, language).open(f"/_ui{path}"))
    assert page.title.startswith({"zh": "错误：", "en": "Error: "}[language])


def test_the_summary_has_the_order_of_the_page_and_leads_to_controls(gallery_app):
    page = _send_empty(Visitor(gallery_app).open("/_ui/questions"))
    links = page.soup.select(".problems a")
    targets = [page.soup.find(id=str(a["href"])[1:]) for a in links]
    assert [t.name for t in targets] == [t.name for t in targets if t.name in {"input", "select", "textarea"}]
    order = [tag for tag in page.soup.find_all(["input", "select", "textarea"]) if tag in targets]
    assert [t["id"] for t in targets] == [t["id"] for t in order]
    assert len(targets) > 5


def _send_empty(page):
    button = page.soup.select_one("main form[method=post] button:not([type=button])")
    return page.visitor._here(page.submit(button, status=422))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", [*PAGES, *(f"{path}?refused" for path in POSTED)])
def test_a_page_in_the_browser(browser, gallery_url, path, language):
    address, _, refused = path.partition("?")
    with browser.page(base_url=gallery_url, language=language) as page:
        page.goto(f"/_ui{address}?lang={language}")
        if refused:
            with page.expect_navigation():
                page.locator("main form[method=post] .btns .btn").first.click()
        page.evaluate("document.querySelectorAll('main details').forEach(d => { d.open = true })")
        assert widths_too_small(page) == {}
        for width, scheme in ((1280, "light"), (1280, "dark"), (390, "light")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            assert axe_violations(page) == []


def widths_too_small(page):
    """Window widths that the page does not fit into, with what sticks out."""
    found = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if wide := overflow(page):
            found[width] = wide
    return found


LONGER = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const words = walker.currentNode.data.trim();
    if (!/[a-z]{2}/i.test(words)) continue;
    walker.currentNode.data = `[${words}${' more'.repeat(Math.ceil(words.length * 0.4 / 5))}]`;
  }
}"""


@pytest.mark.parametrize("path", PAGES)
def test_a_language_with_longer_words_fits(browser, gallery_url, path):
    """English made 40 % longer, in brackets: no page becomes wider than its window."""
    with browser.page(base_url=gallery_url, language="en") as page:
        page.goto(f"/_ui{path}?lang=en")
        page.evaluate(LONGER)
        assert widths_too_small(page) == {}


@pytest.mark.parametrize("width", WIDTHS)
def test_the_open_menu_stays_within_the_window(browser, gallery_url, width):
    with browser.page(base_url=gallery_url, width=width) as page:
        page.goto("/_ui/home")
        page.locator(".menu summary").click()
        assert overflow(page) == []


def test_the_open_menu_has_no_axe_finding(browser, gallery_url):
    with browser.page(base_url=gallery_url) as page:
        page.goto("/_ui/home")
        page.locator(".menu summary").click()
        assert axe_violations(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_controls_are_large_enough_for_a_thumb(browser, gallery_url, path):
    """24 px for all; 44 px for buttons and fields on a phone."""
    small = """() => [...document.querySelectorAll('a, button, input, select, textarea, summary')]
      .filter(e => e.getClientRects().length && !e.closest('p, li:not(.todo li), dd, .skip, h1, .crumb'))
      .map(e => [e, e.closest('.choice, .tick') || e])
      .map(([e, box]) => [e, Math.round(box.getBoundingClientRect().height)])
      .filter(([e, h]) => h < (e.matches('.btn, .input') ? 44 : 24))
      .map(([e, h]) => `${e.outerHTML.slice(0, 80)}: ${h}`)"""
    with browser.page(base_url=gallery_url, width=390) as page:
        page.goto(f"/_ui{path}")
        assert page.evaluate(small) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_light_and_asks_for_little(browser, gallery_app, gallery_url, path):
    asked = []
    with browser.page(base_url=gallery_url) as page:
        page.on("request", lambda sent: asked.append(sent.url.removeprefix(gallery_url)))
        page.goto(f"/_ui{path}", wait_until="networkidle")
    assert len(asked) <= 4
    files = [(STATIC / url.split("/")[-1].split("?")[0]).read_bytes() for url in asked if "/static/" in url]
    document = gallery_app.test_client().get(f"/_ui{path}").get_data()
    assert sum(len(gzip.compress(content)) for content in (document, *files)) <= HEAVIEST


def test_printing_leaves_the_frame_out(browser, gallery_url):
    with browser.page(base_url=gallery_url) as page:
        page.goto("/_ui/check")
        page.emulate_media(media="print")
        for part in (".bar", ".strip", ".foot", ".rail", ".btns"):
            assert not page.locator(part).first.is_visible()
        assert page.locator(".print-head").is_visible()


def test_forced_colours_keep_edges(browser, gallery_url):
    with browser.page(base_url=gallery_url) as page:
        page.goto("/_ui/parts")
        edge = "e => getComputedStyle(e).borderTopWidth"
        assert page.locator(".tag").first.evaluate(edge) == "0px"
        page.emulate_media(forced_colors="active")
        assert page.locator(".tag").first.evaluate(edge) == "1px"
