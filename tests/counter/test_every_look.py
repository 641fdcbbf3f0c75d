"""Through every page of the office: personal data only under a purpose, and then with a row on the trail."""

import pytest
from sqlalchemy import func, select

from portal.audit.models import AuditEntry
from portal.counter.queries import READ
from tests.visitor import audience_of
from tests.world import furnished


@pytest.fixture(scope="module")
def world(databases, sandbox, signing, tmp_path_factory):
    with furnished(databases, sandbox, signing, tmp_path_factory.mktemp("storage")) as made:
        yield made


@pytest.fixture(scope="module")
def newcomer(world):
    """A member of staff with every role of the reviewer, who has stated no purpose for anything."""
    return world.given.staff(*world.given.acting(world.reviewer).duties)


def pages(world):
    """Every page of the office whose address leads to something of somebody."""
    return [
        door
        for door in world.doors(reading=True)
        if audience_of(world.app, door.endpoint).audience == "staff"
        and door.rule.arguments & {"taxpayer_id", "matter_id"}
    ]


def look(world, who, door):
    """What a page answers, and how many looks it left on the owner's trail by this person."""
    client = world.app.test_client()
    client.set_cookie(world.app.extensions["session_cookie"], who.token)
    before = looks(world, who)
    answer = client.get(world.address(door))
    return answer.get_data().decode(errors="replace"), looks(world, who) - before


def looks(world, who):
    mine = select(func.count()).where(
        AuditEntry.taxpayer_id == world.owner.taxpayer_id,
        AuditEntry.act == READ,
        AuditEntry.actor_id == who.account_id,
    )
    with world.given.database.reading() as session:
        return session.scalar(mine)


def is_personal(world, text):
    """Whether a page says who the owner is, or any of the numbers they are known by, masked or not."""
    return any(one in text for one in (world.owner.name, world.owner.number, world.owner.mobile))


def test_without_a_purpose_no_page_says_who_it_is_about(world, newcomer):
    assert len(pages(world)) > 5
    for door in pages(world):
        text, left = look(world, newcomer, door)
        assert not is_personal(world, text), str(door)
        assert left == 0, str(door)


def test_whatever_page_says_who_it_is_about_stands_on_their_trail(world):
    shown = []
    for door in pages(world):
        text, left = look(world, world.reviewer, door)
        if is_personal(world, text):
            shown.append(door.endpoint)
            # A matter is opened once for half an hour; a file leaves a row for each page of it.
            assert left == 1 if "taxpayer_id" in door.rule.arguments else looks(world, world.reviewer), str(
                door
            )
    assert {"counter.taxpayer_file", "counter.papers", "counter.show"} <= {*shown}
