"""A firm appoints somebody: who accepts, acts and files for it until the firm ends that, in mid-return."""

import pytest

from portal.accounts.rules.mandates import RIGHT_NAMES
from portal.core.acting import Right
from tests.given import Person
from tests.journeys.conftest import Arrive
from tests.journeys.steps import (
    Land,
    acts_for,
    begin_nil_return,
    file_nothing,
    quarters,
    switch_by_the_header,
)
from tests.journeys.walker import TWO_WAYS, Walker

pytestmark = [pytest.mark.one_engine, pytest.mark.parametrize("way", TWO_WAYS, ids=str)]

CLERK = "办税人员"


def test_a_delegate_files_until_the_firm_ends_the_mandate(arrive: Arrive, land: Land) -> None:
    boss, firm = land.boss(taxes=[quarters("07-01", "12-31")])
    clerk = land.given.person()
    land.is_somebody(clerk)
    office, desk = arrive(boss), arrive(clerk)

    propose(office, clerk)
    desk.open("/accounts/mandates").sees("等待您接受").press_about(firm.name, "接受")
    switch_by_the_header(desk, firm.name, CLERK)
    file_nothing(desk)
    acts_for(desk, firm.name, CLERK)

    begin_nil_return(desk)
    office.open("/accounts/mandates").press_about(clerk.name, "终止").sees(
        "授权已终止，立即生效，并通知了对方。"
    )
    desk.press("提交申报")
    assert desk.say("您不再代表 %(firm)s") % {"firm": firm.name} in desk.text
    desk.sees("没有完成的操作都没有提交。现在起您以本人身份办理。").follow("以本人身份继续")
    assert desk.page.locator(".behalf").count() == 0
    office.open("/file/obligations").sees("已经逾期", "已经申报")


def propose(office: Walker, clerk: Person) -> None:
    """To look and to file, nothing more."""
    office.open("/accounts/mandates").follow("授权个人")
    office.choose("职务", CLERK).answer("姓名", clerk.name).choose("证件类型", "居民身份证")
    office.answer("证件号码", clerk.number).choose("可以办理的事项", RIGHT_NAMES[Right.FILE])
    office.press("发出授权").sees("已发出授权，等待对方接受。对方还没有开户的，开户后就能看到。")
