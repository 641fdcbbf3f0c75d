"""Why billing says no, and what the person can do next."""

from portal.core.refusal import reason
from portal.core.wording import N_

REDUCED_TOO_FAR = reason(
    "bill-reduced-too-far",
    N_("更正后减少的税额超过了原来的应缴税额 {amount}"),
    N_("请核对更正前后的数额"),
)
NOT_UNALLOCATED = reason(
    "nothing-to-offset",
    N_("您没有可用于抵缴的待处理款项"),
    N_("请选择其他方式缴款"),
)
NOTHING_TO_REFUND = reason(
    "nothing-to-refund",
    N_("没有可以申请退还的待处理款项，或者都已经在办理退税"),
    N_("请在“办理进度”查看正在办理的退税"),
)
NOTHING_TO_PAY = reason(
    "nothing-to-pay",
    N_("所选项目没有需要缴纳的款项，可能已经缴清"),
    N_("请返回缴款页面查看最新的应缴情况"),
)
QUOTE_CHANGED = reason(
    "quote-changed",
    N_("应缴金额已变化，现为 {amount}"),
    N_("请返回缴款页面核对金额后再缴款。未发生任何扣款"),
)
PAYMENT_UNDER_WAY = reason(
    "payment-under-way",
    N_("所选项目有一笔缴款（{number}）正在确认或处理中"),
    N_("请先查看该笔缴款的结果，请勿重复缴款"),
)
NOT_CANCELLED = reason(
    "payment-not-cancelled",
    N_("这笔缴款（{number}）正在确认或处理中，现在不能取消"),
    N_("请稍后查看结果"),
)
TOO_MUCH_ONLINE = reason(
    "too-much-online",
    N_("一次线上缴款不能超过 {limit}"),
    N_("请减少所选项目分次缴款，或到办税服务厅、银行缴款"),
)
