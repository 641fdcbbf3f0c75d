"""The pages of a return: the journey in both languages, and everything that can go wrong on the way."""

import re
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask

from portal.core import clock
from portal.core.money import ZERO, show
from portal.filing import queries, services
from portal.filing.models import FiledReturn, ReturnDraft
from portal.matters.queries import running
from portal.taxes.explained import Explained
from portal.taxes.periods import Period
from portal.taxes.sheets import sheet_named
from tests.given import LAST_YEAR, SHEET, Given, Person
from tests.live import Outside
from tests.page_audit import words
from tests.visitor import Page, Visitor

YEAR = LAST_YEAR
DECLARED = {
    "zh": "我已核对以上内容，所填真实、完整，并承担相应法律责任。",
    "en": "I have checked the above. It is true and complete, and I take legal responsibility for it.",
}
WAGES, MEDICAL, CHILD = "工资薪金收入", "基本医疗保险", "第 1 名子女"
SAVE, LATER, SWITCH = "保存并继续", "保存，稍后再填", "保存，并切换网页语言"


@pytest.fixture
def person(given: Given) -> Person:
    """Someone whose employer reported twelve months of wages and withheld too much."""
    person = given.person()
    given.income(person, YEAR, income="20000.00", pension="1600.00", tax_withheld="1500.00")
    return person


@pytest.fixture
def visitor(app: Flask, person: Person) -> Visitor:
    return Visitor(app).carry(person.token)


@pytest.fixture
def home(visitor: Visitor, given: Given, person: Person) -> str:
    """The address of an open return."""
    return f"/file/{given.draft(person, YEAR)}"


def draft_of(given: Given, person: Person) -> ReturnDraft:
    with given.database.reading() as session:
        found = queries.draft_for(session, person.taxpayer_id, SHEET, Period(YEAR))
    assert found is not None
    return found


def filed_by(given: Given, person: Person) -> FiledReturn:
    with given.database.reading() as session:
        found = queries.standing_return(session, person.taxpayer_id, SHEET, Period(YEAR))
    assert found is not None
    return found


def started(visitor: Visitor) -> Page:
    """The check page of a fresh return that asks for nothing more."""
    return visitor.open("/file/").press(f"开始：{YEAR} 年度 个人所得税综合所得年度汇算")


# The journey


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_complete_return_needs_one_confirmation(
    app: Flask, person: Person, given: Given, language: str
) -> None:
    visitor = Visitor(app, language).carry(person.token)
    page = visitor.open("/file/")
    [start] = [button for button in page.soup.find_all("button") if str(YEAR) in words(button)]
    check = page.submit(start, 200)
    assert isinstance(check, Page)
    assert check.heading.startswith("提交后可退税 ¥" if language == "zh" else "You will get back ¥")
    sent = check.answer(DECLARED[language], True)
    done = sent.press("提交申报" if language == "zh" else "Submit return")
    number = filed_by(given, person).number
    done.says(number)
    shown = done.follow("查看这份申报" if language == "zh" else "View this return")
    shown.says(number, "与提交时一致" if language == "zh" else "the same as when it was submitted")


def test_every_page_can_be_walked_in_order_in_both_languages(app: Flask, person: Person, home: str) -> None:
    """Saving each page as it stands leads through all of them to the check page; Back leads back."""
    for language, save in (("zh", SAVE), ("en", "Save and continue")):
        page = Visitor(app, language).carry(person.token).open(f"{home}/residence")
        for _turn in range(20):
            if page.path.endswith("/check"):
                break
            if page.soup.find("input", attrs={"name": "more"}):
                page = page.answer(
                    *(
                        ("有需要填写的吗", "没有，继续")
                        if language == "zh"
                        else ("Is there anything to add?", "No, continue")
                    )
                )
            page = page.press(save)
        assert page.path.endswith("/check")
        assert page.visitor.open(f"{home}/elders").heading


def test_what_is_asked_depends_on_what_was_answered(visitor: Visitor, home: str) -> None:
    page = visitor.open(f"{home}/housing").answer("住房扣除", "住房租金").press(SAVE)
    assert page.path.endswith("/housing")
    page = page.answer("租房所在城市", "直辖市、省会、计划单列市（如深圳）").answer("这一年租房的月数", "12")
    page = page.answer("出租人姓名或名称", "王建国").answer("您和配偶在工作城市没有自有住房", "是")
    assert page.press(SAVE).path.endswith("/elders")
    visitor.open(f"{home}/check").says("住房租金", "¥18,000.00", "王建国")


def test_a_prefilled_answer_says_where_it_comes_from(visitor: Visitor, home: str) -> None:
    today = (clock.today()).isoformat()[:4]
    page = visitor.open(f"{home}/wages").says("已申报：1 个扣缴义务人，共 12 笔", today)
    page.answer(WAGES, "250,000").press(SAVE)
    visitor.open(f"{home}/wages").says("手填；原有的是 ¥240,000.00")
    visitor.open(f"{home}/check").says("¥250,000.00", "手填")


def test_the_result_stands_beside_the_form_and_follows_it(visitor: Visitor, home: str) -> None:
    before = visitor.open(f"{home}/other-deductions")
    page = before.answer("个人养老金", "12000").press(SAVE)
    assert words(before.soup.find(class_="result-end")) != words(page.soup.find(class_="result-end"))


def test_a_repeated_fact_is_added_changed_and_removed(visitor: Visitor, home: str) -> None:
    page = visitor.open(f"{home}/children").answer("有需要填写的吗", "有，添加一项").press(SAVE)
    page = page.answer("出生年月", ("2015", "3")).answer("扣除方式", "由您全额扣除").press(SAVE)
    page.says("还要再添加一项吗", "2015-03")
    page = page.follow(f"修改：{CHILD}").answer("子女姓名", "小明").press(SAVE)
    page.says("小明")
    visitor.open(f"{home}/check").says("小明", "¥24,000.00")
    page = page.follow(f"删除：{CHILD}").press("删除")
    page.says("还没有添加。")


def test_names_stay_chinese_and_say_so_in_english_pages(
    app: Flask, person: Person, given: Given, visitor: Visitor, home: str
) -> None:
    form = visitor.open(f"{home}/children").answer("有需要填写的吗", "有，添加一项").press(SAVE)
    form = (
        form.answer("子女姓名", "小明").answer("出生年月", ("2015", "3")).answer("扣除方式", "由您全额扣除")
    )
    form.press(SAVE)
    english = Visitor(app, "en").carry(person.token)
    for address in (f"{home}/children", f"{home}/check"):
        english.open(address).says("小明")


def test_the_same_row_posted_twice_is_one_row(
    visitor: Visitor, home: str, given: Given, person: Person
) -> None:
    form = visitor.open(f"{home}/children").answer("有需要填写的吗", "有，添加一项").press(SAVE)
    form.answer("出生年月", ("2015", "3")).answer("扣除方式", "由您全额扣除")
    form.press(SAVE)
    form.press(SAVE)
    assert len([name for name in draft_of(given, person).answers if name.startswith("children.")]) == 1


def test_a_draft_is_taken_up_again_elsewhere(app: Flask, person: Person, given: Given) -> None:
    Visitor(app).carry(person.token).open(f"/file/{given.draft(person)}/insurance").answer(
        MEDICAL, "480"
    ).press(LATER)
    phone = Visitor(app).carry(given.session(person.account_id, person.taxpayer_id, at=clock.now()))
    phone.open("/file/").press(f"继续填写：{YEAR} 年度 个人所得税综合所得年度汇算").says("¥480.00", "手填")


# Every number explains itself


def test_every_number_of_the_check_page_is_explained_down_to_answers_and_law(
    visitor: Visitor, home: str, given: Given, person: Person
) -> None:
    page = visitor.open(f"{home}/check")
    working = services.work(draft_of(given, person))
    rows = page.soup.select("table.computed tr")
    assert len(rows) == len(working.summary)
    for shown, row in zip(rows, working.summary, strict=True):
        explained = visitor.open(str(shown.a["href"]))
        amount = Decimal(re.sub("[¥,]", "", words(shown.find_all("td")[-1]).replace("\u2212", "-")))
        assert abs(amount) == abs(row.amount)
        assert explained.heading.endswith(row.explained.shown())
        assert_recomputes(row.explained)


def assert_recomputes(explained: Explained) -> None:
    """Working a number out again from what it names gives it, down to answers and figures of the law."""
    line = explained.line
    if line is None:
        assert explained.sort in {"question", "law", "period"}
        assert explained.sort != "law" or explained.clause
        return
    assert line.cite
    if line.each and explained.row is None:
        assert explained.value == tuple(part.value for part in explained.uses)
    else:
        assert line.rule(*[used.value for used in explained.uses]) == explained.value
    for used in explained.uses:
        assert_recomputes(used)


def test_both_ways_of_taxing_the_bonus_are_shown(visitor: Visitor, person: Person, given: Given) -> None:
    given.income(person, YEAR, item="bonus", months=1, income="36001.00")
    home = f"/file/{given.draft(person)}"
    sheet = sheet_named(SHEET)
    answers = {"wages": "240000.00", "pension": "19200.00", "tax_withheld": "18000.00", "bonus": "36001.00"}
    results = [
        sheet.work_out(answers | {"bonus_method": way}, on=YEAR).result for way in ("separate", "merge")
    ]
    for address in (f"{home}/wages", f"{home}/check"):
        last = visitor.open(address).rows("奖金两种计税方式的结果")[-1]
        assert [show(abs(result)) in cell for result, cell in zip(results, last[1:3], strict=True)] == [
            True,
            True,
        ]


def test_an_exemption_is_said(app: Flask, given: Given) -> None:
    person = given.person()
    given.income(person, YEAR, months=11, income="10000.00", tax_withheld="0.00")
    check = Visitor(app).carry(person.token).open(f"/file/{given.draft(person)}/check")
    assert check.heading == "提交后不用补税，也没有退税"
    check.says("免予补税", "财政部 税务总局公告2019年第94号")


def test_a_refund_is_a_right_and_no_duty(visitor: Visitor, app: Flask, given: Given) -> None:
    """Who is to get something back may give it up and need not file, whatever the sources were."""
    check = started(visitor).says("可以申请退税，也可以放弃退税")
    assert "须办理年度汇算" not in check.text
    owing = given.person()
    given.income(owing, YEAR, income="20000.00", tax_withheld="100.00")
    check = started(Visitor(app).carry(owing.token)).says("须办理年度汇算")
    assert "放弃退税" not in check.text


def test_reliefs_not_used_are_named_with_the_way_to_them(visitor: Visitor, home: str) -> None:
    page = visitor.open(f"{home}/check")
    page.says("您可能还有没用到的扣除", "个人养老金还有可用的扣除额度", "您没有填写子女")
    assert page.follow("您没有填写子女，每年最多可扣").path.endswith("/children")


def test_no_relief_that_is_open_and_unused_is_silent(
    visitor: Visitor, home: str, given: Given, person: Person
) -> None:
    page = visitor.open(f"{home}/check")
    for hint in services.work(draft_of(given, person)).hints:
        page.says(hint.label, hint.shown())


# Trying out


def test_trying_out_explains_the_difference_and_keeps_nothing(
    visitor: Visitor, home: str, given: Given, person: Person
) -> None:
    before = draft_of(given, person)
    page = visitor.open(f"{home}/what-if").follow("您的其他扣除").answer("个人养老金", "12000").press("试算")
    assert "private_pension" not in draft_of(given, person).answers
    page.says("这是试算，不是申报", "个人养老金")
    change = services.what_if(before, {"private_pension": "12000.00"}).difference.total
    assert change < ZERO
    page.says(f"对您更有利，相差 {show(-change)}", f"少缴或多退 {show(-change)}")
    page.press("采用这些答案")
    assert draft_of(given, person).answers["private_pension"] == "12000.00"


# Two windows


def test_a_second_window_is_shown_both_values_and_overwrites_nothing(
    visitor: Visitor, home: str, given: Given, person: Person
) -> None:
    one, two = visitor.open(f"{home}/insurance"), visitor.open(f"{home}/insurance")
    one.answer(MEDICAL, "480").press(SAVE)
    clash = two.answer(MEDICAL, "500").answer("住房公积金", "900").press(SAVE, 409)
    clash.says("¥480.00", "¥500.00", "没有任何内容被覆盖")
    assert draft_of(given, person).answers["medical"] == "480.00"
    clash.answer(MEDICAL, "改为您这次填写的").press("按选择保存")
    held = draft_of(given, person).answers
    assert (held["medical"], held["housing_fund"]) == ("500.00", "900.00")


def test_the_saved_value_can_be_kept_and_the_rest_is_saved(
    visitor: Visitor, home: str, given: Given, person: Person
) -> None:
    one, two = visitor.open(f"{home}/insurance"), visitor.open(f"{home}/insurance")
    one.answer(MEDICAL, "480").press(SAVE)
    two.answer(MEDICAL, "500").answer("住房公积金", "900").press(SAVE, 409).press("按选择保存")
    held = draft_of(given, person).answers
    assert (held["medical"], held["housing_fund"]) == ("480.00", "900.00")


def test_a_row_removed_elsewhere_is_not_brought_back_unasked(
    visitor: Visitor, home: str, given: Given, person: Person
) -> None:
    form = visitor.open(f"{home}/children").answer("有需要填写的吗", "有，添加一项").press(SAVE)
    hub = form.answer("出生年月", ("2015", "3")).answer("扣除方式", "由您全额扣除").press(SAVE)
    stale = hub.follow(f"修改：{CHILD}")
    hub.follow(f"删除：{CHILD}").press("删除")
    stale.answer("子女姓名", "小明").press(SAVE, 409).says("（已删除）", "小明").press("按选择保存")
    assert not [name for name in draft_of(given, person).answers if name.startswith("children.")]


# Mistakes


def test_a_mistake_is_answered_beside_the_question_and_nothing_typed_is_lost(
    visitor: Visitor, home: str, given: Given, person: Person
) -> None:
    page = (
        visitor.open(f"{home}/insurance").answer(MEDICAL, "一千").answer("住房公积金", "900").press(SAVE, 422)
    )
    assert page.errors == {MEDICAL: "错误：基本医疗保险应是用数字写的金额，例如 1234.50"}
    assert page.title.startswith("错误：")
    assert draft_of(given, person).answers["housing_fund"] == "900.00"
    again = visitor.open(f"{home}/insurance")
    assert [str(control["value"]) for control in again.question(MEDICAL).controls] == ["一千"]
    visitor.open(f"{home}/check").says("提交前还需要填写", "您缴纳的三险一金")


def test_answers_that_contradict_are_said_beside_the_question(visitor: Visitor, home: str) -> None:
    page = visitor.open(f"{home}/housing").answer("住房扣除", "住房租金").press(SAVE)
    page = page.answer("租房所在城市", "直辖市、省会、计划单列市（如深圳）").answer("这一年租房的月数", "12")
    page = page.answer("出租人姓名或名称", "王建国").answer("您和配偶在工作城市没有自有住房", "是")
    page = page.answer("配偶这一年的住房扣除", "配偶扣除住房贷款利息").press(SAVE, 422)
    assert "夫妻一年内不能分别扣除住房贷款利息和住房租金" in page.errors["配偶这一年的住房扣除"]
    check = visitor.open(f"{home}/check").says("所填内容有矛盾，需要修改")
    assert "提交申报" not in check.buttons()


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "-1",
        "NaN",
        "1e400",
        "9223372036854775808",
        "１２３４",
        "=1+1",
        "<b>1</b>",
        "1\x00",
        "\ud800",
        "9" * 300,
    ],
)
def test_no_input_breaks_a_page(visitor: Visitor, home: str, typed: str) -> None:
    for code in ("wages", "withheld", "insurance", "elders"):
        page = visitor.open(f"{home}/{code}")
        form = page.soup.select_one("form[data-autosave]")
        assert form is not None
        data = page.form_data(form)
        sent = [(name, typed if name.startswith("ask_") else value) for name, value in data.items(multi=True)]
        body = urlencode(sent, errors="surrogatepass")
        response = visitor.client.post(
            f"{home}/{code}", data=body, content_type="application/x-www-form-urlencoded"
        )
        assert response.status_code in {303, 400, 422}, (code, typed)


def test_a_form_without_its_version_is_refused(visitor: Visitor, home: str) -> None:
    page = visitor.open(f"{home}/insurance")
    carried = {
        name: str(page.soup.find("input", attrs={"name": name})["value"])  # type: ignore[index]
        for name in ("csrf_token", "acting_for")
    }
    response = visitor.client.post(f"{home}/insurance", data={**carried, "ask_medical": "480"})
    assert response.status_code == 422


# Saving by itself


def test_a_browser_saves_while_typing_and_its_own_save_is_no_conflict(
    visitor: Visitor, home: str, given: Given, person: Person
) -> None:
    page = visitor.open(f"{home}/insurance").answer(MEDICAL, "48")
    assert autosave(page).status_code == 200
    assert draft_of(given, person).answers["medical"] == "48.00"
    page.answer(MEDICAL, "480").press(SAVE)
    assert draft_of(given, person).answers["medical"] == "480.00"


def test_what_cannot_be_accepted_yet_is_kept_as_typed(visitor: Visitor, home: str) -> None:
    page = visitor.open(f"{home}/insurance").answer(MEDICAL, "4.8.")
    assert autosave(page).status_code == 200
    again = visitor.open(f"{home}/insurance")
    assert [str(control["value"]) for control in again.question(MEDICAL).controls] == ["4.8."]


@pytest.mark.parametrize("typed", ["4.8.", "96.50"])
def test_the_language_can_be_changed_without_script_and_nothing_typed_is_lost(
    visitor: Visitor, home: str, typed: str
) -> None:
    page = visitor.open(f"{home}/insurance").answer(MEDICAL, typed)
    visitor.language = "en"
    page = page.press(SWITCH)
    assert page.path == f"{home}/insurance"
    assert [str(c["value"]) for c in page.question("Basic medical insurance").controls] == [typed]
    visitor.language = "zh"
    assert page.press("Save, and change the language of the page").heading != page.heading


def test_a_fact_half_told_is_kept_when_the_language_changes(visitor: Visitor, home: str) -> None:
    page = visitor.open(f"{home}/children").answer("有需要填写的吗", "有，添加一项").press(SAVE)
    where = page.path
    page = page.answer("子女姓名", "小明")
    visitor.language = "en"
    page = page.press(SWITCH)
    assert page.path == where
    assert "小明" in {str(control.get("value")) for q in page.questions() for control in q.controls}


def test_saving_by_itself_overwrites_nothing_either(
    visitor: Visitor, home: str, given: Given, person: Person
) -> None:
    one, two = visitor.open(f"{home}/insurance"), visitor.open(f"{home}/insurance")
    one.answer(MEDICAL, "480").press(SAVE)
    answer = autosave(two.answer(MEDICAL, "500"))
    assert answer.status_code == 409
    assert "另一个窗口" in answer.json["message"]
    assert draft_of(given, person).answers["medical"] == "480.00"


def autosave(page: Page) -> Any:
    form = page.soup.select_one("form[data-autosave]")
    assert form is not None
    return page.visitor.client.post(str(form["data-autosave"]), data=page.form_data(form))


# Signing


def test_the_declaration_is_needed(visitor: Visitor, home: str) -> None:
    page = visitor.open(f"{home}/check").press("提交申报", 422)
    assert page.errors == {DECLARED["zh"]: "错误：请先勾选声明，再提交申报"}


def test_a_double_press_gives_the_same_receipt(visitor: Visitor, home: str) -> None:
    check = visitor.open(f"{home}/check").answer(DECLARED["zh"], True)
    assert check.press("提交申报").path == check.press("提交申报").path


def test_what_changed_after_checking_is_not_signed(visitor: Visitor, home: str) -> None:
    check = visitor.open(f"{home}/check").answer(DECLARED["zh"], True)
    visitor.open(f"{home}/insurance").answer(MEDICAL, "480").press(SAVE)
    check.press("提交申报", 409).says("没有提交")


def test_a_submitted_draft_takes_nothing_more(visitor: Visitor, home: str) -> None:
    stale = visitor.open(f"{home}/insurance")
    visitor.open(f"{home}/check").answer(DECLARED["zh"], True).press("提交申报")
    refused = stale.answer(MEDICAL, "480").press(SAVE, 409).says("已经提交")
    assert refused.follow("查看回执").path.endswith("/done")


def test_the_message_names_the_period_and_leads_to_the_return(visitor: Visitor, home: str) -> None:
    visitor.open(f"{home}/check").answer(DECLARED["zh"], True).press("提交申报")
    inbox = visitor.open("/messages/").says(f"您{YEAR}年的个人所得税综合所得年度汇算已提交")
    assert inbox.follow("申报已提交").path.startswith("/file/returns/")


def test_the_rail_ticks_what_the_home_of_the_return_calls_done(visitor: Visitor, home: str) -> None:
    """A step of which a page is not begun has no tick, though it lies behind."""
    parts = visitor.open(home).soup.select(".rows li")
    begun = {words(li) for li in parts if "未开始" in words(li)}
    assert begun, "every page is done, so that this shows nothing"
    rail = visitor.open(f"{home}/check").soup.select("nav.rail li")
    ticked = [words(li) for li in rail if "已完成" in words(li)]
    assert len(ticked) < len(rail) - 2


def test_what_could_be_deducted_is_said_to_be_a_limit(visitor: Visitor, home: str) -> None:
    visitor.open(f"{home}/check").says("您没有填写大病医疗，每年最多可扣 ¥80,000.00")


def test_a_return_with_gaps_shows_them_and_no_button(app: Flask, given: Given) -> None:
    person = given.person()
    visitor = Visitor(app).carry(person.token)
    check = visitor.open(f"/file/{given.draft(person)}/check").says("提交前还需要填写")
    assert "提交申报" not in check.buttons()
    check.follow("您的工资和奖金").answer(WAGES, "50000").press(SAVE)


# After filing


def test_a_correction_shows_and_settles_the_difference(
    visitor: Visitor, given: Given, person: Person
) -> None:
    given.filed(person)
    first = filed_by(given, person)
    page = visitor.open(f"/file/returns/{first.id}").press("更正申报").says("这是一份更正申报")
    page.follow("您缴纳的三险一金").answer(MEDICAL, "12000").press(SAVE)
    check = visitor.open(f"{page.path}/check").says("与原申报相比")
    done = check.answer(DECLARED["zh"], True).press("提交申报")
    second = filed_by(given, person)
    assert second.outcome < first.outcome
    change = f"少缴或多退 {show(first.outcome - second.outcome)}"
    done.says(f"更正后的差额：{change}")
    visitor.open(f"/file/returns/{second.id}").says("与原申报相比", f"基本医疗保险{change}")
    old = visitor.open(f"/file/returns/{first.id}").says("已被更正申报替代")
    assert old.follow("查看替代它的申报").path == f"/file/returns/{second.id}"
    assert "更正申报" not in old.buttons()


def test_a_tax_to_pay_leads_on_to_its_payment(app: Flask, given: Given) -> None:
    person = given.person()
    given.income(person, YEAR, income="20000.00", tax_withheld="100.00")
    visitor = Visitor(app).carry(person.token)
    check = started(visitor)
    assert check.heading.startswith("提交后需补税 ¥")
    done = check.answer(DECLARED["zh"], True).press("提交申报")
    page = done.follow("去缴款")
    assert page.path == "/billing/"
    page.says(show(filed_by(given, person).outcome))


def test_a_correction_of_a_paid_return_says_what_is_given_back(
    app: Flask, given: Given, sandbox: Outside
) -> None:
    """Tax is left due and paid: the receipt names the freed money, its refund and the day of the answer."""
    person = given.person()
    given.income(person, YEAR, income="20000.00", tax_withheld="100.00")
    given.filed(person)
    given.paid(given.ordered(person), sandbox.payments)
    first = filed_by(given, person)
    visitor = Visitor(app).carry(person.token)
    page = visitor.open(f"/file/returns/{first.id}").press("更正申报")
    page.follow("您缴纳的三险一金").answer(MEDICAL, "12000").press(SAVE)
    done = visitor.open(f"{page.path}/check").answer(DECLARED["zh"], True).press("提交申报")
    second = filed_by(given, person)
    with given.database.reading() as session:
        [refund] = running(session, person.taxpayer_id, "refund")
    assert refund.amount is not None
    assert first.outcome > second.outcome > ZERO
    assert refund.amount >= first.outcome - second.outcome
    assert refund.due_on is not None
    done.says("税款已经缴清", f"多缴或应退的 {show(refund.amount)}", refund.number, "最晚")
    assert "您不用再做什么" not in done.text
    matter = done.follow(f"查看退税事项：{refund.number}")
    matter.says("退税", refund.number, show(refund.amount))


def test_a_draft_can_be_given_up(visitor: Visitor, home: str) -> None:
    page = visitor.open(home).follow("放弃这份草稿").press("放弃草稿")
    assert page.path == "/file/"
    visitor.open(home, 404)


def test_a_year_that_is_not_open_is_refused_in_words(visitor: Visitor) -> None:
    page = visitor.open("/file/")
    [form] = [form for form in page.soup.find_all("form") if form.find("input", attrs={"name": "period"})][:1]
    data = page.form_data(form)
    data["period"] = str(clock.today().year)
    response = visitor.client.post("/file/start", data=data)
    assert response.status_code == 409
    assert "年度的汇算从" in response.get_data(as_text=True)


def test_what_belongs_to_another_is_not_there(app: Flask, given: Given, person: Person) -> None:
    home, other, stranger = f"/file/{given.draft(person)}", given.person(), given.person()
    given.income(other, YEAR)
    filed = given.filed(other)
    given.income(stranger, YEAR)
    visitor = Visitor(app).carry(stranger.token)
    for address in (
        home,
        f"{home}/wages",
        f"{home}/check",
        f"{home}/explain/result",
        f"/file/returns/{filed}",
    ):
        visitor.open(address, 404)


def test_addresses_that_name_nothing_are_not_there(visitor: Visitor, home: str) -> None:
    for rest in (
        "nothing",
        "explain/nothing",
        "explain/wages",
        f"rows/nothing/{'0' * 8}-0000-0000-0000-{'0' * 12}",
    ):
        visitor.open(f"{home}/{rest}", 404)


def test_explanations_are_complete_in_english(app: Flask, person: Person, given: Given) -> None:
    """The audit of each page finds Chinese that nobody translated."""
    visitor = Visitor(app, "en").carry(person.token)
    home = f"/file/{given.draft(person)}"
    working = services.work(draft_of(given, person))
    behind = working.plan.names_behind(working.sheet.result)
    for line in [working.sheet.result, *(name for name in working.plan.lines if name not in behind)]:
        assert visitor.open(f"{home}/explain/{line}").heading
