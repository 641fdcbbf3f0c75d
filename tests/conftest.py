"""What every test may ask for: a fresh database, the application, a visitor, a browser, the outside world."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

# Fixtures import what they need when they are used: a test of rules loads neither the web nor the database.
if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import Page as BrowserPage

    from portal.core.db import Database
    from portal.settings import Settings
    from tests.browser import Browser
    from tests.databases import Databases
    from tests.given import Given
    from tests.live import LivePortal, Outside
    from tests.postgresql import Cluster  # noqa: F401 - named in a string below
    from tests.visitor import Visitor

settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("here")  # a busy machine is slow, and that is no defect

ENGINES = ("sqlite", "postgresql")
SERVER = pytest.StashKey[str]()
CLUSTER = pytest.StashKey["Cluster"]()
DATABASES = pytest.StashKey[dict[str, "Databases"]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=(*ENGINES, "both"),
        default="sqlite",
        help="what the `database` fixture is made of",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Start one PostgreSQL server for the whole run; the workers of a parallel run share it."""
    sys.addaudithook(_stay_on_this_machine)
    config.stash[DATABASES] = {}
    if hasattr(config, "workerinput"):
        config.stash[SERVER] = config.workerinput["server"]
        return
    config.stash[SERVER] = ""
    if config.getoption("--database") != "sqlite" and not config.option.collectonly:
        from tests.postgresql import Cluster

        config.stash[CLUSTER] = Cluster()
        config.stash[SERVER] = config.stash[CLUSTER].url("{}")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["server"] = node.config.stash[SERVER]


def pytest_unconfigure(config: pytest.Config) -> None:
    for databases in config.stash.get(DATABASES, {}).values():
        databases.close()
    if cluster := config.stash.get(CLUSTER, None):
        cluster.stop()


def pytest_runtest_setup() -> None:
    from portal.core import clock
    from tests.daytime import SHIFT

    clock.run_from(SHIFT)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that touches the database runs once for every engine of this run; any other runs once."""
    if "engine" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--database")
        engines = ENGINES if chosen == "both" else (chosen,)
        if metafunc.definition.get_closest_marker("one_engine"):
            engines = engines[-1:]  # of the two, PostgreSQL takes less on trust
        metafunc.parametrize("engine", engines, scope="session")


def _stay_on_this_machine(event: str, arguments: tuple[Any, ...]) -> None:
    """No test leaves the machine: connecting anywhere else is an error, whatever library tries."""
    if event != "socket.connect":
        return
    address = arguments[1]
    if isinstance(address, tuple) and address[0] not in {"127.0.0.1", "::1", "localhost"}:
        raise RuntimeError(f"a test tried to reach {address[0]}")


@pytest.fixture(scope="session")
def databases(
    engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> "Databases":
    """Where fresh databases come from. Stolen work brings a worker back to an engine: they are kept."""
    from tests.databases import PostgresqlDatabases, SqliteDatabases

    kept = request.config.stash[DATABASES]
    if engine not in kept:
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        kept[engine] = (
            SqliteDatabases(tmp_path_factory.mktemp("databases"))
            if engine == "sqlite"
            else PostgresqlDatabases(request.config.stash[SERVER], worker)
        )
    return kept[engine]


@pytest.fixture
def database_url(databases: "Databases") -> Iterator[str]:
    """The address of a fresh, migrated, empty database."""
    url = databases.fresh()
    yield url
    databases.discard(url)


@pytest.fixture
def database(databases: "Databases", database_url: str) -> Iterator["Database"]:
    """A fresh, migrated, empty database."""
    made = databases.opened(database_url)
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def signing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo authority: signer, passphrase, QR key and what is published of them."""
    from tests.live import authority

    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Outside"]:
    """The outside systems, as processes that speak the real protocols; each starts at its first use."""
    from tests.live import Outside

    with Outside(tmp_path_factory.mktemp("outside")) as outside:
        yield outside


@pytest.fixture
def settings(database_url: str, sandbox: "Outside", signing: Path, tmp_path: Path) -> "Settings":
    """Settings of an installation whose outside world is the sandbox."""
    from portal.settings import Settings
    from tests.live import environment

    return Settings.from_environment(
        environment(database_url, sandbox, signing, storage=tmp_path / "storage", base_url="http://localhost")
    )


@pytest.fixture
def app(settings: "Settings", database: "Database") -> "Flask":
    """The application over a fresh database."""
    from tests.application import portal_over

    return portal_over(settings, database)


@pytest.fixture
def given(database: "Database", settings: "Settings") -> "Given":
    """Builds worlds in the domain's words."""
    from tests.given import Given

    return Given(database, settings)


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """The SQL statements sent since the test began or since `.clear()`."""
    from tests import statement_count

    with statement_count.listening() as seen:
        yield seen


@pytest.fixture
def visitor(app: "Flask") -> "Visitor":
    """Someone with a browser that has no script, reading in Chinese; audits every page they land on."""
    from tests.visitor import Visitor

    return Visitor(app)


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """The system's Chromium, started once."""
    from tests.browser import Browser

    with Browser() as running:
        yield running


@pytest.fixture
def browser_page(browser: "Browser") -> Iterator["BrowserPage"]:
    """A page of Chromium with script, in Chinese, 1280 wide."""
    with browser.page() as page:
        yield page


@pytest.fixture
def live_portal(
    databases: "Databases", sandbox: "Outside", signing: Path, tmp_path: Path
) -> Iterator["LivePortal"]:
    """Web and worker as real processes on free ports, over a fresh database and the sandbox."""
    from tests.live import LivePortal

    url = databases.fresh()
    with LivePortal(url, sandbox, signing, tmp_path) as running:
        yield running
    databases.discard(url)
