"""One of everything: a taxpayer with something behind every door, for tests that go through all doors."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import Select, select
from werkzeug.routing import Rule

from portal.accounts.models import Account, AccountSession
from portal.accounts.rules.mandates import Role, Standing
from portal.accounts.rules.opening import Applicant
from portal.accounts.rules.sessions import token_hash
from portal.accounts.services import contacts, credentials, opening
from portal.appointments import services as appointments
from portal.appointments.models import Booking, Slot
from portal.appointments.rules.fairness import OPEN_DAYS
from portal.assisting.services import assenting
from portal.billing import services as billing
from portal.billing.models import ReconciliationBreak
from portal.core import clock
from portal.core.access import SAFE
from portal.core.acting import Deed
from portal.core.crypto import Keyring
from portal.core.keys import new_id, public_number
from portal.core.wording import Phrase
from portal.deregistration.models import Clearance, HealthCheck
from portal.deregistration.rules import shown, written
from portal.deregistration.rules.clearance import Route, Why
from portal.filing import services as filing
from portal.filing.models import ReturnDraft
from portal.filing.queries import standing_returns
from portal.filing.rules.answers import row_name
from portal.filing.services import Saving
from portal.halls import services as halls
from portal.halls.models import Hall
from portal.halls.rules.errands import skill_of
from portal.halls.rules.hours import working_days
from portal.matters.models import Matter
from portal.matters.services import open_matter
from portal.risk.rules import CATALOGUE, Hit
from portal.settings import Settings
from portal.taxpayers.rules import IdKind, IdNumber
from tests.application import portal_over
from tests.billing.cashiers import Counter, at_the_counter
from tests.databases import Databases
from tests.given import LAST_YEAR, Clerk, Given, Person
from tests.live import Outside, environment
from tests.queue.halls import Staffed, staffed

Arguments = Callable[["World"], dict[str, Any]]

SLIP = "XB00017"
"""The number on a paper of consent."""
DESK_DOORS = ("recall", "answer", "park", "call_again", "gone", "transfer", "finish", "link")
"""What a desk does with a ticket."""

# Endpoint → the arguments of its address, for what belongs to the owner. An endpoint with arguments and no
# entry here fails the tests that go through all doors: whoever adds a route says what stands behind it. What
# is no part of the path goes behind it: a page led on by what its address says is seen at its fullest.
PLACES: dict[str, Arguments] = {
    "accounts.confirm_opening": lambda world: {"opening_id": world.opening},
    "accounts.resend_opening": lambda world: {"opening_id": world.opening},
    "accounts.confirm_reset": lambda world: {"reset_id": world.reset},
    "accounts.confirm_mobile": lambda world: {"change_id": world.new_mobile},
    "accounts.confirm_email": lambda world: {"change_id": world.new_email},
    "accounts.resend_mobile": lambda world: {"change_id": world.new_mobile},
    "accounts.resend_email": lambda world: {"change_id": world.new_email},
    "accounts.end_session": lambda world: {"session_id": world.other_session},
    **dict.fromkeys(
        ("accounts.accept_mandate", "accounts.decline_mandate", "accounts.end_mandate"),
        lambda world: {"mandate_id": world.proposal},
    ),
    "accounts.no_longer": lambda world: {"mandate_id": world.lost_mandate},
    **dict.fromkeys(
        (f"counter.{door}" for door in ("show", "open_file", "take", "hand_back", "send_back", "note")),
        lambda world: {"matter_id": world.refund},
    ),
    **dict.fromkeys(
        (
            "counter.taxpayer_file",
            "counter.open_taxpayer",
            "counter.prove",
            "counter.release_limits",
            "counter.papers",
        ),
        lambda world: {"taxpayer_id": world.looked_up},
    ),
    "assisting.new": lambda world: {"taxpayer_id": world.looked_up},
    **dict.fromkeys(
        (f"assisting.{door}" for door in ("consent", "over", "agree", "decline")),
        lambda world: {"assistance_id": world.assistance},
    ),
    "assisting.witness": lambda world: {"assistance_id": world.slip},
    **dict.fromkeys(("assisting.assent", "assisting.refuse"), lambda world: {"assent_id": world.assent}),
    **dict.fromkeys(
        ("counter.take_payment", "counter.key_slip"), lambda world: {"taxpayer_id": world.looked_up}
    ),
    "counter.print_paper": lambda world: {
        "taxpayer_id": world.looked_up,
        "certificate_id": world.certificate,
    },
    "counter.release": lambda world: {"release_id": world.release},
    "counter.decide_guard": lambda world: {"guard_id": world.guard},
    "counter.second_reading": lambda world: {"slip_id": world.slip_waiting},
    "counter.withdraw_slip": lambda world: {"slip_id": world.own_slip},
    **dict.fromkeys(
        ("counter.slip_receipt", "counter.look_at_slip", "billing.slip_receipt"),
        lambda world: {"slip_id": world.credited_slip},
    ),
    "counter.explain_shift": lambda world: {"shift_id": world.terminal.shift},
    "counter.close_shift": lambda world: {"shift_id": world.own_till.shift},
    "counter.closed_shift": lambda world: {"shift_id": world.closed_till.shift},
    "counter.explain_break": lambda world: {"break_id": world.terminal_break},
    "counter.step": lambda world: {"matter_id": world.refund, "code": "review"},
    "counter.decide": lambda world: {"matter_id": world.refund, "code": "approved"},
    "matters.show": lambda world: {"matter_id": world.matter},
    **dict.fromkeys(
        (f"billing.{door}" for door in ("order", "status", "returned", "resume", "cancel", "receipt")),
        lambda world: {"order_id": world.order},
    ),
    "billing.repayments": lambda world: {"matter_id": world.refund},
    "certificates.show": lambda world: {"certificate_id": world.certificate},
    "certificates.status": lambda world: {"certificate_id": world.certificate},
    "certificates.download": lambda world: {"certificate_id": world.certificate},
    "deregistration.download": lambda world: {"check_id": world.health_check},
    "deregistration.show": lambda world: {"check_id": world.health_check},
    **dict.fromkeys(
        (f"deregistration.{door}" for door in ("clearance", "withdraw", "again")),
        lambda world: {"clearance_id": world.clearance},
    ),
    **dict.fromkeys(
        (
            "filing.draft",
            "filing.check",
            "filing.submit",
            "filing.discard",
            "filing.discarded",
            "filing.what_if",
        ),
        lambda world: {"draft_id": world.draft},
    ),
    **dict.fromkeys(
        ("filing.page", "filing.save_page", "filing.autosave_page", "filing.trial", "filing.try_out"),
        lambda world: {"draft_id": world.draft, "code": "wages"},
    ),
    "filing.explain": lambda world: {"draft_id": world.draft, "line": "result"},
    **dict.fromkeys(
        ("filing.row", "filing.save_row", "filing.autosave_row", "filing.remove_row", "filing.removed_row"),
        lambda world: {"draft_id": world.draft, "group": "children", "row": world.child},
    ),
    **dict.fromkeys(
        ("filing.done", "filing.filed", "filing.correct"), lambda world: {"return_id": world.filed}
    ),
    **dict.fromkeys(
        (
            f"appointments.{door}"
            for door in ("show", "confirm", "release", "cancel", "cancelled", "appeal", "calendar", "move")
        ),
        lambda world: {"booking_id": world.booking},
    ),
    "appointments.hold_instead": lambda world: {"booking_id": world.booking},
    "appointments.withdraw": lambda world: {"wish_id": world.wish},
    **dict.fromkeys(("appointments.hall", "appointments.choose_hall"), lambda _: {"errand": "clearance"}),
    **dict.fromkeys(
        ("appointments.week", "appointments.hold", "appointments.waiting_list", "appointments.wish"),
        lambda world: {"errand": "clearance", "hall": world.hall},
    ),
    "filing.explain_filed": lambda world: {"return_id": world.filed, "line": "result"},
    "queue.absence": lambda world: {"booking_id": world.appealed},
    "queue.capacity": lambda world: {"hall_id": world.slot.hall_id},
    "queue.limit": lambda world: {"hall_id": world.slot.hall_id, "slot_id": world.slot.id},
    "queue.place": lambda world: {"code": world.staffed.code},
    "queue.given": lambda world: {"ticket_id": world.staffed.serving},
    **dict.fromkeys(
        ("queue.screen", "queue.check_in", "queue.draw", "queue.today"),
        lambda world: {"hall_id": world.staffed.hall},
    ),
    **dict.fromkeys(
        (f"queue.{door}" for door in ("desk", "open_desk", "close_desk", "call_next")),
        lambda world: {"desk_id": world.staffed.busy},
    ),
    **dict.fromkeys(
        (f"queue.{door}" for door in DESK_DOORS),
        lambda world: {"desk_id": world.staffed.busy, "ticket_id": world.staffed.serving},
    ),
}

HALL = """
[[halls]]
code = "world"
name = "人民路办税服务厅"
name_en = "Renmin Road tax hall"
address = "人民路 1 号"
address_en = "1 Renmin Road"
booked_share = 80
hours = [{ weekdays = [0, 1, 2, 3, 4], opens = 09:00:00, closes = 17:00:00 }]
""" + "".join(
    f"""
[[halls.desks]]
number = {number}
skills = ["{skill}"]
roster = [{{ weekdays = [0, 1, 2, 3, 4], starts = 09:00:00, ends = 17:00:00 }}]
"""
    for number, skill in enumerate(("general", "filing", "clearance", "clearance", "clearance"), start=1)
)

FIRMS_ONLY = {
    "filing.obligations",
    "taxpayers.firm",
    "accounts.propose_person",
    "accounts.propose_agent",
    "deregistration.why",
    "deregistration.route",
}
"""Doors for whoever acts for a firm. A person who acts for nobody else finds nothing there."""

ASIDE = {"gallery.": "shows the parts of pages to developers; not there in production"}
"""Endpoints that are no door of the portal, with the reason."""


@dataclass(frozen=True)
class Door:
    """One method of one route."""

    rule: Rule
    method: str

    @property
    def endpoint(self) -> str:
        return self.rule.endpoint

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule}"


@contextmanager
def furnished(databases: Databases, sandbox: Outside, signing: Path, folder: Path) -> Iterator["World"]:
    """A world with something behind every door, over a database of its own."""
    url = databases.fresh()
    settings = Settings.from_environment(
        environment(url, sandbox, signing, storage=folder, base_url="http://localhost")
    )
    database = databases.opened(url)
    world = World(portal_over(settings, database), Given(database, settings), sandbox)
    yield world.furnish()
    database.dispose()
    databases.discard(url)


class World:
    """The owner of everything; a stranger with an account as good, a newcomer; a clerk without a role, a
    reviewer and a colleague with other matters; and a delegate, who acts for a firm."""

    def __init__(self, app: Flask, given: Given, sandbox: Outside) -> None:
        self.app = app
        self.given = given
        self.sandbox = sandbox
        self.owner: Person = given.person()
        self.stranger: Person = given.person()
        self.newcomer: Person = given.newcomer()
        self.clerk: Person = given.staff()
        self.colleague: Clerk = given.staff("clearance-review")
        self.reviewer: Clerk = given.staff(
            "refund-review", "refund-approve", "hall-desk", "hall-admin", "counter", "supervisor", "cashier"
        )
        boss = given.person()
        firm = given.firm(representative=boss)
        self.delegate: Person = given.acting_for(boss, given.mandate(firm, boss, role=Role.REPRESENTATIVE))

        given.income(self.owner, LAST_YEAR, income="20000.00", tax_withheld="500.00")
        given.income(self.owner, LAST_YEAR - 1, income="18000.00", tax_withheld="300.00")

    # What the owner has, made when a door first asks for it.

    @cached_property
    def filed(self) -> UUID:
        return self.given.filed(self.owner)

    @cached_property
    def draft(self) -> UUID:
        """Of the latest year whose return is not filed: an answer may have filed one."""
        with self.given.database.reading() as session:
            filed = {one.on.year for one in standing_returns(session, self.owner.taxpayer_id)}
        year = max(year for year in range(2020, LAST_YEAR) if year not in filed)
        return self.given.draft(self.owner, year)

    def forget(self) -> None:
        """An answer was taken and may have used up what stood behind a door: made again at the next knock."""
        for made in ("draft", "child", "proposal"):
            self.__dict__.pop(made, None)

    @cached_property
    def child(self) -> UUID:
        row = new_id()
        scope = row_name("children", str(row))
        with self.given.database.transaction() as session:
            draft = session.get_one(ReturnDraft, self.draft)
            given = {scope: {"child_name": "小明"}}
            filing.save(session, draft, Saving(scope, given, draft.version, "test"), at=clock.now())
        return row

    @cached_property
    def order(self) -> UUID:
        """Paid in full."""
        assert self.filed
        made = self.given.ordered(self.owner)
        self.given.paid(made, self.sandbox.payments)
        return made

    @cached_property
    def certificate(self) -> UUID:
        assert self.order
        return self.given.certificate(self.owner, issued=True)

    @cached_property
    def health_check(self) -> UUID:
        """Kept for the owner directly: only firms run one, and who may read one does not ask for what."""
        made = HealthCheck(
            id=new_id(),
            taxpayer_id=self.owner.taxpayer_id,
            number="H-20260101-TEST",
            at=clock.now(),
            on=clock.today(),
            by_name=self.owner.name,
            findings=written(shown([Hit(CATALOGUE["unfiled"], ())])),
        )
        with self.given.database.transaction() as session:
            session.add(made)
        return made.id

    @cached_property
    def clearance(self) -> UUID:
        """Kept for the owner directly, as the health check is."""
        made = Clearance(
            id=new_id(),
            taxpayer_id=self.owner.taxpayer_id,
            why=Why.OTHER,
            route=Route.GENERAL,
            applied_by=self.owner.account_id,
            applied_by_name=self.owner.name,
            applied_at=clock.now(),
        )
        with self.given.database.transaction() as session:
            session.add(made)
            session.flush()
            open_matter(session, None, "clearance-review", made.taxpayer_id, made.id, at=clock.now())
        return made.id

    @cached_property
    def matter(self) -> UUID:
        return self.one(select(Matter.id).where(Matter.subject_id == self.filed))

    @cached_property
    def refund(self) -> UUID:
        """Of the owner, opened by the reviewer just now."""
        made = self.given.refund(self.owner, year=2019)
        self.given.opened(self.reviewer, made)
        return made

    @cached_property
    def hall(self) -> str:
        """Its slots are open."""
        with self.given.database.transaction() as session:
            [made] = halls.load(session, HALL, clock.today())
            appointments.open_slots(session, made.id, clock.now())
        return made.code

    @cached_property
    def slot(self) -> Slot:
        """The first of the hall."""
        assert self.hall
        with self.given.database.reading() as session:
            return session.scalars(self.slots.order_by(Slot.starts_at, Slot.id).limit(1)).one()

    @property
    def slots(self) -> Select[tuple[Slot]]:
        """Those of the hall."""
        return select(Slot).join(Hall, Hall.id == Slot.hall_id).where(Hall.code == self.hall)

    @cached_property
    def appealed(self) -> UUID:
        """A visit that the owner missed and says why."""
        starts = clock.now() - timedelta(days=2)
        with self.given.database.transaction() as session:
            missed = Booking(
                id=new_id(),
                taxpayer_id=self.owner.taxpayer_id,
                person_id=self.owner.taxpayer_id,
                slot_id=self.slot.id,
                hall_id=self.slot.hall_id,
                skill="invoices",
                starts_at=starts,
                errands=["hand-in-invoices"],
                state="missed",
                number=public_number("YY", clock.day_of(starts)),
                visit_id=new_id(),
                made_at=starts,
                ended_at=starts,
                appeal="x",
            )
            session.add(missed)
            session.flush()
            return missed.id

    @cached_property
    def booking(self) -> UUID:
        """The last time that can be booked."""
        return self.visit(self.owner, "clearance", confirmed=True)

    def visit(self, person: Person, errand: str, *, confirmed: bool) -> UUID:
        """A seat of this errand's last free slot, held or booked."""
        acting, skill, at = self.given.acting(person), skill_of([errand]), clock.now()
        free = self.slots.where(Slot.skill == skill, Slot.left > 0).order_by(Slot.starts_at.desc())
        with self.given.database.transaction() as session:
            slot = session.scalars(free.limit(1)).one()
            made = appointments.hold(session, acting, slot.id, [errand], at=at)
            if confirmed:
                appointments.confirm(session, acting, made, at=at)
        return made.id

    @cached_property
    def wish(self) -> UUID:
        """For a desk that no hall has."""
        return self.waits(self.owner, "hand-in-invoices")

    def waits(self, person: Person, errand: str) -> UUID:
        """What somebody waits for where no seat is."""
        code = self.hall
        today, acting, at = clock.today(), self.given.acting(person), clock.now()
        with self.given.database.transaction() as session:
            where = session.scalars(select(Hall.id).where(Hall.code == code)).one()
            open_days = working_days(today, OPEN_DAYS.number)
            days = {"from_on": open_days[0], "to_on": open_days[-1]}
            made = appointments.wish(session, acting, hall_id=where, errands=[errand], **days, at=at)
        return made.id

    @cached_property
    def staffed(self) -> Staffed:
        """A hall at work, the reviewer at its desks."""
        return staffed(self.given, self.reviewer, clock.now())

    @cached_property
    def looked_up(self) -> UUID:
        """The owner, whose file the reviewer may read at the counter just now."""
        self.given.looked_up(self.reviewer, self.owner)
        return self.owner.taxpayer_id

    @cached_property
    def terminal(self) -> Counter:
        """With an open shift of a clerk, whose totals were keyed and are not ours."""
        made = at_the_counter(self.given)
        made.closed(9, "9.00")
        return made

    @cached_property
    def credited_slip(self) -> UUID:
        """A card payment of the owner, whose file the reviewer may read."""
        assert self.looked_up
        return self.terminal.taken(self.owner, "1.00", bills=[])

    @cached_property
    def closed_till(self) -> Counter:
        """Nobody is on it now."""
        made = at_the_counter(self.given)
        made.taken(self.owner, "1.00", bills=[])
        assert made.closed(1, "1.00")
        return made

    @cached_property
    def own_till(self) -> Counter:
        """Of the reviewer, who took nothing yet."""
        return at_the_counter(self.given, self.reviewer)

    @cached_property
    def guard(self) -> UUID:
        """That two are to open the owner's file: a supervisor wants it, nobody agreed yet."""
        return self.given.wants_guarded(self.given.staff("supervisor"), self.owner)

    @cached_property
    def release(self) -> UUID:
        """A colleague of the reviewer before the guarded file of somebody."""
        guarded = self.given.person()
        self.given.guarded(guarded)
        return self.given.asks_in(self.given.staff("counter"), guarded)

    @cached_property
    def own_slip(self) -> UUID:
        """Of the owner, keyed by the reviewer at another terminal."""
        return at_the_counter(self.given, self.reviewer).keyed(self.owner, "1.00", bills=[])

    @cached_property
    def slip_waiting(self) -> UUID:
        """Of the owner, keyed at another terminal by one clerk."""
        return at_the_counter(self.given).keyed(self.owner, "1.00", bills=[])

    @cached_property
    def terminal_break(self) -> UUID:
        """A payment that a terminal lists and nobody keyed."""
        listed = f"terminal,batch,trace,time,amount\nPOSLIST1,1,1,{clock.today()} 10:00:00,1.00\n"
        billing.load_terminal_file(self.given.database, StringIO(listed), at=clock.now())
        return self.one(
            select(ReconciliationBreak.id).where(ReconciliationBreak.gateway_ref.like("POSLIST1/%"))
        )

    @cached_property
    def other_session(self) -> UUID:
        token = self.given.session(self.owner.account_id, self.owner.taxpayer_id, at=clock.now())
        return self.one(select(AccountSession.id).where(AccountSession.token_hash == token_hash(token)))

    @cached_property
    def proposal(self) -> UUID:
        """What a firm offers the owner."""
        return self.given.mandate(self.given.firm(), self.owner, stands=Standing.PROPOSED)

    @cached_property
    def lost_mandate(self) -> UUID:
        """By which the owner acted for a firm once."""
        return self.given.mandate(self.given.firm(), self.owner, stands=Standing.ENDED)

    @cached_property
    def assistance(self) -> UUID:
        """The reviewer asked the owner and waits for the code."""
        with self.given.database.transaction() as session:
            mine = session.get_one(Account, self.owner.account_id)
            contacts.set_mobile(session, self.keys, mine, self.owner.mobile, at=clock.now())
        return self.given.asks_to_assist(self.reviewer, self.owner)

    @cached_property
    def slip(self) -> UUID:
        """A colleague has a paper that the owner signed and waits for a second person."""
        return self.given.asks_to_assist(self.given.staff("counter"), self.owner, slip=SLIP)

    @cached_property
    def assent(self) -> UUID:
        """A colleague on the owner's pages asked for their word."""
        present = self.given.assisting(self.given.staff("counter"), self.owner)
        form, deed = ("x", "/x", ()), Deed(Phrase("x"))
        with self.given.database.transaction() as session:
            return assenting.asked(session, self.keys, present, deed, form, at=clock.now()).id

    @cached_property
    def new_mobile(self) -> UUID:
        acting = self.given.acting(self.owner)
        with self.given.database.transaction() as session:
            return contacts.begin_mobile(
                session, self.keys, acting, "15499999999", mobile_matches=True, at=clock.now()
            ).id

    @cached_property
    def new_email(self) -> UUID:
        acting = self.given.acting(self.owner)
        with self.given.database.transaction() as session:
            return contacts.begin_email(session, self.keys, acting, "a@example.test", at=clock.now()).id

    @cached_property
    def opening(self) -> UUID:
        person = next(self.given.people)
        number = IdNumber(IdKind.RESIDENT, person.number)
        stated = Applicant(person.name, number, person.mobile, "", "1", "zh")
        with self.given.database.transaction() as session:
            return opening.begin(session, self.keys, stated, "", mobile_matches=True, at=clock.now()).id

    @cached_property
    def reset(self) -> UUID:
        with self.given.database.transaction() as session:
            return credentials.begin_reset(
                session, self.keys, self.owner.number, self.owner.mobile, "zh", at=clock.now()
            ).id

    @property
    def keys(self) -> Keyring:
        return self.given.settings.keyring

    def one(self, wanted: Select[tuple[UUID]]) -> UUID:
        with self.given.database.reading() as session:
            return session.scalars(wanted).one()

    def doors(self, *, reading: bool) -> list[Door]:
        """Every way to look, or every way to act."""
        rules = [r for r in self.app.url_map.iter_rules() if not r.endpoint.startswith(tuple(ASIDE))]
        return [
            Door(rule, method)
            for rule in rules
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
            if (method in SAFE) is reading
        ]

    def furnish(self) -> "World":
        """Put something behind every door now: what is written later was written by whoever knocked."""
        for door in (*self.doors(reading=True), *self.doors(reading=False)):
            self.address(door)
        return self

    def address(self, door: Door, *, of_nothing: bool = False) -> str:
        """The address behind a door, leading to what the owner has; or like it, to what nobody has."""
        known = door.rule.arguments or door.endpoint in PLACES
        arguments = PLACES[door.endpoint](self) if known else {}
        if of_nothing:
            arguments = {name: new_id() if isinstance(v, UUID) else v for name, v in arguments.items()}
        return self.app.url_map.bind("localhost").build(door.endpoint, arguments, method=door.method)
