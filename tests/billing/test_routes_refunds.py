"""Naming one's account for refunds, and following the money of one, as pages."""

from decimal import Decimal
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts.models import Account
from portal.audit.models import AuditEntry
from portal.billing import services
from portal.billing.models import RefundAccount
from portal.core import clock
from portal.core.db import Database
from portal.core.keys import new_id
from portal.gateways import Gateways
from portal.matters.models import Matter
from portal.settings import Settings
from tests.billing.conftest import Till, acting_for
from tests.given import STAFF_PASSWORD, Given, Person, staff_password_hash
from tests.live import Outside
from tests.visitor import Page, Visitor

D = Decimal
CARD = "6212345678901232"


@pytest.fixture
def payee(given: Given, database: Database) -> Person:
    """A person with a password of their own."""
    person = given.person()
    with database.transaction() as session:
        session.get_one(Account, person.account_id).password_hash = staff_password_hash()
    return person


@pytest.fixture
def till(payee: Person, database: Database, settings: Settings, sandbox: Outside) -> Till:
    """80 yuan of withheld tax rest with the payee, who asked for them."""
    sandbox.forget_payments()
    sandbox.identity.forget("refunds")
    till = Till(
        database, Gateways.connect(settings), settings, sandbox.payments, acting_for(payee.taxpayer_id)
    )
    with database.transaction() as session:
        services.credit_refund_due(
            session, taxpayer_id=payee.taxpayer_id, tax="iit-annual", period="2025",
            amount=D("80.00"), source=("test", new_id()), at=clock.now(),
        )  # fmt: skip
    return till


@pytest.fixture
def visitor(app: Flask, payee: Person) -> Visitor:
    return Visitor(app).carry(payee.token)


def name(visitor: Visitor, number: str = CARD, password: str = STAFF_PASSWORD, status: int = 200) -> Page:
    page = visitor.open("/billing/refund-account")
    page.answer("开户银行", "滨海银行海岸支行").answer("银行账号", number).answer("当前密码", password)
    return page.press("登记退税账户", status)


def accounts(database: Database) -> list[RefundAccount]:
    with database.reading() as session:
        return list(session.scalars(select(RefundAccount).order_by(RefundAccount.id)))


def approved(till: Till, payee: Person) -> UUID:
    """What the office does is tried elsewhere: here it approved."""
    with till.database.transaction() as session:
        acting = acting_for(payee.taxpayer_id)
        matter = services.request_refund(session, acting, decision=new_id(), at=clock.now())
        matter.state = services.APPROVED
        session.flush()
        services.pay_out(session, matter, by=None, at=clock.now())
        return matter.id


def test_an_account_is_named_with_its_password_and_shown_by_its_end_only(
    visitor: Visitor, payee: Person, database: Database
) -> None:
    page = name(visitor, number="6212 3456 7890 1232").says("滨海银行海岸支行", "尾号 1232", payee.name)
    assert CARD not in page.soup.prettify()
    with database.reading() as session:
        mine = select(AuditEntry).where(AuditEntry.taxpayer_id == payee.taxpayer_id)
        [entry] = [one for one in session.scalars(mine) if one.act == "refund-account-named"]
    assert CARD not in str(entry.facts)


@pytest.mark.parametrize("number", ["6212345678901233", "621234567890123", "62123456789012325X", "1" * 20])
def test_a_card_number_with_a_slip_is_not_taken(visitor: Visitor, database: Database, number: str) -> None:
    name(visitor, number=number, status=422).says("银行卡号")
    assert accounts(database) == []


def test_nobody_names_an_account_without_the_password(visitor: Visitor, database: Database) -> None:
    name(visitor, password="not the password at all", status=422).says("密码不正确")
    assert accounts(database) == []


def test_the_same_account_again_is_the_same_account(visitor: Visitor, database: Database) -> None:
    name(visitor)
    name(visitor)
    assert len(accounts(database)) == 1


def test_the_page_of_a_refund_says_that_an_account_is_missing_and_leads_there(
    visitor: Visitor, payee: Person, till: Till
) -> None:
    matter = approved(till, payee)
    page = visitor.open(f"/matters/{matter}").follow("退款到了哪里")
    page.says("有一部分等您登记银行账户", "¥80.00").follow("登记退税账户")
    name(visitor)
    visitor.open(f"/billing/refunds/{matter}").says("正在送国库退库", "滨海银行海岸支行", "尾号 1232")
    till.work()
    visitor.open(f"/billing/refunds/{matter}").says("国库正在退库")
    till.later(seconds=20)
    till.work()
    visitor.open(f"/billing/refunds/{matter}").says("国库已退到银行账户")
    visitor.open(f"/matters/{matter}").says("已退还")


def test_money_on_its_way_is_named_and_no_longer_offered(visitor: Visitor, payee: Person, till: Till) -> None:
    name(visitor)
    approved(till, payee)
    page = visitor.open("/billing/").says("¥80.00 已经付出，正在退给您")
    assert "申请退还" not in page.buttons()
    visitor.open("/billing/statement").says("退税款付出，在途", "¥80.00，余额不变")


def test_what_came_back_is_told_on_every_page_about_it(visitor: Visitor, payee: Person, till: Till) -> None:
    name(visitor, number="6212345600020119")
    matter = approved(till, payee)
    till.work()
    till.later(seconds=20)
    till.work()
    visitor.open(f"/billing/refunds/{matter}").says("银行退回，钱已回到待处理款项")
    visitor.open("/billing/").says("待处理款项", "¥80.00", "退税款未退成")
    visitor.open("/billing/statement").says("退税款未退成，回到待处理款项")
    visitor.open("/messages/").says("退税款没有退成")


def test_a_refund_of_somebody_else_is_not_found(app: Flask, payee: Person, till: Till, given: Given) -> None:
    matter = approved(till, payee)
    other = Visitor(app).carry(given.person().token)
    other.open(f"/billing/refunds/{matter}", 404)
    with till.database.reading() as session:
        assert session.get_one(Matter, matter).state == services.APPROVED
