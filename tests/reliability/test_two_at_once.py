"""Every door that changes something, pressed twice at the same instant: no defect, and one effect.

The effect of one press is counted in rows, table by table, over a copy of the same database. Two presses at
once must leave no other, but where `TWICE` says that two are right.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select
from stripe import WebhookSignature, api_version
from werkzeug.datastructures import MultiDict

from portal.accounts.models import Account, Confirmation, DirectMessage
from portal.accounts.queries import mobile_index, mobile_of
from portal.accounts.services import contacts, credentials
from portal.accounts.services.messages import CONTENT
from portal.accounts.services.passwords import hash_password
from portal.app import create_app
from portal.audit.models import AuditEntry
from portal.audit.services import record, verify
from portal.billing.queries.treasury import payments_of_year
from portal.core import clock
from portal.core.db import Database, Model
from portal.core.keys import new_id
from tests.databases import Databases
from tests.given import LAST_YEAR, Person
from tests.live import WEBHOOK_SECRET, Outside
from tests.reliability.in_step import at_once
from tests.visitor import Page, Visitor
from tests.world import PLACES, Door, World, furnished

PASSWORD = "小雨打湿了三月的旧巷口和石板路"
ANOTHER = "石板路尽头的茶馆昨夜亮着两盏灯"
COUNTERS = {"tries"}
"""Tables that count presses, whatever comes of them."""


@dataclass
class Stage:
    """A world in which every door can be pressed with effect, and copies of it to press in."""

    world: World
    databases: Databases
    debtor: Person
    """Owes."""
    payer: Person
    """Has an open payment."""
    saver: Person
    """Owes, and has money resting with the office."""
    order: UUID
    complete: UUID
    """The debtor's draft that only needs to be signed."""
    reset: UUID
    handler: Person
    """Acts for a firm."""

    def person(self, name: str) -> Person:
        people = {"debtor": self.debtor, "payer": self.payer, "saver": self.saver, "handler": self.handler}
        return people.get(name, self.world.owner)

    @contextmanager
    def portal(self) -> Iterator[tuple[Flask, Database]]:
        """A portal over a copy of everything."""
        self.world.given.database.dispose()  # a database that somebody is connected to is not copied
        url = self.databases.copy(self.world.given.settings.database_url)
        database = Database(url)
        app = create_app(replace(self.world.given.settings, database_url=url), database)
        app.config.update(WTF_CSRF_METHODS=set(), WTF_CSRF_ENABLED=False)  # tokens: test_endpoints.py
        try:
            yield app, database
        finally:
            database.dispose()
            self.databases.discard(url)

    def code(self, confirmation: UUID) -> str:
        """The code that is on its way for an act."""
        with self.world.given.database.reading() as session:
            until = session.get_one(Confirmation, confirmation).code_until
            query = select(DirectMessage).where(DirectMessage.until == until)
            [sent] = session.scalars(query)
            assert sent.content_sealed
            content = json.loads(self.world.keys.open(sent.content_sealed, CONTENT, sent.id))
        found = re.search(r"\b\d{6}\b", content["text"])
        assert found
        return found[0]


@pytest.fixture(scope="module")
def stage(
    databases: Databases, sandbox: Outside, signing: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    with furnished(databases, sandbox, signing, tmp_path_factory.mktemp("storage")) as world:
        given = world.given
        assert sandbox.identity.process.poll() is None
        debtor, payer, saver, handler = (given.person() for _ in range(4))
        for person in (debtor, payer, saver):
            given.income(person, LAST_YEAR, income="20000.00", tax_withheld="0.00")
            given.filed(person)
        given.income(debtor, LAST_YEAR - 1, income="20000.00")
        given.income(saver, LAST_YEAR - 1, income="9000.00", tax_withheld="900.00")
        given.filed(saver, LAST_YEAR - 1)
        at = clock.now()
        with given.database.transaction() as session:
            mine = session.get_one(Account, world.owner.account_id)
            mine.password_hash = hash_password(PASSWORD)
            contacts.set_mobile(session, world.keys, mine, world.owner.mobile, at=at)
            asked = (session, world.keys, world.owner.number, world.owner.mobile, "zh")
            reset = credentials.begin_reset(*asked, at=at).id
        yield Stage(
            world,
            databases,
            debtor,
            payer,
            saver,
            given.ordered(payer),
            given.draft(debtor, LAST_YEAR - 1),
            reset,
            given.acting_for(handler, given.mandate(given.firm(), handler)),
        )


@dataclass(frozen=True)
class Press:
    """How a door is pressed: by whom, with what beside what its form holds, on which page it stands."""

    by: str = "owner"
    said: Callable[[Stage], Mapping[str, Any]] = lambda _: {}
    arguments: Callable[[Stage], dict[str, Any]] | None = None
    page: str | None = None
    """The endpoint of the page whose form is sent, where that carries something on."""
    taken: frozenset[int] = field(default=frozenset({303}))
    """What a press alone is answered with."""


def said(**answers: str) -> Callable[[Stage], Mapping[str, Any]]:
    return lambda _: answers


def coded(of: Callable[[Stage], UUID], **answers: str) -> Callable[[Stage], Mapping[str, Any]]:
    return lambda stage: {"code": stage.code(of(stage)), **answers}


def applicant(stage: Stage) -> Mapping[str, Any]:
    """Somebody new whom the identity register knows."""
    known = next(stage.world.given.people)
    line = {"name": known.name, "id_kind": "resident-id", "id_number": known.number, "mobile": known.mobile}
    with stage.world.sandbox.people.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return {
        "name": known.name,
        "kind": "resident-id",
        "number": known.number,
        "mobile": known.mobile,
        "password": PASSWORD,
        "consent": "y",
    }


def payments(stage: Stage) -> Mapping[str, Any]:
    """Everything that was paid this year, in a language that has no certificate yet."""
    owner, year = stage.world.owner, clock.today().year
    with stage.world.given.database.reading() as session:
        paid = {str(one.journal_id) for one in payments_of_year(session, owner.taxpayer_id, year)}
    return {"payments": sorted(paid), "speech": "en"}


EVENT = {
    "id": "evt_twice",
    "object": "event",
    "type": "checkout.session.completed",
    "api_version": api_version,
    "livemode": False,
    "data": {"object": {}},
}
SAVED = frozenset({200})
DRAFT_PAGE = Press(page="filing.page", said=said(later="yes"))

PRESSES: dict[str, Press] = {
    "accounts.open_account": Press("nobody", applicant),
    "accounts.confirm_opening": Press("nobody", coded(lambda s: s.world.opening)),
    "accounts.resend_opening": Press("nobody"),
    "accounts.reset": Press(
        "nobody", lambda s: {"number": s.world.owner.number, "mobile": s.world.owner.mobile}
    ),
    "accounts.confirm_reset": Press(
        "nobody", coded(lambda s: s.reset, password=ANOTHER), lambda s: {"reset_id": s.reset}
    ),
    "accounts.sign_in": Press("nobody", lambda s: {"name": s.world.owner.number, "password": PASSWORD}),
    "accounts.sign_out": Press(),
    "accounts.change_mobile": Press(said=said(mobile="15499999998", current=PASSWORD)),
    "accounts.confirm_mobile": Press(said=coded(lambda s: s.world.new_mobile)),
    "accounts.resend_mobile": Press(),
    "accounts.change_email": Press(said=said(email="b@example.test", current=PASSWORD)),
    "accounts.confirm_email": Press(said=coded(lambda s: s.world.new_email)),
    "accounts.resend_email": Press(),
    "accounts.change_password": Press(said=said(current=PASSWORD, password=ANOTHER)),
    "accounts.change_address": Press(said=said(address="深圳市南山区某路1号")),
    "accounts.change_language": Press(said=said(language="en")),
    "accounts.end_others": Press(),
    "accounts.end_session": Press(),
    "notices.mark_read": Press(),
    "filing.start": Press("debtor", said(period=str(LAST_YEAR - 2))),
    "filing.save_page": DRAFT_PAGE,
    "filing.autosave_page": Press(page="filing.page", taken=SAVED),
    "filing.save_row": Press(page="filing.row", said=said(later="yes")),
    "filing.autosave_row": Press(page="filing.row", taken=SAVED),
    "filing.removed_row": Press(page="filing.remove_row"),
    "filing.discarded": Press(page="filing.discard"),
    "filing.submit": Press(
        "debtor", said(declared="y"), lambda s: {"draft_id": s.complete}, page="filing.check"
    ),
    "filing.correct": Press(),
    "billing.pay": Press("debtor", page="billing.index"),
    "billing.resume": Press("payer", arguments=lambda s: {"order_id": s.order}),
    "billing.cancel": Press("payer", arguments=lambda s: {"order_id": s.order}),
    "billing.offset": Press("saver", page="billing.index"),
    "billing.callback": Press("gateway", taken=SAVED),
    "certificates.ask": Press(said=payments),
    "deregistration.check": Press("handler", page="deregistration.index"),
}
ASKS_ONLY = {
    "certificates.check_number": "counts the check, keeps nothing else",
    "certificates.check_code": "counts the check, keeps nothing else",
    "certificates.check_file": "counts the check, keeps nothing else",
    "filing.try_out": "what if: nothing is kept",
}
"""Doors behind which nothing changes, with the reason."""

A_CODE = "each press asks for a code; only the latest fits, and how many are sent is limited"
AN_ACT = "each press begins an act of its own; the account changes when the code of one comes back"
A_CODE_SENT = dict.fromkeys(("direct_messages", "jobs"), A_CODE)
AN_ACT_BEGUN = {"confirmations": AN_ACT, **A_CODE_SENT}
A_SESSION = "each press signs a browser in; one that is not used ends by itself"
A_LOOK = "each press looks, and every look is kept"
A_PASSWORD = "each press sets a password and needs a session of its own; the later one counts"

TWICE: dict[str, dict[str, str]] = {
    "accounts.open_account": AN_ACT_BEGUN,
    "accounts.reset": AN_ACT_BEGUN,
    "accounts.change_mobile": AN_ACT_BEGUN,
    "accounts.change_email": AN_ACT_BEGUN,
    "accounts.resend_opening": A_CODE_SENT,
    "accounts.resend_mobile": A_CODE_SENT,
    "accounts.resend_email": A_CODE_SENT,
    "accounts.sign_in": dict.fromkeys(("sessions", "audit_entries"), A_SESSION),
    "deregistration.check": dict.fromkeys(("health_checks", "audit_entries"), A_LOOK),
    "accounts.change_password": dict.fromkeys(("audit_entries", "notices", "jobs"), A_PASSWORD),
}
"""Door → tables in which two presses leave more than one, with the reason."""


@dataclass
class Hand:
    """Someone's browser before a door, ready to press."""

    app: Flask
    address: str
    data: Any
    headers: Mapping[str, str]
    token: str | None

    def press(self) -> int:
        client = self.app.test_client()
        if self.token:
            client.set_cookie(str(self.app.extensions["session_cookie"]), self.token)
        return client.post(self.address, data=self.data, headers=self.headers).status_code


def hand(stage: Stage, app: Flask, door: Door) -> Hand:
    press = PRESSES[door.endpoint]
    if press.by == "gateway":
        body = json.dumps(EVENT)
        signature = WebhookSignature.generate_signature_header(
            body, WEBHOOK_SECRET, int(clock.now().timestamp())
        )
        headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
        return Hand(app, door.rule.rule, body, headers, None)
    arguments = (press.arguments or PLACES.get(door.endpoint, lambda _: {}))(
        stage if press.arguments else stage.world  # type: ignore[arg-type]
    )
    places = app.url_map.bind("localhost")
    address = places.build(door.endpoint, arguments, method=door.method)
    token = None if press.by == "nobody" else stage.person(press.by).token
    data: MultiDict[str, Any] = MultiDict()
    if press.page:
        visitor = Visitor(app).carry(token or "")
        asked = {
            name: arguments[name] for name in arguments if app.url_map.is_endpoint_expecting(press.page, name)
        }
        page = Page(visitor, visitor.client.get(places.build(press.page, asked)))
        [form] = [f for f in page.soup.find_all("form") if f.get("action") in {address, None}][:1]
        data = page.form_data(form)
    data.update(press.said(stage))
    return Hand(app, address, data, {}, token)


def rows(database: Database) -> dict[str, int]:
    """How many rows every table holds."""
    tables = [table for name, table in Model.metadata.tables.items() if name not in COUNTERS]
    with database.reading() as session:
        return {t.name: session.scalar(select(func.count()).select_from(t)) or 0 for t in tables}


def effect(stage: Stage, door: Door, presses: int) -> tuple[list[int], dict[str, int]]:
    """What so many presses at once are answered, and how many rows they leave, by table."""
    with stage.portal() as (app, database):
        pressing = hand(stage, app, door)
        before = rows(database)
        answers = at_once(database.engine, *[pressing.press] * presses)
        after = rows(database)
    return answers, {name: after[name] - before[name] for name in after if after[name] != before[name]}


def test_every_door_that_changes_something_is_pressed(stage: Stage) -> None:
    doors = {door.endpoint for door in stage.world.doors(reading=False)}
    assert doors == PRESSES.keys() | ASKS_ONLY.keys()


@pytest.mark.parametrize("endpoint", PRESSES)
def test_two_presses_at_once_have_one_effect(stage: Stage, endpoint: str) -> None:
    [door] = [door for door in stage.world.doors(reading=False) if door.endpoint == endpoint]
    alone, one = effect(stage, door, 1)
    assert alone[0] in PRESSES[endpoint].taken
    answers, two = effect(stage, door, 2)
    assert [answer for answer in answers if answer >= 500] == []
    assert PRESSES[endpoint].taken & set(answers), answers
    more = TWICE.get(endpoint, {})
    assert {table: n for table, n in two.items() if table not in more} == {
        table: n for table, n in one.items() if table not in more
    }
    assert more.keys() <= {table for table, n in two.items() if n > one.get(table, 0)}, "one effect after all"


PAIRS = [
    ("accounts.confirm_opening", "accounts.resend_opening"),
    ("accounts.confirm_mobile", "accounts.resend_mobile"),
    ("accounts.confirm_email", "accounts.confirm_mobile"),
    ("accounts.confirm_reset", "accounts.change_password"),
    ("accounts.confirm_reset", "accounts.confirm_mobile"),
    ("accounts.sign_in", "accounts.change_password"),
    ("accounts.sign_in", "accounts.confirm_reset"),
    ("accounts.sign_out", "accounts.change_password"),
    ("accounts.sign_out", "accounts.end_others"),
    ("accounts.change_address", "accounts.change_language"),
    ("filing.save_page", "filing.discarded"),
    ("filing.autosave_row", "filing.removed_row"),
    ("filing.start", "filing.submit"),
    ("billing.resume", "billing.cancel"),
    ("billing.offset", "billing.offset"),
    ("certificates.ask", "accounts.change_language"),
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_two_doors_at_once_break_nothing(stage: Stage, one: str, other: str) -> None:
    doors = {door.endpoint: door for door in stage.world.doors(reading=False)}
    with stage.portal() as (app, database):
        hands = [hand(stage, app, doors[endpoint]) for endpoint in (one, other)]
        answers = at_once(database.engine, *[pressing.press for pressing in hands])
        assert [answer for answer in answers if answer >= 500] == [], answers
        with database.reading() as session:
            assert verify(session) == []


def test_a_mobile_confirmed_by_two_at_once_belongs_to_one_of_them_and_both_are_answered(stage: Stage) -> None:
    """Its number is a sign-in name: one account has it, the other is told that it lost it."""
    world, shared = stage.world, "15499999997"
    rivals = (stage.debtor, stage.payer)
    changes = []
    for who in rivals:
        acting, at = world.given.acting(who), clock.now()
        with world.given.database.transaction() as session:
            begun = contacts.begin_mobile(session, world.keys, acting, shared, mobile_matches=True, at=at)
            changes.append(begun.id)
    with stage.portal() as (app, database):
        answers = at_once(
            database.engine,
            *[
                Hand(
                    app,
                    f"/accounts/mobile/{change}/code",
                    {"code": stage.code(change)},
                    {},
                    who.token,
                ).press
                for change, who in zip(changes, rivals, strict=True)
            ],
        )
        assert answers == [303, 303]
        with database.reading() as session:
            index = mobile_index(world.keys, shared)
            [holder] = session.scalars(select(Account).where(Account.mobile_index == index))
            [loser] = {who.account_id for who in rivals} - {holder.id}
            lost = session.get_one(Account, loser)
            assert (lost.mobile_index, lost.mobile_sealed) == (None, None)
            assert mobile_of(holder, world.keys) == shared


def test_the_first_entries_of_a_trail_written_at_once_form_one_chain(stage: Stage) -> None:
    whose = new_id()
    with stage.portal() as (_app, database):

        def write() -> None:
            with database.transaction() as session:
                record(session, None, "account-opened", taxpayer_id=whose, at=clock.now())

        at_once(database.engine, write, write)
        with database.reading() as session:
            numbers = select(AuditEntry.n).where(AuditEntry.taxpayer_id == whose).order_by(AuditEntry.n)
            assert list(session.scalars(numbers)) == [1, 2]
            assert verify(session) == []
