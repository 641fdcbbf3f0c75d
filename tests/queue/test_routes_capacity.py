"""Why an hour holds what it holds, and the limit an administrator sets."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.appointments.models import Slot
from portal.appointments.services.opening import close_day
from portal.core import clock
from portal.halls.models import Hall
from tests.appointments.conftest import open_town
from tests.visitor import Visitor


@pytest.fixture
def admin(given, app):
    open_town(given.database)
    return Visitor(app).carry(given.staff("hall-admin").token)


@pytest.fixture
def first(given, admin):
    """The first hour of a day to come with more than one seat."""
    with given.database.reading() as session:
        rows = select(Slot).join(Hall, Hall.id == Slot.hall_id).where(Hall.code == "binhai", Slot.seats > 1)
        return session.scalars(rows.where(Slot.day > clock.today()).order_by(Slot.starts_at)).first()


def test_each_hour_says_how_its_seats_come_about(admin, first):
    page = admin.open("/staff/capacity").follow("滨海新区办税服务厅")
    page = admin.open(f"{page.path}?day={first.day}")
    page.says("在岗", "60% 用于预约", "计划值：实测不足 30 次", "还没有限额")


def test_a_limit_has_a_reason_and_stands_in_the_record(admin, first):
    path = f"/staff/halls/{first.hall_id}/capacity/{first.id}"
    page = admin.open(path).answer("最多名额", "1").press("记下", 422)
    assert "理由" in page.errors
    page = page.answer("理由", "下午培训").press("记下")
    page.says("限额 1 个：下午培训", "最多 1 个")
    page = admin.open(path).answer("理由", "培训取消").press("记下")
    page.says("取消限额", "培训取消")
    assert "限额 1 个" not in page.text


def test_another_halls_hour_is_not_there(admin, first, given):
    with given.database.reading() as session:
        other = session.scalars(select(Hall.id).where(Hall.code == "gangkou")).one()
    admin.open(f"/staff/halls/{other}/capacity/{first.id}", status=404)


def test_an_hour_that_has_begun_keeps_its_limit(admin, first, given):
    with given.database.transaction() as session:
        session.get_one(Slot, first.id).starts_at = clock.now() - timedelta(minutes=1)
    page = admin.open(f"/staff/halls/{first.hall_id}/capacity/{first.id}").answer("最多名额", "1")
    page.answer("理由", "下午培训").press("记下", 409).says("这个时段已经开始")


def test_the_page_says_who_is_on_duty_and_why_a_hall_is_shut(admin, first, given):
    path = f"/staff/halls/{first.hall_id}/capacity?day={first.day}"
    admin.open(path).says("1 号窗口 09:00–12:00")
    with given.database.transaction() as session:
        close_day(session, None, first.hall_id, first.day, "设备检修", at=clock.now())
    admin.open(path).says("当日闭厅：设备检修")
