"""The work list and a matter on it: who sees what, when, and that the taxpayer learns of it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.audit.models import AuditEntry
from portal.core import clock
from portal.core.access import ANY_ROLE
from portal.core.keys import new_id
from portal.matters import services as matters
from portal.matters.models import Matter
from tests.given import LAST_YEAR
from tests.visitor import Visitor, audience_of

EVIDENCE = "申报表、完税记录和收款账户三者相符"
REVIEW, APPROVE = "refund-review", "refund-approve"


@pytest.fixture
def asked(given):
    person = given.person()
    return person, given.refund(person)


def at(app, clerk, language="zh"):
    return Visitor(app, language).carry(clerk.token)


def opened(app, clerk, refund):
    """The matter as this member sees it once it is open; opened now unless it was lately."""
    page = at(app, clerk).open(f"/staff/matters/{refund}")
    return page.press("打开") if page.heading == "打开事项" else page


def find(page, what, finding="符合", evidence=EVIDENCE, status=200):
    page = page.follow(f"办理：{what}").answer("结论", finding).answer("依据", evidence)
    return page.press("记下结论", status)


def reads(database, person):
    mine = select(func.count()).select_from(AuditEntry)
    with database.reading() as session:
        return session.scalar(
            mine.where(AuditEntry.taxpayer_id == person.taxpayer_id, AuditEntry.act == "file-read")
        )


def test_two_colleagues_approve_a_refund_from_the_work_list(given, app, asked):
    person, refund = asked
    reviewer, approver = given.staff(REVIEW), given.staff(APPROVE)
    page = at(app, reviewer).open("/staff/").says("审核退税", "您可以办")
    assert person.name not in page.text
    page = find(opened(app, reviewer, refund), "审核退税").says(EVIDENCE, reviewer.name, "核准退税")
    assert "办理：核准退税" not in page.links()
    page = find(opened(app, approver, refund), "核准退税")
    page = page.follow("作出决定：已核准").says("核准以后系统随即退款").press("作出决定")
    page.says("已核准", "核准以后系统随即退款")
    seen = Visitor(app).carry(person.token).open(f"/matters/{refund}")
    seen.says("已核准", approver.name)


def test_a_refusal_reaches_the_taxpayer_with_its_reason(given, app, asked):
    person, refund = asked
    reviewer, approver = given.staff(REVIEW), given.staff(APPROVE)
    find(opened(app, reviewer, refund), "审核退税", "不符合", "收款账户户名不符")
    page = find(opened(app, approver, refund), "核准退税", "不符合", "同意审核意见")
    page.follow("作出决定：不予办理").press("作出决定", 422).answer("理由", "收款账户不是您本人的").press(
        "作出决定"
    ).says("不予办理")
    Visitor(app).carry(person.token).open(f"/matters/{refund}").says("不予办理", "收款账户不是您本人的")


def test_the_same_person_is_told_why_they_cannot_go_on(given, app, asked):
    alone = given.staff(REVIEW, APPROVE)
    page = find(opened(app, alone, asked[1]), "审核退税")
    page.says("须由另一个人办理")
    assert "办理：核准退税" not in page.links()
    # A page kept open, or an address typed: the act refuses as well.
    page = at(app, alone).open(f"/staff/matters/{asked[1]}/steps/approve")
    page.answer("结论", "符合").answer("依据", EVIDENCE).press("记下结论", 409).says("须由另一个人办理")


def test_a_decision_is_not_offered_before_its_steps(given, app, asked):
    clerk = given.staff(REVIEW, APPROVE)
    page = opened(app, clerk, asked[1])
    assert [link for link in page.links() if link.startswith("作出决定")] == []
    page = at(app, clerk).open(f"/staff/matters/{asked[1]}/decisions/approved")
    page.press("作出决定", 409).says("审核退税")


def test_evidence_is_asked_for_beside_the_question(given, app, asked):
    page = opened(app, given.staff(REVIEW), asked[1]).follow("办理：审核退税")
    page = page.answer("结论", "符合").press("记下结论", 422)
    assert list(page.errors) == ["依据"]


def test_nothing_of_a_file_is_shown_before_it_is_opened_with_a_purpose(given, app, database, asked):
    person, refund = asked
    clerk = given.staff(REVIEW)
    page = at(app, clerk).open(f"/staff/matters/{refund}")
    assert person.name not in page.text
    assert person.number[:4] not in page.text
    assert reads(database, person) == 0
    page.answer("为什么打开", "来电询问进度").press("打开").says(person.number[-4:])
    assert reads(database, person) == 1
    trail = Visitor(app).carry(person.token).open("/account/trail")
    trail.says("查看您的信息", clerk.name, "来电询问进度")


def test_what_somebody_else_opened_is_not_open_for_me(given, app, asked):
    opened(app, given.staff(REVIEW), asked[1])
    assert at(app, given.staff(REVIEW)).open(f"/staff/matters/{asked[1]}").heading == "打开事项"


def test_an_opened_file_closes_after_half_an_hour(given, app, asked):
    clerk = given.staff(REVIEW)
    given.opened(clerk, asked[1], at=clock.now() - timedelta(minutes=31))
    assert at(app, clerk).open(f"/staff/matters/{asked[1]}").heading == "打开事项"
    given.opened(clerk, asked[1], at=clock.now() - timedelta(minutes=29))
    assert at(app, clerk).open(f"/staff/matters/{asked[1]}").heading != "打开事项"


def test_no_door_of_the_office_shows_a_name_to_whom_has_not_opened_the_file(given, app, asked):
    """Every page there is for staff, whoever adds one."""
    person, refund = asked
    clerk = given.staff(REVIEW, APPROVE)
    codes = {"counter.step": "review", "counter.decide": "approved"}
    looked = 0
    for rule in app.url_map.iter_rules():
        allowed = audience_of(app, rule.endpoint)
        if allowed is None or allowed.audience != "staff":
            continue
        values = {
            "matter_id": refund,
            "taxpayer_id": person.taxpayer_id,
            "code": codes.get(rule.endpoint, ""),
        }
        wanted = {name: values.get(name, new_id()) for name in rule.arguments}
        path = app.url_map.bind("localhost").build(rule.endpoint, wanted, method=min(rule.methods or ()))
        if "GET" in (rule.methods or ()):
            page = at(app, clerk).open(path, 200 if allowed.role in {ANY_ROLE, REVIEW, APPROVE} else 403)
            assert person.name not in page.text, rule
            assert person.number[-4:] not in page.text, rule
            looked += 1
    assert looked >= 6


def test_work_on_a_file_that_is_not_open_leads_to_opening_it_and_does_nothing(given, app, database, asked):
    clerk = given.staff(REVIEW)
    page = at(app, clerk).open(f"/staff/matters/{asked[1]}/steps/review")
    assert page.heading == "打开事项"
    page = at(app, clerk).open(f"/staff/matters/{asked[1]}/note")
    assert page.heading == "打开事项"


def test_the_work_list_has_the_kinds_of_ones_roles(given, app, asked):
    at(app, given.staff("clearance-review")).open("/staff/").says("没有等待办理的事项")
    at(app, given.staff("clearance-review")).open(f"/staff/matters/{asked[1]}", status=404)
    at(app, given.staff(REVIEW)).open("/staff/").says("退税")


def test_the_work_list_has_what_is_due_first_and_nothing_that_is_closed(given, app, database):
    late, soon, over = (given.person() for _ in range(3))
    days = {late: 40, soon: 10, over: 20}
    made = {}
    with database.transaction() as session:
        for person, ago in days.items():
            when = clock.now() - timedelta(days=ago)
            made[person] = matters.open_matter(session, None, "refund", person.taxpayer_id, new_id(), at=when)
        matters.advance(session, made[over], "withdrawn", by=None, at=clock.now())
    page = at(app, given.staff(REVIEW)).open("/staff/")
    assert [row[1] for row in page.rows()[1:]] == [made[late].number, made[soon].number]
    assert "已超期" in page.rows()[1][4]


def test_the_work_list_costs_the_same_for_one_matter_and_for_twenty(given, app, database):
    clerk = given.staff(REVIEW)

    def add(count):
        with database.transaction() as session:
            for _ in range(count):
                person = made.taxpayer_id
                matters.open_matter(session, None, "refund", person, new_id(), at=clock.now())

    made = given.person()
    add(1)
    few = at(app, clerk).open("/staff/")
    add(25)
    many = at(app, clerk).open("/staff/")
    assert len(many.statements) == len(few.statements)
    assert len(many.follow("下一页 →").rows()) == 1 + 6


def test_a_matter_is_taken_and_handed_back(given, app, asked):
    first, second = given.staff(REVIEW), given.staff(REVIEW)
    page = opened(app, first, asked[1]).press("由我办理")
    assert "归还事项" in page.buttons()
    at(app, second).open("/staff/").says(first.name)
    find(opened(app, second, asked[1]), "审核退税", status=409).says(first.name)
    opened(app, first, asked[1]).press("归还事项")
    find(opened(app, second, asked[1]), "审核退税")


def test_what_is_sent_back_is_reviewed_again(given, app, asked):
    reviewer, approver = given.staff(REVIEW), given.staff(APPROVE)
    find(opened(app, reviewer, asked[1]), "审核退税", evidence="只看了申报表")
    page = opened(app, approver, asked[1]).follow("退回重办").answer("为什么退回", "没有核对收款账户")
    page.press("退回").says("没有核对收款账户", "退回前", "只看了申报表")
    find(opened(app, reviewer, asked[1]), "审核退税")


def test_a_note_is_for_colleagues_only(given, app, asked):
    clerk = given.staff(REVIEW)
    page = opened(app, clerk, asked[1]).follow("写备注").answer("备注", "已电话联系")
    page.press("保存备注").says("已电话联系")
    seen = Visitor(app).carry(asked[0].token).open(f"/matters/{asked[1]}")
    assert "已电话联系" not in seen.text


def test_nobody_works_on_their_own_matter(given, app, database):
    clerk = given.staff(REVIEW)
    with database.transaction() as session:
        own = matters.open_matter(session, None, "refund", clerk.taxpayer_id, new_id(), at=clock.now()).id
    opened(app, clerk, own)
    page = at(app, clerk).open(f"/staff/matters/{own}").follow("办理：审核退税")
    page.answer("结论", "符合").answer("依据", EVIDENCE).press("记下结论", 409).says("您本人的事项")


def test_the_amount_to_refund_is_shown(given, app, database, asked):
    opened(app, given.staff(REVIEW), asked[1]).says("申报结果", "500.00", str(LAST_YEAR))


def test_a_matter_is_read_in_english(given, app, asked):
    clerk = given.staff(REVIEW)
    given.opened(clerk, asked[1])
    at(app, clerk, "en").open(f"/staff/matters/{asked[1]}").says("Review the refund")


def test_what_is_opened_is_held_for_nobody(given, app, database, asked):
    opened(app, given.staff(REVIEW), asked[1])
    with database.reading() as session:
        assert session.get_one(Matter, asked[1]).owner_id is None
