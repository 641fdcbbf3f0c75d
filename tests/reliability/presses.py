"""Who presses which door how, for presses at the same instant: a table, and a world to press them in."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import count
from typing import Any, cast
from uuid import UUID

import pyotp
from flask import Flask
from sqlalchemy import select
from stripe import WebhookSignature, api_version
from werkzeug.datastructures import MultiDict

from portal.accounts.models import Confirmation, DirectMessage
from portal.accounts.rules.mandates import Role
from portal.accounts.services import staff
from portal.accounts.services.messages import CONTENT
from portal.accounts.services.staff import NewMember
from portal.appointments.models import Booking, Slot
from portal.appointments.rules.states import State
from portal.assisting.models import Assistance
from portal.billing.queries.treasury import payments_of_year
from portal.certificates.rules.record import Issuer, Wording
from portal.core import clock
from portal.core.access import CONTEXT
from portal.core.db import Database
from portal.demo import town
from portal.deregistration import services as deregistration
from portal.deregistration.queries import matter_of
from portal.deregistration.rules.clearance import Why
from portal.deregistration.services import Application
from portal.filing.services import derive
from portal.matters.models import Matter
from portal.matters.queries import at_work
from portal.matters.rules import Finding
from portal.matters.services import advance, record_step
from portal.taxpayers.models import Firm
from portal.taxpayers.rules import IdKind, IdNumber
from portal.taxpayers.rules.firms import TaxStatus
from tests.application import portal_over
from tests.databases import Databases
from tests.given import LAST_YEAR, STAFF_PASSWORD, Clerk, Given, Person
from tests.live import WEBHOOK_SECRET
from tests.market import firm_line
from tests.visitor import Page, Visitor, audience_of
from tests.world import PLACES, SLIP, Door, World

PASSWORD = "小雨打湿了三月的旧巷口和石板路"
ANOTHER = "石板路尽头的茶馆昨夜亮着两盏灯"
SERIALS = count(80_000)


@dataclass
class Desk:
    """The office's side: who knocks, who joins, and matters in the middle of being worked on."""

    knocker: Clerk
    joining: dict[str, str]
    """What a new member types who was handed an enrolment code."""
    reviewed: UUID
    decidable: UUID


@dataclass
class Visits:
    """Seats: free ones with their days, one held by the payer, one that the saver left empty."""

    free: UUID
    free_on: date
    other: UUID
    other_on: date
    held: UUID
    missed: UUID


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
    """Acts for a firm that has returns to file."""
    leaver: Person
    """Acts for a firm whose application to be cleared waits."""
    leaving: UUID
    returner: Person
    """Acts for a firm whose clearance a later debt reopened; it is paid by now."""
    returning: UUID
    seen: UUID
    """A health check of the boss's firm."""
    desk: Desk
    visits: "Visits"
    helper: Clerk
    """Works on the payer's pages."""
    asked_for: str
    """The number of a matter that the owner has open."""

    @property
    def consent(self) -> str:
        """The code by which the owner consents to what the reviewer asked."""
        with self.world.given.database.reading() as session:
            asked = session.get_one(Assistance, self.world.assistance).confirmation_id
        assert asked is not None
        return self.code(asked)

    def person(self, name: str) -> Person:
        people = {"owner": self.world.owner, "boss": self.world.delegate, "reviewer": self.world.reviewer}
        return people[name] if name in people else cast(Person, getattr(self, name))

    @contextmanager
    def portal(self) -> Iterator[tuple[Flask, Database]]:
        """A portal over a copy of everything."""
        self.world.given.database.dispose()  # a database that somebody is connected to is not copied
        url = self.databases.copy(self.world.given.settings.database_url)
        database = Database(url)
        app = portal_over(replace(self.world.given.settings, database_url=url), database)
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


def assists(given: Given, person: Person) -> Clerk:
    """A clerk who works on the pages of a person."""
    clerk = given.staff("counter")
    given.assisting(clerk, person)
    return clerk


def number_of(given: Given, matter_id: UUID) -> str:
    with given.database.reading() as session:
        return session.get_one(Matter, matter_id).number


def acting_for_a_firm(given: Given, handler: Person) -> Person:
    since = date(clock.today().year - 1, 1, 1).isoformat()
    vat = {"tax": "vat-small-scale", "period_kind": "quarter", "from": since}
    firm = given.firm(taxes=[vat])
    with given.database.transaction() as session:
        derive(session, firm.taxpayer_id, on=clock.today())
    return given.acting_for(handler, given.mandate(firm, handler))


def closing(given: Given, boss: Person, *, reopened: bool) -> tuple[Person, UUID]:
    """A person whose firm applied to be cleared: it waits for the office, or was cleared and reopened."""
    firm = given.firm(representative=boss)
    person = given.acting_for(boss, given.mandate(firm, boss, role=Role.REPRESENTATIVE))
    office = given.settings.office
    name = Wording(office.name_zh, office.name_en)
    issuer = Issuer(name, office.area, "http://localhost/verify", worthless=True)
    asked = Application(Why.DISSOLUTION) if reopened else Application(Why.MERGER, report="2026-1")
    at = clock.now()
    with given.database.transaction() as session:
        made = deregistration.apply(
            session, deregistration.Office(given.settings.keyring, issuer), given.acting(person), asked, at=at
        )
        if reopened:
            advance(session, matter_of(session, made), "reopened", by=None, at=at)
            made.closed_at, made.cleared_on, made.reopened_at = None, None, at
            session.get_one(Firm, firm.taxpayer_id).tax_status = TaxStatus.CLEARING
    return person, made.id


def visits(world: World, payer: Person, saver: Person) -> Visits:
    """A free time of two kinds of desk, a seat on hold, a visit that nobody came to."""
    held = world.visit(payer, "clearance", confirmed=False)
    missed = world.visit(saver, "clearance", confirmed=True)
    with world.given.database.transaction() as session:
        one = session.get_one(Booking, missed)
        one.state, one.ended_at = State.MISSED, clock.now()
        [general, clearance] = [
            session.scalars(
                world.slots.where(Slot.skill == skill, Slot.left > 0)
                .order_by(Slot.starts_at.desc())
                .offset(3)  # nobody has anything at this hour
                .limit(1)
            ).one()
            for skill in ("general", "clearance")
        ]
    return Visits(general.id, general.day, clearance.id, clearance.day, held, missed)


def desk(given: Given, world: World) -> Desk:
    """Two refunds that the reviewer opened: one reviewed by a colleague, one that both found sound."""
    earlier = clock.now() - timedelta(minutes=2)
    colleague, joins = given.staff("refund-review"), next(given.people)
    refunds = [given.refund(given.person()) for _ in range(2)]
    for matter in refunds:
        given.opened(world.reviewer, matter)
        step_done(given, colleague, matter, "review")
    step_done(given, world.reviewer, refunds[1], "approve")
    secret = pyotp.random_base32()
    who = NewMember(joins.name, IdNumber(IdKind.RESIDENT, joins.number), "7777", ())
    with given.database.transaction() as session:
        handed = staff.add(session, given.settings.keyring, who, "Test", at=clock.now(), secret=secret)
    joining = {"number": "7777", "enrol_code": handed.code, "password": PASSWORD, "secret": secret}
    return Desk(given.staff("refund-review", at=earlier), joining, *refunds)


def step_done(given: Given, clerk: Clerk, matter: UUID, code: str) -> None:
    with given.database.transaction() as session:
        mine = at_work(session, {"refund"}, matter, lock=True)
        assert mine is not None
        record_step(session, given.acting(clerk), mine, code, Finding.MET, "x", at=clock.now())


def joined(stage: Stage) -> Mapping[str, Any]:
    """What a new member types, with the code of this moment."""
    typed = dict(stage.desk.joining)
    return {**typed, "code": staff.code_of(typed.pop("secret"), clock.now())}


def knocked(stage: Stage) -> Mapping[str, Any]:
    clerk = stage.desk.knocker
    return {"number": clerk.staff_number, "password": STAFF_PASSWORD, "code": clerk.code(clock.now())}


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
    return {**named(stage), "password": PASSWORD, "consent": "y"}


def named(stage: Stage) -> dict[str, Any]:
    """Somebody whom the identity register knows and the portal does not."""
    known = next(stage.world.given.people)
    line = {"name": known.name, "id_kind": "resident-id", "id_number": known.number, "mobile": known.mobile}
    with stage.world.sandbox.people.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return {"name": known.name, "kind": "resident-id", "number": known.number, "mobile": known.mobile}


def helper(stage: Stage) -> Mapping[str, Any]:
    """Somebody to be offered a mandate."""
    return {**named(stage), "role": Role.TAX_HANDLER.value}


def read_off(_: Stage) -> dict[str, str]:
    """What the first slip of a terminal says."""
    on = clock.today()
    day = {"on-year": str(on.year), "on-month": str(on.month), "on-day": str(on.day)}
    return {"trace": "1", "amount": "1.00", **day}


def licensed(agent: bool) -> Callable[[Stage], Mapping[str, Any]]:
    """The code of a firm of the market register, an agent or the owner's own."""

    def added(stage: Stage) -> Mapping[str, Any]:
        by = next(stage.world.given.people) if agent else stage.world.owner
        line = firm_line(town.credit_code(next(SERIALS)), by=by, agent=agent)
        with stage.world.sandbox.firms.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        return {"code": line["uscc"]}

    return added


def looked_at(given: Given, boss: Person) -> UUID:
    """A health check of the firm that somebody acts for."""
    with given.database.transaction() as session:
        return deregistration.run(session, given.acting(boss), at=clock.now()).id


def application(stage: Stage) -> Mapping[str, Any]:
    """To be cleared, by what a health check of the boss's firm saw."""
    return {"why": "dissolution", "declared": "y", "check": str(stage.seen)}


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
    "counter.sign_in": Press("nobody", knocked),
    "counter.enrol": Press("nobody", joined),
    "counter.change_password": Press("reviewer", said(current=STAFF_PASSWORD, password=ANOTHER)),
    "counter.open_file": Press("reviewer"),
    "counter.find": Press("reviewer", lambda s: {"key": s.world.owner.number}, taken=SAVED),
    "counter.open_taxpayer": Press("reviewer", said(reason="called", words="来电询问退税")),
    "counter.prove": Press("reviewer"),
    "counter.release_limits": Press("reviewer", said(there="y", why="输错多次")),
    "counter.release": Press("reviewer"),
    "counter.decide_guard": Press("reviewer", said(agreed="yes")),
    "counter.guards": Press(
        "reviewer", lambda s: {"number": s.world.stranger.number, "guarded": "yes", "why": "x"}
    ),
    "counter.till": Press(
        "reviewer", lambda s: {"terminal": str(s.world.closed_till.terminal), "batch": "2"}
    ),
    "counter.key_slip": Press(
        "reviewer", lambda s: {"shift": str(s.world.own_till.shift), "time": "0000", **read_off(s)}
    ),
    "counter.second_reading": Press("reviewer", read_off),
    "counter.withdraw_slip": Press("reviewer", said(why="x")),
    "counter.close_shift": Press("reviewer", said(slips="0", total="0.00")),
    "counter.explain_shift": Press("reviewer", said(why="x")),
    "counter.explain_break": Press("reviewer", said(why="x")),
    "counter.look_at_slip": Press("reviewer", said(why="x")),
    "counter.take": Press("reviewer"),
    "counter.hand_back": Press("reviewer"),
    "counter.note": Press("reviewer", said(text="x")),
    "counter.step": Press("reviewer", said(finding="met", evidence="x")),
    "counter.send_back": Press("reviewer", said(why="x"), lambda s: {"matter_id": s.desk.reviewed}),
    "counter.decide": Press(
        "reviewer", arguments=lambda s: {"matter_id": s.desk.decidable, "code": "approved"}
    ),
    "assisting.new": Press(
        "reviewer",
        lambda s: {"number": s.asked_for, "present": str(s.world.owner.account_id), "way": "code"},
    ),
    "assisting.consent": Press("reviewer", lambda s: {"code": s.consent}),
    "assisting.end": Press("helper"),
    "assisting.witness": Press("reviewer", said(slip=SLIP)),
    "assisting.agree": Press(),
    "assisting.decline": Press(),
    "assisting.assent": Press(),
    "assisting.refuse": Press(),
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
    "accounts.act_for": Press("boss", page="accounts.acting_for"),
    "accounts.join_firm": Press(said=licensed(agent=False)),
    "accounts.propose_person": Press("boss", helper, page="accounts.propose_person"),
    "accounts.propose_agent": Press("boss", licensed(agent=True), page="accounts.propose_agent"),
    "accounts.accept_mandate": Press(),
    "accounts.decline_mandate": Press(),
    "accounts.end_mandate": Press(),
    "notices.mark_read": Press(),
    "filing.nil": Press("handler", page="filing.obligations"),
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
    "billing.refund": Press("saver", page="billing.index"),
    "billing.refund_account": Press(said=said(bank="滨海银行", number="6212345678901232", current=PASSWORD)),
    "billing.callback": Press("gateway", taken=SAVED),
    "certificates.ask": Press(said=payments),
    "appointments.hold": Press(
        said=lambda s: {"slot": str(s.visits.free)},
        arguments=lambda s: {
            "errand": "tax-payment-certificate",
            "hall": s.world.hall,
            "of": s.visits.free_on,
        },
    ),
    "appointments.hold_instead": Press(
        said=lambda s: {"slot": str(s.visits.other)},
        arguments=lambda s: {"booking_id": s.world.booking, "of": s.visits.other_on},
    ),
    "appointments.confirm": Press("payer", arguments=lambda s: {"booking_id": s.visits.held}),
    "appointments.release": Press("payer", arguments=lambda s: {"booking_id": s.visits.held}),
    "appointments.cancelled": Press(),
    "appointments.appeal": Press(
        "saver", said(words="x"), arguments=lambda s: {"booking_id": s.visits.missed}
    ),
    "appointments.wish": Press(
        "payer",
        lambda s: {"from_on": s.visits.free_on.isoformat(), "to_on": s.visits.free_on.isoformat()},
        lambda s: {"errand": "hand-in-invoices", "hall": s.world.hall},
    ),
    "appointments.withdraw": Press(),
    "queue.absence": Press("reviewer", said(decision="accept", why="x")),
    "queue.limit": Press("reviewer", said(seats="1", why="培训")),
    "queue.check_in": Press("reviewer", lambda s: {"booking": s.world.staffed.booking}),
    "queue.draw": Press("reviewer", said(errand="tax-payment-certificate")),
    "queue.open_desk": Press("reviewer", arguments=lambda s: {"desk_id": s.world.staffed.shut}),
    "queue.close_desk": Press("reviewer", arguments=lambda s: {"desk_id": s.world.staffed.free}),
    "queue.call_next": Press("reviewer", arguments=lambda s: {"desk_id": s.world.staffed.free}),
    "queue.recall": Press("reviewer", arguments=lambda s: s.world.staffed.with_called()),
    "queue.answer": Press("reviewer", arguments=lambda s: s.world.staffed.with_called()),
    "queue.gone": Press("reviewer", arguments=lambda s: s.world.staffed.with_called()),
    "queue.park": Press("reviewer"),
    "queue.call_again": Press("reviewer", arguments=lambda s: s.world.staffed.with_parked()),
    "queue.transfer": Press("reviewer", said(skill="filing")),
    "queue.link": Press("reviewer", lambda s: {"number": s.asked_for}),
    "queue.finish": Press("reviewer", said(done="tax-payment-certificate")),
    "deregistration.check": Press("handler", page="deregistration.index"),
    "deregistration.because": Press("boss", said(why="dissolution"), page="deregistration.why"),
    "deregistration.apply": Press("boss", application, page="deregistration.why"),
    "deregistration.withdraw": Press(
        "leaver", arguments=lambda s: {"clearance_id": s.leaving}, page="deregistration.clearance"
    ),
    "deregistration.again": Press(
        "returner", arguments=lambda s: {"clearance_id": s.returning}, page="deregistration.clearance"
    ),
}
ASKS_ONLY = {
    "certificates.check_number": "counts the check, keeps nothing else",
    "certificates.check_code": "counts the check, keeps nothing else",
    "certificates.check_file": "counts the check, keeps nothing else",
    "filing.try_out": "what if: nothing is kept",
    "appointments.choose": "leads on to the halls",
    "counter.take_payment": "leads on to the slip",
    "appointments.choose_hall": "leads on to the times",
}
"""Doors behind which nothing changes, with the reason."""


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
    allowed = audience_of(app, door.endpoint)
    if allowed and allowed.audience == "taxpayer" and CONTEXT not in data:
        data[CONTEXT] = str(stage.person(press.by).taxpayer_id)
    for name, answer in press.said(stage).items():
        data.setlist(name, answer if isinstance(answer, list) else [answer])
    return Hand(app, address, data, {}, token)
