"""The sales of the period against the threshold: what stays free of tax, what is taxed and at which rate."""

from datetime import date
from decimal import Decimal

from portal.core.money import ZERO
from portal.core.wording import N_
from portal.taxes.kinds import Tick
from portal.taxes.periods import Period, PeriodKind
from portal.taxes.sheets.vat_small_scale.asks import sheet as sheet

LAST_OF_THE_OLD_LAW, FIRST_OF_THE_NEW = date(2025, 12, 31), date(2026, 1, 1)


def for_period(period: Period, of_month: Decimal, of_quarter: Decimal) -> Decimal:
    """What the law fixes for the month or for the quarter, as the period is."""
    return of_quarter if period.kind is PeriodKind.QUARTER else of_month


@sheet.line(
    N_("销售额合计"),
    cite="国家税务总局公告2023年第1号 第一条；增值税法 第二十三条",
    why=(
        N_("未开专用发票 {ordinary_sales}"),
        N_("开专用发票 {special_sales}"),
        N_("放弃减征 {waived_sales}"),
        N_("出租不动产 {lease_sales}"),
        N_("出租不动产开专用发票 {lease_special_sales}"),
        N_("其他免税 {exempt_sales}"),
    ),
)
def total_sales(
    ordinary_sales: Decimal,
    special_sales: Decimal,
    waived_sales: Decimal,
    lease_sales: Decimal,
    lease_special_sales: Decimal,
    exempt_sales: Decimal,
) -> Decimal:
    goods_and_services = ordinary_sales + special_sales + waived_sales
    return goods_and_services + lease_sales + lease_special_sales + exempt_sales


@sheet.line(
    N_("本期适用的免征标准"),
    name="threshold",
    to=LAST_OF_THE_OLD_LAW,
    cite="财政部 税务总局公告2023年第1号 第一条；财政部 税务总局公告2023年第19号 第一条",
    why=N_("所属期为{period}；按月 {exempt_month}，按季 {exempt_quarter}，含本数"),
)
def limit_of_exemption(period: Period, exempt_month: Decimal, exempt_quarter: Decimal) -> Decimal:
    return for_period(period, exempt_month, exempt_quarter)


@sheet.line(
    N_("本期适用的起征点"),
    name="threshold",
    from_=FIRST_OF_THE_NEW,
    cite="增值税法 第二十三条；财政部 税务总局公告2026年第10号",
    why=N_("所属期为{period}；按月 {threshold_month}，按季 {threshold_quarter}"),
)
def threshold_of_tax(period: Period, threshold_month: Decimal, threshold_quarter: Decimal) -> Decimal:
    return for_period(period, threshold_month, threshold_quarter)


@sheet.line(
    N_("因销售额较小免征增值税"),
    name="small",
    to=LAST_OF_THE_OLD_LAW,
    cite="财政部 税务总局公告2023年第1号 第一条；财政部 税务总局公告2023年第19号 第一条",
    why=N_("销售额合计 {total_sales} 与 {threshold} 比较，不超过的免征，等于也免征"),
    kind=Tick(N_("免征增值税"), N_("不免征增值税")),
)
def within_exemption(total_sales: Decimal, threshold: Decimal) -> bool:
    return total_sales <= threshold


@sheet.line(
    N_("因销售额较小免征增值税"),
    name="small",
    from_=FIRST_OF_THE_NEW,
    cite="增值税法 第二十三条；财政部 税务总局公告2026年第10号",
    why=N_("销售额合计 {total_sales} 与 {threshold} 比较，未达到的免征，等于即为达到，全额计税"),
    kind=Tick(N_("免征增值税"), N_("不免征增值税")),
)
def below_threshold(total_sales: Decimal, threshold: Decimal) -> bool:
    return total_sales < threshold


@sheet.line(
    N_("因销售额较小免税的销售额"),
    cite="增值税法 第二十三条；财政部 税务总局公告2023年第1号 第一条",
    why=N_("{small}；未开专用发票 {ordinary_sales}，出租不动产 {lease_sales}；开专用发票的不免"),
)
def small_exempt_sales(small: bool, ordinary_sales: Decimal, lease_sales: Decimal) -> Decimal:
    return ordinary_sales + lease_sales if small else ZERO


@sheet.line(
    N_("其他免税的销售额"),
    cite="增值税法 第二十四条；增值税暂行条例 第十五条",
    why=N_("依法免税的项目 {exempt_sales}"),
)
def other_exempt_sales(exempt_sales: Decimal) -> Decimal:
    return exempt_sales


@sheet.line(
    N_("减按1%计税的销售额"),
    cite="财政部 税务总局公告2023年第1号 第二条；财政部 税务总局公告2026年第10号",
    why=N_("未开专用发票的 {ordinary_sales}（{small}）＋ 开具专用发票的 {special_sales}"),
)
def reduced_sales(small: bool, ordinary_sales: Decimal, special_sales: Decimal) -> Decimal:
    return special_sales if small else ordinary_sales + special_sales


@sheet.line(
    N_("按3%计税的销售额"),
    cite="国家税务总局公告2023年第1号 第四条、第五条；国家税务总局公告2026年第4号",
    why=N_("放弃减征并开具专用发票的 {waived_sales}"),
)
def unreduced_sales(waived_sales: Decimal) -> Decimal:
    return waived_sales


@sheet.line(
    N_("出租不动产计税的销售额"),
    cite="财税〔2016〕36号 附件2；增值税法 第十一条",
    why=N_("出租不动产 {lease_sales}（{small}）＋ 开具专用发票的 {lease_special_sales}"),
)
def lease_taxed_sales(small: bool, lease_sales: Decimal, lease_special_sales: Decimal) -> Decimal:
    return lease_special_sales if small else lease_sales + lease_special_sales
