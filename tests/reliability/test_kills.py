"""kill -9 of web and worker while people file and pay: nothing is lost, doubled or halved."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from portal.core.db import Database
from tests.given import Given
from tests.live import LivePortal, Outside
from tests.reliability.kills import Killing
from tests.waiting import let_pass

SEED = 20260301
WEATHER = {"duplicate": 3, "shuffle": 0.5, "backoff": [0.5] * 200}
"""Callbacks come three times each, out of order, and again until they are accepted."""

log = logging.getLogger(__name__)


@pytest.fixture
def killing(
    database: Database, database_url: str, given: Given, sandbox: Outside, signing: Path, tmp_path: Path
) -> Iterator[Callable[..., Killing]]:
    """Starts a portal over the world of `given`, ready to be killed."""
    with ExitStack() as running:

        def start(application: str = "wsgi:app") -> Killing:
            portal = running.enter_context(
                LivePortal(database_url, sandbox, signing, tmp_path, application=application)
            )
            portal.payments.tell("webhooks", **WEATHER)
            return Killing(portal, given, database, SEED)

        yield start


@pytest.mark.parametrize(
    "kills", [26, pytest.param(300, marks=pytest.mark.soak), pytest.param(1000, marks=pytest.mark.soak)]
)
def test_whoever_was_answered_can_rely_on_it_whatever_is_killed(
    killing: Callable[..., Killing], kills: int
) -> None:
    under = killing()
    with under.people():
        for _ in range(kills):
            under.kill()
    under.become_quiet()
    log.info("killed %s, acknowledged %s", dict(under.kills), under.acknowledged())
    assert under.complaints == []
    assert under.lost() == []
    assert under.disagreements() == []
    assert under.broken() == []
    assert under.portal.run("verify", "books") == ""
    assert under.kills.keys() == {"web", "worker", "everything"}
    assert under.kills.total() == kills
    assert under.acknowledged() >= 10 * kills, "the portal hardly worked between two kills"


@pytest.mark.soak  # it takes as many kills as chance wants until the fault shows
@pytest.mark.one_engine
def test_a_portal_that_answers_before_it_has_done_is_found_out(killing: Callable[..., Killing]) -> None:
    under = killing("tests.reliability.hasty:app")
    under.portal.payments.tell("webhooks", duplicate=1)

    def found() -> bool:
        let_pass(4)  # what this portal still means to do, it has done by then
        return any(line.startswith("lost callback") for line in under.lost())

    assert _kill_until(under, found), under.told


@pytest.mark.soak  # it takes as many kills as chance wants until the fault shows
def test_a_portal_that_does_one_act_in_two_transactions_is_found_out(
    killing: Callable[..., Killing],
) -> None:
    under = killing("tests.reliability.halved:app")
    assert _kill_until(under, lambda: bool(under.broken())), under.told
    broken = " ".join(under.broken())
    assert "changes the tax by" in broken
    assert "has no matter" in broken


def _kill_until(under: Killing, found: Callable[[], bool]) -> bool:
    """Kill the web process in a few rounds, until what they left shows when everybody has gone."""
    for _ in range(10):
        with under.people():
            for _ in range(4):
                under.kill("web")
        if found():
            return True
    return False
