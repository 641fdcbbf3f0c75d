"""What people read about the state of a payment, and why money rests where it does."""

from dataclasses import dataclass

from portal.billing.rules.allocation import Component
from portal.billing.rules.chart import AccountKind, JournalKind
from portal.billing.rules.repaying import WayBack
from portal.billing.rules.states import IN_DOUBT, AttemptState, OrderState, Repaying
from portal.core.wording import N_, Phrase


@dataclass(frozen=True)
class Said:
    """How a state is told. `final` means that waiting on the page is over."""

    tag: Phrase
    look: str
    """"", ok, warn or bad: the tag's ground."""
    text: Phrase
    final: bool = True
    payable: bool = False


WAITING = Said(
    N_("等待缴款"),
    "warn",
    N_("请在支付页面完成缴款。关闭支付页面后，可以从本页继续。"),
    final=False,
    payable=True,
)
CHECKING = Said(N_("确认中"), "warn", N_("正在向支付机构确认。请勿重复缴款。"), final=False)
UNREACHABLE = Said(
    N_("暂时无法线上缴款"),
    "warn",
    N_("支付机构没有回应。缴款期限不变；您可以稍后查看本页，也可以到办税服务厅或银行缴款。"),
    final=False,
)
PROCESSING = Said(
    N_("处理中"), "warn", N_("支付机构处理中，结果将以站内信、短信通知。请勿重复缴款。"), final=False
)
PAID = Said(N_("缴款成功"), "ok", N_("税款已入账。您可以开具完税证明。"))
FAILED = Said(N_("未成功"), "bad", N_("本次未成功，未扣款，可重新缴款。"), payable=True)
CLOSED = Said(N_("可重新缴款"), "", N_("支付页面已关闭，税款仍待缴，可重新缴款。"), payable=True)
NOT_BEGUN = Said(N_("等待缴款"), "warn", N_("支付页面尚未打开，可以开始缴款。"), payable=True)
EXPIRED = Said(N_("已超时关闭"), "", N_("本次缴款已超时关闭，税款仍待缴。"))
CANCELLED = Said(N_("已取消"), "", N_("本次缴款已取消，税款仍待缴。"))

ENDED = {OrderState.PAID: PAID, OrderState.EXPIRED: EXPIRED, OrderState.CANCELLED: CANCELLED}
TRYING = {
    AttemptState.CREATING: CHECKING,
    AttemptState.UNKNOWN: UNREACHABLE,
    AttemptState.OPEN: WAITING,
    AttemptState.PROCESSING: PROCESSING,
    AttemptState.FAILED: FAILED,
    AttemptState.EXPIRED: CLOSED,
    AttemptState.ABSENT: FAILED,
    AttemptState.SUCCEEDED: CHECKING,
}


def said(order: str, attempt: str | None, *, returned: bool = False) -> Said:
    """How an order stands, from its state and its latest attempt's.

    `returned` is a payer who came back from the payment page: until we know, nothing is promised or asked.
    """
    if order in ENDED:
        return ENDED[OrderState(order)]
    if attempt is None:
        return NOT_BEGUN
    if returned and attempt in {AttemptState.OPEN, *IN_DOUBT} and attempt != AttemptState.PROCESSING:
        return CHECKING
    return TRYING[AttemptState(attempt)]


TAX, SURCHARGE, RESTING = AccountKind.TAX_DUE, AccountKind.SURCHARGE_DUE, AccountKind.UNALLOCATED
LEAVING = AccountKind.IN_TRANSIT
BOOKED: dict[tuple[str, str, str], Phrase] = {
    (JournalKind.ASSESS, TAX, AccountKind.LEVIED): N_("应征税款"),
    (JournalKind.ACCRUE, SURCHARGE, AccountKind.SURCHARGE_LEVIED): N_("加收滞纳金"),
    (JournalKind.ACCRUE, AccountKind.SURCHARGE_LEVIED, SURCHARGE): N_("更正减少应缴滞纳金"),
    (JournalKind.ACCRUE, SURCHARGE, RESTING): N_("多缴的滞纳金转入待处理款项"),
    (JournalKind.PAYMENT, AccountKind.CLEARING, TAX): N_("缴纳税款"),
    (JournalKind.PAYMENT, AccountKind.CLEARING, SURCHARGE): N_("缴纳滞纳金"),
    (JournalKind.PAYMENT, AccountKind.CLEARING, RESTING): N_("收到款项，记入待处理款项"),
    (JournalKind.POS, AccountKind.CLEARING, TAX): N_("窗口 POS 缴纳税款"),
    (JournalKind.POS, AccountKind.CLEARING, SURCHARGE): N_("窗口 POS 缴纳滞纳金"),
    (JournalKind.POS, AccountKind.CLEARING, RESTING): N_("窗口 POS 收到款项，记入待处理款项"),
    (JournalKind.POS_REVERSED, TAX, AccountKind.CLEARING): N_("冲正窗口 POS 收款，恢复应缴税款"),
    (JournalKind.POS_REVERSED, SURCHARGE, AccountKind.CLEARING): N_("冲正窗口 POS 收款，恢复应缴滞纳金"),
    (JournalKind.POS_REVERSED, RESTING, AccountKind.CLEARING): N_("冲正窗口 POS 收款，减少待处理款项"),
    (JournalKind.OFFSET, RESTING, TAX): N_("用待处理款项抵缴税款"),
    (JournalKind.OFFSET, RESTING, SURCHARGE): N_("用待处理款项抵缴滞纳金"),
    (JournalKind.REDUCE, AccountKind.LEVIED, TAX): N_("更正减少应缴税款"),
    (JournalKind.REDUCE, TAX, RESTING): N_("多缴的税款转入待处理款项"),
    (JournalKind.REFUND_DUE, AccountKind.LEVIED, RESTING): N_("应退税款，记入待处理款项"),
    (JournalKind.REPAY, RESTING, LEAVING): N_("退税款付出，在途"),
    (JournalKind.REPAID, LEAVING, AccountKind.CLEARING): N_("退税款已退还"),
    (JournalKind.REPAY_FAILED, LEAVING, RESTING): N_("退税款未退成，回到待处理款项"),
    (JournalKind.REPAY_FAILED, AccountKind.CLEARING, RESTING): N_("退税款被退回，回到待处理款项"),
    (JournalKind.REFUND_BACK, RESTING, AccountKind.LEVIED): N_("更正减少应退税款"),
}
"""How the statement tells one movement: by its fact, where the money came from and where it went."""
MOVED = N_("{amount}，余额不变")
"""Money that only changes its place: from what was paid to what rests here, or back."""

SLIP = N_("终端 {terminal}，签购单 {slip}（批次/凭证号）")
"""How the statement names a payment at a terminal."""

OPTION_NAME = N_("{title}（{period}）")
OPTION = N_("{title}（{period}） {amount}")
"""A bill to tick."""
DUE = N_("缴款期限 {day}")
OVERDUE = N_("缴款期限 {day}，已逾期 {days} 天，含滞纳金 {surcharge}")
ACCRUED = N_("{base} × {days} 天 × {rate}")
"""Late surcharge over one stretch of arrears."""
ACCRUED_FOR = N_("{first}至{last}，按日加收")
"""Late surcharge of an order, where payments in part came between."""
LESS_PAID = N_("，减去已缴 {paid}")
LINES: dict[str, Phrase] = {
    Component.TAX: OPTION_NAME,
    Component.SURCHARGE: N_("滞纳金：{title}（{period}）"),
}
"""How the computed sum and the gateway's page name what is paid."""
TOTAL = N_("合计")
PRINTED = N_("来源：税收账簿，{moment} 打印（北京时间）")
RECEIVED_AS: dict[str, Phrase] = {
    AccountKind.TAX_DUE: N_("税款"),
    AccountKind.SURCHARGE_DUE: N_("滞纳金"),
    AccountKind.UNALLOCATED: N_("多缴，记入待处理款项"),
}
"""What the legs of a payment paid."""

WENT: dict[tuple[str, str], Phrase] = {
    (WayBack.GATEWAY, Repaying.ASKED): N_("正在原路退回"),
    (WayBack.GATEWAY, Repaying.SENT): N_("支付机构正在退回"),
    (WayBack.GATEWAY, Repaying.PAID): N_("已原路退回"),
    (WayBack.GATEWAY, Repaying.RETURNED): N_("没有退成，钱已回到待处理款项"),
    (WayBack.TREASURY, Repaying.ASKED): N_("正在送国库退库"),
    (WayBack.TREASURY, Repaying.SENT): N_("国库正在退库"),
    (WayBack.TREASURY, Repaying.PAID): N_("国库已退到银行账户"),
    (WayBack.TREASURY, Repaying.RETURNED): N_("银行退回，钱已回到待处理款项"),
}
"""How one sum of a refund went."""
RESTS: dict[str, Phrase] = {
    "late": N_("缴款单超时或取消之后才付款"),
    "double": N_("同一缴款单付款两次"),
    "over": N_("多于当日应缴的数额"),
    "foreign": N_("付款与缴款单的记录对不上"),
    "amount": N_("付款金额与缴款单不一致"),
    "reduced": N_("更正后应缴税额减少"),
    "refund-due": N_("年度汇算应退税额"),
    "came-back": N_("退税款未退成"),
}
"""Why money went to unallocated."""
