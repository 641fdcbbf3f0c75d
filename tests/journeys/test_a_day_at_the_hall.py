"""A day at a tax hall: booked, moved, checked in, called, assisted under the taxpayer's eyes, done."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from portal.appointments.models import Booking
from portal.billing.services.terminal_shifts import add_terminal
from portal.core import clock
from portal.halls.models import Desk, Hall
from tests.appointments.conftest import open_town
from tests.given import LAST_YEAR, Clerk, Person
from tests.journeys.conftest import Arrive
from tests.journeys.steps import Land
from tests.journeys.test_a_visit import number, press_the_time
from tests.journeys.test_the_office_decides import EARLIER, signed_in
from tests.journeys.walker import TWO_WAYS, Walker

pytestmark = [pytest.mark.one_engine, pytest.mark.parametrize("way", TWO_WAYS, ids=str)]

ERRAND = "annual-settlement"
AT_THE_DESK = ("hall-desk", "counter", "cashier")
EARLY = timedelta(minutes=5)
PENSION = "基本养老保险"


def test_a_visit_from_the_booking_to_the_paper(arrive: Arrive, land: Land) -> None:
    open_town(land.given.database)
    person, walker = somebody_who_filed(arrive, land)
    starts = book_and_move(walker, land)
    land.it_is(starts - EARLY)
    clerk, desk = at_the_desk(arrive, land)
    wall = arrive().open(f"/halls/{hall_of(land)}/screen")
    phone = arrive(comes_again(land, person))

    ticket = check_in(desk, land, person)
    call(desk, wall, ticket)
    assist(desk, phone, person, ticket)
    correct(desk, phone)
    pay_by_card(desk, signed_in(arrive(), colleague(land)), land, person)
    paper = certify(desk)
    assert paper.startswith(b"%PDF")
    desk.press("结束协办").sees("工作人员结束了协办")
    finish(desk, wall, ticket)
    phone.open("/account/trail").sees("查看您的信息", clerk.name, ticket, "更正申报")
    assert land.portal.run("verify", "books") == ""


def test_who_walks_in_follows_the_line_on_their_phone_and_the_wall_shows_the_number(
    arrive: Arrive, land: Land
) -> None:
    open_town(land.given.database)
    _, desk = at_the_desk(arrive, land)
    wall = arrive().open(f"/halls/{hall_of(land)}/screen")
    desk.open(f"/staff/halls/{hall_of(land)}/draw").tick("errand").press("取号")
    found = re.search(r"A[0-9]{3}", desk.page.locator("h1").inner_text())
    assert found
    ticket = found[0]
    phone = arrive().open(desk.page.get_by_role("link", name=desk.say("我的排队位置")).get_attribute("href"))
    phone.sees(ticket, "下一个就是您。")
    assert ticket not in wall.text
    call(desk, wall, ticket)
    phone.open(phone.page.url).sees("2 号窗口正在为您办理。" if phone.way.language == "zh" else "Desk 2")
    finish(desk, wall, ticket)
    phone.open(phone.page.url).sees("已经办完" if phone.way.language == "zh" else "Done:")


def test_who_did_not_come_says_why(arrive: Arrive, land: Land) -> None:
    open_town(land.given.database)
    person = land.given.person()
    starts = book_and_move(arrive(person), land)
    land.it_is(starts + timedelta(hours=2))
    land.works("keep-appointments")
    walker = arrive(comes_again(land, person)).open("/appointments/")
    walker.go_by(walker.page.locator("main a[href*='/appointments/01']").first)
    walker.sees("这次预约没有到场").answer("没有到场的原因", "地铁停运，有证明").press("提交申诉")
    walker.sees("申诉已收到")
    admin = signed_in(arrive(), land.given.staff("hall-admin", at=clock.now() - EARLIER))
    admin.open("/staff/absences").go_by(admin.page.locator("main .rows a").first)
    admin.choose("答复", "申诉成立，不计入未到场次数").answer("理由", "已核实停运").press("答复")
    walker.open(walker.page.url).sees("申诉成立", "已核实停运")


def somebody_who_filed(arrive: Arrive, land: Land) -> tuple[Person, Walker]:
    """Filed and paid last year, with a pension that they find too high now."""
    person = land.given.person()
    land.given.income(
        person, LAST_YEAR, months=12, income="20000.00", pension="1600.00", tax_withheld="600.00"
    )
    land.given.filed(person)
    land.given.paid(land.given.ordered(person), land.portal.payments)
    return person, arrive(person)


def book_and_move(walker: Walker, land: Land) -> datetime:
    """A time of next week, then another; when the visit is."""
    walker.open(f"/appointments/new?errand={ERRAND}").press("选择办税服务厅")
    walker.page.locator("label[for=hall-0]").click()
    walker.press("选择时间").follow("下一周 →")
    press_the_time(walker, 0).press("继续").press("确认预约").sees("到厅出示")
    first = number(walker)
    walker.follow("改期").follow("下一周 →")
    press_the_time(walker, 1).press("继续").press("确认改期")
    assert number(walker) != first
    with land.given.database.reading() as session:
        return session.scalars(select(Booking.starts_at).where(Booking.number == number(walker))).one()


def hall_of(land: Land) -> str:
    with land.given.database.reading() as session:
        return str(session.scalars(select(Hall.id).where(Hall.code == "binhai")).one())


def at_the_desk(arrive: Arrive, land: Land) -> tuple[Clerk, Walker]:
    """A clerk at the second desk of the hall, which serves returns; open."""
    clerk = land.given.staff(*AT_THE_DESK, at=clock.now() - EARLIER)
    with land.given.database.reading() as session:
        second = select(Desk.id).where(Desk.hall_id.in_(select(Hall.id).where(Hall.code == "binhai")))
        desk = session.scalars(second.where(Desk.number == 2)).one()
    walker = signed_in(arrive(), clerk)
    walker.desk = f"/staff/desks/{desk}"
    walker.open(walker.desk).press("开放窗口")
    return clerk, walker


def comes_again(land: Land, person: Person) -> Person:
    """Signed in anew, days later, on their phone."""
    return replace(person, token=land.given.session(person.account_id, person.taxpayer_id, at=clock.now()))


def check_in(desk: Walker, land: Land, person: Person) -> str:
    """By the number that the person shows; what stands on the ticket."""
    with land.given.database.reading() as session:
        mine = select(Booking.number).where(
            Booking.person_id == person.taxpayer_id, Booking.state == "booked"
        )
        shown = session.scalars(mine).one()
    desk.open(f"/staff/halls/{hall_of(land)}/check-in")
    desk.answer("预约编号、预约二维码或证件号码", str(shown)).press("签到")
    found = re.search(r"B[0-9]{3}", desk.page.locator("h1").inner_text())
    assert found
    return found[0]


def call(desk: Walker, wall: Walker, ticket: str) -> None:
    """Called, seen on the wall, come."""
    desk.open(desk.desk).press("叫下一个").sees(ticket)
    wall.page.reload()
    assert ticket in wall.text
    desk.press("已到窗口").sees(ticket)


def assist(desk: Walker, phone: Walker, person: Person, ticket: str) -> None:
    """From the desk the clerk asks to assist whoever booked; they agree on their own phone."""
    desk.follow("请求协办").press("请求同意").sees(ticket)
    phone.open("/account/assistance").sees("等您同意", ticket).press_about(ticket, "同意协办")
    phone.sees("您已同意，尚未开始")
    desk.press("开始协办")
    assert desk.page.url.endswith("/home")
    assert person.name in desk.page.locator(".assisted").inner_text()


def correct(desk: Walker, phone: Walker) -> None:
    """The clerk corrects the return on the taxpayer's pages; the taxpayer signs on their phone."""
    desk.open("/file/").press_about(str(LAST_YEAR), "更正申报")
    check = f"{desk.page.url}/check"
    desk.open(check).follow_about("修改", PENSION).answer(PENSION, "12000").press("保存并继续")
    desk.open(check).tick("declared").press("提交申报").sees("要办的是")
    phone.open("/account/assistance").sees("请您确认")
    phone.go_by(phone.page.get_by_role("button", name=phone.say("确认")).first)
    desk.press("他已确认，办理").sees("回执号")


def colleague(land: Land) -> Clerk:
    """Who keys the slip a second time."""
    return land.given.staff(*AT_THE_DESK, at=clock.now() - EARLIER)


def pay_by_card(desk: Walker, second: Walker, land: Land, person: Person) -> None:
    """The person pays at the terminal; two clerks key the slip, blind to each other."""
    terminal(land)
    desk.open("/staff/cashier")
    desk.page.locator("select[name=terminal]").select_option(index=1)
    desk.answer("批次号", "1").press("开班")
    desk.open(f"/staff/files/{person.taxpayer_id}/open").choose("为了什么打开", "本人或经办人在窗口")
    desk.answer("具体说明", "本人更正申报以后刷卡缴款").press("打开").follow("POS 收款")
    desk.press("下一步：在终端上收款")
    slip = {
        "签购单凭证号": "000123",
        "金额": re.sub(r"[^0-9.]", "", desk.page.locator("h1").inner_text()),
        "时间": f"{clock.now().astimezone(clock.SHANGHAI):%H:%M}",
    }
    key(desk, slip, "录入，交第二人复核")
    desk.sees("已录入。请把签购单交给另一名收款员，由他在本页复核。")
    second.open("/staff/cashier/slips").follow_about("复核", "")
    del slip["时间"]
    key(second.answer("日期", clock.today()), slip, "复核并入账").sees("¥")


def key(walker: Walker, slip: dict[str, str], words: str) -> Walker:
    """What stands on the paper, into the fields of these names."""
    for asked, value in slip.items():
        walker.answer(asked, value)
    return walker.press(words)


def terminal(land: Land) -> None:
    """A terminal at the desk."""
    with land.given.database.transaction() as session:
        desk = session.scalars(select(Desk).where(Desk.number == 2).limit(1)).one()
        add_terminal(session, "88000002", desk.hall_id, desk.id)


def certify(desk: Walker) -> bytes:
    """A certificate of what was paid, asked for on the taxpayer's pages and printed."""
    desk.open("/certificates/new").tick("payments").press("开具证明")
    file = desk.page.get_by_role("link", name=re.compile("PDF"))
    desk.until(lambda: file.count() > 0)
    answer = desk.page.request.get(file.get_attribute("href"))
    assert answer.ok
    return answer.body()


def finish(desk: Walker, wall: Walker, ticket: str) -> None:
    """Done; the wall shows the number no more."""
    desk.open(desk.desk).follow("办完").tick("done").press("办完")
    wall.page.reload()
    assert ticket not in wall.text
