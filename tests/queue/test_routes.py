"""A morning in a hall through its pages: the entrance, the desk, the phone, the wall, the figures."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portal.core import clock
from portal.core.acting import Channel
from portal.core.keys import new_id
from portal.matters.services import open_matter
from portal.queue.models import Ticket
from tests.queue.halls import GENERAL, MINUTE, At, booking, hall
from tests.visitor import Visitor

CERTIFICATE = "开具完税证明综合窗口"
"""An errand with its kind of desk, as it stands in the list."""


@pytest.fixture
def east(given):
    """A hall with one open desk of two skills."""
    made, [key] = hall(given, ("general", "filing"))
    return made, At(given, given.staff("hall-desk"), key).opens(clock.now())


@pytest.fixture
def staff(app, east):
    return lambda path: Visitor(app).carry(east[1].clerk.token).open(path)


def at_desk(staff, east):
    return staff(f"/staff/desks/{east[1].desk_id}")


def place(app, database, number):
    with database.reading() as session:
        return f"/queue/{session.query(Ticket.code).filter_by(number=number).scalar()}"


def test_who_booked_is_checked_in_called_and_served(given, app, database, east, staff):
    made, _ = east
    number = booking(given, made, given.person(), clock.now())
    page = (
        staff(f"/staff/halls/{made}/check-in").answer("预约编号、预约二维码或证件号码", number).press("签到")
    )
    page.says("票号 B001", "还不够多")
    phone = Visitor(app)
    phone.open(place(app, database, "B001")).says("下一个就是您。")
    page = at_desk(staff, east).says("有 1 个号在等").press("叫下一个").says("B001", "已叫号")
    phone.open(place(app, database, "B001")).says("请现在到 1 号窗口。")
    page = page.press("已到窗口").says("办理中").follow("办完")
    page.answer("办成的事项", ["开具完税证明"]).press("办完").says("现在没有人等这个窗口。")
    phone.open(place(app, database, "B001")).says("已经办完，办成的是：开具完税证明。")


def test_the_phone_shows_how_many_are_before_and_nothing_of_anybody(given, app, database, east):
    _, desk = east
    people = [given.person() for _ in range(2)]
    for person in people:
        desk.checks_in(
            booking(given, east[0], person, clock.now() - MINUTE * (people.index(person))), clock.now()
        )
    last = desk.draws(clock.now())
    page = Visitor(app).open(place(app, database, last))
    page.says("前面还有 2 个号。", "暂时不能预计")
    page.follow("刷新").says("前面还有 2 个号。")
    assert not any(person.name in page.text for person in people)


def test_a_walk_in_ticks_errands_of_one_desk(east, staff):
    page = staff(f"/staff/halls/{east[0]}/draw")
    page.press("取号", 422).says("请至少选择一项要办的事项")
    page = page.answer("要办的事项", [CERTIFICATE, "个人所得税综合所得年度汇算申报窗口"])
    page.press("取号", 422).says("不同的窗口办理")
    staff(f"/staff/halls/{east[0]}/draw").answer("要办的事项", [CERTIFICATE]).press("取号").says("票号 A001")


def test_set_aside_called_again_sent_on_and_gone(given, app, database, east, staff):
    _, desk = east
    first, second = (desk.draws(clock.now()) for _ in range(2))
    page = at_desk(staff, east).press("叫下一个").press("再叫一次").press("挂起").says("已挂起")
    Visitor(app).open(place(app, database, first)).says("您的号已经挂起")
    page = page.press(f"再叫：{first}").press("已到窗口").follow("转窗口")
    page = page.answer("转到哪类窗口", "申报").press("转过去")
    Visitor(app).open(place(app, database, first)).says("已转窗口，等候中")
    page = page.press("叫下一个").says(second, "已叫号").press("人已离开")
    Visitor(app).open(place(app, database, second)).says("这个号已经作废")


def test_a_desk_opens_and_closes(given, app, staff, east):
    page = at_desk(staff, east).press("关闭窗口").says("开放以后才能叫号")
    page.press("开放窗口").says("现在没有人等这个窗口。")
    staff("/staff/halls").says("1 号窗口", "开放").follow("1 号窗口 城东办税服务厅")


def test_the_wall_shows_numbers_in_both_languages_and_looks_again(app, east):
    made, desk = east
    Visitor(app).open(f"/halls/{made}/screen").says("现在没有叫号", "No calls now")
    desk.draws(clock.now())
    number = desk.calls(clock.now())
    page = Visitor(app).open(f"/halls/{made}/screen").says(number, "请到窗口", "Please go to desk")
    assert page.response.headers["Refresh"] == "10"


def test_a_ticket_of_yesterday_says_so(app, database, east):
    _, desk = east
    number = desk.draws(clock.now() - timedelta(days=1))
    Visitor(app).open(place(app, database, number)).says("以前某一天")


def test_the_figures_are_public_and_defined(app, given, east):
    _, desk = east
    start = clock.now().replace(hour=1, minute=0) - timedelta(days=7)
    for n in range(55):
        at = start - timedelta(days=n // 12) + (n % 12) * 10 * MINUTE
        if n % 12 == 0:
            desk.opens(at)
        number = desk.draws(at - 8 * MINUTE)
        assert desk.calls(at) == number
        desk.serves(number, at, 7, (GENERAL,))
    page = Visitor(app).open("/measures")
    page.says("共取号 55 个，其中 55 个叫到并有人应答", "开具完税证明", "等候：从取号到第一次应答", "100%")


def test_before_anything_was_measured_nothing_is_published(app, east):
    Visitor(app).open("/measures").says("记录还不够多", "不足 10 次的不公布")


def test_a_clerk_without_the_role_is_refused(given, app, east):
    for path in ("/staff/halls", f"/staff/desks/{east[1].desk_id}", f"/staff/halls/{east[0]}/draw"):
        Visitor(app).carry(given.staff("refund-review").token).open(path, 403)


def test_the_share_begun_online_counts_matters_by_their_way_in(app, given):
    person = given.person()
    web = given.acting(person)
    counter = replace(web, channel=Channel.COUNTER)
    for acting, times in ((web, 9), (counter, 3), (None, 5)):
        with given.database.transaction() as session:
            for _ in range(times):
                open_matter(session, acting, "refund", person.taxpayer_id, new_id(), at=clock.now())
    page = Visitor(app).open("/measures")
    assert page.rows("网上办理的比例")[1:] == [["以下事项合计", "12", "75%"], ["退税", "12", "75%"]]


def test_whoever_opened_a_desk_works_it_until_a_colleague_takes_it_over(app, given, east):
    _, at = east
    at.draws(clock.now())
    colleague = Visitor(app).carry(given.staff("hall-desk").token)
    page = colleague.open(f"/staff/desks/{at.desk_id}")
    page.says("这个窗口由另一名同事值守。")
    assert "叫下一个" not in page.buttons()
    mine = Visitor(app).carry(at.clerk.token).open(f"/staff/desks/{at.desk_id}")
    page.press("接手窗口")
    mine.press("叫下一个", 409).says("由另一名同事值守")
    page = colleague.open(f"/staff/desks/{at.desk_id}").press("叫下一个").says("A001")
    page = mine.visitor.open(f"/staff/desks/{at.desk_id}")
    assert "已到窗口" not in page.buttons()
    page.press("接手窗口").says("A001").press("已到窗口")
