"""Every door, everyone: who gets in where, and what changes when they may not. Closed by default."""

import pytest
from sqlalchemy import func, select

from portal.core.access import ANY_ROLE, CONTEXT, MACHINES
from portal.core.db import Model
from tests.visitor import audience_of
from tests.world import FIRMS_ONLY, furnished

# Counters of tries are written by whoever knocks, in or not.
COUNTERS = {"tries"}


@pytest.fixture(scope="module")
def world(databases, sandbox, signing, tmp_path_factory):
    """One for all of these: that a knock changes nothing is what they are about."""
    with furnished(databases, sandbox, signing, tmp_path_factory.mktemp("storage")) as made:
        # Authority is looked at here, tokens elsewhere (test_endpoints.py).
        made.app.config.update(WTF_CSRF_METHODS=set(), WTF_CSRF_ENABLED=False)
        yield made


def client_of(world, person):
    client = world.app.test_client()
    if person is not None:
        client.set_cookie(world.app.extensions["session_cookie"], person.token)
    return client


def contents(world):
    """How many rows every table holds."""
    tables = [t for name, t in Model.metadata.tables.items() if name not in COUNTERS]
    with world.given.database.reading() as session:
        return {t.name: session.scalar(select(func.count()).select_from(t)) for t in tables}


def knock(world, person, doors, *, of_nothing=False):
    """Status and place of each door for this person, asking for the owner's, or for nothing."""
    client = client_of(world, person)
    said = {CONTEXT: str(person.taxpayer_id)} if person else None  # as a form of this person's would
    answers = {}
    for door in doors:
        answer = client.open(world.address(door, of_nothing=of_nothing), method=door.method, data=said)
        answers[str(door)] = (answer.status_code, answer.headers.get("Location", ""))
    return answers


def closed_doors(world, *, reading):
    """The doors that are not for everyone."""
    doors = world.doors(reading=reading)
    return [d for d in doors if audience_of(world.app, d.endpoint).audience not in {"public", *MACHINES}]


def asks_to_sign_in(world, answer, door="accounts.sign_in"):
    status, place = answer
    return status == 303 and place.startswith(world.app.url_map.bind("localhost").build(door))


def is_of_the_office(world, door):
    """Whether a door is the staff's."""
    return audience_of(world.app, door.endpoint).audience == "staff"


def test_every_door_with_an_object_behind_it_is_known(world):
    for door in (*world.doors(reading=True), *world.doors(reading=False)):
        assert world.address(door)


@pytest.mark.parametrize("reading", [True, False], ids=["looking", "acting"])
def test_who_is_not_signed_in_is_asked_to(world, reading):
    before = contents(world)
    doors = closed_doors(world, reading=reading)
    office = [d for d in doors if is_of_the_office(world, d)]
    answers = knock(world, None, [d for d in doors if d not in office])
    assert {door: a for door, a in answers.items() if not asks_to_sign_in(world, a)} == {}
    answers = knock(world, None, office)
    assert {door: a for door, a in answers.items() if not asks_to_sign_in(world, a, "counter.sign_in")} == {}
    assert contents(world) == before


def test_the_owner_gets_in_everywhere(world):
    doors = world.doors(reading=True)
    answers = knock(world, world.owner, [d for d in doors if d.endpoint not in FIRMS_ONLY])
    answers |= knock(world, world.delegate, [d for d in doors if d.endpoint in FIRMS_ONLY])
    answers |= knock(world, world.reviewer, [d for d in doors if is_of_the_office(world, d)])
    assert len(answers) == len(doors)
    assert {
        door: a for door, a in answers.items() if a[0] not in {200, 303} or asks_to_sign_in(world, a)
    } == {}


@pytest.mark.parametrize("reading", [True, False], ids=["looking", "acting"])
def test_what_belongs_to_another_is_not_there(world, reading):
    """The stranger is answered as for something that does not exist, and nothing changes."""
    private = [d for d in closed_doors(world, reading=reading) if d.rule.arguments & OBJECTS]
    assert private
    before = contents(world)
    answers = knock(world, world.stranger, private)
    assert answers == knock(world, world.stranger, private, of_nothing=True)
    assert {door: a for door, a in answers.items() if a[0] not in NOT_THERE} == {}
    assert contents(world) == before


@pytest.mark.parametrize("reading", [True, False], ids=["looking", "acting"])
def test_a_matter_of_other_roles_is_not_there_for_a_colleague(world, reading):
    """Nor are the doors of other roles open to them, whatever is behind."""
    doors = [d for d in world.doors(reading=reading) if is_of_the_office(world, d) and d.rule.arguments]
    closed = {str(d) for d in doors if audience_of(world.app, d.endpoint).role != ANY_ROLE}
    before = contents(world)
    answers = knock(world, world.colleague, doors)
    assert answers
    assert answers == knock(world, world.colleague, doors, of_nothing=True)
    wrong = {door: a for door, a in answers.items() if a[0] != (403 if door in closed else 404)}
    assert wrong == {}
    assert contents(world) == before


NOT_THERE = {404, 409}
"""409 where an act of three steps is over or never was; not 403, by which a stranger would learn of it."""

OBJECTS = {
    "return_id",
    "draft_id",
    "bill_id",
    "order_id",
    "matter_id",
    "certificate_id",
    "check_id",
    "clearance_id",
    "booking_id",
    "wish_id",
    "session_id",
    "assistance_id",
    "assent_id",
    "mandate_id",
    "change_id",
    "taxpayer_id",
    "slip_id",
    "release_id",
    "guard_id",
    "number",
}
"""Arguments that name something of one taxpayer; a year or a step is the same for everyone."""


def test_every_argument_is_an_object_or_the_same_for_everyone(world):
    arguments = set().union(*(d.rule.arguments for d in closed_doors(world, reading=True)))
    arguments |= set().union(*(d.rule.arguments for d in closed_doors(world, reading=False)))
    assert arguments <= OBJECTS | SAME_FOR_EVERYONE


SAME_FOR_EVERYONE = {
    "slot_id",
    "shift_id",
    "break_id",
    "desk_id",
    "hall_id",
    "ticket_id",
    "line",
    "code",
    "group",
    "row",
    "what",
}


def test_a_person_finds_no_firm_where_there_is_none(world):
    firms = [d for d in world.doors(reading=True) if d.endpoint in FIRMS_ONLY]
    answers = knock(world, world.owner, firms)
    assert firms
    assert {door: a for door, a in answers.items() if a[0] != 404} == {}


@pytest.mark.parametrize("reading", [True, False], ids=["looking", "acting"])
def test_a_clerk_has_no_business_at_a_taxpayers_door(world, reading):
    doors = [
        r
        for r in closed_doors(world, reading=reading)
        if audience_of(world.app, r.endpoint).audience == "taxpayer"
    ]
    before = contents(world)
    for one in (world.clerk, world.reviewer):
        answers = knock(world, one, doors)
        assert {door: a for door, a in answers.items() if a[0] != 404} == {}
    assert contents(world) == before


STAFF_TOO = {"accounts.sign_out", "accounts.sessions", "accounts.end_session", "accounts.end_others"}
"""Doors of one's account that are for staff as well."""


@pytest.mark.parametrize("reading", [True, False], ids=["looking", "acting"])
def test_of_the_doors_to_an_account_staff_have_their_sessions(world, reading):
    doors = [
        d
        for d in closed_doors(world, reading=reading)
        if audience_of(world.app, d.endpoint).audience == "account" and d.endpoint not in STAFF_TOO
    ]
    before = contents(world)
    answers = knock(world, world.reviewer, doors)
    assert answers
    assert {door: a for door, a in answers.items() if a[0] != 404} == {}
    assert contents(world) == before


@pytest.mark.parametrize("reading", [True, False], ids=["looking", "acting"])
def test_the_offices_doors_are_closed_to_taxpayers_and_to_staff_without_a_role(world, reading):
    doors = [d for d in closed_doors(world, reading=reading) if is_of_the_office(world, d)]
    before = contents(world)
    assert doors
    for who, status in ((world.owner, 404), (world.delegate, 404), (world.clerk, 403)):
        answers = knock(world, who, doors)
        assert {door: a for door, a in answers.items() if a[0] != status} == {}
    assert contents(world) == before


@pytest.mark.parametrize("reading", [True, False], ids=["looking", "acting"])
def test_who_is_not_known_well_enough_is_told_what_is_missing(world, reading):
    doors = [
        r
        for r in closed_doors(world, reading=reading)
        if audience_of(world.app, r.endpoint).level > world.given.acting(world.newcomer).level
    ]
    before = contents(world)
    level = world.app.url_map.bind("localhost").build("accounts.level")
    answers = knock(world, world.newcomer, doors)
    assert {door: a for door, a in answers.items() if a[0] != 303 or not a[1].startswith(level)} == {}
    assert contents(world) == before
