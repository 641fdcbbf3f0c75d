"""What a desk may do, and why not."""

from portal.core.refusal import reason

DESK_CLOSED = reason("desk-is-closed", "{number} 号窗口还没有开放。", "请先开放窗口，再叫号。")
DESK_OPEN = reason("desk-is-open", "{number} 号窗口已经开放。", "可以直接叫号。")
DESK_OF_ANOTHER = reason(
    "desk-of-another", "{number} 号窗口由另一名同事值守。", "要在这个窗口叫号，请先接手窗口。"
)
DESK_BUSY = reason(
    "desk-is-busy", "{number} 号窗口正在为 {ticket} 号办理。", "请先办完、挂起或转走这一位，再操作。"
)
NO_TICKET = reason("no-ticket-at-desk", "这个窗口现在没有叫到这个号。", "请刷新页面；可能已由同事办理。")
NO_MATTER = reason(
    "no-matter-for-ticket",
    "没有编号为 {number} 的事项，或者它不属于预约的纳税人。",
    "请核对事项编号；预约的票只能登记预约人的事项。",
)
SAME_LINE = reason("transfer-to-same-line", "这个号已经在这类窗口排队。", "请选择另一类窗口。")
