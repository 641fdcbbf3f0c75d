"""Cleared by promise: one thing is made good in time, the other is not, and the portal says so of each."""

import pytest
from playwright.sync_api import Locator

from portal.core import clock
from tests.given import Firm
from tests.journeys.conftest import Arrive
from tests.journeys.steps import Land, apply, ask_to_be_cleared, check, the_paper
from tests.journeys.walker import TWO_WAYS, Walker

pytestmark = [pytest.mark.one_engine, pytest.mark.parametrize("way", TWO_WAYS, ids=str)]

VEHICLE, PLOT = "车船税税源没有终止", "城镇土地使用税税源没有终止"
TO_MAKE_GOOD = 30
"""Days."""


def test_of_two_promises_one_is_kept_and_one_is_broken(arrive: Arrive, land: Land) -> None:
    boss, firm = land.boss()
    two_things_that_may_wait(land, firm)
    walker = arrive(boss)
    check(walker, VEHICLE, PLOT)
    promise(walker)
    page = walker.page.url
    the_paper(walker)

    land.fact(firm, "vehicle-source", "C-1", until=str(clock.today()))
    land.works("follow-register")
    land.works("watch-promises")
    walker.open(page)
    stands(walker, VEHICLE, "已履行")
    stands(walker, PLOT, "还剩 %(days)s 天", days=TO_MAKE_GOOD)

    land.days_pass(TO_MAKE_GOOD + 1)
    land.works("watch-promises")
    walker.carry(land.comes_back(boss)).open(page)
    stands(walker, VEHICLE, "已履行")
    stands(walker, PLOT, "未履行")
    walker.sees("有承诺补办的事项逾期没有办结，纳税信用已经判为 D 级。企业的页面只供查看。")
    told_of_both(walker)
    assert land.portal.run("verify", "books") == ""


def two_things_that_may_wait(land: Land, firm: Firm) -> None:
    """Of a firm of grade A, which is one that may promise."""
    land.fact(firm, "credit-grade", "G-1", facts={"grade": "A"})
    land.fact(firm, "vehicle-source", "C-1", facts={"plate": "鲁Q·D2718"})
    land.fact(firm, "land-source", "T-1", facts={"place": "滨海县海棠路 9 号"})
    land.works("follow-register")


def promise(walker: Walker) -> None:
    """All of it in writing, or the route stays shut."""
    ask_to_be_cleared(walker).sees("可以承诺容缺清税")
    apply(walker).sees("请逐项确认；不承诺的，请先办结该事项")
    walker.choose("承诺补办的事项", VEHICLE).choose("承诺补办的事项", PLOT)
    walker.press("申请清税")
    walker.sees(
        "除了下面承诺补办的事项，所有涉税事项已经结清。请在最后一天以前补办。企业的页面从现在起只供查看。"
    )
    walker.sees("到办税服务厅终止车船税源", "到办税服务厅终止土地税源")
    for title in (VEHICLE, PLOT):
        stands(walker, title, "还剩 %(days)s 天", days=TO_MAKE_GOOD)


def stands(walker: Walker, title: str, state: str, **facts: object) -> None:
    """What the table of promises says of one."""
    assert walker.say(state) % facts in row(walker, title).inner_text()


def row(walker: Walker, title: str) -> Locator:
    return walker.page.get_by_role("row").filter(has_text=walker.say(title))


def told_of_both(walker: Walker) -> None:
    """News of both, each in words."""
    walker.open("/messages/").sees("承诺补办的事项已办结", "承诺补办的事项逾期未办结")
