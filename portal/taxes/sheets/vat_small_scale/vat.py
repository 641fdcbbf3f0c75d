"""The VAT: at the levy rate, what the reduction takes off, what is left to pay after prepayment."""

from decimal import Decimal

from portal.core.money import ZERO, round_fen
from portal.core.wording import N_
from portal.taxes.sheets.vat_small_scale.sales import sheet as sheet


@sheet.line(
    N_("货物、服务按征收率计算的税额"),
    cite="增值税法 第十一条；增值税暂行条例 第十二条",
    why=N_("（{reduced_sales} ＋ {unreduced_sales}）× {levy_rate}"),
)
def vat_at_levy_rate(reduced_sales: Decimal, unreduced_sales: Decimal, levy_rate: Decimal) -> Decimal:
    return (reduced_sales + unreduced_sales) * levy_rate


@sheet.line(
    N_("出租不动产的税额"),
    cite="财税〔2016〕36号 附件2；增值税法 第十一条",
    why=N_("{lease_taxed_sales} × {lease_rate}"),
)
def vat_on_lease(lease_taxed_sales: Decimal, lease_rate: Decimal) -> Decimal:
    return lease_taxed_sales * lease_rate


@sheet.line(
    N_("增值税减征额"),
    cite="财政部 税务总局公告2023年第1号 第二条、2023年第19号 第二条、2026年第10号",
    why=N_("{reduced_sales} ×（{levy_rate} − {reduced_rate}）"),
)
def vat_reduction(reduced_sales: Decimal, levy_rate: Decimal, reduced_rate: Decimal) -> Decimal:
    return reduced_sales * (levy_rate - reduced_rate)


@sheet.line(
    N_("小额免征的税额"),
    cite="增值税法 第二十三条；财政部 税务总局公告2023年第1号 第一条",
    why=N_("{small}；{ordinary_sales} × {levy_rate} ＋ {lease_sales} × {lease_rate}"),
)
def vat_exempted(
    small: bool, ordinary_sales: Decimal, lease_sales: Decimal, levy_rate: Decimal, lease_rate: Decimal
) -> Decimal:
    return ordinary_sales * levy_rate + lease_sales * lease_rate if small else ZERO


@sheet.line(
    N_("增值税应纳税额"),
    cite="增值税法 第十一条；增值税暂行条例 第十一条",
    why=(N_("{vat_at_levy_rate} − 减征 {vat_reduction}"), N_("{vat_on_lease}")),
)
def vat_due(vat_at_levy_rate: Decimal, vat_reduction: Decimal, vat_on_lease: Decimal) -> Decimal:
    return round_fen(vat_at_levy_rate - vat_reduction + vat_on_lease)


@sheet.line(
    N_("本期预缴的增值税"),
    cite="增值税法 第三十条；增值税暂行条例 第二十三条",
    why=N_("已经预缴 {vat_prepaid}"),
)
def prepaid(vat_prepaid: Decimal) -> Decimal:
    return vat_prepaid


@sheet.line(
    N_("增值税应补（退）税额"),
    cite="增值税法 第三十条；增值税暂行条例 第二十三条",
    why=N_("应纳税额 {vat_due} − 预缴 {prepaid}"),
)
def vat_payable(vat_due: Decimal, prepaid: Decimal) -> Decimal:
    return vat_due - prepaid
