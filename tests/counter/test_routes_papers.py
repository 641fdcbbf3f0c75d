"""Certificates printed at the counter: what was issued, under a purpose, on the taxpayer's trail."""

import pytest

from portal.certificates.queries import own_certificate
from portal.certificates.services import withdraw
from portal.core import clock
from portal.counter.queries import READ
from portal.gateways import Gateways
from tests.visitor import Visitor
from tests.world import furnished


@pytest.fixture(scope="module")
def world(databases, sandbox, signing, tmp_path_factory):
    with furnished(databases, sandbox, signing, tmp_path_factory.mktemp("storage")) as made:
        yield made


@pytest.fixture
def to_be_altered(databases, sandbox, signing, tmp_path):
    """A world of one test's own."""
    with furnished(databases, sandbox, signing, tmp_path) as made:
        yield made


def acts(world):
    return [entry.act for entry in world.given.trail_of(world.owner.taxpayer_id)]


def fetch(world, who, certificate):
    client = world.app.test_client()
    client.set_cookie(world.app.extensions["session_cookie"], who.token)
    return client.get(f"/staff/files/{world.owner.taxpayer_id}/certificates/{certificate}")


def test_without_a_purpose_nothing_is_listed_or_printed(world):
    clerk, certificate = world.given.staff("counter"), world.certificate
    before = acts(world)
    page = Visitor(world.app).carry(clerk.token).open(f"/staff/files/{world.owner.taxpayer_id}/certificates")
    assert page.heading == "打开档案"
    answer = fetch(world, clerk, certificate)
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        f"/staff/files/{world.owner.taxpayer_id}",
    )
    assert acts(world) == before


def test_what_was_issued_is_printed_and_that_is_on_the_trail(world):
    clerk, certificate = world.given.staff("counter"), world.certificate
    world.given.looked_up(clerk, world.owner)
    page = Visitor(world.app).carry(clerk.token).open(f"/staff/files/{world.owner.taxpayer_id}/certificates")
    assert acts(world)[-1] == READ
    [link] = [link for link in page.links() if link.startswith("打印：")]
    answer = fetch(world, clerk, certificate)
    assert answer.data.startswith(b"%PDF")
    entry = world.given.trail_of(world.owner.taxpayer_id)[-1]
    assert (entry.act, entry.actor_name, entry.channel) == ("certificate-printed", clerk.name, "counter")
    assert entry.reason == "本人或经办人在窗口：本人到窗口询问"
    assert link == f"打印：{entry.facts['number']}"


def test_a_certificate_of_somebody_else_is_not_there(world):
    clerk, other = world.given.staff("counter"), world.given.person()
    world.given.looked_up(clerk, other)
    client = world.app.test_client()
    client.set_cookie(world.app.extensions["session_cookie"], clerk.token)
    address = f"/staff/files/{other.taxpayer_id}/certificates/{world.certificate}"
    assert client.get(address).status_code == 404
    assert "certificate-printed" not in [e.act for e in world.given.trail_of(other.taxpayer_id)]


def test_one_that_the_office_withdrew_is_not_printed(to_be_altered):
    world = to_be_altered
    clerk, given = world.given.staff("counter"), world.given
    given.looked_up(clerk, world.owner)
    with given.database.reading() as session:
        number = own_certificate(session, world.owner.taxpayer_id, world.certificate).number
    withdraw(given.database, Gateways.connect(given.settings), number, "开具有误", at=clock.now())
    assert fetch(world, clerk, world.certificate).status_code == 404
    page = Visitor(world.app).carry(clerk.token).open(f"/staff/files/{world.owner.taxpayer_id}/certificates")
    assert f"打印：{number}" not in page.links()
