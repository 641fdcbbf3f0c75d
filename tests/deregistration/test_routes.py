"""The health check as a firm's people meet it."""

import pytest

from portal.accounts.rules.mandates import Role
from portal.core import clock
from portal.core.acting import Right
from portal.core.language import language
from portal.deregistration.queries import LATEST
from portal.risk.queries import CODES
from portal.risk.rules import CATALOGUE, Page
from tests.certificates.papers import text_of
from tests.risk.obstacles import (
    OBSTACLES,
    clean_firm,
    fact,
    ground,
    last_period,
    put_up,
    spare_branch,
    take_away,
)
from tests.visitor import Visitor

ROOM = "/deregistration/"
QUARTER = last_period("vat-small-scale", clock.today()).said()


@pytest.fixture
def firm(given):
    spare_branch(given)
    return clean_firm(given)


@pytest.fixture
def head(app, given, firm):
    """The finance head of the firm, reading in Chinese."""
    return Visitor(app).carry(tokened(given, firm))


def tokened(given, firm, **mandate):
    mandate = {"role": Role.FINANCE_HEAD, **mandate}
    person = given.person()
    return given.acting_for(person, given.mandate(firm[0], person, **mandate)).token


def change(database, firm, act):
    with database.transaction() as session:
        act(ground(session, *firm, clock.today()))


def checked(visitor):
    return visitor.open(ROOM).press("现在体检")


def test_a_clean_firm_is_told_that_nothing_is_left(head):
    result = checked(head)
    assert result.heading == "没有发现未办事项"


def test_the_result_comes_first_then_each_finding_with_evidence_law_and_cure(database, firm, head):
    change(database, firm, lambda g: put_up(g, {"unfiled", "fine", "tax-control-device", "credit-grade"}))
    result = checked(head)
    assert result.heading == "离清税还有 3 项"
    result.says(
        "其中 2 项可以现在在网上办理", "税收征收管理法 第二十五条", "税控设备没有注销", "请带：税控设备"
    )
    result.says("纳税信用为 D 级", QUARTER)
    assert "去申报：有已到申报期的税款所属期没有申报" in result.links()
    assert "去缴款：有没有缴清的罚款" in result.links()


def test_the_next_check_tells_what_was_cured_and_keeps_the_proof(database, firm, head):
    change(database, firm, lambda g: put_up(g, {"unfiled", "abnormal"}))
    checked(head)
    change(database, firm, lambda g: take_away(g, "unfiled"))
    change(database, firm, OBSTACLES["risk-task"])
    result = checked(head)
    result.says("2 项已办结", "1 项新出现", "上次以来已办结")
    assert QUARTER in str(result.rows("上次的证据：有已到申报期的税款所属期没有申报"))


def test_everything_at_once_is_one_page_in_either_language(database, given, app, firm):
    change(database, firm, lambda g: put_up(g, set(CODES)))
    token = tokened(given, firm)
    checked(Visitor(app).carry(token)).says(f"离清税还有 {len(CODES) - 3} 项")
    english = Visitor(app, "en").carry(token).open(ROOM).press("Run a check now")
    english.says(f"{len(CODES) - 3} things stand between you and clearance", "no change")


def test_a_firm_is_not_told_of_a_secret_inspection(database, firm, head):
    change(database, firm, fact("inspection", secret=True))
    result = checked(head)
    result.says("有一件事请向主管税务机关了解")
    assert "稽查" not in result.text
    assert "正在接受税务检查" not in result.text


def test_what_another_office_wrote_in_its_own_way_is_shown_as_it_wrote_it(database, firm, head):
    change(database, firm, fact("unused-invoices", count="约三十"))
    change(database, firm, fact("social-insurance", amount=1200))
    checked(head).says("约三十", "1,200.00")


def test_who_may_only_look_cannot_run_one(given, app, firm):
    visitor = Visitor(app).carry(tokened(given, firm, role=Role.TAX_HANDLER, rights={Right.VIEW}))
    page = visitor.open(ROOM)
    assert "现在体检" not in page.buttons()
    page.says("请有申报权限的人办理")


def test_a_person_is_told_that_checks_are_for_firms(given, app):
    visitor = Visitor(app).carry(given.person().token)
    page = visitor.open(ROOM)
    page.says("您现在是为个人办事")
    assert "现在体检" not in page.buttons()


def test_a_check_of_another_firm_is_not_there(given, app, head):
    made = checked(head).path
    stranger = Visitor(app).carry(tokened(given, clean_firm(given)))
    stranger.open(made, status=404)


def test_thirty_runs_are_listed_with_as_few_questions_as_one(head, statements):
    checked(head)
    statements.clear()
    head.open(ROOM)
    once = len(statements)
    for _ in range(29):
        checked(head)
    statements.clear()
    page = head.open(ROOM)
    assert len(statements) == once
    assert page.text.count("H-2") == LATEST


def test_every_page_that_a_cure_names_is_there(app):
    cures = [finding.cure for finding in CATALOGUE.values() if isinstance(finding.cure, Page)]
    assert {cure.endpoint for cure in cures} <= set(app.view_functions)
    assert {app.view_functions[cure.endpoint].allowed.audience for cure in cures} <= {"taxpayer", "account"}


@pytest.mark.parametrize(("speech", "heading"), [("zh", "注销体检表"), ("en", "Health Check before Closing")])
def test_a_check_on_paper_says_what_the_page_says(database, given, app, firm, speech, heading):
    change(database, firm, lambda g: put_up(g, set(CODES)))
    visitor = Visitor(app, speech).carry(tokened(given, firm))
    result = visitor.open(ROOM).press("现在体检" if speech == "zh" else "Run a check now")
    answers = [visitor.open(f"{result.path}/file").response.data for _ in range(2)]
    assert answers[0] == answers[1]
    words = "".join(text_of(answers[0]).split())
    for title in (heading, *(language(speech).phrase(finding.title) for finding in CATALOGUE.values())):
        assert "".join(title.split()) in words
    assert "税收征收管理法第二十五条" in words


def test_the_paper_of_another_firm_is_not_there(given, app, head):
    made = checked(head).path
    stranger = Visitor(app).carry(tokened(given, clean_firm(given)))
    stranger.open(f"{made}/file", status=404)
