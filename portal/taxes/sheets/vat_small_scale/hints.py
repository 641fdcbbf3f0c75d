"""What contradicts the law, and what the payer should know before submitting."""

from decimal import Decimal

from portal.core.money import ZERO
from portal.core.wording import N_
from portal.taxes.kinds import Tick
from portal.taxes.lines import Role
from portal.taxes.sheets.vat_small_scale.sales import FIRST_OF_THE_NEW
from portal.taxes.sheets.vat_small_scale.surcharges import sheet as sheet


@sheet.line(
    N_("免税的依据已经停止执行"),
    cite="财政部 税务总局公告2026年第10号 第六条",
    why=N_("依据为“{exempt_basis}”的，2026年1月1日起停止执行，销售额 {exempt_sales} 不能免税"),
    kind=Tick(),
    role=Role.CONFLICT,
    from_=FIRST_OF_THE_NEW,
)
def exemption_ended(exempt_basis: str | None, exempt_sales: Decimal) -> bool:
    return exempt_basis == "older" and exempt_sales > 0


@sheet.line(
    N_("教育费附加与起征点的衔接"),
    cite="财税〔2016〕12号 第一条；增值税法 第二十三条",
    why=N_(
        "销售额合计 {total_sales} 恰好等于起征点 {threshold}：增值税全额计税，"
        "教育费附加和地方教育附加按本条文字免征，两者的衔接尚未核实，请与税务机关确认"
    ),
    role=Role.HINT,
    from_=FIRST_OF_THE_NEW,
)
def education_at_threshold(
    total_sales: Decimal,
    threshold: Decimal,
    surcharge_base: Decimal,
    education_rate: Decimal,
    local_education_rate: Decimal,
    six_taxes_relief: Decimal,
) -> Decimal:
    in_question = surcharge_base * (education_rate + local_education_rate) * (1 - six_taxes_relief)
    return in_question if total_sales == threshold else ZERO


@sheet.line(
    N_("放弃减征多缴的增值税"),
    cite="国家税务总局公告2023年第1号 第四条、第五条；国家税务总局公告2026年第4号",
    why=N_("{waived_sales} ×（{levy_rate} − {reduced_rate}）；按1%开具专用发票的，不用多缴"),
    role=Role.HINT,
)
def waiver_costs(waived_sales: Decimal, levy_rate: Decimal, reduced_rate: Decimal) -> Decimal:
    return waived_sales * (levy_rate - reduced_rate)


@sheet.line(
    N_("超过小规模纳税人标准的销售额"),
    cite="增值税法 第九条；财税〔2018〕33号 第一条",
    why=N_(
        "本期销售额合计 {total_sales}，已超过年应征增值税销售额标准 {small_scale_limit}，"
        "须登记为一般纳税人，请向税务机关办理"
    ),
    role=Role.HINT,
)
def beyond_small_scale(total_sales: Decimal, small_scale_limit: Decimal) -> Decimal:
    return max(total_sales - small_scale_limit, ZERO)
