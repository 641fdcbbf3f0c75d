"""Deductions put together: basic, special, additional and other."""

from datetime import date
from decimal import Decimal

from portal.core.money import ZERO
from portal.core.wording import N_
from portal.taxes.sheets.individual_income_annual.housing import sheet as sheet

PRIVATE_PENSION_SINCE = date(2022, 1, 1)


@sheet.line(
    N_("基本减除费用"),
    cite="个人所得税法 第六条第一款第（一）项",
    why=N_("每人每年固定 {annual_basic_deduction} 元"),
)
def basic_deduction(annual_basic_deduction: Decimal) -> Decimal:
    return annual_basic_deduction


@sheet.line(
    N_("专项扣除"),
    cite="个人所得税法 第六条第四款",
    why=(
        N_("养老保险 {pension}"),
        N_("医疗保险 {medical}"),
        N_("失业保险 {unemployment}"),
        N_("住房公积金 {housing_fund}"),
    ),
)
def special_deductions(
    pension: Decimal, medical: Decimal, unemployment: Decimal, housing_fund: Decimal
) -> Decimal:
    return pension + medical + unemployment + housing_fund


@sheet.line(
    N_("沿用单位申报的专项附加扣除"),
    cite="个人所得税法 第十一条第二款",
    why=N_("单位已申报 {additional_reported}；填报方式：{additional_basis}"),
)
def additional_kept(additional_reported: Decimal, additional_basis: str | None) -> Decimal:
    return additional_reported if additional_basis == "reported" else ZERO


@sheet.line(
    N_("专项附加扣除"),
    cite="个人所得税法 第六条第四款",
    why=(
        N_("单位已申报 {additional_kept}"),
        N_("3岁以下婴幼儿照护 {infant_care}"),
        N_("子女教育 {children_education}"),
        N_("继续教育 {continuing_education}"),
        N_("大病医疗 {serious_illness}"),
        N_("住房贷款利息 {loan_interest}"),
        N_("住房租金 {housing_rent}"),
        N_("赡养老人 {elder_support}"),
    ),
)
def additional_deductions(
    additional_kept: Decimal,
    infant_care: Decimal,
    children_education: Decimal,
    continuing_education: Decimal,
    serious_illness: Decimal,
    loan_interest: Decimal,
    housing_rent: Decimal,
    elder_support: Decimal,
) -> Decimal:
    family = infant_care + children_education + continuing_education + serious_illness
    return additional_kept + family + loan_interest + housing_rent + elder_support


@sheet.line(
    N_("年金"),
    cite="财税〔2013〕103号 第一条",
    why=N_("个人缴费 {annuity}；填写了计税基数 {annuity_base} 的，以其 {annuity_rate} 为限"),
)
def annuity_deduction(annuity: Decimal, annuity_base: Decimal, annuity_rate: Decimal) -> Decimal:
    return min(annuity, annuity_base * annuity_rate) if annuity_base else annuity


@sheet.line(
    N_("商业健康保险扣除"),
    cite="财税〔2017〕39号 第一条",
    why=N_("保费 {health_insurance}，以 {health_insurance_limit} 为限"),
)
def health_deduction(health_insurance: Decimal, health_insurance_limit: Decimal) -> Decimal:
    return min(health_insurance, health_insurance_limit)


@sheet.line(
    N_("个人养老金扣除"),
    cite="财政部 税务总局公告2022年第34号；财政部 税务总局公告2024年第21号",
    why=N_("缴存 {private_pension}，以 {private_pension_limit} 为限"),
    from_=PRIVATE_PENSION_SINCE,
    before=ZERO,
)
def pension_deduction(private_pension: Decimal, private_pension_limit: Decimal) -> Decimal:
    return min(private_pension, private_pension_limit)


@sheet.line(
    N_("依法确定的其他扣除"),
    cite="个人所得税法实施条例 第十三条",
    why=(
        N_("年金 {annuity_deduction}"),
        N_("商业健康保险 {health_deduction}"),
        N_("个人养老金 {pension_deduction}"),
    ),
)
def other_deductions(
    annuity_deduction: Decimal, health_deduction: Decimal, pension_deduction: Decimal
) -> Decimal:
    return annuity_deduction + health_deduction + pension_deduction


@sheet.line(
    N_("各项扣除合计"),
    cite="个人所得税法 第六条第一款第（一）项",
    why=(
        N_("基本减除费用 {basic_deduction}"),
        N_("专项扣除 {special_deductions}"),
        N_("专项附加扣除 {additional_deductions}"),
        N_("其他扣除 {other_deductions}"),
    ),
)
def deductions(
    basic_deduction: Decimal,
    special_deductions: Decimal,
    additional_deductions: Decimal,
    other_deductions: Decimal,
) -> Decimal:
    return basic_deduction + special_deductions + additional_deductions + other_deductions


@sheet.line(
    N_("每笔限额扣除的捐赠"),
    cite="个人所得税法 第六条第三款",
    why=N_("捐赠 {donated}，{extent}"),
    each="donations",
)
def limited_gifts(donated: Decimal, extent: str | None) -> Decimal:
    return donated if extent == "limited" else ZERO


@sheet.line(
    N_("每笔全额扣除的捐赠"),
    cite="个人所得税法 第六条第三款；财政部 税务总局公告2019年第99号",
    why=N_("捐赠 {donated}，{extent}"),
    each="donations",
)
def full_gifts(donated: Decimal, extent: str | None) -> Decimal:
    return donated if extent == "full" else ZERO


@sheet.line(N_("限额扣除的捐赠合计"), cite="个人所得税法 第六条第三款", why=N_("{limited_gifts}"))
def limited_donations(limited_gifts: tuple[Decimal, ...]) -> Decimal:
    return sum(limited_gifts, ZERO)


@sheet.line(N_("全额扣除的捐赠合计"), cite="财政部 税务总局公告2019年第99号", why=N_("{full_gifts}"))
def full_donations(full_gifts: tuple[Decimal, ...]) -> Decimal:
    return sum(full_gifts, ZERO)
