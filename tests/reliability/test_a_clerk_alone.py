"""Every door of a taxpayer that changes something, pressed by a clerk who assists them.

What binds is not done without the taxpayer's word, whatever form is sent; with it, it is done.
"""

from dataclasses import replace
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from portal.assisting.models import Assent
from portal.assisting.services import assenting
from portal.audit.models import AuditEntry
from portal.core import clock
from portal.core.db import Database, Model
from tests.given import Clerk, Given, Person
from tests.reliability.presses import ASKS_ONLY, PRESSES, Hand, Stage, hand
from tests.visitor import audience_of
from tests.world import Door

pytestmark = pytest.mark.one_engine
"""Who may is decided before the database is asked."""

TRACES = {"assents", "confirmations", "direct_messages", "jobs", "audit_entries", "audit_heads", "tries"}
"""What asking for somebody's word leaves, and nothing else."""


def doors(stage: Stage) -> list[Door]:
    """Every door of a taxpayer that changes something."""
    return [
        door
        for door in stage.world.doors(reading=False)
        if (allowed := audience_of(stage.world.app, door.endpoint)) and allowed.audience == "taxpayer"
    ]


def by_clerk(stage: Stage, door: Door) -> Any:
    allowed = audience_of(stage.world.app, door.endpoint)
    assert allowed is not None
    return allowed.by_clerk


@pytest.fixture(scope="module")
def clerk(stage: Stage) -> Clerk:
    return stage.world.given.staff("counter")


def assisting(stage: Stage, database: Database, clerk: Clerk, person: Person) -> None:
    """The clerk works on the pages of this person, in the copy that is pressed in."""
    Given(database, stage.world.given.settings).assisting(clerk, person)


def rows(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Model.metadata.tables.values()
        }


def pressed(app: Flask, by: Hand) -> tuple[int, str]:
    client = app.test_client()
    client.set_cookie(str(app.extensions["session_cookie"]), by.token or "")
    answer = client.post(by.address, data=by.data, headers=by.headers)
    return answer.status_code, answer.get_data(as_text=True)


def changed(before: dict[str, int], after: dict[str, int]) -> set[str]:
    return {name for name in after if after[name] != before[name]}


def test_every_door_says_what_a_clerk_may_do_there(stage: Stage) -> None:
    kinds = {door.endpoint: by_clerk(stage, door) for door in doors(stage)}
    assert kinds.keys() - ASKS_ONLY.keys() == {*TAXPAYERS}
    bind = {endpoint for endpoint, kind in kinds.items() if callable(kind)}
    assert bind == {
        "filing.submit",
        "filing.discarded",
        "billing.pay",
        "billing.offset",
        "billing.refund",
        "deregistration.apply",
        "deregistration.withdraw",
        "deregistration.again",
        *(f"accounts.{act}_mandate" for act in ("accept", "decline", "end")),
        "accounts.propose_person",
        "accounts.propose_agent",
    }
    assert {endpoint for endpoint, kind in kinds.items() if kind == "never"} == {
        "notices.mark_read",
        "billing.refund_account",
    }


TAXPAYERS = [
    endpoint
    for endpoint in PRESSES
    if endpoint.endswith("_mandate")
    or endpoint.startswith("accounts.propose")
    or (
        endpoint.partition(".")[0] not in {"accounts", "counter", "queue", "assisting"}
        and endpoint != "billing.callback"
    )
]
"""Doors of taxpayers; the others are everybody's, the office's or of one's own account."""


@pytest.mark.parametrize("endpoint", TAXPAYERS)
def test_a_clerk_alone_binds_nobody(stage: Stage, clerk: Clerk, endpoint: str) -> None:
    [door] = [door for door in stage.world.doors(reading=False) if door.endpoint == endpoint]
    kind, press = by_clerk(stage, door), PRESSES[endpoint]
    with stage.portal() as (app, database):
        own = hand(stage, app, door)
        assisting(stage, database, clerk, stage.person(press.by))
        before = rows(database)
        status, text = pressed(app, replace(own, token=clerk.token))
        touched = changed(before, rows(database))
        if kind == "prepares":
            assert status in press.taken
            return
        if kind == "never":
            assert (status, touched) == (409, set())
            return
        assert (status, touched - TRACES) == (200, set())
        assert "assents" in touched, "the taxpayer is asked"
        before = rows(database)
        again = replace(own, token=clerk.token, data=answers(text))
        assert pressed(app, again)[0] == 422, "pressed again without their word"
        assert changed(before, rows(database)) - TRACES == set()
        with database.transaction() as session:
            one = session.scalars(select(Assent).order_by(Assent.asked_at.desc())).first()
            assert one is not None
            person = stage.world.given.acting(stage.person(press.by))
            assenting.agree_on_phone(session, person, one, at=clock.now())
        status, _ = pressed(app, again)
        assert status in press.taken
        assert changed(before, rows(database)) - TRACES, "and now it is done"
        assert both_are_named(database, clerk, stage.person(press.by))


def answers(text: str) -> MultiDict[str, str]:
    """What the page that asks for the taxpayer's word would send."""
    form = BeautifulSoup(text, "html.parser").find("main").find("form")  # type: ignore[union-attr]
    assert isinstance(form, Tag)
    fields = [field for field in form.find_all("input") if field.get("name") not in {"assent_again"}]
    return MultiDict([(str(field["name"]), str(field.get("value", ""))) for field in fields])


def both_are_named(database: Database, clerk: Clerk, person: Person) -> bool:
    """Whether the trail names the hands that did it, and who agreed to it."""
    with database.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.actor_id == clerk.account_id)).all()
    return any(one.facts.get("assent") and one.facts.get("present") == person.name for one in entries)


def test_every_look_of_a_clerk_is_on_the_trail(stage: Stage, clerk: Clerk) -> None:
    """Each page the owner may see, seen by the clerk: a row before anything is shown."""
    looked = 0
    with stage.portal() as (app, database):
        assisting(stage, database, clerk, stage.world.owner)
        client = app.test_client()
        client.set_cookie(str(app.extensions["session_cookie"]), clerk.token)
        for door in stage.world.doors(reading=True):
            allowed = audience_of(app, door.endpoint)
            if allowed is None or allowed.audience != "taxpayer":
                continue
            before = looks(database, stage.world.owner)
            answer = client.get(stage.world.address(door))
            assert answer.status_code < 500
            if answer.status_code == 200:
                looked += 1
                assert looks(database, stage.world.owner) == before + 1, str(door)
    assert looked > 30


def looks(database: Database, person: Person) -> int:
    mine = select(func.count()).where(
        AuditEntry.taxpayer_id == person.taxpayer_id,
        AuditEntry.act == "file-read",
        AuditEntry.actor_role == "staff",
    )
    with database.reading() as session:
        return session.scalar(mine) or 0
