"""Journeys: the portal as real processes, a real browser, every way of using it."""

from collections.abc import Iterator

import pytest

from tests.browser import Browser
from tests.journeys.walker import EVERY_WAY, Walker, Way
from tests.live import LivePortal


@pytest.fixture(params=EVERY_WAY, ids=str)
def way(request: pytest.FixtureRequest) -> Way:
    """Language, script and width; a journey runs once in each."""
    return request.param


@pytest.fixture
def walker(browser: Browser, live_portal: LivePortal, way: Way) -> Iterator[Walker]:
    """Someone who uses the portal in this way."""
    chosen = {"language": way.language, "script": way.script, "width": way.width}
    with browser.page(base_url=live_portal.url, **chosen) as page:
        page.context.add_cookies([{"name": "lang", "value": way.language, "url": live_portal.url}])
        yield Walker(page, way)
