"""A form whose session was over: what was typed waits in the page for its author, and for nobody else."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal.accounts.models import Account, AccountSession, Mandate
from portal.accounts.rules.mandates import Role
from portal.accounts.services.passwords import hash_password
from portal.core import clock
from portal.core.kept import GOOD_FOR
from portal.taxpayers import queries as taxpayers
from tests.accounts.conftest import PASSWORD
from tests.daytime import SHIFT
from tests.visitor import Visitor

STREET = "深圳市福田区滨河大道5号"
HASH = hash_password(PASSWORD)


@dataclass
class Desk:
    """A browser at which people sit, and what happens to their sessions behind their backs."""

    given: object
    app: object
    settings: object

    def somebody(self):
        who = self.given.person()
        with self.given.database.transaction() as session:
            session.get_one(Account, who.account_id).password_hash = HASH
        return who

    def change(self, who, **values):
        mine = update(AccountSession).where(AccountSession.account_id == who.account_id)
        with self.given.database.transaction() as session:
            session.execute(mine.values(**values))

    def forget(self, who):
        self.change(who, last_seen_at=clock.now() - timedelta(minutes=30))

    def end(self, who):
        self.change(who, ended_at=clock.now(), token_hash=None)

    def address_of(self, who):
        with self.given.database.reading() as session:
            details = taxpayers.history(session, who.taxpayer_id, self.settings.keyring)
        found = taxpayers.in_force(details, "address", clock.today())
        return found.value if found else None


@pytest.fixture
def desk(given, app, settings):
    return Desk(given, app, settings)


def type_address(visitor, who):
    return visitor.carry(who.token).open("/accounts/address").answer("联系地址", STREET)


def sign_in_here(page, who, status=200, password=PASSWORD):
    return page.answer("证件号码或手机号码", who.number).answer("密码", password).press("登录", status)


@pytest.mark.parametrize("over", ["forget", "end"])
def test_what_was_typed_is_one_press_away_after_signing_in_again(desk, visitor, over):
    who = desk.somebody()
    page = type_address(visitor, who)
    getattr(desk, over)(who)
    page = page.press("保存地址", 403).says("您刚才填写的内容还没有提交")
    assert page.heading == "登录"
    assert STREET not in page.response.get_data(as_text=True), "the page shows it to nobody"
    page = sign_in_here(page, who)
    assert page.heading == "继续提交您刚才填写的内容"
    page.says("更改联系地址", "还没有办理任何事情")
    assert desk.address_of(who) is None, "nothing is done without the press"
    page = page.press("继续提交")
    assert page.path == "/accounts/profile"
    assert desk.address_of(who) == STREET


def test_it_is_said_in_english_too(desk, app):
    who = desk.somebody()
    visitor = Visitor(app, "en").carry(who.token)
    page = visitor.open("/accounts/address").answer("Postal address", STREET)
    desk.end(who)
    page = page.press("Save address", 403)
    page = page.answer("Identity number or mobile number", who.number).answer("Password", PASSWORD)
    page = page.press("Sign in").press("Submit what I entered")
    assert page.path == "/accounts/profile"
    assert desk.address_of(who) == STREET


def test_a_mistyped_password_loses_nothing(desk, visitor):
    who = desk.somebody()
    page = type_address(visitor, who)
    desk.end(who)
    page = sign_in_here(page.press("保存地址", 403), who, 422, password="不是这一句话而是另外一句")
    sign_in_here(page, who).press("继续提交")
    assert desk.address_of(who) == STREET


def test_it_goes_through_the_checks_of_its_page(desk, visitor):
    who = desk.somebody()
    page = visitor.carry(who.token).open("/accounts/address").answer("联系地址", "路" * 201)
    desk.end(who)
    page = sign_in_here(page.press("保存地址", 403), who).press("继续提交", 422)
    assert "最多 200 个字" in page.errors["联系地址"]


def test_nobody_else_ever_sees_it(desk, visitor):
    who, other = desk.somebody(), desk.somebody()
    page = type_address(visitor, who)
    desk.end(who)
    page = sign_in_here(page.press("保存地址", 403), other)
    assert page.path == "/accounts/address", "the page they were led to, their own and empty"
    assert STREET not in page.response.get_data(as_text=True)
    assert (desk.address_of(who), desk.address_of(other)) == (None, None)


def test_a_form_that_somebody_else_left_open_in_this_browser_is_void(desk, visitor):
    who, other = desk.somebody(), desk.somebody()
    page = type_address(visitor, who)
    visitor.carry(other.token).open("/accounts/profile")
    desk.end(other)
    page.press("保存地址", 400).says("页面已过期")


def test_after_an_hour_it_is_gone(desk, visitor):
    who = desk.somebody()
    page = type_address(visitor, who)
    desk.end(who)
    page = page.press("保存地址", 403)
    clock.run_from((SHIFT or timedelta()) + GOOD_FOR)
    try:
        page = sign_in_here(page, who)
    finally:
        clock.run_from(SHIFT)
    assert page.path == "/accounts/address"


def test_a_password_is_not_kept(desk, visitor):
    who = desk.somebody()
    page = visitor.carry(who.token).open("/accounts/mobile")
    page = page.answer("新的手机号码", "19901239999").answer("当前密码", PASSWORD)
    desk.end(who)
    page = sign_in_here(page.press("获取验证码", 403), who).says("更改手机号码", "密码和验证码没有保留")
    assert "19901239999" in page.response.get_data(as_text=True)
    assert PASSWORD not in page.response.get_data(as_text=True)
    assert "请填写当前密码" in page.press("继续提交", 422).errors["当前密码"]


def test_an_act_without_questions_is_not_kept_only_the_way_back_is(desk, visitor):
    who = desk.somebody()
    desk.given.session(who.account_id, who.taxpayer_id, at=clock.now())
    page = visitor.carry(who.token).open("/accounts/sessions")
    desk.end(who)
    page = page.press("结束其他所有登录")
    assert page.path == "/accounts/sign-in"
    assert "kept" not in {field.get("name") for field in page.soup.find_all("input")}


def test_whose_form_it_is_not_known_is_answered_as_ever(desk, visitor):
    who = desk.somebody()
    page = type_address(visitor, who)
    desk.end(who)
    with visitor.client.session_transaction() as kept:
        kept.pop("author")
    assert page.press("保存地址").path == "/accounts/sign-in"


def offer(visitor, who):
    page = visitor.carry(who.token).open("/accounts/mandates/new").answer("职务", "办税人员")
    page = page.answer("姓名", "李静怡").answer("证件类型", "居民身份证")
    return page.answer("证件号码", "440300190001010016")  # a wrong check digit: the page comes back


def test_one_acts_for_the_same_firm_again(desk, visitor):
    who, firm = desk.somebody(), desk.given.firm()
    mandate = desk.given.mandate(firm, who, role=Role.REPRESENTATIVE)
    page = offer(visitor, desk.given.acting_for(who, mandate))
    desk.end(who)
    page = sign_in_here(page.press("发出授权", 403), who).says("授权个人", f"这一页是为{firm.name}填写的")
    page = page.press("继续提交", 422)
    assert "校验码" in page.errors["证件号码"]
    assert firm.name in page.soup.find(class_="behalf").get_text()


def test_for_a_firm_one_has_lost_nothing_can_be_submitted(desk, visitor):
    who, firm = desk.somebody(), desk.given.firm()
    mandate = desk.given.mandate(firm, who, role=Role.REPRESENTATIVE)
    page = offer(visitor, desk.given.acting_for(who, mandate))
    desk.end(who)
    with desk.given.database.transaction() as session:
        lost = session.scalars(select(Mandate).where(Mandate.id == mandate)).one()
        lost.ended_at, lost.ended_by = clock.now(), "register"
    page = sign_in_here(page.press("发出授权", 403), who).says("您现在不能代表的企业")
    assert "继续提交" not in page.buttons()
