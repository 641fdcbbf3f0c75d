"""Appeals against missed visits: read under the person's eyes, answered with a reason, never one's own."""

import pytest

from portal.appointments.models import Booking
from portal.core import clock
from tests.queue.halls import MINUTE, booking, hall
from tests.visitor import Visitor

REASON = "地铁停运，有证明"


@pytest.fixture
def admin(given, app):
    clerk = given.staff("hall-admin")
    return clerk, Visitor(app).carry(clerk.token)


def missed(given, person):
    """A visit that the person missed, and what they say of it."""
    where, _ = hall(given, ("general",))
    number = booking(given, where, person, clock.now() - 60 * MINUTE)
    with given.database.transaction() as session:
        one = session.query(Booking).filter_by(number=number).one()
        one.state, one.ended_at, one.appeal = "missed", clock.now(), REASON
    return number


def test_an_accepted_appeal_counts_no_more_and_the_person_reads_why(given, app, admin):
    person = given.person()
    number = missed(given, person)
    _, page = admin
    page = page.open("/staff/absences").follow(number).says(REASON, f"{person.name[0]}*")
    assert person.name not in page.text
    page = page.answer("答复", "申诉成立，不计入未到场次数").press("答复", 422)
    assert "理由" in page.errors
    page.answer("理由", "已核实停运").press("答复").says("没有等待答复的申诉")
    mine = Visitor(app).carry(person.token)
    mine.open("/messages/").says("未到场的申诉成立")
    acts = [entry.act for entry in given.trail_of(person.taxpayer_id)]
    assert {"file-read", "absence-excused"} <= {*acts}


def test_a_refused_one_says_so_and_is_answered_once(given, app, admin):
    person = given.person()
    number = missed(given, person)
    _, page = admin
    form = page.open("/staff/absences").follow(number)
    form = form.answer("答复", "不接受，仍然计算").answer("理由", "当天地铁正常")
    form.press("答复")
    form.press("答复", 404)
    Visitor(app).carry(person.token).open("/messages/").says("未到场的申诉未获接受", "当天地铁正常")


def test_nobody_answers_their_own(given, admin):
    clerk, page = admin
    number = missed(given, clerk)
    form = page.open("/staff/absences").follow(number).answer("答复", "申诉成立，不计入未到场次数")
    form.answer("理由", "x").press("答复", 409).says("这是您本人的申诉")
