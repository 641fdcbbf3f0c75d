"""The page of a firm's registration: what the registers say, to whoever may see it."""

import pytest

from portal.accounts.rules.mandates import Role
from portal.core import clock
from portal.core.acting import Right
from portal.taxpayers import services
from portal.taxpayers.models import FirmFact
from portal.taxpayers.rules.firms import OWN_SOURCE
from tests.market import change, fact_line, firm_line
from tests.visitor import Visitor

PATH = "/firm"


@pytest.fixture
def boss(given):
    return given.person()


@pytest.fixture
def firm(given, boss):
    return given.firm(
        name="滨海青禾贸易有限公司", representative=boss, taxes=["vat-small-scale", "cit-prepayment"]
    )


@pytest.fixture
def at_the_firm(visitor, given, boss, firm):
    """The legal representative at the portal, acting for the firm."""
    visitor.carry(given.acting_for(boss, given.mandate(firm, boss)).token)
    return visitor


def follow(given, *lines):
    numbered = [change(seq, line) for seq, line in enumerate(lines, 1)]
    with given.database.transaction() as session:
        services.follow(session, given.settings.keyring, numbered, at=clock.now())


def test_a_firm_sees_its_registration(at_the_firm, boss, firm):
    page = at_the_firm.open(PATH).says(firm.name, firm.code, "公司", "存续", "2024年1月2日", "小规模纳税人")
    page.says("法定代表人", boss.name, f"{boss.number[:4]}**********{boss.number[-4:]}")
    assert boss.number not in page.response.get_data(as_text=True)
    assert page.rows("登记的税种")[1:] == [
        ["企业所得税预缴", "按季", "2024-01-02", "无"],
        ["增值税及附加税费（小规模纳税人）", "按季", "2024-01-02", "无"],
    ]
    page.says("没有尚未了结的事项。")


def test_what_the_register_changes_is_seen_and_what_is_secret_is_not(at_the_firm, given, firm):
    by = next(given.people)
    follow(
        given,
        firm_line(firm.code, "滨海云帆贸易有限公司", by, status="revoked", changed_on="2026-02-01"),
        fact_line(code=firm.code),
        fact_line("inspection", "检〔2026〕7号", firm.code, secret=True),
        fact_line("tax-control-device", "D-1", firm.code, until="2026-02-01"),
        fact_line("a-kind-of-tomorrow", "X-1", firm.code),
    )
    page = at_the_firm.open(PATH).says("滨海云帆贸易有限公司", by.name, "已吊销", "2026年2月1日")
    rows = page.rows("尚未了结的事项")[1:]
    assert [(what, number, source) for what, number, _, source in rows] == [
        ("其他部门提供的信息", "X-1", "发票系统"),
        ("结存未使用的发票", "R-1", "发票系统"),
    ]
    assert "检〔2026〕7号" not in page.text


def test_what_the_portal_wrote_down_itself_is_not_laid_to_another_office(at_the_firm, given, firm, database):
    with database.transaction() as session:
        fact = FirmFact(taxpayer_id=firm.taxpayer_id, kind="credit-grade", reference="promise-1", seq=0)
        fact.facts, fact.source, fact.since = {"grade": "D"}, OWN_SOURCE, clock.today()
        session.add(fact)
    [row] = at_the_firm.open(PATH).rows("尚未了结的事项")[1:]
    assert (row[0], row[3]) == ("纳税缴费信用级别 D", "滨海市税务局")


def test_firm_and_branch_name_each_other(visitor, given, boss, firm):
    branch = given.firm(name="滨海青禾贸易有限公司南屿分公司", representative=boss, parent=firm)
    at_firm = given.acting_for(boss, given.mandate(firm, boss))
    visitor.carry(at_firm.token)
    assert visitor.open(PATH).rows("本企业的分支机构")[1:] == [[branch.name, branch.code, "存续"]]
    visitor.carry(given.acting_for(at_firm, given.mandate(branch, boss)).token)
    page = visitor.open(PATH).says("分支机构", "负责人", "所属企业", firm.name, firm.code)
    assert "本企业的分支机构" not in page.text


def test_the_kind_of_firm_names_who_represents_it(visitor, given, boss):
    shop = given.firm(representative=boss, kind="individual-business", agent=True)
    visitor.carry(given.acting_for(boss, given.mandate(shop, boss)).token)
    visitor.open(PATH).says("个体工商户", "经营者", "可以代理其他企业办税", "没有登记税种。")


def test_a_person_has_no_registration(visitor, boss):
    visitor.carry(boss.token).open(PATH, 404)


def test_whoever_may_not_look_does_not(visitor, given, boss, firm):
    payer = given.person()
    mandate = given.mandate(firm, payer, role=Role.TAX_HANDLER, rights={Right.PAY})
    visitor.carry(given.acting_for(payer, mandate).token).open(PATH, 403)


def test_the_page_is_whole_in_english(app, given, boss, firm):
    reader = Visitor(app, "en").carry(given.acting_for(boss, given.mandate(firm, boss)).token)
    reader.open(PATH).says(
        "Unified social credit code", "Legal representative", "Registered taxes", "Quarterly"
    )
