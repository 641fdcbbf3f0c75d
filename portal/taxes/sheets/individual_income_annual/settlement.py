"""The settlement: tax due against tax withheld, the exemption from small top-ups, the duty to settle."""

from decimal import Decimal

from portal.core.money import ZERO
from portal.core.wording import N_
from portal.taxes.kinds import Tick, Yuan
from portal.taxes.sheets.individual_income_annual.tax import sheet as sheet


@sheet.line(
    N_("已预缴税额"),
    cite="个人所得税法 第十一条第一款",
    why=N_("{payers} 个扣缴义务人预扣预缴"),
)
def prepaid(tax_withheld: Decimal, payers: int) -> Decimal:  # noqa: ARG001 - the reason shows the payers
    return tax_withheld


@sheet.line(
    N_("应补税额（免予补税前）"),
    cite="个人所得税法 第十一条第一款",
    why=N_("全年应纳税额 {tax_due} − 已预缴税额 {prepaid}，不足零的为零"),
)
def top_up(tax_due: Decimal, prepaid: Decimal) -> Decimal:
    return max(tax_due - prepaid, ZERO)


@sheet.line(
    N_("年综合所得收入"),
    cite="财政部 税务总局公告2019年第94号；财政部 税务总局公告2023年第32号",
    why=(
        N_("工资 {wages}"),
        N_("并入的奖金 {merged_bonus}"),
        N_("劳务报酬 {labour}"),
        N_("稿酬 {author}"),
        N_("特许权使用费 {royalty}"),
    ),
)
def gross_income(
    wages: Decimal, merged_bonus: Decimal, labour: Decimal, author: Decimal, royalty: Decimal
) -> Decimal:
    return wages + merged_bonus + labour + author + royalty


@sheet.line(
    N_("免予补税"),
    cite="财政部 税务总局公告2019年第94号；财政部 税务总局公告2021年第42号；财政部 税务总局公告2023年第32号",
    why=N_(
        "年收入 {gross_income} 不超过 {exempt_income}，或者应补税额 {top_up} 不超过 {exempt_top_up}；"
        "有扣缴义务人未依法预扣预缴的除外：{agent_failed}"
    ),
    kind=Tick(N_("符合免予补税的规定"), N_("不适用免予补税的规定")),
)
def exempt(
    gross_income: Decimal,
    exempt_income: Decimal,
    top_up: Decimal,
    exempt_top_up: Decimal,
    agent_failed: bool,
) -> bool:
    small = gross_income <= exempt_income or top_up <= exempt_top_up
    return top_up > 0 and small and not agent_failed


@sheet.line(
    N_("免予补缴的税额"),
    cite="财政部 税务总局公告2019年第94号；财政部 税务总局公告2021年第42号；财政部 税务总局公告2023年第32号",
    why=N_("{exempt}；应补税额 {top_up}"),
)
def top_up_released(exempt: bool, top_up: Decimal) -> Decimal:
    return top_up if exempt else ZERO


@sheet.line(
    N_("应补税额"),
    cite="个人所得税法 第十一条第一款",
    why=N_("{top_up} − 免予补缴 {top_up_released}"),
)
def to_pay(top_up: Decimal, top_up_released: Decimal) -> Decimal:
    return top_up - top_up_released


@sheet.line(
    N_("应退税额"),
    cite="个人所得税法 第十一条第一款；个人所得税法实施条例 第二十五条",
    why=N_("已预缴税额 {prepaid} − 全年应纳税额 {tax_due}，不足零的为零"),
)
def to_refund(prepaid: Decimal, tax_due: Decimal) -> Decimal:
    return max(prepaid - tax_due, ZERO)


@sheet.line(
    N_("应补（退）税额"),
    cite="个人所得税法 第十一条第一款",
    why=(N_("应补税额 {to_pay}"), N_("应退税额 −{to_refund}")),
    kind=Yuan(),
)
def result(to_pay: Decimal, to_refund: Decimal) -> Decimal:
    return to_pay - to_refund


@sheet.line(
    N_("收入来源符合须办理年度汇算的情形"),
    cite="个人所得税法实施条例 第二十五条第一款第（一）项、第（二）项",
    why=N_(
        "从 {payers} 处取得综合所得；劳务报酬 {labour}、稿酬 {author}、特许权使用费 {royalty}；"
        "收入额 {income_amount} − 专项扣除 {special_deductions}，与 {duty_income} 比较"
    ),
    kind=Tick(N_("收入来源符合须办理的情形"), N_("收入来源不属于须办理的情形")),
)
def sources_call_for_settlement(
    payers: int,
    labour: Decimal,
    author: Decimal,
    royalty: Decimal,
    income_amount: Decimal,
    special_deductions: Decimal,
    duty_income: Decimal,
) -> bool:
    from_elsewhere = payers >= 2 or labour + author + royalty > 0
    return from_elsewhere and income_amount - special_deductions > duty_income


@sheet.line(
    N_("须办理年度汇算"),
    cite="个人所得税法实施条例 第二十五条；财政部 税务总局公告2019年第94号",
    why=(
        N_("{sources_call_for_settlement}；应补税额 {top_up}；{exempt}"),
        N_("可退税 {to_refund}：申请退税才须办理，可以放弃"),
    ),
    kind=Tick(),
)
def duty_to_settle(
    sources_call_for_settlement: bool, top_up: Decimal, exempt: bool, to_refund: Decimal
) -> bool:
    return (sources_call_for_settlement or top_up > 0) and not exempt and to_refund == ZERO


@sheet.line(
    N_("可以申请退税，也可以放弃退税、不办理年度汇算"),
    cite="个人所得税法实施条例 第二十五条第一款第（四）项、第二款",
    why=N_("多预缴 {to_refund}：要退税的，提交这份申报就是申请；放弃退税的，不用提交"),
    kind=Tick(),
)
def refund_by_choice(to_refund: Decimal) -> bool:
    return to_refund > ZERO
