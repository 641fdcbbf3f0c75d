"""A visit to a tax hall: booked, put into a calendar, moved, called off; where all is full, waited for."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select, update

from portal.appointments import services
from portal.appointments.models import Booking, Slot
from portal.appointments.rules.fairness import next_offer
from portal.core import clock
from portal.core.acting import Acting
from portal.core.db import Database
from portal.settings import Settings
from tests.appointments.conftest import open_town
from tests.given import Given, Person
from tests.journeys.walker import Walker, Way
from tests.live import LivePortal

WAYS = [Way("zh", True, 1280), Way("en", False, 390)]
"""Between them they differ in everything."""


@pytest.fixture(params=WAYS, ids=str)
def way(request: pytest.FixtureRequest) -> Way:
    return request.param


@pytest.fixture
def books(live_portal: LivePortal) -> Iterator[Given]:
    """What is behind the portal, the halls of the town open."""
    given = Given(Database(live_portal.database_url), Settings.from_environment(live_portal.environ))
    open_town(given.database)
    yield given
    given.database.dispose()


@pytest.fixture
def person(books: Given, walker: Walker, live_portal: LivePortal) -> Person:
    """Signed in at the walker's browser."""
    someone = books.person()
    walker.page.context.add_cookies([{"name": "portal", "value": someone.token, "url": live_portal.url}])
    return someone


def test_a_visit_is_booked_moved_and_called_off(walker: Walker, person: Person) -> None:
    to_the_week(walker)
    press_the_time(walker, 0).press("继续")
    walker.sees("核对预约", "到厅请带", "清税申报表")
    if walker.way.script:
        left = walker.page.locator("[data-seconds]")
        assert re.search(r"[0-9]:[0-5][0-9]", left.inner_text()), "script counts the minutes that are left"
    walker.press("确认预约").sees("到厅出示")
    first = number(walker)
    file = walker.page.request.get(link_of(walker, "加入日历"))
    assert file.ok
    assert first in file.text().replace("\r\n ", "")
    walker.follow("改期").follow("下一周 →")
    press_the_time(walker, 1).press("继续").sees("到时没有确认，名额自动退回，原来的预约不变。")
    walker.press("确认改期")
    assert number(walker) != first
    walker.follow("取消预约").press("取消预约").sees("这次预约已取消")
    walker.open("/appointments/").sees("没有要到厅的预约。")


def test_where_all_is_full_a_seat_given_back_goes_to_who_waits(
    walker: Walker, person: Person, books: Given
) -> None:
    leaving = somebody_books(books)
    with books.database.transaction() as session:
        session.execute(update(Slot).values(left=0))
    to_the_week(walker).sees(
        "这一周的名额已经约满。可以看别的周，或者登记候补：有人退回名额时按登记的先后通知。"
    )
    walker.follow("登记候补").press("登记候补").sees("候补", "清税注销")
    gives_back(books, leaving)
    walker.open("/appointments/").sees("等您确认")
    walker.follow_about("核对并确认", "").sees("有一个名额留给您").press("确认预约").sees("到厅出示")
    walker.open("/home").sees("到厅预约")


def to_the_week(walker: Walker) -> Walker:
    """What for, where, and the week after this one."""
    walker.open("/appointments/new?errand=clearance").press("选择办税服务厅").sees("也可以现在在网上办")
    walker.page.locator("label[for=hall-0]").click()
    return walker.press("选择时间").follow("下一周 →")


def press_the_time(walker: Walker, n: int) -> Walker:
    """Choose one of the free times by its words, which cover the control."""
    label = walker.page.locator("label[for^=slot-]").nth(n)
    label.click()
    assert walker.page.locator(f"#{label.get_attribute('for')}").is_checked()
    return walker


def number(walker: Walker) -> str:
    return walker.page.locator(".ref").first.inner_text()


def link_of(walker: Walker, words: str) -> str:
    return str(walker.page.get_by_role("link", name=walker.say(words), exact=True).get_attribute("href"))


def somebody_books(books: Given) -> tuple[Acting, Booking]:
    """Another person has the last seat of the town for clearing a firm."""
    at, acting = clock.now(), books.acting(books.person())
    last = select(Slot).where(Slot.skill == "clearance", Slot.left > 0).order_by(Slot.starts_at.desc())
    with books.database.transaction() as session:
        slot = session.scalars(last.limit(1)).one()
        made = services.hold(session, acting, slot.id, ["clearance"], at=at)
        return acting, services.confirm(session, acting, made, at=at)


def gives_back(books: Given, leaving: tuple[Acting, Booking]) -> None:
    """They cancel; what the worker does with the seat is done for an hour at which seats are offered."""
    acting, booking = leaving
    at = clock.now()
    with books.database.transaction() as session:
        services.cancel(session, acting, session.get_one(Booking, booking.id), at=at)
    services.place_seats(books.database, next_offer(at))
