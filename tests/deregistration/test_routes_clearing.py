"""A firm cured, cleared and read afterwards; by promise; by the office: through the pages."""

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from portal.accounts.rules.mandates import Role
from portal.certificates.models import Certificate
from portal.core import clock
from portal.core.acting import Right
from portal.filing import queries as filing
from portal.filing.services import derive
from tests.given import Firm, Given, Person
from tests.risk.obstacles import bill, fact, ground
from tests.visitor import Visitor

WORDS = {
    "zh": {
        "apply": "申请清税",
        "why": "注销的原因",
        "dissolved": "解散：股东决议、章程规定或者经营期满",
        "next": "下一步",
        "declare": "以上情况属实，并承担相应的法律责任。",
    },
    "en": {
        "apply": "Apply for clearance",
        "why": "Reason for closing",
        "dissolved": "Dissolution: by resolution, by the articles, or at the end of the term",
        "next": "Continue",
        "declare": "The above is true, and we take legal responsibility for it.",
    },
}


@dataclass
class Boss:
    """The representative of a firm, acting for it."""

    given: Given
    firm: Firm
    person: Person

    def put(self, *acts) -> None:
        with self.given.database.transaction() as session:
            acting = self.given.acting(self.person)
            for act in acts:
                act(ground(session, self.firm, acting, clock.today()))
                session.flush()


@pytest.fixture
def boss(given: Given) -> Boss:
    person = given.person()
    firm = given.firm(representative=person)
    return Boss(given, firm, given.acting_for(person, given.mandate(firm, person, role=Role.REPRESENTATIVE)))


def applied(visitor: Visitor, language: str = "zh"):
    words = WORDS[language]
    page = visitor.open("/deregistration/").follow(words["apply"])
    page = page.answer(words["why"], words["dissolved"]).press(words["next"])
    return page.answer(words["declare"], True).press(words["apply"])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_firm_with_nothing_open_is_cleared_in_three_pages(app, database, boss: Boss, language: str) -> None:
    visitor = Visitor(app, language=language).carry(boss.person.token)
    done = applied(visitor, language)
    done.says("已于" if language == "zh" else "Cleared on")
    done.follow("清税证明" if language == "zh" else "Clearance certificate")
    with database.reading() as session:  # the paper carries both, the one they applied in first
        assert session.scalars(select(Certificate.language)).all() == [language]


def test_a_cleared_firm_can_be_read_and_nothing_can_be_done_for_it(app, boss: Boss) -> None:
    visitor = Visitor(app).carry(boss.person.token)
    opened_before = visitor.open("/deregistration/")
    applied(visitor)
    visitor.open("/file/obligations")
    opened_before.press("现在体检", 409).says("已经清税")
    page = visitor.open("/deregistration/").says("企业已经清税")
    assert not {"现在体检", "申请清税"} & {*page.buttons(), *page.links()}
    page.follow("看清税结果").says("已于")


def test_a_merger_says_where_it_was_reported(app, boss: Boss) -> None:
    page = Visitor(app).carry(boss.person.token).open("/deregistration/clearance")
    page = page.answer("注销的原因", "因合并解散").press("下一步", 422)
    page.says("请填写合并、分立报告的编号和日期")
    assert page.question("注销的原因")


def test_what_stands_between_is_named_with_the_way_to_its_cure(app, boss: Boss) -> None:
    boss.put(bill(due=-1))
    page = applied(Visitor(app).carry(boss.person.token))
    page.says("清税申请正在审核", "税务机关最晚在")
    page.press("撤回申请").says("清税申请已经撤回").follow("再次申请").question("注销的原因")


def test_what_is_promised_stands_on_the_page_with_its_last_day(app, boss: Boss) -> None:
    boss.put(fact("credit-grade", grade="A"), fact("vehicle-source"))
    page = Visitor(app).carry(boss.person.token).open("/deregistration/clearance")
    page = page.answer("注销的原因", WORDS["zh"]["dissolved"]).press("下一步")
    if "承诺容缺" not in page.heading:
        pytest.fail(f"{page.heading}: a vehicle source should be one that may be promised")
    refused = page.answer(WORDS["zh"]["declare"], True).press("申请清税", 422)
    refused.says("请逐项确认")


def test_who_may_not_manage_the_firm_is_not_offered_to_close_it(app, given: Given, boss: Boss) -> None:
    clerk = given.person()
    rights = [Right.VIEW, Right.FILE]
    token = given.acting_for(clerk, given.mandate(boss.firm, clerk, rights=rights)).token
    visitor = Visitor(app).carry(token)
    assert "申请清税" not in visitor.open("/deregistration/").text
    visitor.open("/deregistration/clearance", 403)


def test_a_firm_files_nil_pays_nothing_and_is_cleared(app, given: Given) -> None:
    """Four quarters late, filed by nil returns: abnormal until the last, then nothing stands between."""
    person = given.person()
    year = clock.today().year - 1
    vat = {"tax": "vat-small-scale", "period_kind": "quarter", "from": f"{year}-07-01", "to": f"{year}-12-31"}
    firm = given.firm(representative=person, taxes=[vat])
    with given.database.transaction() as session:
        derive(session, firm.taxpayer_id, on=clock.today())
    acting = given.acting_for(person, given.mandate(firm, person, role=Role.REPRESENTATIVE))
    visitor = Visitor(app).carry(acting.token)
    checked = visitor.open("/deregistration/").press("现在体检")
    checked.says("离清税还有")
    while True:
        owed = visitor.open("/file/obligations")
        late = [words for words in owed.buttons() if words.startswith("零申报")]
        if not late:
            break
        check = owed.press(late[0])
        check.answer("我已核对以上内容，所填真实、完整，并承担相应法律责任。", True).press("提交申报")
    with given.database.reading() as session:
        assert all(one.filed_on for one in filing.obligations_of(session, firm.taxpayer_id))
    again = visitor.open("/deregistration/").press("现在体检")
    again.says("没有发现未办事项", "项已办结")
    applied(visitor).says("已于")
