"""Every door that changes something, pressed twice at the same instant: no defect, and one effect.

The effect of one press is counted in rows, table by table, over a copy of the same database. Two presses at
once must leave no other, but where `TWICE` says that two are right.
"""

import pytest
from sqlalchemy import func, select

from portal.accounts.models import Account
from portal.accounts.queries import mobile_index, mobile_of
from portal.accounts.services import contacts
from portal.audit.models import AuditEntry
from portal.audit.services import record, verify
from portal.core import clock
from portal.core.db import Database, Model
from portal.core.keys import new_id
from tests.reliability.in_step import at_once
from tests.reliability.presses import (
    ASKS_ONLY,
    PRESSES,
    Hand,
    Stage,
    hand,
)
from tests.world import Door

COUNTERS = {"tries"}
"""Tables that count presses, whatever comes of them."""

A_CODE = "each press asks for a code; only the latest fits, and how many are sent is limited"
AN_ACT = "each press begins an act of its own; the account changes when the code of one comes back"
A_CODE_SENT = dict.fromkeys(("direct_messages", "jobs"), A_CODE)
AN_ACT_BEGUN = {"confirmations": AN_ACT, **A_CODE_SENT}
A_REQUEST = "each press asks the taxpayer anew; they consent to one"
A_SESSION = "each press signs a browser in; one that is not used ends by itself"
A_LOOK = "each press looks, and every look is kept"
A_QUESTION = "each press asks the register anew, and the trail says so"
A_SEAT = "each press keeps a seat; that of the one before is given back"
A_PASSWORD = "each press sets a password and needs a session of its own; the later one counts"

TWICE: dict[str, dict[str, str]] = {
    "accounts.open_account": AN_ACT_BEGUN,
    "assisting.new": dict.fromkeys(("assistances", "audit_entries", "notices", *AN_ACT_BEGUN), A_REQUEST),
    "accounts.reset": AN_ACT_BEGUN,
    "accounts.change_mobile": AN_ACT_BEGUN,
    "accounts.change_email": AN_ACT_BEGUN,
    "accounts.resend_opening": A_CODE_SENT,
    "accounts.resend_mobile": A_CODE_SENT,
    "accounts.resend_email": A_CODE_SENT,
    "accounts.sign_in": dict.fromkeys(("sessions", "audit_entries"), A_SESSION),
    **dict.fromkeys(
        ("appointments.hold", "appointments.hold_instead"),
        dict.fromkeys(("bookings", "returned_seats", "audit_entries", "jobs"), A_SEAT),
    ),
    "appointments.wish": {"audit_entries": "each press says the days anew, and the trail says so"},
    "accounts.join_firm": {"audit_entries": A_QUESTION},
    "deregistration.check": dict.fromkeys(("health_checks", "audit_entries"), A_LOOK),
    "deregistration.because": dict.fromkeys(("health_checks", "audit_entries"), A_LOOK),
    "counter.change_password": dict.fromkeys(("audit_entries", "notices", "jobs"), A_PASSWORD),
    "counter.open_file": {"audit_entries": A_LOOK},
    "counter.find": {"file_searches": A_LOOK},
    "counter.open_taxpayer": {"file_openings": A_LOOK},
    "queue.limit": {"slot_caps": "each press says the limit, with who and why"},
    "queue.draw": dict.fromkeys(("tickets", "queue_events"), "each press gives a ticket out"),
    "queue.recall": {"queue_events": "each press shows the number once more, and is written down"},
    "accounts.change_password": dict.fromkeys(("audit_entries", "notices", "jobs"), A_PASSWORD),
}
"""Door → tables in which two presses leave more than one, with the reason."""


pytestmark = pytest.mark.one_engine
"""SQLite lets one write at a time; PostgreSQL lets both begin, which is what can go wrong."""


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
    ("counter.decide", "counter.send_back"),
    ("counter.step", "counter.hand_back"),
    ("counter.sign_in", "counter.sign_in"),
    ("filing.save_page", "filing.discarded"),
    ("filing.autosave_row", "filing.removed_row"),
    ("filing.start", "filing.submit"),
    ("billing.resume", "billing.cancel"),
    ("billing.offset", "billing.offset"),
    ("billing.refund", "billing.refund"),
    ("billing.offset", "billing.refund"),
    ("certificates.ask", "accounts.change_language"),
    ("appointments.confirm", "appointments.release"),
    ("appointments.hold_instead", "appointments.cancelled"),
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
