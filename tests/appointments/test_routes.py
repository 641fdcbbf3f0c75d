"""Appointments as a person without script books, moves and calls them off."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal.accounts.rules.mandates import Role
from portal.appointments import services
from portal.appointments.models import Booking, Slot
from portal.appointments.rules.fairness import next_offer
from portal.appointments.rules.states import State
from portal.core import clock
from portal.core.acting import Right
from portal.core.db import Database
from tests.appointments.conftest import booked, held, labels, offered, to_the_week
from tests.given import Given, Person
from tests.visitor import Page, Visitor


def number_of(page: Page) -> str:
    return page.soup.find(class_="ref").get_text().strip()


def change(database: Database, **values: object) -> None:
    with database.transaction() as session:
        session.execute(update(Booking).values(**values))


def test_a_visit_is_booked_in_four_steps_and_its_page_has_all_that_is_needed(
    visitor: Visitor, person: Person
) -> None:
    page = held(visitor)
    page.says("核对预约", "为您保留到", "清税注销", "滨海新区办税服务厅", "清税申报表")
    page = page.press("确认预约")
    assert page.heading.startswith("已预约：")
    assert number_of(page).startswith("A")
    page.says("营业执照副本", person.name, "接下来")
    assert page.soup.find("svg", attrs={"aria-label": f"预约号 {number_of(page)} 的二维码"})
    mine = visitor.open("/appointments/")
    mine.says(number_of(page), "清税注销")


def test_several_errands_of_one_desk_are_one_visit_and_those_of_two_desks_are_not(
    visitor: Visitor, person: Person
) -> None:
    page = visitor.open("/appointments/new")
    names = {label.split("到厅")[0]: label for label in labels(page, "要办的事项")}
    both = [names["个人所得税扣缴申报"], names["清税注销"]]
    page = page.answer("要办的事项", both).press("选择办税服务厅", 422)
    assert page.errors == {"要办的事项": "错误：所选事项在不同的窗口办理，不能合在一次预约里。"}
    assert len(page.soup.find_all("input", checked=True)) == 2
    both = [names["个人所得税扣缴申报"], names["个人所得税综合所得年度汇算"]]
    page = page.answer("要办的事项", both).press("选择办税服务厅")
    page.says("约 45 分钟", "工资发放明细", "本人银行卡")


def test_what_can_be_done_online_is_said_with_its_minutes_before_a_time_is_chosen(
    visitor: Visitor, person: Person
) -> None:
    page = visitor.open("/appointments/new?errand=tax-payment-certificate")
    page.says("到厅约 8 分钟；网上约 3 分钟")
    page = page.press("选择办税服务厅")
    page.says("也可以现在在网上办", "网上约 3 分钟")
    assert page.follow("开具完税证明").heading == "税务证明"


def test_nothing_chosen_is_said_beside_the_question(visitor: Visitor, person: Person) -> None:
    page = visitor.open("/appointments/new").press("选择办税服务厅", 422)
    assert page.errors == {"要办的事项": "错误：请至少选择一项要办的事项"}
    page = visitor.open("/appointments/new/hall?errand=clearance").press("选择时间", 422)
    assert page.errors == {"办税服务厅": "错误：请选择办税服务厅"}
    page = to_the_week(visitor).press("继续", 422)
    assert page.errors == {"到厅时段": "错误：请选择一个到厅时段"}
    [link] = page.soup.select("[role=alert] a")
    assert page.soup.find("input", id=str(link["href"]).removeprefix("#")), "leads to the first free time"


def test_a_full_time_stays_to_be_seen_and_cannot_be_chosen(
    visitor: Visitor, person: Person, database: Database
) -> None:
    page = to_the_week(visitor)
    chosen = page.question("到厅时段").controls[0]["value"]
    page.answer("到厅时段", offered(page)[0])
    before = len(offered(page))
    with database.transaction() as session:
        slot = next(s for s in session.scalars(select(Slot)) if str(s.id) == chosen)
        slot.left = 0
    page = page.press("继续", 422)
    assert page.errors == {"到厅时段": "错误：这个时段刚刚约满，请另选一个时段"}
    page.says("已约满")
    assert len(offered(page)) == before - 1


def test_all_days_of_a_week_have_the_same_rows_of_times(visitor: Visitor, person: Person) -> None:
    page = to_the_week(visitor)
    days = [len(day.find_all("li", class_="slot")) for day in page.soup.select(".week > section")]
    assert len(days) >= 5
    assert len(set(days) - {0}) == 1


def test_a_week_leads_earlier_and_later_only_while_it_can_be_booked(visitor: Visitor, person: Person) -> None:
    page = visitor.open("/appointments/new/week?errand=clearance&hall=binhai")
    assert "← 上一周" not in page.links()
    weeks = 1
    while "下一周 →" in page.links():
        page, weeks = page.follow("下一周 →"), weeks + 1
    assert 4 <= weeks <= 7
    assert "← 上一周" in page.links()
    page = visitor.open("/appointments/new/week?errand=clearance&hall=binhai&of=1999-01-01")
    assert "← 上一周" not in page.links()


def test_the_calendar_file_has_hour_place_and_number(visitor: Visitor, person: Person) -> None:
    page = booked(visitor)
    file = page.follow("加入日历")
    assert file.response.mimetype == "text/calendar"
    text = file.response.get_data(as_text=True).replace("\r\n ", "")
    assert number_of(page) in text
    assert "SUMMARY:到厅办税：清税注销" in text
    assert "METHOD:PUBLISH" in text
    assert text.endswith("END:VCALENDAR\r\n")


def test_a_visit_moves_and_the_old_time_stands_until_the_new_one_is_confirmed(
    visitor: Visitor, person: Person
) -> None:
    page = booked(visitor)
    old = number_of(page)
    page = page.follow("改期")
    page.says("改到别的时间", "现在的时间")
    page = page.follow("下一周 →")
    page = page.answer("到厅时段", offered(page)[0]).press("继续")
    page.says("确认后，原来", "的预约自动取消")
    visitor.open("/appointments/").says(old, "等您确认")
    page = page.press("确认改期")
    assert number_of(page) != old
    mine = visitor.open("/appointments/")
    assert old not in mine.soup.find("section", attrs={"aria-labelledby": "coming"}).get_text()
    mine.says("已取消")


def test_giving_up_the_new_time_keeps_the_old_one(visitor: Visitor, person: Person) -> None:
    page = booked(visitor)
    old = number_of(page)
    page = page.follow("改期")
    page = page.follow("下一周 →")
    page = page.answer("到厅时段", offered(page)[0]).press("继续").press("不要这个名额")
    page.says(old)
    assert "等您确认" not in page.text


def test_a_visit_is_called_off_after_a_question(visitor: Visitor, person: Person) -> None:
    page = booked(visitor).follow("取消预约")
    assert page.heading == "要取消这次预约吗"
    page = page.press("取消预约")
    page.says("这次预约已取消", "名额已经退回")
    assert "改期" not in page.links()
    file = visitor.send("GET", f"{page.path}/calendar.ics", 200)
    assert "METHOD:CANCEL" in file.response.get_data(as_text=True)


def test_two_hours_before_nothing_is_moved_or_cancelled_any_more(
    visitor: Visitor, person: Person, database: Database
) -> None:
    page = booked(visitor)
    change(database, starts_at=clock.now() + timedelta(minutes=119))
    late = visitor.open(page.path)
    late.says("不能再改期或取消")
    assert {"改期", "取消预约"} & set(late.links()) == set()
    visitor.open(f"{page.path}/move", 409).says("距预约时间不到 2 小时")
    asked = visitor.open(f"{page.path}/cancel")
    no = asked.press("取消预约", 409).says("距预约时间不到 2 小时")
    assert no.follow("回到刚才的页面").path == asked.path


def test_a_seat_not_confirmed_in_time_is_lost_and_says_so(
    visitor: Visitor, person: Person, database: Database
) -> None:
    page = held(visitor)
    change(database, held_until=clock.now() - timedelta(seconds=1))
    page.press("确认预约", 409).says("为您保留的名额已过确认时间")
    visitor.open(page.path).says("名额没有确认，已经退回")
    assert "等您确认" not in visitor.open("/appointments/").text


def test_the_page_of_a_held_seat_says_until_when_in_words_and_for_script(
    visitor: Visitor, person: Person
) -> None:
    page = held(visitor)
    left = page.soup.find(attrs={"data-seconds": True})
    assert 590 <= int(left["data-seconds"]) <= 601
    assert "（北京时间）" in page.text


def test_where_all_is_full_somebody_waits_and_takes_the_seat_that_comes_back(
    visitor: Visitor, person: Person, given: Given, app, database: Database, fill: Callable[..., None]
) -> None:
    other = Visitor(app).carry(given.person().token)
    leaving = booked(other)
    fill()
    page = visitor.open("/appointments/new/week?errand=clearance&hall=binhai")
    page.says("这一周的名额已经约满", "已约满")
    page = page.follow("登记候补").press("登记候补")
    page.says("候补", "清税注销", "滨海新区办税服务厅")
    assert "撤回候补：清税注销" in page.buttons()
    leaving.follow("取消预约").press("取消预约")
    services.by_minute(database, next_offer(clock.now()))
    page = visitor.open("/appointments/")
    page.says("候补到的名额，为您保留到")
    assert "撤回候补：清税注销" not in page.buttons()
    [link] = [words for words in page.links() if words.startswith("核对并确认")]
    page = page.follow(link)
    page.says("有一个名额留给您", "名额会留给下一位候补的人")
    assert page.press("确认预约").heading.startswith("已预约：")


def test_who_waits_no_more_says_so(visitor: Visitor, person: Person, fill: Callable[..., None]) -> None:
    fill()
    page = visitor.open("/appointments/new/waiting-list?errand=clearance&hall=binhai").press("登记候补")
    page = page.press("撤回候补：清税注销")
    assert "撤回候补：清税注销" not in page.buttons()


def test_days_of_waiting_must_follow_each_other(
    visitor: Visitor, person: Person, fill: Callable[..., None]
) -> None:
    fill()
    page = visitor.open("/appointments/new/waiting-list?errand=clearance&hall=binhai")
    first, last = (
        page.question(words).controls[0].find_all("option") for words in ("从哪天起", "到哪天为止")
    )
    page.answer("从哪天起", first[-1].get_text().strip()).answer("到哪天为止", last[1].get_text().strip())
    page = page.press("登记候补", 422)
    assert page.errors == {"到哪天为止": "错误：结束的日子不能早于开始的日子"}


def test_a_missed_visit_can_be_appealed_once(visitor: Visitor, person: Person, database: Database) -> None:
    page = booked(visitor)
    at = clock.now()
    change(database, state=State.MISSED, ended_at=at, starts_at=at - timedelta(hours=1))
    page = visitor.open(page.path)
    page.says("这次预约没有到场", "3 次没有到场的，当月不能再预约")
    assert page.press("提交申诉", 422).errors == {"没有到场的原因": "错误：请填写没有到场的原因"}
    page = page.answer("没有到场的原因", "地铁停运两小时").press("提交申诉")
    page.says("申诉已收到", "地铁停运两小时")
    assert "提交申诉" not in page.buttons()
    visitor.open("/appointments/").says("申诉审核中")


@pytest.mark.parametrize("rights", [{Right.VIEW}, {Right.VIEW, Right.BOOK}])
def test_a_firms_visit_is_booked_under_a_mandate_that_says_so(
    given: Given, visitor: Visitor, person: Person, rights: set[Right]
) -> None:
    firm = given.firm()
    mandate = given.mandate(firm, person, role=Role.TAX_HANDLER, rights=rights)
    visitor.carry(given.acting_for(person, mandate).token)
    if Right.BOOK in rights:
        booked(visitor).says("到厅的人", person.name)
        visitor.open("/appointments/").says("清税注销")
    else:
        assert "预约到厅" not in visitor.open("/appointments/").links()
        visitor.open("/appointments/new", 403)
    visitor.carry(person.token)
    assert "清税注销" not in visitor.open("/appointments/").text, "the firm's is not the person's"


def test_the_next_visit_stands_on_the_first_page(visitor: Visitor, person: Person) -> None:
    page = booked(visitor)
    home = visitor.open("/home")
    home.says("到厅预约", "滨海新区办税服务厅")
    [link] = home.soup.select(".visit a")
    assert link["href"] == page.path


def test_the_search_of_matters_finds_the_room(visitor: Visitor, person: Person) -> None:
    assert "预约办税" in visitor.open("/matters/search?q=排队").links()
