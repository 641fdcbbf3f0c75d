"""What the annual return asks about other deductions and donations."""

from datetime import date

from portal.core.money import ZERO
from portal.core.wording import N_
from portal.taxes.kinds import Choice, Text, Yuan
from portal.taxes.questions import ask, given, group, page
from portal.taxes.sheets.individual_income_annual.asks_deductions import sheet as sheet

sheet.step(
    "other",
    N_("其他扣除与捐赠"),
    page(
        "other-deductions",
        N_("您的其他扣除"),
        ask(
            "annuity",
            Yuan(),
            N_("企业年金、职业年金个人缴费"),
            N_("您这一年个人缴付的企业年金或职业年金。"),
            default=ZERO,
            prefill="withheld.other",
        ),
        ask(
            "annuity_base",
            Yuan(),
            N_("年金的个人缴费工资计税基数"),
            N_("全年合计；单位已按比例上限申报的，可以不填。"),
            default=ZERO,
            when=(given("annuity"),),
        ),
        ask(
            "health_insurance",
            Yuan(),
            N_("商业健康保险"),
            N_("您这一年为符合规定的商业健康保险支付的保费。"),
            default=ZERO,
        ),
        ask(
            "private_pension",
            Yuan(),
            N_("个人养老金"),
            N_("您这一年向个人养老金资金账户缴存的金额。"),
            default=ZERO,
            from_=date(2022, 1, 1),
        ),
    ),
    page(
        "donations",
        N_("您的公益慈善捐赠"),
        group(
            "donations",
            N_("捐赠"),
            N_("您这一年通过公益性社会组织或国家机关所作的捐赠，每笔填写一行；没有的不填。"),
            ask("recipient", Text(100), N_("受赠单位"), N_("捐赠票据上的受赠单位名称。")),
            ask("donated", Yuan(), N_("捐赠金额"), N_("捐赠票据上的金额。")),
            ask(
                "extent",
                Choice({"limited": N_("按比例限额扣除"), "full": N_("依规定全额扣除")}),
                N_("扣除比例"),
                N_("一般捐赠按比例限额扣除；法律法规规定可以全额扣除的，才选全额。"),
            ),
            row=N_("第 {n} 笔捐赠"),
            at_most=100,
        ),
    ),
)
