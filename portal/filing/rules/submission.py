"""When a return may be submitted or corrected, and why not."""

from collections.abc import Collection

from portal.core.refusal import Refusal, reason
from portal.core.wording import N_
from portal.taxes.working import Working

TO_THE_RECEIPT = (N_("查看回执"), "filing.done", "return_id")

NOT_A_PERSON = reason(
    "return-not-a-person",
    "综合所得年度汇算由个人办理，企业和其他单位不需要办理。",
    "请在右上角切换到您本人，再办理年度汇算。",
)
ALREADY_FILED = reason(
    "return-already-filed",
    "{period}的申报已经提交，回执号 {number}。",
    "要改内容的，请打开这份申报，选择“更正申报”。",
    TO_THE_RECEIPT,
)
NOT_REGISTERED = reason(
    "return-not-registered",
    "{period}没有登记要申报的“{tax}”。",
    "请在“登记信息”核对税种登记；登记有误的，请联系主管税务机关。",
)
PERIOD_NOT_OVER = reason(
    "return-period-not-over",
    "{period}还没有结束，从{opens}起申报。",
    "请在{opens}之后再来。",
)
NO_NIL_RETURN = reason(
    "return-no-nil",
    "这个税种不能零申报。",
    "请逐项填写后提交。",
)
SUBMITTED_MEANWHILE = reason(
    "return-submitted-meanwhile",
    "这份草稿已经提交，回执号 {number}，不能再填写。",
    "要改内容的，请从“我要办税”打开这份申报，选择“更正申报”。",
    TO_THE_RECEIPT,
)
REPLACED = reason(
    "return-replaced",
    "这份申报已被后来的更正申报替代，不能再更正。",
    "请打开最近一次的申报，从那里更正。",
)
CHANGED_SINCE_CHECK = reason(
    "return-changed-since-check",
    "您核对之后，这份草稿又有改动，没有提交。",
    "请回到核对页面，核对最新的内容后再提交。",
)
REPORTS_CHANGED = reason(
    "return-reports-changed",
    "扣缴义务人刚刚更新了您的收入信息，这份申报还没有提交。",
    "请从“我要办税”继续填写，核对更新后的数据再提交。",
)
INCOMPLETE = reason(
    "return-incomplete",
    "还有 {count} 处没有填写，不能提交。",
    "请回到核对页面，逐项补齐后再提交。",
)
CONTRADICTION = reason(
    "return-contradiction",
    "所填内容有矛盾：{what}。",
    "请回到核对页面，修改后再提交。",
)
TOO_MANY_ROWS = reason(
    "return-too-many-rows",
    "“{what}”最多填写 {most} 项。",
    "请删除不需要的项后再添加，或到办税服务厅窗口办理。",
)


def may_submit(working: Working, missing: Collection[str], unfinished: Collection[str]) -> None:
    """Refuse a return with gaps, with text that could not be accepted, or with answers that contradict."""
    if missing or unfinished:
        raise Refusal(INCOMPLETE, count=len(missing) + len(unfinished))
    if working.conflicts:
        raise Refusal(CONTRADICTION, what=working.conflicts[0].label)
