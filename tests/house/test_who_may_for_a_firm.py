"""Every door of a taxpayer, for whoever acts for somebody else: while the mandate holds, with its rights.

To the doors a taxpayer is a taxpayer: here the owner of everything is the one acted for, so that there is
something behind every door.
"""

from itertools import product

import pytest
from sqlalchemy import update

from portal.accounts.models import AccountSession, Mandate
from portal.accounts.rules.mandates import Role, Side, Standing
from portal.accounts.rules.sessions import token_hash
from portal.core import clock
from portal.core.access import CONTEXT
from portal.core.acting import Right
from tests.house.test_who_may import NOT_THERE, OBJECTS, asks_to_sign_in, client_of, contents
from tests.visitor import audience_of
from tests.world import FIRMS_ONLY, furnished

pytestmark = pytest.mark.one_engine
"""The statement about mandates is tried on both in tests/accounts; what follows is the same."""

HOLDS = Standing.IN_FORCE
SERVED = {200, 302, 303}
FAILS = [one for one in Standing if one is not HOLDS]


@pytest.fixture(scope="module")
def world(databases, sandbox, signing, tmp_path_factory):
    """The owner of everything, and two firms with nothing: a delegate may act for one of them too."""
    with furnished(databases, sandbox, signing, tmp_path_factory.mktemp("storage")) as made:
        made.app.config.update(WTF_CSRF_METHODS=set(), WTF_CSRF_ENABLED=False)
        made.second, made.third = made.given.firm(), made.given.firm()
        yield made


def doors(world, *, reading):
    """The doors of taxpayers, with the right that each demands."""
    found = [(door, audience_of(world.app, door.endpoint)) for door in world.doors(reading=reading)]
    return [
        (door, allowed.right)
        for door, allowed in found
        if allowed.audience == "taxpayer" and door.endpoint not in FIRMS_ONLY
    ]


def knock(world, person, asked, acted_for, *, of_nothing=False):
    """What each door answers; a form says for whom it was opened."""
    client = client_of(world, person)
    answers = {}
    for door in asked:
        address = world.address(door, of_nothing=of_nothing)
        answer = client.open(address, method=door.method, data={CONTEXT: str(acted_for)})
        answers[str(door)] = (answer.status_code, answer.headers.get("Location", ""))
    return answers


def set_session(world, person, taxpayer_id, mandate_id):
    """Let the row of a session say this, however it came to."""
    mine = update(AccountSession).where(AccountSession.token_hash == token_hash(person.token))
    with world.given.database.transaction() as session:
        session.execute(mine.values(taxpayer_id=taxpayer_id, mandate_id=mandate_id))


def delegate(world, stands=HOLDS, rights=frozenset(Right)):
    """A person with a mandate of the owner, and a session that says it acts by it."""
    person = world.given.person()
    made = world.given.mandate(
        world.owner, person, role=Role.FINANCE_HEAD, rights=rights | {Right.VIEW}, stands=stands
    )
    set_session(world, person, world.owner.taxpayer_id, made)
    return person, made


@pytest.mark.parametrize("right", Right)
def test_a_mandate_opens_the_doors_of_its_rights_and_no_others(world, right):
    person, _ = delegate(world, rights={right})
    held = {Right.VIEW, right}
    looking, acting = doors(world, reading=True), doors(world, reading=False)
    shut = [door for door, needed in (*looking, *acting) if needed not in held]
    before = contents(world)
    answers = knock(world, person, shut, world.owner.taxpayer_id)
    assert {door: a for door, a in answers.items() if a[0] != 403} == {}
    assert contents(world) == before
    answers = knock(
        world, person, [door for door, needed in looking if needed in held], world.owner.taxpayer_id
    )
    assert {d: a for d, a in answers.items() if a[0] not in SERVED or asks_to_sign_in(world, a)} == {}


@pytest.mark.parametrize("right", sorted(set(Right) - {Right.VIEW, Right.BOOK}))
def test_every_right_has_a_door_that_it_opens(world, right):
    everything = (*doors(world, reading=True), *doors(world, reading=False))
    assert [door for door, needed in everything if needed is right]


@pytest.mark.parametrize("stands", FAILS)
def test_a_mandate_that_does_not_hold_opens_nothing(world, stands):
    """Though the session's row says that one acts by it; all that is written is that this ended."""
    person, made = delegate(world, stands)
    before = contents(world)
    told = world.app.url_map.bind("localhost").build("accounts.no_longer", {"mandate_id": made})
    looks = knock(world, person, [d for d, _ in doors(world, reading=True)], world.owner.taxpayer_id)
    assert {door: a for door, a in looks.items() if a != (303, told)} == {}
    acts = knock(world, person, [d for d, _ in doors(world, reading=False)], world.owner.taxpayer_id)
    assert {door: a for door, a in acts.items() if a[0] != 409} == {}
    assert contents(world) == {**before, "audit_entries": before["audit_entries"] + 1}


def test_one_that_ends_in_mid_session_opens_nothing_from_then_on(world):
    person, made = delegate(world)
    looking = [door for door, _ in doors(world, reading=True)]
    answers = knock(world, person, looking, world.owner.taxpayer_id)
    assert {d: a for d, a in answers.items() if a[0] not in SERVED or "/over/" in a[1]} == {}
    ended = update(Mandate).where(Mandate.id == made).values(ended_at=clock.now(), ended_by=Side.FIRM)
    with world.given.database.transaction() as session:
        session.execute(ended)
    answers = knock(world, person, looking, world.owner.taxpayer_id)
    assert {d: a for d, a in answers.items() if a[0] != 303 or "/over/" not in a[1]} == {}


def private(world, *, reading):
    return [door for door, _ in doors(world, reading=reading) if door.rule.arguments & OBJECTS]


@pytest.mark.parametrize("reading", [True, False], ids=["looking", "acting"])
@pytest.mark.parametrize("also", [None, *Standing], ids=str)
def test_what_belongs_to_one_firm_is_not_there_while_acting_for_another(world, also, reading):
    """Whatever mandate of the owner the person has beside: one acts for one at a time."""
    person = world.given.person()
    if also is not None:
        world.given.mandate(world.owner, person, stands=also)
    second = world.given.mandate(world.second, person, role=Role.FINANCE_HEAD)
    set_session(world, person, world.second.taxpayer_id, second)
    asked = private(world, reading=reading)
    before = contents(world)
    answers = knock(world, person, asked, world.second.taxpayer_id)
    assert answers == knock(world, person, asked, world.second.taxpayer_id, of_nothing=True)
    assert {door: a for door, a in answers.items() if a[0] not in NOT_THERE} == {}
    assert contents(world) == before


def test_a_form_opened_for_one_firm_does_nothing_while_acting_for_another(world):
    person, _ = delegate(world)
    second = world.given.mandate(world.second, person, role=Role.FINANCE_HEAD)
    set_session(world, person, world.second.taxpayer_id, second)
    before = contents(world)
    for opened_for in (world.owner.taxpayer_id, world.third.taxpayer_id, person.taxpayer_id, "", "x"):
        acts = knock(world, person, [d for d, _ in doors(world, reading=False)], opened_for)
        assert {door: a for door, a in acts.items() if a[0] != 409} == {}
    assert contents(world) == before


@pytest.mark.parametrize("of_whom", ["second", "nobody"])
def test_a_session_that_says_more_than_its_mandate_acts_for_nobody(world, of_whom):
    """The row names the owner, by a mandate of another firm or by none."""
    person = world.given.person()
    made = world.given.mandate(world.second, person, role=Role.FINANCE_HEAD) if of_whom == "second" else None
    set_session(world, person, world.owner.taxpayer_id, made)
    before = contents(world)
    for reading in (True, False):
        answers = knock(world, person, private(world, reading=reading), world.owner.taxpayer_id)
        refused = {303, 409} if made else NOT_THERE
        assert {
            d: a for d, a in answers.items() if a[0] not in refused or (a[1] and "/over/" not in a[1])
        } == {}
    assert contents(world) == before


@pytest.mark.parametrize(
    ("given", "inside"), [*product([HOLDS, Standing.ENDED, Standing.PROPOSED], repeat=2)]
)
def test_through_an_agent_firm_both_mandates_must_hold(world, given, inside):
    person, agent = world.given.person(), world.given.firm(agent=True)
    client = world.given.mandate(world.owner, agent, role=Role.AGENT, stands=given)
    world.given.mandate(agent, person, stands=inside)
    set_session(world, person, world.owner.taxpayer_id, client)
    looking = [door for door, needed in doors(world, reading=True) if needed is Right.VIEW]
    answers = knock(world, person, looking, world.owner.taxpayer_id)
    told = {door for door, a in answers.items() if "/over/" in a[1]}
    assert told == (set() if given is inside is HOLDS else answers.keys())


@pytest.mark.parametrize(("given", "inside"), [*product(sorted(set(Right) - {Right.MANAGE}), repeat=2)])
def test_through_an_agent_firm_one_does_what_both_mandates_give(world, given, inside):
    person, agent = world.given.person(), world.given.firm(agent=True)
    client = world.given.mandate(world.owner, agent, role=Role.AGENT, rights={Right.VIEW, given})
    world.given.mandate(agent, person, rights={Right.VIEW, inside})
    set_session(world, person, world.owner.taxpayer_id, client)
    held = {Right.VIEW, given} & {Right.VIEW, inside}
    one_each = {needed: door for door, needed in doors(world, reading=True)}
    answers = knock(world, person, one_each.values(), world.owner.taxpayer_id)
    opened = {needed for needed, door in one_each.items() if answers[str(door)][0] != 403}
    assert opened == held & one_each.keys()
