"""A firm's last weeks: what stands open is cured page by page, the door opens, and the paper is verified."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from portal.accounts.rules.mandates import Role
from portal.billing import services as billing
from portal.core import clock
from portal.core.db import Database
from portal.core.keys import new_id
from portal.core.wording import Phrase
from portal.demo import town
from portal.filing.services import derive
from portal.settings import Settings
from sandbox.words import pay_words
from tests.given import Firm, Given, Person
from tests.journeys.walker import Walker, Way
from tests.live import LivePortal

WAYS = [Way("zh", True, 1280), Way("en", False, 390)]
"""Between them they differ in everything."""
DAY = timedelta(days=1)


@pytest.fixture(params=WAYS, ids=str)
def way(request: pytest.FixtureRequest) -> Way:
    return request.param


@pytest.fixture
def boss(live_portal: LivePortal, way: Way) -> Person:
    """Represents a firm: two quarters unfiled, a tax overdue, some money of its own resting."""
    database = Database(live_portal.database_url)
    given = Given(database, Settings.from_environment(live_portal.environ))
    person = given.person()
    year = clock.today().year - 1
    quarters = {
        "tax": "vat-small-scale",
        "period_kind": "quarter",
        "from": f"{year}-07-01",
        "to": f"{year}-12-31",
    }
    # A code that no other test has told the market register of: the worker follows it.
    code = town.credit_code(95_000 + WAYS.index(way))
    firm = given.firm(code=code, representative=person, taxes=[quarters])
    acting = given.acting_for(person, given.mandate(firm, person, role=Role.REPRESENTATIVE))
    owes(database, firm)
    database.dispose()
    return acting


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


def test_a_firm_cures_what_stands_open_and_is_cleared(
    walker: Walker, live_portal: LivePortal, boss: Person
) -> None:
    walker.page.context.add_cookies([{"name": "portal", "value": boss.token, "url": live_portal.url}])
    walker.open("/deregistration/").press("现在体检")
    walker.sees("有已到申报期的税款所属期没有申报", "有逾期未缴的税款", "有属于您的钱还没有用掉或退还")
    file_nothing(walker)
    use_own_money(walker)
    pay_the_rest(walker, live_portal)
    walker.open("/deregistration/").press("再做一次" if "再做一次" in walker.text else "现在体检")
    walker.sees("没有发现未办事项")
    be_cleared(walker)
    paper, code = the_paper(walker)
    walker.page.context.clear_cookies(name="portal")
    walker.open("/verify").answer("证明号码", paper).answer("查验码", code).press("查验")
    walker.sees("这份证明有效")
    assert live_portal.run("verify", "books") == ""


def file_nothing(walker: Walker) -> None:
    """Two nil returns, two presses each."""
    for _ in range(2):
        walker.open("/file/obligations")
        walker.go_by(walker.page.get_by_role("button", name=walker.say("零申报")).first)
        walker.tick("declared").press("提交申报")
        walker.sees("回执号")


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


def be_cleared(walker: Walker) -> None:
    walker.open("/deregistration/").follow("申请清税")
    walker.choose("注销的原因", "解散：股东决议、章程规定或者经营期满").press("下一步")
    walker.sees("可以即时清税").tick("declared").press("申请清税")
    walker.sees("所有涉税事项已经结清。企业的页面从现在起只供查看。")


def the_paper(walker: Walker) -> tuple[str, str]:
    """Number and check code of the certificate, once it is printed."""
    walker.follow("清税证明")
    file = walker.page.get_by_role("link", name=re.compile("PDF"))
    walker.until(lambda: file.count() > 0)
    answer = walker.page.request.get(file.first.get_attribute("href"))
    assert answer.ok
    assert answer.body().startswith(b"%PDF")
    [number] = set(re.findall(r"QS-[0-9A-Z-]+", walker.text))
    return number, walker.fact("查验码")
