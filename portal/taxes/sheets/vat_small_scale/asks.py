"""What the return asks: the period's sales without the tax in them, exempt sales, tax prepaid.

Sales with a special invoice stand apart: they are taxed whatever the threshold says, because the buyer
deducts what the invoice shows.
"""

from datetime import date

from portal.core.money import ZERO
from portal.core.wording import N_
from portal.taxes.kinds import Choice, Yuan
from portal.taxes.lines import filed_by
from portal.taxes.periods import PeriodKind
from portal.taxes.questions import ask, given, is_one, page
from portal.taxes.worksheet import Worksheet

sheet = Worksheet(
    "vat-small-scale",
    N_("增值税及附加税费申报（小规模纳税人适用）"),
    law="vat-small-scale",
    period=filed_by(PeriodKind.QUARTER, PeriodKind.MONTH),
    nil={"activity": "none"},
)

IN_BUSINESS = (is_one("activity", "some"),)

sheet.step(
    "sales",
    N_("销售额"),
    page(
        "activity",
        N_("本期有没有销售或预缴"),
        ask(
            "activity",
            Choice({"none": N_("没有，零申报"), "some": N_("有，继续填写")}),
            N_("本期有销售额或者预缴的增值税吗"),
            N_("没有开票的销售额也是销售额，免税的也是。"),
        ),
        help=N_("没有销售额的，也要按期申报。选“没有，零申报”后即可检查提交。"),
    ),
    page(
        "goods-and-services",
        N_("货物、服务的销售额"),
        ask(
            "ordinary_sales",
            Yuan(),
            N_("未开具专用发票的销售额"),
            N_("本期销售货物、服务、无形资产的不含税销售额：开具普通发票的和没有开票的合计。"),
            default=ZERO,
        ),
        ask(
            "special_sales",
            Yuan(),
            N_("按减征后的征收率开具专用发票的销售额"),
            N_("本期开具增值税专用发票（征收率1%）的不含税销售额。开具了专用发票的，不能免税。"),
            default=ZERO,
        ),
        ask(
            "waived_sales",
            Yuan(),
            N_("放弃减征、按3%开具专用发票的销售额"),
            N_("本期放弃减征、按3%征收率开具增值税专用发票的不含税销售额；没有的不填。"),
            default=ZERO,
        ),
        help=N_("不含税销售额 ＝ 含税收入 ÷（1 ＋ 征收率）。不动产租赁在下一页填写。"),
        when=IN_BUSINESS,
    ),
    page(
        "lease",
        N_("出租不动产的销售额"),
        ask(
            "lease_sales",
            Yuan(),
            N_("出租不动产、未开具专用发票的销售额"),
            N_("本期出租房屋、土地等不动产的不含税租金，不含开具专用发票的；没有的不填。"),
            default=ZERO,
        ),
        ask(
            "lease_special_sales",
            Yuan(),
            N_("出租不动产、开具专用发票的销售额"),
            N_("本期出租不动产并开具增值税专用发票的不含税租金；没有的不填。"),
            default=ZERO,
        ),
        help=N_("出租不动产不适用减按1%征收。个人出租住房、销售不动产不在本表申报。"),
        when=IN_BUSINESS,
    ),
    page(
        "exempt",
        N_("其他免税的销售额"),
        ask(
            "exempt_sales",
            Yuan(),
            N_("依法免税项目的销售额"),
            N_("本期依法免征增值税的项目的销售额，如农业生产者销售自产农产品；没有的不填。"),
            default=ZERO,
        ),
        ask(
            "exempt_basis",
            Choice(
                {
                    "law": N_("增值税法及其实施条例"),
                    "current": N_("2026年以后继续有效的公告"),
                    "older": N_("2025年12月31日以前出台的其他优惠政策"),
                }
            ),
            N_("免税的依据"),
            N_("2026年起，以前出台的国内环节增值税优惠政策，除另有规定的外停止执行。"),
            when=(given("exempt_sales"),),
            from_=date(2026, 1, 1),
        ),
        help=N_("因销售额较小而免征的，由系统计算，不在这里填写。"),
        when=IN_BUSINESS,
    ),
)

sheet.step(
    "prepaid",
    N_("已经预缴的税"),
    page(
        "prepaid",
        N_("本期预缴的增值税"),
        ask(
            "vat_prepaid",
            Yuan(),
            N_("本期预缴的增值税"),
            N_("代开发票、异地提供服务或者出租异地不动产时，本期已经预缴的增值税；没有的不填。"),
            default=ZERO,
        ),
        when=IN_BUSINESS,
    ),
)
