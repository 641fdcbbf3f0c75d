"""What a visit was about: the matter linked at the desk, and its result when the visit ends."""

import pytest
from sqlalchemy import select

from portal.audit.models import AuditEntry
from portal.core import clock
from portal.queue.models import QueueEvent
from tests.queue.halls import At, booking, hall
from tests.visitor import Visitor


@pytest.fixture
def desk(given):
    where, [desk] = hall(given, ("general",))
    return At(given, given.staff("hall-desk"), desk).opens(clock.now()), where


def served(desk, number):
    desk.calls(clock.now())
    desk.does("answer", number, clock.now())


def link(app, desk, matter, status=200):
    page = Visitor(app).carry(desk.clerk.token).open(f"/staff/desks/{desk.desk_id}").follow("登记事项")
    return page.answer("事项编号", matter).press("登记", status)


def finished(given):
    with given.database.reading() as session:
        return session.scalars(select(QueueEvent).where(QueueEvent.kind == "finished")).one()


def test_a_visit_ends_with_the_result_of_its_matter(given, app, desk):
    at, _ = desk
    person = given.person()
    given.refund(person)
    matter = given.matter_number(person)
    served(at, at.draws(clock.now()))
    page = link(app, at, matter)
    page.says(matter, "退税")
    page = page.follow("办完").says("连同现在的结果一起记下", matter)
    page.press("办完")
    [told] = finished(given).facts["matters"]
    assert (told["number"], told["kind"]) == (matter, "refund")
    assert told["state"]


def test_a_booked_ticket_takes_matters_of_who_booked_only(given, app, desk):
    at, where = desk
    person, stranger = given.person(), given.person()
    given.refund(stranger)
    now = clock.now()
    served(at, at.checks_in(booking(given, where, person, now), now))
    link(app, at, given.matter_number(stranger), 409).says("不属于预约的纳税人")
    given.refund(person)
    link(app, at, given.matter_number(person)).says(given.matter_number(person))


def test_whose_matter_it_is_reads_that_a_desk_saw_it(given, app, desk):
    at, _ = desk
    person = given.person()
    given.refund(person)
    matter = given.matter_number(person)
    number = at.draws(clock.now())
    served(at, number)
    for _again in range(2):
        link(app, at, matter)
    with given.database.reading() as session:
        rows = select(AuditEntry).where(AuditEntry.act == "matter-at-the-desk")
        [entry] = session.scalars(rows)
    assert (entry.taxpayer_id, entry.actor_id) == (person.taxpayer_id, at.clerk.account_id)
    assert (entry.reason, entry.facts["ticket"]) == (matter, number)
    Visitor(app).carry(person.token).open("/account/trail").says("在窗口登记您的事项", matter)


def test_no_such_matter(given, app, desk):
    at, _ = desk
    served(at, at.draws(clock.now()))
    link(app, at, "M-20260101-AAAAAAA-A", 409).says("没有编号为")
