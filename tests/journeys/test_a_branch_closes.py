"""A head office closes its branch first: cleared as a firm of its own, struck off, out of the head's way."""

import pytest

from tests.given import Firm
from tests.journeys.conftest import Arrive
from tests.journeys.steps import (
    PATIENCE,
    Land,
    acts_for,
    apply,
    ask_to_be_cleared,
    check,
    switch_by_the_header,
)
from tests.journeys.walker import TWO_WAYS, Walker
from tests.waiting import until

pytestmark = [pytest.mark.one_engine, pytest.mark.parametrize("way", TWO_WAYS, ids=str)]

STANDING = "还有没有注销的分支机构"
BOSS = "法定代表人"


def test_a_branch_is_cleared_and_struck_off_before_its_head(arrive: Arrive, land: Land) -> None:
    boss, head = land.boss()
    branch = land.firm(boss, name="滨海潮音商贸有限公司海棠路分店", parent=head)
    walker = arrive(boss)
    check(walker, STANDING).page.get_by_text(branch.code).wait_for()
    by_its_cure_to(walker, branch)
    check(walker, "没有发现未办事项")
    ask_to_be_cleared(walker)
    apply(walker).sees("所有涉税事项已经结清。企业的页面从现在起只供查看。")

    switch_by_the_header(walker, head.name, BOSS)
    check(walker, STANDING, "没有变化")
    the_register_strikes_off(land, branch)
    check(walker, "没有发现未办事项", "已办结")
    switch_by_the_header(walker, branch.name, BOSS)
    walker.open("/firm")
    assert walker.fact("登记状态") == walker.say("已注销")


def by_its_cure_to(walker: Walker, branch: Firm) -> None:
    """The finding leads to where one goes over to the branch."""
    walker.follow_about("切换到分支机构，为它办理注销", STANDING)
    walker.press_about(branch.name)
    acts_for(walker, branch.name, BOSS).sees("注销体检")


def the_register_strikes_off(land: Land, firm: Firm) -> None:
    """Once it has heard that the firm is cleared; the portal follows."""
    register = land.portal.outside.identity

    def told() -> bool:
        """the market register has heard of the clearance"""
        return any(one["uscc"] == firm.code for one in register.ask("clearances"))

    until(told, within=PATIENCE)
    register.tell("deregistrations", uscc=firm.code)
    land.works("follow-register")
