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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where both databases run, the second is walked in two ways that between them differ in everything."""
    if config.getoption("--database") != "both":
        return
    left_out = [item for item in items if _is_repeated(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _is_repeated(item: pytest.Item) -> bool:
    chosen = item.callspec.params if hasattr(item, "callspec") else {}
    return chosen.get("engine") == "postgresql" and "way" in chosen and str(chosen["way"]) not in ON_BOTH


ON_BOTH = {"zh-script-1280", "en-no-script-390"}
