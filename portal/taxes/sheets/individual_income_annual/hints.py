"""What is left unused or unclear, said before submitting, with the amount it is about.

A relief is hinted at only where it would lower the tax: with nothing taxable there is nothing to gain.
"""

from decimal import Decimal

from portal.core.money import ZERO
from portal.core.wording import N_
from portal.taxes.lines import Role, Sign
from portal.taxes.sheets.individual_income_annual.deductions import PRIVATE_PENSION_SINCE
from portal.taxes.sheets.individual_income_annual.settlement import sheet as sheet

MONTHS_OF_YEAR = 12


@sheet.line(
    N_("您选择的奖金计税方式税额较高"),
    cite="财税〔2018〕164号 第一条第（一）项",
    why=N_("您选择：{bonus_method}；改为“{cheaper_method}”可少缴 {method_saving}"),
    role=Role.HINT,
)
def dearer_method(bonus_method: str | None, cheaper_method: str, method_saving: Decimal) -> Decimal:
    return ZERO if bonus_method in {None, "best", cheaper_method} else method_saving


@sheet.line(
    N_("您没有填写子女，每年最多可扣"),
    cite="国发〔2018〕41号 第五条",
    why=N_("有3岁以上在读子女的，每名每年最多可扣 12 × {education_monthly}；3岁以下婴幼儿照护另有规定"),
    role=Role.HINT,
)
def children_unclaimed(
    education_months: tuple[int, ...],
    education_monthly: Decimal,
    additional_basis: str | None,
    taxable_income: Decimal,
) -> Decimal:
    unused = additional_basis != "reported" and not education_months and taxable_income > 0
    return MONTHS_OF_YEAR * education_monthly if unused else ZERO


@sheet.line(
    N_("您没有填写继续教育，每年最多可扣"),
    cite="国发〔2018〕41号 第八条",
    why=N_(
        "在读学历（学位）的，每年最多可扣 12 × {degree_monthly}；"
        "这一年取得职业资格证书的，可扣 {certificate_yearly}"
    ),
    role=Role.HINT,
)
def study_unclaimed(
    study_months: int,
    certificate_amount: Decimal,
    degree_monthly: Decimal,
    certificate_yearly: Decimal,
    additional_basis: str | None,
    taxable_income: Decimal,
) -> Decimal:
    claimed = study_months or certificate_amount or additional_basis == "reported"
    unused = not claimed and taxable_income > 0
    return max(MONTHS_OF_YEAR * degree_monthly, certificate_yearly) if unused else ZERO


@sheet.line(
    N_("您没有填写大病医疗，每年最多可扣"),
    cite="国发〔2018〕41号 第十一条",
    why=N_(
        "每名患者个人负担超过 {illness_floor} 的部分可以扣除，最多 {illness_limit}；单位预扣时不包括这一项"
    ),
    role=Role.HINT,
)
def illness_unclaimed(
    illness_amounts: tuple[Decimal, ...],
    illness_floor: Decimal,  # noqa: ARG001 - the reason shows it
    illness_limit: Decimal,
    taxable_income: Decimal,
) -> Decimal:
    return illness_limit if not illness_amounts and taxable_income > 0 else ZERO


@sheet.line(
    N_("您没有填写住房扣除，每年最多可扣"),
    cite="国发〔2018〕41号 第十四条、第十七条",
    why=N_(
        "在工作城市租房的，每年最多可扣 12 × {rent_large}；"
        "有首套住房贷款的，每年最多可扣 12 × {loan_monthly}；两者只能选一项"
    ),
    role=Role.HINT,
)
def housing_unclaimed(
    housing: str | None, rent_large: Decimal, loan_monthly: Decimal, taxable_income: Decimal
) -> Decimal:
    unused = housing == "none" and taxable_income > 0
    return MONTHS_OF_YEAR * max(rent_large, loan_monthly) if unused else ZERO


@sheet.line(
    N_("您没有填写赡养老人，每年最多可扣"),
    cite="国发〔2018〕41号 第二十二条",
    why=N_("父母一方年满60岁的，独生子女每年最多可扣 12 × {elder_monthly}，非独生子女按分摊金额扣除"),
    role=Role.HINT,
)
def elders_unclaimed(
    elder_months_each: tuple[int, ...],
    elder_monthly: Decimal,
    additional_basis: str | None,
    taxable_income: Decimal,
) -> Decimal:
    unused = additional_basis != "reported" and not elder_months_each and taxable_income > 0
    return MONTHS_OF_YEAR * elder_monthly if unused else ZERO


@sheet.line(
    N_("您分摊的赡养老人扣除还没有到上限"),
    cite="国发〔2018〕41号 第二十二条；国发〔2023〕13号 第三条",
    why=N_(
        "每人每月最多 {elder_share_limit}，您填写 {elder_share}，共 {elder_months} 个月；分摊须与兄弟姐妹约定"
    ),
    role=Role.HINT,
)
def elder_share_room(
    elder_sharing: str | None,
    elder_share: Decimal,
    elder_share_limit: Decimal,
    elder_months: int,
    taxable_income: Decimal,
) -> Decimal:
    shared = elder_sharing == "shared" and taxable_income > 0
    return max(elder_share_limit - elder_share, ZERO) * elder_months if shared else ZERO


@sheet.line(
    N_("您填写的专项附加扣除少于单位已申报的金额"),
    cite="个人所得税法 第十一条第二款",
    why=N_(
        "单位预扣时已扣 {additional_reported}，您逐项填写的合计 {additional_deductions}，"
        "其中大病医疗 {serious_illness}"
    ),
    role=Role.HINT,
)
def additional_gap(
    additional_reported: Decimal, additional_deductions: Decimal, serious_illness: Decimal
) -> Decimal:
    return max(additional_reported - (additional_deductions - serious_illness), ZERO)


@sheet.line(
    N_("商业健康保险还有可用的扣除额度"),
    cite="财税〔2017〕39号 第一条",
    why=N_("每年限额 {health_insurance_limit}，已扣 {health_deduction}；以这一年实际支付的保费为准"),
    role=Role.HINT,
)
def health_room(
    health_insurance_limit: Decimal, health_deduction: Decimal, taxable_income: Decimal
) -> Decimal:
    return health_insurance_limit - health_deduction if taxable_income > 0 else ZERO


@sheet.line(
    N_("个人养老金还有可用的扣除额度"),
    cite="财政部 税务总局公告2022年第34号；财政部 税务总局公告2024年第21号",
    why=N_(
        "每年限额 {private_pension_limit}，已扣 {pension_deduction}；以这一年实际缴存为准，"
        "您的适用税率 {tax_rate}，领取时按 {private_pension_withdrawal_rate} 计税"
    ),
    role=Role.HINT,
    from_=PRIVATE_PENSION_SINCE,
    before=ZERO,
)
def pension_room(
    private_pension_limit: Decimal,
    pension_deduction: Decimal,
    tax_rate: Decimal,
    private_pension_withdrawal_rate: Decimal,
) -> Decimal:
    worthwhile = tax_rate > private_pension_withdrawal_rate
    return private_pension_limit - pension_deduction if worthwhile else ZERO


@sheet.line(
    N_("部分捐赠超过限额，没有扣除"),
    cite="个人所得税法 第六条第三款",
    why=N_(
        "限额捐赠 {limited_donations}、全额捐赠 {full_donations}，准予扣除 {donations_deducted}；"
        "超过的部分不能结转以后年度"
    ),
    role=Role.HINT,
)
def donations_refused(
    limited_donations: Decimal, full_donations: Decimal, donations_deducted: Decimal
) -> Decimal:
    return limited_donations + full_donations - donations_deducted


@sheet.line(
    N_("您的各项扣除超过了收入额"),
    cite="个人所得税法实施条例 第十三条",
    why=N_("超过的 {excess_deductions} 没有扣除，也不能结转以后年度"),
    role=Role.HINT,
)
def deductions_unused(excess_deductions: Decimal) -> Decimal:
    return excess_deductions


sheet.summarise(
    income_amount=Sign.PLUS,
    basic_deduction=Sign.MINUS,
    special_deductions=Sign.MINUS,
    additional_deductions=Sign.MINUS,
    other_deductions=Sign.MINUS,
    excess_deductions=Sign.PLUS,
    donations_deducted=Sign.MINUS,
    taxable_income=Sign.TOTAL,
    comprehensive_tax=Sign.PLUS,
    bonus_tax=Sign.PLUS,
    prepaid=Sign.MINUS,
    top_up_released=Sign.MINUS,
    result=Sign.TOTAL,
)
