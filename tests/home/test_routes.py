"""The first page tells what runs, what happens next with it and by which day."""

from decimal import Decimal

from flask import Flask

from portal.accounts.rules.mandates import Role
from portal.billing.services import raise_bill
from portal.core import clock
from portal.core.keys import new_id
from portal.core.money import show
from portal.core.wording import Phrase
from portal.matters.queries import running
from portal.matters.services import open_matter
from tests.given import LAST_YEAR, Given
from tests.visitor import Visitor


def test_a_refund_that_runs_stands_on_the_first_page_with_its_next_step_and_day(
    app: Flask, given: Given
) -> None:
    person = given.person()
    given.income(person, LAST_YEAR, income="20000.00", tax_withheld="3000.00")
    given.filed(person)
    with given.database.reading() as session:
        [refund] = running(session, person.taxpayer_id, "refund")
    assert refund.amount is not None
    page = Visitor(app).carry(person.token).open("/home")
    assert page.heading.endswith("您没有要办的事，有 1 件正在办理")
    page.says("接下来：审核退税", "最晚", refund.number)
    page.follow(f"退税 {LAST_YEAR} {show(refund.amount)}").says(refund.number)


def test_what_waits_for_money_is_a_bill_and_not_said_twice(app: Flask, given: Given) -> None:
    person = given.person()
    given.income(person, LAST_YEAR, income="20000.00", tax_withheld="100.00")
    given.filed(person)
    page = Visitor(app).carry(person.token).open("/home")
    assert page.heading.endswith("您有 1 件事要办")
    assert "正在办理" not in page.text


def test_a_return_of_several_levies_is_one_thing_to_pay(app: Flask, given: Given) -> None:
    firm, person = given.firm(), given.person()
    source = ("return", new_id())
    for levy, title, amount in (("vat", "增值税", "300.00"), ("umct", "城市维护建设税", "21.00")):
        with given.database.transaction() as session:
            raise_bill(
                session,
                taxpayer_id=firm.taxpayer_id,
                tax="vat-small-scale",
                levy=levy,
                period="2025Q3",
                title=Phrase(title),
                amount=Decimal(amount),
                due_on=clock.today(),
                source=source,
                at=clock.now(),
            )
    held = given.mandate(firm, person, role=Role.TAX_HANDLER)
    page = Visitor(app).carry(given.acting_for(person, held).token).open("/home")
    assert page.heading.endswith("您有 1 件事要办")
    page.says("2025年第三季度", "共 2 项税费", "¥321.00")


def test_a_firm_sees_its_own_running_matters(app: Flask, given: Given) -> None:
    firm, person = given.firm(), given.person()
    acting = given.acting(person)
    with given.database.transaction() as session:
        refund = open_matter(session, acting, "refund", firm.taxpayer_id, new_id(), at=clock.now())
    held = given.mandate(firm, person, role=Role.TAX_HANDLER)
    page = Visitor(app).carry(given.acting_for(person, held).token).open("/home")
    page.says("正在办理，等待答复", refund.number)
    mine = Visitor(app).carry(given.person().token).open("/home")
    assert refund.number not in mine.text
