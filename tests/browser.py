"""The system's Chromium, driven by tests; axe-core run inside pages without loosening their policy."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Error, Page, sync_playwright

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

TRIES = 5
# A page that never answers must not hold up the tests for ever.
RUN = """rules => Promise.race([
  axe.run(document, {runOnly: rules}),
  new Promise((_, refuse) => setTimeout(() => refuse(new Error('axe-core took too long')), 60000)),
])"""

# Pixels of the page wider than the window, and what sticks out.
OVERFLOW = """() => {
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  return wide <= 0 ? [] : [...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
    .slice(0, 5).map(e => `${wide}px: ${e.tagName}.${e.className}`);
}"""


def chromium_path() -> str:
    """The browser to test with. RuntimeError naming the package if there is none: nothing is skipped."""
    wanted = os.environ.get("PORTAL_CHROMIUM")
    for name in (wanted,) if wanted else NAMES:
        if found := shutil.which(name):
            return found
    bundled = sorted(Path.home().glob(".cache/ms-playwright/chromium-*/chrome-linux*/chrome"))
    if bundled:
        return str(bundled[-1])
    raise RuntimeError("no Chromium found: apt-get install chromium, or name one in PORTAL_CHROMIUM")


class Browser:
    """One Chromium process; every page gets a context of its own."""

    def __enter__(self) -> "Browser":
        self._playwright = sync_playwright().start()
        self._chromium: Chromium = self._playwright.chromium.launch(
            executable_path=chromium_path(),
            # Without a display or a user namespace (containers, root) Chromium needs these two.
            args=["--no-sandbox", "--disable-dev-shm-usage", "--font-render-hinting=none"],
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._chromium.close()
        self._playwright.stop()

    @contextmanager
    def page(
        self,
        *,
        base_url: str = "",
        language: str = "zh",
        script: bool = True,
        width: int = 1280,
        dark: bool = False,
    ) -> Iterator[Page]:
        """A page in a fresh context. Leaving it raises if the browser reported anything wrong meanwhile."""
        context = self._chromium.new_context(
            base_url=base_url or None,
            locale=LOCALES[language],
            java_script_enabled=script,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.set_default_timeout(15_000)
        reported: list[str] = []
        page.on("pageerror", lambda error: reported.append(f"{page.url}: {error}"))
        page.on("console", lambda message: reported.extend(_complaint(message)))
        try:
            yield page
            assert not reported, reported
        finally:
            context.close()


def _complaint(message: Any) -> list[str]:
    """What the console says, but for the browser's own note that an answer was 4xx."""
    if message.type not in {"error", "warning"} or "the server responded with a status of 4" in message.text:
        return []
    return [f"{message.location.get('url')}: {message.text}"]


def axe_violations(page: Page, *, script: bool = True) -> list[str]:
    """What axe-core finds wrong with the page as it is now; the page's own policy stays on.

    axe-core is a script itself: what a browser without script shows is looked at in one that has it.
    """
    if script:
        return _run_axe(page)
    shown, size = page.content(), page.viewport_size
    assert page.context.browser is not None
    with page.context.browser.new_context(viewport=size, reduced_motion="reduce") as context:
        beside = context.new_page()
        beside.route(
            page.url, lambda route: route.fulfill(body=shown, content_type="text/html; charset=utf-8")
        )
        beside.route("**/*.js*", lambda route: route.abort())
        beside.goto(page.url)
        return _run_axe(beside)


def _run_axe(page: Page) -> list[str]:
    for _ in range(TRIES):
        try:
            page.evaluate(AXE.read_text("utf-8") + "; null")
            result = page.evaluate(RUN, RULES)
            break
        except Error as error:
            # The page's own script loaded it again in the middle of our look.
            if "context was destroyed" not in str(error) and "axe is not defined" not in str(error):
                raise
            page.wait_for_load_state()
    else:
        raise AssertionError(f"{page.url} never stands still")
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


def overflow(page: Page) -> list[str]:
    """The parts that make the page wider than its window."""
    return list(page.evaluate(OVERFLOW))
