"""A refund is decided by two people, each with evidence; the database says so too."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, IntegrityError

from portal.accounts.queries.staff import member
from portal.accounts.services import staff
from portal.audit.models import AuditEntry
from portal.core import clock
from portal.core.keys import new_id
from portal.core.refusal import Refusal
from portal.matters import queries
from portal.matters import services as matters
from portal.matters.models import Matter, MatterStep
from portal.matters.queries import Usual
from portal.matters.rules import Finding
from tests.given import Firm
from tests.visitor import Visitor

ROLES = ("refund-review", "refund-approve")
EVIDENCE = "申报表、完税记录和收款账户三者相符"


@pytest.fixture
def asked(given):
    """Somebody's refund that waits for the office."""
    person = given.person()
    return person, given.refund(person)


@pytest.fixture
def office(given, database, asked):
    """The office at work on that refund: `office(clerk)` gives session, who acts, the matter, held."""

    @contextmanager
    def at_work(clerk):
        with database.transaction() as session:
            matter = queries.at_work(session, {"refund"}, asked[1], lock=True)
            yield session, given.acting(clerk), matter

    return at_work


def step(office, clerk, code, finding=Finding.MET, evidence=EVIDENCE):
    with office(clerk) as work:
        matters.record_step(*work, code, finding, evidence, at=clock.now())


def decide(office, clerk, to, why=""):
    with office(clerk) as work:
        matters.decide(*work, to, why, at=clock.now())


def state_of(database, asked):
    with database.reading() as session:
        matter = session.get_one(Matter, asked[1])
        return matter.state, matter.owner, matter.closed_at is not None


def refused(reason):
    return pytest.raises(Refusal, match=reason)


def test_two_people_approve_a_refund(given, database, office, asked):
    reviewer, approver = given.staff("refund-review"), given.staff("refund-approve")
    step(office, reviewer, "review")
    step(office, approver, "approve")
    decide(office, approver, "approved")
    assert state_of(database, asked) == ("approved", "", False)


def test_the_same_person_is_refused_as_second_even_with_both_roles(given, database, office, asked):
    alone = given.staff(*ROLES)
    step(office, alone, "review")
    with refused("step-needs-another"):
        step(office, alone, "approve")
    with refused("matter-step-open"):
        decide(office, alone, "approved")
    assert state_of(database, asked)[0] == "requested"


def test_the_database_refuses_the_same_person_too(given, database, office, asked):
    alone = given.staff(*ROLES)
    step(office, alone, "review")
    with database.reading() as session:
        first = session.scalars(select(MatterStep)).one()
    columns = {column.key: getattr(first, column.key) for column in MatterStep.__table__.columns}
    again = columns | {"id": new_id(), "n": 2, "step": "approve", "done": "approve"}
    with pytest.raises(IntegrityError, match="apart"), database.transaction() as session:
        session.add(MatterStep(**again))
    other = given.staff("refund-approve")
    with database.transaction() as session:  # what is refused is the person, nothing else
        session.add(MatterStep(**again | {"by_person_id": other.taxpayer_id}))


def test_the_database_refuses_a_second_finding_and_any_change(given, database, office, asked):
    step(office, given.staff("refund-review"), "review")
    other = given.staff("refund-review")
    with database.reading() as session:
        first = session.scalars(select(MatterStep)).one()
    columns = {column.key: getattr(first, column.key) for column in MatterStep.__table__.columns}
    again = columns | {"id": new_id(), "n": 2, "by_person_id": other.taxpayer_id}
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.add(MatterStep(**again))
    with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
        session.get_one(MatterStep, first.id).evidence = "something else"


@pytest.mark.parametrize("to", ["approved", "refused"])
def test_no_way_around_the_steps_leads_to_a_decision(given, database, asked, to):
    """Whoever moves the matter, the system too."""
    for by in (None, given.acting(given.staff(*ROLES))):
        with refused("matter-step-open"), database.transaction() as session:
            matters.advance(session, session.get_one(Matter, asked[1]), to, by=by, at=clock.now())
    assert state_of(database, asked)[0] == "requested"


def test_the_taxpayer_may_withdraw_without_any_step(given, database, asked):
    person, key = asked
    with database.transaction() as session:
        matter = session.get_one(Matter, key)
        matters.advance(session, matter, "withdrawn", by=given.acting(person), at=clock.now())
    assert state_of(database, asked)[0] == "withdrawn"


def test_evidence_is_demanded(given, office):
    with refused("step-no-evidence"):
        step(office, given.staff("refund-review"), "review", evidence=" \n ")


def test_a_refusal_takes_two_people_and_a_reason(given, database, office, asked):
    reviewer, approver = given.staff("refund-review"), given.staff("refund-approve")
    step(office, reviewer, "review", Finding.UNMET)
    step(office, approver, "approve", Finding.UNMET)
    with refused("decision-no-reason"):
        decide(office, approver, "refused")
    decide(office, approver, "refused", "收款账户不是本人的")
    assert state_of(database, asked) == ("refused", "", True)


def test_what_is_sent_back_begins_again_and_stays_readable(given, database, office, asked):
    first, second, approver = given.staff(ROLES[0]), given.staff(ROLES[0]), given.staff(ROLES[1])
    step(office, first, "review")
    with office(approver) as work:
        matters.send_back(*work, "没有核对收款账户", at=clock.now())
    with refused("step-before"):
        step(office, approver, "approve")
    step(office, second, "review")
    step(office, approver, "approve")
    decide(office, approver, "approved")
    with database.reading() as session:
        rows = queries.written(session, asked[1])
        assert [(row.finding, row.round) for row in rows] == [
            ("met", 1),
            ("returned", 1),
            ("met", 2),
            ("met", 2),
        ]


def test_whoever_holds_a_matter_keeps_others_off_it(given, database, office, asked):
    first, second = given.staff("refund-review"), given.staff("refund-review")
    with office(first) as work:
        matters.take(*work, at=clock.now())
    with refused("matter-held"):
        step(office, second, "review")
    with refused("matter-held"), office(second) as work:
        matters.hand_back(*work)
    with office(first) as work:
        matters.hand_back(*work)
    step(office, second, "review")
    assert state_of(database, asked)[1] == "", "the next step is somebody else's"


def test_what_somebody_held_who_left_is_free(given, database, office):
    gone, second = given.staff("refund-review"), given.staff("refund-review")
    with office(gone) as work:
        matters.take(*work, at=clock.now())
    with database.transaction() as session:
        staff.leave(session, member(session, gone.staff_number), at=clock.now())
    step(office, second, "review")


def test_nobody_works_on_their_own_matter(given, office, asked):
    clerk = given.staff(*ROLES)
    own = replace(given.acting(clerk), person_id=asked[0].taxpayer_id)
    with refused("matter-own"), office(clerk) as (session, _, matter):
        matters.record_step(session, own, matter, "review", Finding.MET, EVIDENCE, at=clock.now())


def test_nobody_works_on_a_matter_of_a_firm_they_act_for(given, database, office):
    clerk, firm = given.staff(*ROLES), given.firm()
    given.mandate(firm, clerk)
    refund = refund_of_firm(given, database, firm)
    with refused("matter-own"), database.transaction() as session:
        matter = queries.at_work(session, {"refund"}, refund, lock=True)
        matters.take(session, given.acting(clerk), matter, at=clock.now())


def refund_of_firm(given, database, firm: Firm):
    with database.transaction() as session:
        return matters.open_matter(session, None, "refund", firm.taxpayer_id, new_id(), at=clock.now()).id


def test_the_taxpayer_sees_who_worked_on_it_and_who_decided(given, database, office, asked):
    reviewer, approver = given.staff("refund-review"), given.staff("refund-approve")
    step(office, reviewer, "review")
    step(office, approver, "approve")
    decide(office, approver, "approved")
    with database.reading() as session:
        mine = select(AuditEntry).where(AuditEntry.matter_id == asked[1]).order_by(AuditEntry.n)
        seen = [(row.act, row.actor_name, row.actor_role, row.channel) for row in session.scalars(mine)]
    assert seen == [
        ("matter-worked", reviewer.name, "staff", "counter"),
        ("matter-worked", approver.name, "staff", "counter"),
        ("matter-decided", approver.name, "staff", "counter"),
    ]


def test_what_a_step_takes_counts_from_the_file_being_opened(given, database, office, asked):
    clerk, now = given.staff(*ROLES), clock.now()
    given.opened(clerk, asked[1], at=now - timedelta(minutes=7))
    with office(clerk) as work:
        row = matters.record_step(*work, "review", Finding.MET, EVIDENCE, at=now)
        assert row.seconds == 7 * 60
    with office(given.staff(*ROLES)) as work:
        row = matters.record_step(*work, "approve", Finding.MET, EVIDENCE, at=now)
        assert row.seconds is None, "they opened no file"


def test_what_a_step_usually_takes_is_said_of_ten_and_of_late(given, app, database, office, asked):
    clerk, now = given.staff(*ROLES), clock.now()

    def done(session, n, at, seconds):
        like = {"by_account_id": clerk.account_id, "by_person_id": clerk.taxpayer_id, "by_name": clerk.name}
        about = {"taxpayer_id": asked[0].taxpayer_id, "matter_id": asked[1], "n": n, "round": n}
        what = {"step": "review", "done": "review", "finding": Finding.MET, "evidence": EVIDENCE, "facts": {}}
        session.add(MatterStep(**like, **about, **what, at=at, seconds=seconds))

    with database.transaction() as session:
        for n in range(9):
            done(session, 100 + n, now - timedelta(days=1), 240)
        done(session, 200, now - timedelta(weeks=9), 9000)
        session.flush()
        assert queries.usual_steps(session, "refund", now) == {}, "nine of late"
        done(session, 300, now - timedelta(days=1), 840)
        session.flush()
        assert queries.usual_steps(session, "refund", now) == {"review": Usual(5, 10)}
        assert queries.usual_steps(session, "clearance", now) == {}
    given.opened(clerk, asked[1], at=now)
    page = Visitor(app).carry(clerk.token).open(f"/staff/matters/{asked[1]}")
    page.says("通常 5 分钟（最近 8 周 10 次实测）")
