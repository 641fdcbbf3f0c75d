"""Acting for a firm through the pages: joining, offering, answering, switching, losing, two windows."""

import json
from itertools import count

import pytest
from bs4 import Tag

from portal.accounts.models import Mandate
from portal.accounts.rules.mandates import Role, Side, Standing
from portal.core import clock
from portal.core.acting import Right
from portal.demo import town
from tests.market import firm_line
from tests.visitor import NotOffered, Visitor

SERIALS = count(70_000)


@pytest.fixture
def market(sandbox):
    """Adds firms to the market register."""
    assert sandbox.identity.process.poll() is None

    def add(by, **record):
        line = firm_line(town.credit_code(next(SERIALS)), by=by, **record)
        with sandbox.firms.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        return line

    return add


@pytest.fixture
def register(sandbox):
    """Adds people to the identity register."""
    assert sandbox.identity.process.poll() is None

    def add(person):
        known = {
            "name": person.name,
            "id_kind": "resident-id",
            "id_number": person.number,
            "mobile": person.mobile,
        }
        with sandbox.people.open("a", encoding="utf-8") as file:
            file.write(json.dumps(known, ensure_ascii=False) + "\n")
        return person

    return add


@pytest.fixture
def firm(given):
    return given.firm()


@pytest.fixture
def boss(given, firm):
    person = given.person()
    return given.acting_for(person, given.mandate(firm, person, role=Role.REPRESENTATIVE))


def at(app, person, language="zh"):
    return Visitor(app, language).carry(person.token)


def end(given, mandate_id):
    with given.database.transaction() as session:
        row = session.get_one(Mandate, mandate_id)
        row.ended_at, row.ended_by = clock.now(), Side.FIRM


def banner(page):
    found = page.soup.find(class_="behalf")
    return " ".join(found.get_text().split()) if found else ""


# Joining


def test_a_representative_joins_and_acts_at_once(app, given, market):
    person = given.person()
    line = market(person)
    page = at(app, person).open("/accounts/acting").follow("开通您代表的企业")
    page = page.answer("统一社会信用代码", line["uscc"]).press("核对并开通")
    page.says("企业已开通", line["name"], "法定代表人")
    page = page.press(f"代表它办理：{line['name']} 法定代表人")
    assert (page.path, banner(page)) == ("/home", f"您正代表 {line['name']} 办理（法定代表人） 回到本人")


def test_another_s_firm_and_no_firm_are_answered_alike(app, given, market):
    stranger = given.person()
    another, nobody = market(given.person())["uscc"], town.credit_code(next(SERIALS))
    answers = set()
    for code in (another, nobody):
        page = at(app, stranger).open("/accounts/firm/join").answer("统一社会信用代码", code)
        answers.add(page.press("核对并开通", 409).text)
    assert len(answers) == 1
    assert "请让法定代表人开通企业" in answers.pop()


def test_a_mistyped_code_is_answered_beside_the_question(app, given):
    code = town.credit_code(next(SERIALS))
    wrong = code[:-1] + ("A" if code[-1] != "A" else "B")
    page = at(app, given.person()).open("/accounts/firm/join").answer("统一社会信用代码", wrong)
    assert "校验码" in page.press("核对并开通", 422).errors["统一社会信用代码"]


# Offering and answering


def offered(page, person, role="办税人员", rights=("申报",)):
    page = page.answer("职务", role).answer("姓名", person.name).answer("证件类型", "居民身份证")
    return page.answer("证件号码", person.number).answer("可以办理的事项", list(rights))


def test_what_is_offered_is_accepted_used_and_ended(app, given, boss, firm, register):
    handler = register(given.person())
    chief, mine = at(app, boss), at(app, handler)
    page = offered(chief.open("/accounts/mandates").follow("授权个人"), handler).press("发出授权")
    page.says("已发出授权", handler.name, "等待对方接受")
    page = mine.open("/accounts/mandates").press(f"接受：{firm.name} 办税人员")
    page.says("已接受授权", "有效")
    page = mine.open("/accounts/acting").press(f"代表它办理：{firm.name} 办税人员")
    assert banner(page).startswith(f"您正代表 {firm.name} 办理（办税人员）")
    page = mine.open("/accounts/mandates")
    assert "授权个人" not in page.links()
    page = chief.open("/accounts/mandates").press(f"终止：{handler.name} 办税人员")
    page.says("授权已终止", "已终止")
    mine.open("/home").says("您的授权已于")


def test_somebody_without_an_account_is_offered_in_the_same_words(app, given, boss, register):
    known, unknown = register(given.person()), register(next(given.people))
    said = set()
    for person in (known, unknown):
        page = offered(at(app, boss).open("/accounts/mandates/new"), person).press("发出授权")
        said.add(page.soup.find(role="status").get_text())
        page.says(person.name, "等待对方接受")
    assert len(said) == 1


def test_the_offer_waits_for_whoever_opens_an_account_later(app, given, boss, firm, register):
    later = register(next(given.people))
    offered(at(app, boss).open("/accounts/mandates/new"), later).press("发出授权")
    given.people = iter([later])
    person = given.person()
    assert person.number == later.number
    at(app, person).open("/accounts/mandates").says(firm.name, "等待您接受")


def test_a_name_that_does_not_go_with_the_number_is_offered_nothing(app, given, boss, register):
    person = register(given.person())
    page = offered(at(app, boss).open("/accounts/mandates/new"), person).answer("姓名", "别人")
    assert "不相符" in page.press("发出授权", 422).errors["姓名"]


def test_nobody_offers_to_themselves(app, boss, register):
    page = offered(at(app, boss).open("/accounts/mandates/new"), register(boss))
    page.press("发出授权", 409).says("不能为自己授权")


def test_a_page_offers_only_what_one_may_give(app, given, firm):
    head = given.person()
    held = {Right.VIEW, Right.FILE, Right.BOOK, Right.MANAGE}
    acting = given.acting_for(head, given.mandate(firm, head, role=Role.FINANCE_HEAD, rights=held))
    page = at(app, acting).open("/accounts/mandates/new")
    with pytest.raises(NotOffered):
        page.answer("可以办理的事项", ["缴款"])
    with pytest.raises(NotOffered):
        page.answer("可以办理的事项", ["管理授权"])
    page.answer("可以办理的事项", ["申报"])


@pytest.mark.parametrize("right", ["pay", "certify", "manage"])
def test_nobody_widens_rights_by_posting_others(app, given, firm, register, right):
    head, other = given.person(), register(given.person())
    held = {Right.VIEW, Right.FILE, Right.BOOK, Right.MANAGE}
    acting = given.acting_for(head, given.mandate(firm, head, role=Role.FINANCE_HEAD, rights=held))
    visitor = at(app, acting)
    page = offered(visitor.open("/accounts/mandates/new"), other, role="财务负责人")
    data = page.form_data(page.soup.find("main").find("form"))
    data.add("rights", right)
    assert visitor.client.post("/accounts/mandates/new", data=data).status_code == 422
    assert given.mandates_of(other) == []


def test_a_handler_offers_nothing_whatever_is_posted(app, given, firm, register):
    handler, other = given.person(), register(given.person())
    acting = given.acting_for(handler, given.mandate(firm, handler))
    visitor = at(app, acting)
    assert visitor.open("/accounts/mandates/new", 403)
    page = visitor.open("/accounts/mandates")
    data = {name: page.soup.find("input", attrs={"name": name})["value"] for name in ("csrf_token",)}
    data |= {"acting_for": str(firm.taxpayer_id), "role": "finance-head", "rights": "manage"}
    assert visitor.client.post("/accounts/mandates/new", data=data).status_code == 403
    assert given.mandates_of(other) == []


def test_an_agent_firm_is_offered_by_its_code_and_its_representative_answers(app, given, boss, firm, market):
    head = given.person()
    line = market(head, name="远山税务师事务所有限公司", agent=True)
    page = at(app, boss).open("/accounts/mandates").follow("授权代理机构")
    page = page.answer("代理机构的统一社会信用代码", line["uscc"]).answer("可以办理的事项", ["申报"])
    page.press("发出授权").says(line["name"], "涉税代理机构", "等待对方接受")
    visitor = at(app, head)
    visitor.open("/accounts/acting").press(f"代表它办理：{line['name']} 法定代表人")
    visitor.open("/accounts/mandates").press(f"接受：{firm.name} 涉税代理机构").says("已接受授权")
    client = f"代表它办理：{firm.name} 涉税代理机构"
    assert firm.name in banner(visitor.open("/accounts/acting").press(client))


def test_a_firm_that_is_no_agent_is_refused(app, given, boss, market):
    code = market(next(given.people))["uscc"]
    page = at(app, boss).open("/accounts/mandates/new-agent").answer("代理机构的统一社会信用代码", code)
    page.press("发出授权", 409).says("没有登记为涉税专业服务机构")


# The banner, the switch, the way back


def test_every_page_says_for_whom_one_acts(app, given, boss, firm):
    for language, words in (("zh", "您正代表"), ("en", "You are acting for")):
        visitor = at(app, boss, language)
        for path in (
            "/home",
            "/billing/",
            "/messages/",
            "/accounts/mandates",
            "/accounts/profile",
            "/accessibility",
        ):
            page = visitor.open(path)
            assert banner(page).startswith(words), path
            assert firm.name in banner(page), path
    page = at(app, boss).open("/home").press("回到本人")
    assert banner(page) == ""
    assert page.path == "/home"


def test_a_switch_gives_a_new_token_and_the_old_opens_nothing(app, given, firm):
    person = given.person()
    given.mandate(firm, person)
    visitor = at(app, person)
    visitor.open("/accounts/acting").press(f"代表它办理：{firm.name} 办税人员")
    assert at(app, person).open("/home").path == "/accounts/sign-in"


def test_one_s_own_account_stays_one_s_own(app, given, boss, firm):
    """Behind the doors of the account one acts for oneself: the firm's trail says nothing of it."""
    page = at(app, boss).open("/accounts/address").answer("联系地址", "深圳市南山区某路1号").press("保存地址")
    page.says("联系地址已更改")
    acts = [entry.act for entry in given.trail_of(firm.taxpayer_id)]
    assert "address-changed" not in acts
    assert "address-changed" in [entry.act for entry in given.trail_of(boss.taxpayer_id)]


# Losing a mandate


@pytest.fixture
def handler(given, firm):
    """Acts for the firm, by a mandate that a test may end."""
    person = given.person()
    made = given.mandate(firm, person)
    return given.acting_for(person, made), made


def test_who_lost_a_mandate_is_told_and_acts_for_oneself_again(app, given, firm, handler):
    person, made = handler
    visitor = at(app, person)
    visitor.open("/billing/")
    end(given, made)
    page = visitor.open("/billing/")
    assert page.path == f"/accounts/acting/over/{made}"
    assert page.heading == f"您不再代表 {firm.name}"
    page.says("现在起您以本人身份办理")
    page = page.follow("以本人身份继续")
    assert (page.path, banner(page)) == ("/home", "")


@pytest.mark.parametrize("path", ["/home", "/billing/", "/messages/", "/account/trail", "/accounts/profile"])
def test_no_page_of_the_firm_is_served_after_the_end(app, given, firm, handler, path):
    person, made = handler
    end(given, made)
    answer = at(app, person).client.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/accounts/acting/over/{made}")


def test_a_form_sent_after_the_end_does_nothing(app, given, firm, handler):
    person, made = handler
    given.notice(firm.taxpayer_id)
    page = at(app, person).open("/messages/")
    end(given, made)
    page = page.press("全部标为已读", 409)
    page.says(f"您不再代表 {firm.name}", "没有完成的操作都没有提交")
    assert given.unread(firm.taxpayer_id) == 1


def test_a_script_that_asks_does_not_use_up_the_news(app, given, handler):
    person, made = handler
    end(given, made)
    visitor = at(app, person)
    asked = visitor.client.get("/home", headers={"Sec-Fetch-Dest": "empty"})
    assert asked.status_code == 409
    assert visitor.open("/home").path == f"/accounts/acting/over/{made}"


def test_who_lost_a_mandate_can_still_sign_out(app, given, handler):
    person, made = handler
    page = at(app, person).open("/home")
    end(given, made)
    assert page.press("退出").heading == "您已退出登录"


def test_the_loss_is_told_in_english_too(app, given, firm, handler):
    person, made = handler
    end(given, made)
    page = at(app, person, "en").open("/home")
    assert page.heading == f"You no longer act for {firm.name}"


def test_a_loss_is_nobody_else_s_news(app, given, handler):
    end(given, handler[1])
    at(app, given.person()).open(f"/accounts/acting/over/{handler[1]}", 404)


def test_what_is_in_force_is_not_said_to_be_over(app, given, handler):
    at(app, handler[0]).open(f"/accounts/acting/over/{handler[1]}", 404)


# Two windows


@pytest.fixture
def two_firms(given):
    """A person who may act for two firms, in a session of their own."""
    person, one, other = given.person(), given.firm(), given.firm()
    given.mandate(one, person)
    given.mandate(other, person)
    given.notice(one.taxpayer_id)
    given.notice(other.taxpayer_id)
    return person, one, other


def go(visitor, firm):
    return visitor.open("/accounts/acting").press(f"代表它办理：{firm.name} 办税人员")


def test_a_form_opened_for_one_firm_is_not_sent_for_another(app, given, two_firms):
    person, one, other = two_firms
    visitor = at(app, person)
    go(visitor, one)
    form = visitor.open("/messages/")
    go(visitor, other)  # in another window of the same browser
    page = form.press("全部标为已读", 409)
    page.says(one.name, other.name, "什么也没有提交")
    assert (given.unread(one.taxpayer_id), given.unread(other.taxpayer_id)) == (1, 1)
    page = page.press("切换回去，回到原来的页面")
    assert page.path == "/messages/"
    assert one.name in banner(page)
    page.press("全部标为已读")
    assert (given.unread(one.taxpayer_id), given.unread(other.taxpayer_id)) == (0, 1)


def test_a_form_opened_for_oneself_is_not_sent_for_a_firm(app, given, two_firms):
    person, one, _ = two_firms
    given.notice(person.taxpayer_id)
    visitor = at(app, person)
    form = visitor.open("/messages/")
    go(visitor, one)
    page = form.press("全部标为已读", 409)
    page.says("您自己", one.name)
    assert (given.unread(person.taxpayer_id), given.unread(one.taxpayer_id)) == (1, 1)
    assert banner(page.press("为本人办理，回到原来的页面")) == ""


def test_the_page_about_it_is_sound_in_english(app, given, two_firms):
    person, one, other = two_firms
    visitor = at(app, person, "en")
    for firm in (one, other):
        page = visitor.open("/accounts/acting").press(f"Act for it: {firm.name} Tax handler")
        if firm is one:
            form = visitor.open("/messages/")
    page = form.press("Mark all as read", 409)
    page.says(f"The form was opened for {one.name}; you now act for {other.name}.")


@pytest.mark.parametrize("named", [None, "", "nobody", "00000000-0000-7000-8000-000000000000"])
def test_a_form_that_names_nobody_one_acts_for_is_refused(app, given, two_firms, named):
    person, one, _ = two_firms
    visitor = at(app, person)
    go(visitor, one)
    page = visitor.open("/messages/")
    field = page.soup.find("main").find("input", attrs={"name": "acting_for"})
    assert isinstance(field, Tag)
    field["value"] = named or ""
    if named is None:
        field.decompose()
    page.press("全部标为已读", 409).says("没有说明是为谁打开的")
    assert given.unread(one.taxpayer_id) == 1


def test_a_refused_form_tells_no_stranger_s_name(app, given, two_firms):
    person, one, _ = two_firms
    hidden = given.firm()
    visitor = at(app, person)
    go(visitor, one)
    page = visitor.open("/messages/")
    page.soup.find("main").find("input", attrs={"name": "acting_for"})["value"] = str(hidden.taxpayer_id)
    assert hidden.name not in page.press("全部标为已读", 409).text


def test_a_personal_form_of_another_context_is_refused_too(app, given, two_firms):
    person, one, _ = two_firms
    visitor = at(app, person)
    form = visitor.open("/accounts/address").answer("联系地址", "深圳市南山区某路1号")
    go(visitor, one)
    form.press("保存地址", 409).says("您自己", one.name)


@pytest.mark.parametrize("stands", [Standing.PROPOSED, Standing.OVER, Standing.ENDED, Standing.COMING])
def test_what_does_not_hold_is_offered_by_no_button_and_refused_when_posted(app, given, firm, stands):
    person = given.person()
    made = given.mandate(firm, person, stands=stands)
    visitor = at(app, person)
    page = visitor.open("/accounts/acting")
    assert firm.name not in page.text
    token = page.soup.find("input", attrs={"name": "csrf_token"})["value"]
    answer = visitor.client.post("/accounts/acting", data={"csrf_token": token, "mandate": str(made)})
    assert answer.status_code == 409
    assert banner(visitor.open("/home")) == ""
