"""kill -9 of web and worker while people file and pay: nothing is lost, doubled or halved."""

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
    killing: Callable[..., Killing], kills: int, record_property: Callable[[str, object], None]
) -> None:
    under = killing()
    with under.people():
        for _ in range(kills):
            under.kill()
    under.become_quiet()
    for name, count in {**under.kills, "acknowledged": under.acknowledged()}.items():
        record_property(name, count)
    assert under.complaints == []
    assert under.lost() == []
    assert under.disagreements() == []
    assert under.broken() == []
    assert under.portal.run("verify", "books") == ""
    assert under.kills.keys() == {"web", "worker", "everything"}
    assert under.kills.total() == kills
    assert under.acknowledged() >= 10 * kills, "the portal hardly worked between two kills"


def test_a_portal_that_answers_before_it_has_done_is_found_out(killing: Callable[..., Killing]) -> None:
    under = killing("tests.reliability.hasty:app")
    under.portal.payments.tell("webhooks", duplicate=1)
    with under.people():
        for _ in range(10):
            under.kill("web")
    let_pass(3)  # what this portal still means to do, it has done by then
    assert any(line.startswith("lost callback") for line in under.lost()), under.told


def test_a_portal_that_does_one_act_in_two_transactions_is_found_out(
    killing: Callable[..., Killing],
) -> None:
    under = killing("tests.reliability.halved:app")
    with under.people():
        for _ in range(10):
            under.kill("web")
    broken = under.broken()
    assert any("changes the tax by" in line for line in broken), broken
    assert any("has no matter" in line for line in broken), broken
