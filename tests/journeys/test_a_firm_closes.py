"""A firm's last weeks: what stands open is cured page by page, the door opens, and the paper is verified."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from portal.billing import services as billing
from portal.core import clock
from portal.core.db import Database
from portal.core.keys import new_id
from portal.core.wording import Phrase
from portal.filing.services import derive
from sandbox.words import pay_words
from tests.given import Firm, Person
from tests.journeys.steps import (
    Land,
    apply,
    ask_to_be_cleared,
    check,
    file_nothing,
    quarters,
    the_paper,
)
from tests.journeys.walker import TWO_WAYS, Walker
from tests.live import LivePortal

DAY = timedelta(days=1)


@pytest.fixture
def boss(land: Land) -> Person:
    """Represents a firm: two quarters unfiled, a tax overdue, some money of its own resting."""
    person, firm = land.boss(taxes=[quarters("07-01", "12-31")])
    owes(land.given.database, firm)
    return person


def owes(database: Database, firm: Firm) -> None:
    """1,000 yuan for thirty days too long, and 100 of its own that pay for nothing yet."""
    common = {"taxpayer_id": firm.taxpayer_id, "tax": "vat-small-scale", "at": clock.now()}
    with database.transaction() as session:
        derive(session, firm.taxpayer_id, on=clock.today())
        billing.raise_bill(
            session,
            **common,
            period="2024Q1",
            title=Phrase("增值税及附加税费申报（小规模纳税人适用）"),
            amount=Decimal("1000.00"),
            due_on=clock.today() - 30 * DAY,
            source=("test", new_id()),
        )
        billing.credit_refund_due(
            session, **common, period="2024Q2", amount=Decimal("100.00"), source=("test", new_id())
        )


@pytest.mark.parametrize("way", TWO_WAYS, ids=str)
def test_a_firm_cures_what_stands_open_and_is_cleared(
    walker: Walker, live_portal: LivePortal, boss: Person
) -> None:
    walker.carry(boss)
    check(walker, "有已到申报期的税款所属期没有申报", "有逾期未缴的税款", "有属于您的钱还没有用掉或退还")
    file_nothing(walker, times=2)
    use_own_money(walker)
    pay_the_rest(walker, live_portal)
    check(walker, "没有发现未办事项")
    ask_to_be_cleared(walker).sees("可以即时清税")
    apply(walker).sees("所有涉税事项已经结清。企业的页面从现在起只供查看。")
    paper, code = the_paper(walker)
    walker.page.context.clear_cookies(name="portal")
    walker.open("/verify").answer("证明号码", paper).answer("查验码", code).press("查验")
    walker.sees("这份证明有效")
    assert live_portal.run("verify", "books") == ""


def use_own_money(walker: Walker) -> None:
    walker.open("/billing/").press("用待处理款项抵缴")


def pay_the_rest(walker: Walker, live_portal: LivePortal) -> None:
    """By card, through the hosted page."""
    walker.open("/billing/").press("缴款")
    speech = pay_words(walker.way.language)
    walker.go_by(walker.page.get_by_role("button", name=re.compile(speech.alipay)))
    walker.go_by(walker.page.get_by_role("button", name=speech.approve))
    walker.page.wait_for_url(f"{live_portal.url}/**", timeout=30_000)
    receipt = walker.page.get_by_role("link", name=walker.say("查看凭证"))
    walker.until(lambda: receipt.count() > 0)
