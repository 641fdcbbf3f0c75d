"""The general route: the office refuses with its reasons, the firm cures them, two officers agree."""

from datetime import timedelta

import pytest

from portal.core import clock
from tests.given import STAFF_PASSWORD, Clerk
from tests.journeys.conftest import Arrive
from tests.journeys.steps import (
    MERGED,
    Land,
    apply,
    ask_to_be_cleared,
    file_nothing,
    quarters,
    the_paper,
)
from tests.journeys.walker import TWO_WAYS, Walker

pytestmark = [pytest.mark.one_engine, pytest.mark.parametrize("way", TWO_WAYS, ids=str)]

UNFILED = "有已到申报期的税款所属期没有申报"
REASONS = "有一个季度的增值税还没有申报，请申报以后再申请"
EVIDENCE = "逐项核对体检清单和账簿，与申请一致"
MET, UNMET = "符合", "不符合"
EARLIER = timedelta(hours=1)
"""They enrolled before: the code of that moment is used up."""


def test_the_office_refuses_then_two_officers_clear(arrive: Arrive, land: Land) -> None:
    boss, _ = land.boss(taxes=[quarters("10-01", "12-31")])
    walker = arrive(boss)
    reviewer = signed_in(arrive(), land.given.staff("clearance-review", at=clock.now() - EARLIER))
    approver = signed_in(arrive(), land.given.staff("clearance-approve", at=clock.now() - EARLIER))

    application = ask(walker, UNFILED)
    find(opened(reviewer), "审核清税申请", UNMET, REASONS)
    refuse(opened(approver))
    walker.open(application).sees("清税申请未获准").follow("办理进度").sees(REASONS)

    file_nothing(walker)
    again = ask(walker)
    assert again != application
    find(opened(reviewer), "审核清税申请", MET, EVIDENCE)
    assert not can_do(reviewer, "核准清税")
    clear(opened(approver))
    walker.open(again).sees("一般程序")
    the_paper(walker)
    assert land.portal.run("verify", "books") == ""


def ask(walker: Walker, *standing: str) -> str:
    """Apply as a firm that merges, told of what stands between; the address of the waiting application."""
    ask_to_be_cleared(walker, MERGED, report="合并报告 2026 第 7 号").sees("要走一般程序", *standing)
    apply(walker).sees("清税申请正在审核")
    return walker.page.url


def signed_in(walker: Walker, clerk: Clerk) -> Walker:
    """At the door of the staff: number, password, and what the authenticator shows."""
    walker.open("/staff/").answer("工号", clerk.staff_number).answer("密码", STAFF_PASSWORD)
    return walker.answer("动态验证码", clerk.code(clock.now())).press("登录").sees("工作清单")


def opened(walker: Walker) -> Walker:
    """The one matter on the work list, opened unless it was lately."""
    walker.open("/staff/")
    walker.go_by(walker.page.locator("table a"))
    purpose = walker.page.get_by_role("button", name=walker.say("打开"), exact=True)
    return walker.go_by(purpose) if purpose.count() else walker


def find(walker: Walker, step: str, finding: str, evidence: str) -> Walker:
    """Do a step of the office."""
    walker.follow_about("办理", step).choose("结论", finding).answer("依据", evidence)
    return walker.press("记下结论")


def can_do(walker: Walker, step: str) -> bool:
    return walker.page.get_by_role("link").filter(has_text=walker.say(step)).count() > 0


def refuse(approver: Walker) -> None:
    find(approver, "核准清税", UNMET, "同意审核意见")
    approver.follow_about("作出决定", "不予办理").answer("理由", REASONS).press("作出决定").sees("不予办理")


def clear(approver: Walker) -> None:
    approver.sees("没有。作出决定时系统会再核对一次。")
    find(approver, "核准清税", MET, EVIDENCE)
    approver.follow_about("作出决定", "已清税").press("作出决定").sees("已清税")
