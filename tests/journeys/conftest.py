"""Journeys: the portal as real processes, a real browser, every way of using it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from portal.core.db import Database
from portal.settings import Settings
from tests.browser import Browser
from tests.given import Given, Person
from tests.journeys.steps import Land
from tests.journeys.walker import EVERY_WAY, TWO_WAYS, Walker, Way
from tests.live import LivePortal

WAYS = [way if way in TWO_WAYS else pytest.param(way, marks=pytest.mark.soak) for way in EVERY_WAY]
"""Two that between them differ in everything; the six between them are walked by `make soak`."""

Arrive = Callable[..., Walker]
"""Whoever comes has a browser of their own, signed in if a person is named."""


@pytest.fixture(params=WAYS, ids=str)
def way(request: pytest.FixtureRequest) -> Way:
    """Language, script and width; a journey runs once in each of the two, unless it names its own."""
    return request.param


@pytest.fixture
def arrive(browser: Browser, live_portal: LivePortal, way: Way) -> Iterator[Arrive]:
    """Lets one more person come to the portal in this way; their browsers know nothing of each other."""
    chosen = {"language": way.language, "script": way.script, "width": way.width}

    with ExitStack() as browsers:

        def come(person: Person | None = None) -> Walker:
            page = browsers.enter_context(browser.page(base_url=live_portal.url, **chosen))
            walker = Walker(page, way, live_portal.url)
            return walker.carry(person) if person else walker

        yield come


@pytest.fixture
def walker(arrive: Arrive) -> Walker:
    """Someone who uses the portal in this way."""
    return arrive()


@pytest.fixture
def given(live_portal: LivePortal) -> Iterator[Given]:
    """Builds what is the case in the books of the running portal."""
    database = Database(live_portal.database_url)
    yield Given(database, Settings.from_environment(live_portal.environ))
    database.dispose()


@pytest.fixture
def land(live_portal: LivePortal, given: Given) -> Land:
    """What lies around the running portal."""
    return Land(live_portal, given)


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
