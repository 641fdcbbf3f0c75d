"""Every page that the owner of a firm sees acting for it, and the office over it: axe-core and widths."""

import threading
from collections.abc import Iterator

import pytest
from werkzeug.serving import make_server

from portal.core.db import Database
from portal.settings import Settings
from tests.application import portal_over
from tests.browser import Browser, axe_violations, overflow
from tests.given import Given
from tests.journeys.firm_world import FirmWorld
from tests.journeys.test_every_page import NOT_SHOWN
from tests.live import environment
from tests.visitor import audience_of
from tests.world import Door

pytestmark = pytest.mark.one_engine  # what a page looks like does not depend on the database

LOOKS = [("zh", 1280), ("en", 390)]
SEEN_BY = {"owner": {"account", "taxpayer"}, "approver": {"staff"}}
"""Who → the audiences whose pages they see that nobody else's tour shows."""
OF_PEOPLE = ("filing.row", "filing.remove_row", "appointments.", "billing.repayments")
"""What a person has behind these doors and this firm has not: children, a booking in one's name, a refund."""


@pytest.fixture(scope="module")
def world(databases, sandbox, signing, tmp_path_factory) -> Iterator[FirmWorld]:
    url = databases.fresh()
    storage = tmp_path_factory.mktemp("storage")
    settings = Settings.from_environment(
        environment(url, sandbox, signing, storage=storage, base_url="http://localhost")
    )
    database = Database(url)
    yield FirmWorld(portal_over(settings, database), Given(database, settings), sandbox)
    database.dispose()
    databases.discard(url)


@pytest.fixture(scope="module")
def address(world: FirmWorld) -> Iterator[str]:
    server = make_server("localhost", 0, world.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.port}"
    server.shutdown()
    server.server_close()


def doors(world: FirmWorld, who: str) -> list[Door]:
    """The pages that a person of this kind opens."""
    return [
        door
        for door in world.doors(reading=True)
        if audience_of(world.app, door.endpoint).audience in SEEN_BY[who]
        and door.endpoint not in {*NOT_SHOWN, "assisting.consent", "assisting.over"}  # its own clerk only
        and not (door.rule.arguments and door.endpoint.startswith(OF_PEOPLE))
    ]


@pytest.mark.parametrize("who", SEEN_BY)
@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look[0]}-{look[1]}")
def test_every_page_of_a_firm_is_accessible_and_fits(world, browser: Browser, address, who, look) -> None:
    language, width = look
    wrong = []
    with browser.page(base_url=address, language=language, width=width) as page:
        cookies = {"lang": language, world.app.extensions["session_cookie"]: getattr(world, who).token}
        page.context.add_cookies([{"name": n, "value": v, "url": address} for n, v in cookies.items()])
        for door in doors(world, who):
            answer = page.goto(world.address(door))
            assert answer is not None
            if answer.status != 200:
                wrong.append(f"{door}: {answer.status}")
            if "text/html" in answer.headers.get("content-type", ""):
                wrong += [f"{door}: {fault}" for fault in (*axe_violations(page), *overflow(page))]
    assert wrong == [], "\n".join(wrong)
