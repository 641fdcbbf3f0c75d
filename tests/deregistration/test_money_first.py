"""A firm that closes has its own money first: what rested is out, and no finding is left."""

from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts.models import Account
from portal.accounts.rules.mandates import Role
from portal.billing import services as billing
from portal.billing.models import Repayment
from portal.core import clock
from portal.core.db import Database
from portal.core.keys import new_id
from portal.counter import services as counter
from portal.deregistration.services import Office
from portal.gateways import Gateways
from portal.matters import services as work
from portal.matters.models import Matter
from portal.matters.rules import Finding
from portal.risk.queries import open_findings
from portal.settings import Settings
from tests.given import STAFF_PASSWORD, Firm, Given, Person, staff_password_hash
from tests.live import Outside
from tests.visitor import Visitor

ABOUT_MONEY = {"unallocated", "refund-open"}


@pytest.fixture
def firm(given: Given) -> tuple[Firm, Person]:
    """A firm with 100 yuan that never came through the gateway, and who represents it."""
    person = given.person()
    firm = given.firm(representative=person)
    boss = given.acting_for(person, given.mandate(firm, person, role=Role.REPRESENTATIVE))
    with given.database.transaction() as session:
        session.get_one(Account, person.account_id).password_hash = staff_password_hash()
        billing.credit_refund_due(
            session, taxpayer_id=firm.taxpayer_id, tax="vat-small-scale", period="2025Q1",
            amount=Decimal("100.00"), source=("test", new_id()), at=clock.now(),
        )  # fmt: skip
    return firm, boss


def findings(database: Database, firm: Firm) -> set[str]:
    with database.reading() as session:
        hits = open_findings(session, firm.taxpayer_id, clock.today())
    return {hit.finding.code for hit in hits} & ABOUT_MONEY


def approve(given: Given, settings: Settings) -> None:
    """Two of the office, by the same acts as their pages."""
    with given.database.reading() as session:
        key = session.scalars(select(Matter.id).where(Matter.kind == billing.REFUND)).one()
    for code in ("review", "approve"):
        clerk = given.acting(given.staff(f"refund-{code}"))
        with given.database.transaction() as session:
            matter = counter.held(session, [billing.REFUND], key)
            assert matter is not None
            work.record_step(session, clerk, matter, code, Finding.MET, "已核对", at=clock.now())
            if code == "approve":
                office = Office.of(settings)
                counter.decide(session, office, clerk, matter, billing.APPROVED, "", at=clock.now())


def carry(database: Database, settings: Settings) -> None:
    """What the worker does about the one repayment: order it, then ask how it stands."""
    with database.reading() as session:
        key = session.scalars(select(Repayment.id)).one()
    for _ in range(2):
        billing.repay(database, Gateways.connect(settings), settings, {"repayment": str(key)})


def test_a_closing_firm_has_its_money_first(
    firm: tuple[Firm, Person], given: Given, app: Flask, settings: Settings, sandbox: Outside
) -> None:
    sandbox.identity.forget("refunds")
    closing, boss = firm
    visitor = Visitor(app).carry(boss.token)
    assert findings(given.database, closing) == {"unallocated"}
    visitor.open("/billing/").press("申请退还").says("退税", "¥100.00")
    assert findings(given.database, closing) == ABOUT_MONEY

    approve(given, settings)
    page = visitor.open("/billing/refund-account")
    page.answer("开户银行", "滨海银行").answer("银行账号", "44039900001234").answer(
        "当前密码", STAFF_PASSWORD
    )
    page.press("登记退税账户").says("尾号 1234", closing.name)
    assert findings(given.database, closing) == {"refund-open"}, "it has set out, and has not arrived"

    carry(given.database, settings)
    [order] = sandbox.identity.ask("refunds")
    assert (order["holder"], order["account"], order["amount"]) == (closing.name, "44039900001234", 10000)
    assert findings(given.database, closing) == set(), "nothing of it stands between the firm and its end"
    with given.database.reading() as session:
        assert billing.verify_books(session) == []
