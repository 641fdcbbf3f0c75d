"""A clerk on a taxpayer's own pages: only with consent, never alone in what binds, all of it on the trail."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.accounts.rules.mandates import Role
from portal.assisting.models import Assent, Assistance
from portal.core import clock
from portal.filing.models import FiledReturn, ReturnDraft
from tests.assisting.conftest import CODE, Desk, acts, asked_to_sign, rows
from tests.given import LAST_YEAR
from tests.visitor import Visitor


@pytest.fixture
def person(given):
    someone = given.person()
    given.income(someone, LAST_YEAR, income="20000.00", pension="1600.00", tax_withheld="1500.00")
    return someone


@pytest.fixture
def phone(phone_of, person):
    return phone_of(person)


# Consent


def test_who_has_no_phone_agrees_on_a_device_of_their_own(desk, person, app):
    page = desk.asks(person)
    page = page.says("他没有登记手机").press("开始协办", 422).says("请他在自己的设备上同意以后，再按一次")
    Visitor(app).carry(person.token).open("/account/assistance").press(f"同意协办：{desk.ticket}")
    assert page.press("开始协办").path == "/home"


def test_with_the_code_from_the_phone_a_clerk_is_on_the_taxpayers_pages(desk, person, phone, given):
    page = desk.asks(person)
    assert desk.clerk.name in phone.messages()[0]
    assert desk.ticket in phone.messages()[0]
    page = page.answer(CODE, phone.code()).press("开始协办")
    assert page.path == "/home"
    assert (
        desk.banner(page)
        == f"正在协助：{person.name} 事由：票号 {desk.ticket} 您的每一步都会留痕，并在纳税人账户里可见"
    )
    by_clerk = {act for act, role in acts(given, person) if role == "staff"}
    assert by_clerk == {"assistance-asked", "assistance-began", "file-read"}


def test_on_their_own_phone_the_taxpayer_agrees_and_the_clerk_goes_on(desk, person, phone, app):
    page = desk.asks(person)
    page = page.press("开始协办", 422)
    assert "纳税人还没有同意" in page.errors[CODE]
    Visitor(app).carry(person.token).open("/account/assistance").press(f"同意协办：{desk.ticket}")
    page = page.press("开始协办")
    assert page.path == "/home"


def test_without_consent_the_taxpayers_pages_are_not_there(desk, person, phone):
    desk.asks(person)
    desk.visitor.open("/home", status=404)


def test_a_wrong_code_opens_nothing_and_five_of_them_void_the_right_one(desk, person, phone):
    page = desk.asks(person)
    wrong = "000000" if phone.code() != "000000" else "111111"
    for _ in range(5):
        page = page.answer(CODE, wrong).press("开始协办", 422)
    page = page.answer(CODE, phone.code()).press("开始协办", 422)
    assert "已经失效" in page.errors[CODE]
    desk.visitor.open("/home", status=404)


def test_who_says_no_is_not_assisted_by_the_code_either(desk, person, phone, app):
    page = desk.asks(person)
    Visitor(app).carry(person.token).open("/account/assistance").press(f"不同意：{desk.ticket}")
    page.answer(CODE, phone.code()).press("开始协办", 409).says("他没有同意")
    desk.visitor.open("/home", status=404)


def test_it_is_tied_to_the_ticket_this_clerk_serves_and_to_no_other(desk, person, phone, given, app):
    other = Desk(given, app)
    for number in ("A999", "M-20260101-AAAAAAA-A", "YY-20260101-AAAAAAA-A", "x"):
        page = desk.asks(person, number, status=422)
        assert "没有找到" in page.errors["票号、预约编号或事项编号"]
    assert other.ticket == desk.ticket, "the same number in another hall"
    assert rows(given.database, Assistance) == []


def test_a_matter_of_the_taxpayer_will_do_and_one_of_another_will_not(desk, person, phone, given):
    given.refund(person)
    number = given.matter_number(person)
    stranger = given.person()
    assert "没有找到" in desk.asks(stranger, number, status=422).errors["票号、预约编号或事项编号"]
    assert desk.asks(person, number).heading == "等待纳税人同意"


def test_nobody_assists_themselves(given, app):
    desk = Desk(given, app)
    page = desk.visitor.open(f"/staff/assisting/new/{desk.clerk.taxpayer_id}", status=409)
    page.says("这是您本人的页面")


def test_who_has_no_account_is_told_what_comes_first(desk, given):
    firm = given.firm()
    desk.visitor.open(f"/staff/assisting/new/{firm.taxpayer_id}", status=409).says("先在网上开通账户")


def test_a_paper_needs_a_second_person_who_reads_the_same_number(desk, person, given, app):
    page = desk.visitor.open(f"/staff/assisting/new/{person.taxpayer_id}")
    page = page.answer("票号、预约编号或事项编号", desk.ticket).answer(
        "怎样取得同意", "他签字，另一名工作人员见证（没有手机时）"
    )
    page = page.answer("签字单编号", "xb 0001-7").press("请求同意")
    [asked] = rows(given.database, Assistance)
    page.says("请另一名工作人员登录")
    page = desk.visitor.open(f"/staff/assisting/slips/{asked.id}").answer("签字单编号", "XB00017")
    page.press("我见证了签字", 409).says("须由另一名工作人员见证")
    second = Visitor(app).carry(given.staff("counter").token)
    page = second.open("/staff/assisting/slips").follow(f"见证：票号 {desk.ticket}")
    page = page.answer("签字单编号", "XB00018").press("我见证了签字", 422)
    page.answer("签字单编号", "xb00017").press("我见证了签字").says("没有等待见证的签字单")
    page = desk.visitor.open(f"/staff/assisting/{asked.id}").press("开始协办")
    assert page.path == "/home"


def test_a_paper_is_good_once(desk, person, given):
    for status in (200, 422):
        page = desk.visitor.open(f"/staff/assisting/new/{person.taxpayer_id}")
        page = page.answer("票号、预约编号或事项编号", desk.ticket).answer("签字单编号", "XB00017")
        page = page.answer("怎样取得同意", "他签字，另一名工作人员见证（没有手机时）").press(
            "请求同意", status
        )
    assert "已经用过" in page.errors["签字单编号"]


# At work


def test_the_clerk_prepares_a_return_that_is_the_taxpayers_draft(desk, person, phone, given, app):
    page = asked_to_sign(desk, person, phone, declared=False)
    [draft] = rows(given.database, ReturnDraft)
    assert draft.taxpayer_id == person.taxpayer_id
    Visitor(app).carry(person.token).open(f"/file/{draft.id}/check")
    assert page.path == f"/file/{draft.id}/check"


def test_what_binds_waits_for_the_code_that_says_what_it_is_for(desk, person, phone, given):
    page = asked_to_sign(desk, person, phone)
    page.says("请纳税人确认", "年度汇算，应退税")
    assert rows(given.database, FiledReturn) == []
    assert "应退税 ¥" in phone.messages()[0]
    page = page.answer(CODE, phone.code()).press("他已确认，办理")
    [filed] = rows(given.database, FiledReturn)
    assert (filed.signed_by, filed.signer_name, filed.channel) == (person.taxpayer_id, person.name, "counter")
    assert filed.assisted_by == desk.clerk.name
    assert page.path == f"/file/returns/{filed.id}/done"
    [entry] = [one for one in given.trail_of(person.taxpayer_id) if one.act == "return-submitted"]
    assert (entry.actor_name, entry.actor_role) == (desk.clerk.name, "staff")
    assert entry.facts["present"] == person.name
    assert entry.facts["assent"]


def test_or_for_the_taxpayers_press_on_their_own_phone(desk, person, phone, given, app):
    page = asked_to_sign(desk, person, phone)
    page = page.press("他已确认，办理", 422)
    assert "还没有同意" in page.errors[CODE]
    mine = Visitor(app).carry(person.token).open("/account/assistance")
    [confirm] = [button for button in mine.buttons() if button.startswith("确认：提交")]
    mine.press(confirm)
    page.press("他已确认，办理")
    assert len(rows(given.database, FiledReturn)) == 1


def test_who_says_no_to_a_deed_has_none_done_by_the_code_either(desk, person, phone, given, app):
    page = asked_to_sign(desk, person, phone)
    code = phone.code()
    mine = Visitor(app).carry(person.token).open("/account/assistance")
    [no] = [button for button in mine.buttons() if button.startswith("不同意：提交")]
    mine.press(no)
    page.answer(CODE, code).press("他已确认，办理", 422).says("纳税人没有同意")
    assert rows(given.database, FiledReturn) == []


def test_what_the_clerk_changes_after_the_code_was_sent_needs_another(desk, person, phone, given):
    page = asked_to_sign(desk, person, phone)
    code, deed = phone.code(), page.path
    sent = page.form_data(page.soup.find("form", attrs={"novalidate": True}))
    changed = {**sent.to_dict(), "declared": "y", "assent_code": code, "extra": "1"}
    page = desk.visitor.send("POST", deed, 200, changed)
    page.says("内容与纳税人刚才确认的不同")
    assert rows(given.database, FiledReturn) == []
    assert len(rows(given.database, Assent)) == 2


def test_one_word_is_good_for_one_deed(desk, person, phone, given):
    page = asked_to_sign(desk, person, phone)
    sent = page.answer(CODE, phone.code()).form_data(page.soup.find("form", attrs={"novalidate": True}))
    path = page.path
    page.press("他已确认，办理")
    page = desk.visitor.send("POST", path, {200, 409}, sent)
    assert len(rows(given.database, FiledReturn)) == 1


def test_the_code_is_not_asked_for_a_form_that_would_come_back(desk, person, phone, given):
    page = asked_to_sign(desk, person, phone, declared=False)
    page = page.press("提交申报", 422)
    assert rows(given.database, Assent) == []


def test_the_taxpayers_account_stays_their_own(desk, person, phone):
    desk.assists(person, phone)
    for path in ("/accounts/profile", "/accounts/mobile", "/accounts/acting"):
        desk.visitor.open(path, status=409).says("纳税人自己的账户")
    desk.visitor.open("/messages/").press("全部标为已读", 409).says("只能由纳税人自己办理")


# The end


def test_the_clerk_ends_it_and_is_at_their_own_desk_again(desk, person, phone, given):
    page = desk.assists(person, phone).press("结束协办")
    page.says("工作人员结束了协办")
    desk.visitor.open("/home", status=404)
    assert ("assistance-ended", "staff") in acts(given, person)


@pytest.mark.parametrize("way", ["their page", "their sessions"])
def test_the_taxpayer_ends_it_at_once_and_nothing_is_lost(desk, person, phone, given, app, way):
    desk.assists(person, phone)
    page = desk.visitor.open(f"/file/{given.draft(person)}/wages")
    page = page.answer("工资薪金收入", "123456.00")
    mine = Visitor(app).carry(person.token)
    if way == "their page":
        mine.open("/account/assistance").press(f"立即结束协办：{desk.ticket}")
    else:
        mine.open("/accounts/sessions").press("结束：窗口协办")
    page = page.press("保存并继续", 409)
    page.says("协办已结束", "此前保存的内容都在纳税人自己的草稿里", "已封存一小时")
    desk.visitor.open("/home", status=404)
    assert "123456.00" not in str(rows(given.database, ReturnDraft)[0].answers)
    again = desk.asks(person).answer(CODE, phone.code()).press("开始协办")
    again.says("继续刚才填写的内容").press("继续提交")
    assert "123456.00" in str(rows(given.database, ReturnDraft)[0].answers)


def test_it_ends_with_its_time(desk, person, phone, given, database):
    desk.assists(person, phone)
    with database.transaction() as session:
        session.scalars(select(Assistance)).one().until = clock.now() - timedelta(seconds=1)
    page = desk.visitor.open("/home")
    page.says("协办时间已到")
    desk.visitor.open("/home", status=404)


def test_for_a_firm_it_ends_with_the_mandate_of_who_is_present(given, app, phone_of):
    owner, firm = given.person(), given.firm()
    mandate = given.mandate(firm, owner)
    phone, desk = phone_of(owner), Desk(given, app)
    page = desk.asks(firm).answer(CODE, phone.code()).press("开始协办")
    assert f"正在协助：{firm.name}（{owner.name} 在场）" in desk.banner(page)
    given.ends(mandate)
    desk.visitor.open("/home").says("协办已结束")


def test_somebody_of_the_agent_firm_is_present_for_its_client(given, app, phone_of):
    worker, firm, agent = given.person(), given.firm(), given.firm(agent=True)
    given.mandate(firm, agent, role=Role.AGENT)
    inside = given.mandate(agent, worker)
    phone, desk = phone_of(worker), Desk(given, app)
    page = desk.asks(firm).answer(CODE, phone.code()).press("开始协办")
    assert f"正在协助：{firm.name}（{worker.name} 在场）" in desk.banner(page)
    given.ends(inside)
    desk.visitor.open("/home").says("协办已结束")


def test_who_left_the_agent_firm_is_not_offered(given, app):
    worker, firm, agent = given.person(), given.firm(), given.firm(agent=True)
    given.mandate(firm, agent, role=Role.AGENT)
    given.ends(given.mandate(agent, worker))
    Desk(given, app).visitor.open(f"/staff/assisting/new/{firm.taxpayer_id}", status=409)


def test_a_clerk_assists_one_taxpayer_at_a_time(desk, person, phone, given, phone_of):
    desk.assists(person, phone)
    other = given.person()
    page = desk.assists(other, phone_of(other))
    assert other.name in desk.banner(page)
    first = min(rows(given.database, Assistance), key=lambda one: one.asked_at)
    assert first.ended_by == "clerk"


def test_a_form_of_the_taxpayer_before_does_nothing_for_the_next(desk, person, phone, given, phone_of):
    desk.assists(person, phone)
    form = desk.visitor.open("/file/")
    other = given.person()
    desk.assists(other, phone_of(other))
    form.press(f"开始：{LAST_YEAR} 年度 个人所得税综合所得年度汇算", 409).says("不是为", other.name)
    assert rows(given.database, ReturnDraft) == []


def test_a_clerk_who_was_away_too_long_is_led_to_their_own_door(desk, person, phone, given):
    form = desk.assists(person, phone)
    form = desk.visitor.open("/file/")
    given.signs_out(desk.clerk)
    page = form.press(f"开始：{LAST_YEAR} 年度 个人所得税综合所得年度汇算")
    assert page.path == "/staff/sign-in"
    assert rows(given.database, ReturnDraft) == []


def test_every_look_is_on_the_page_who_looked_at_my_file(desk, person, phone, app):
    desk.assists(person, phone)
    desk.visitor.open("/account/trail")
    page = Visitor(app).carry(person.token).open("/account/trail")
    looked = [row for row in page.rows() if row[1] == "查看您的信息"]
    assert len(looked) == 2
    assert all(desk.clerk.name in row[2] and desk.ticket in row[3] and "1 号窗口" in row[3] for row in looked)
