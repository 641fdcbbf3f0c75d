"""The entrance: which of several bookings is meant, for whom it was made, and the list of the day."""

import pytest
from sqlalchemy import select, update

from portal.appointments.models import Booking
from portal.core import clock
from portal.core.pages import masked_name
from portal.halls.rules.errands import errands
from tests.queue.halls import FILING, MINUTE, booking, hall
from tests.visitor import Visitor

ASKED = "预约编号、预约二维码或证件号码"


@pytest.fixture
def east(given):
    made, _ = hall(given, ("general", "filing"))
    return made


@pytest.fixture
def staff(given, app):
    clerk = given.staff("hall-desk")
    return lambda path: Visitor(app).carry(clerk.token).open(path)


def states(given):
    with given.database.reading() as session:
        return {one.number: one.state for one in session.scalars(select(Booking))}


def test_of_several_bookings_the_clerk_asks_which(given, east, staff):
    now, person = clock.now(), given.person()
    first = booking(given, east, person, now)
    later = booking(given, east, person, now + MINUTE, FILING)
    page = staff(f"/staff/halls/{east}/check-in").answer(ASKED, person.number).press("签到", 422)
    page.says("请选择一个预约", str(errands()[FILING].title))
    assert set(states(given).values()) == {"booked"}
    page.answer("为哪一个预约签到", clock.time_of(now + MINUTE) + "个人所得税综合所得年度汇算").press(
        "签到"
    ).says("B001")
    assert states(given) == {first: "booked", later: "arrived"}


def test_a_firms_booking_is_found_by_its_code_too(given, east, staff):
    person, firm = given.person(), given.firm()
    number = booking(given, east, person, clock.now())
    with given.database.transaction() as session:
        session.execute(update(Booking).values(taxpayer_id=firm.taxpayer_id))
    staff(f"/staff/halls/{east}/check-in").answer(ASKED, firm.code).press("签到").says("B001")
    page = staff(f"/staff/halls/{east}/today").says(number, "B001", firm.name, masked_name(person.name))
    assert person.name not in page.text


def test_the_list_of_the_day_shows_who_is_expected_and_who_is_here(given, east, staff):
    person = given.person()
    number = booking(given, east, person, clock.now())
    page = staff("/staff/halls").follow("今日名单：城东办税服务厅")
    page.says(number, masked_name(person.name), "已预约", "现在没有人在等或在办")
    assert person.name not in page.text
    staff(f"/staff/halls/{east}/draw").answer("要办的事项", ["开具完税证明综合窗口"]).press("取号")
    page = staff(f"/staff/halls/{east}/today").says("A001", "等候中")
    page = page.follow("A001").says("票号 A001", "这类窗口现在都没有开放，暂时不能预计")
    page.follow("我的排队位置").says("下一个就是您。", "这类窗口现在都没有开放，暂时不能预计")
