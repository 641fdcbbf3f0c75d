"""The tax: the bonus on its own or with the rest, donations within their limit, the table, the tax due."""

from decimal import Decimal

from portal.core.money import ZERO, round_fen
from portal.core.wording import N_
from portal.taxes.bands import BandTable
from portal.taxes.kinds import Choice, Percent
from portal.taxes.sheets.individual_income_annual.deductions import sheet as sheet

METHODS = Choice({"separate": N_("单独计税"), "merge": N_("并入综合所得计税")})
MONTHS_OF_YEAR = 12


def _donations_off(income: Decimal, limited: Decimal, full: Decimal, rate: Decimal) -> Decimal:
    """What donations take off `income`: limited ones up to the rate, then full ones up to what is left."""
    within_limit = min(limited, income * rate)
    return within_limit + min(full, income - within_limit)


def _tax_on(
    amount: Decimal, deductions: Decimal, limited: Decimal, full: Decimal, rate: Decimal, bands: BandTable
) -> Decimal:
    income = max(amount - deductions, ZERO)
    return round_fen(bands.tax(income - _donations_off(income, limited, full, rate)))


@sheet.line(
    N_("奖金单独计税的税率"),
    cite="财税〔2018〕164号 第一条第（一）项",
    why=N_("奖金 {bonus} ÷ 12，按月度税率表确定"),
    kind=Percent(),
)
def bonus_rate(bonus: Decimal, bonus_bands: BandTable) -> Decimal:
    return bonus_bands.band(bonus / MONTHS_OF_YEAR).rate


@sheet.line(
    N_("奖金单独计税的速算扣除数"),
    cite="财税〔2018〕164号 第一条第（一）项",
    why=N_("奖金 {bonus} ÷ 12，按月度税率表确定"),
)
def bonus_quick_deduction(bonus: Decimal, bonus_bands: BandTable) -> Decimal:
    return bonus_bands.band(bonus / MONTHS_OF_YEAR).quick


@sheet.line(
    N_("奖金单独计税的税额"),
    cite="财税〔2018〕164号 第一条第（一）项",
    why=N_("奖金 {bonus} × {bonus_rate} − 速算扣除数 {bonus_quick_deduction}"),
)
def separate_bonus_tax(bonus: Decimal, bonus_rate: Decimal, bonus_quick_deduction: Decimal) -> Decimal:
    return round_fen(bonus * bonus_rate - bonus_quick_deduction)


@sheet.line(
    N_("奖金单独计税时的全部税额"),
    cite="财税〔2018〕164号 第一条第（一）项",
    why=N_(
        "综合所得不含奖金（收入额 {regular_income} − 扣除 {deductions}）的税额"
        " ＋ 奖金的税额 {separate_bonus_tax}"
    ),
)
def tax_if_separate(
    regular_income: Decimal,
    deductions: Decimal,
    limited_donations: Decimal,
    full_donations: Decimal,
    donation_rate: Decimal,
    annual_bands: BandTable,
    separate_bonus_tax: Decimal,
) -> Decimal:
    rest = _tax_on(regular_income, deductions, limited_donations, full_donations, donation_rate, annual_bands)
    return rest + separate_bonus_tax


@sheet.line(
    N_("奖金并入综合所得时的全部税额"),
    cite="财税〔2018〕164号 第一条第（一）项",
    why=N_("（收入额 {regular_income} ＋ 奖金 {bonus} − 扣除 {deductions}）按年度税率表计算"),
)
def tax_if_merged(
    regular_income: Decimal,
    bonus: Decimal,
    deductions: Decimal,
    limited_donations: Decimal,
    full_donations: Decimal,
    donation_rate: Decimal,
    annual_bands: BandTable,
) -> Decimal:
    income = regular_income + bonus
    return _tax_on(income, deductions, limited_donations, full_donations, donation_rate, annual_bands)


@sheet.line(
    N_("税额较低的计税方式"),
    cite="财税〔2018〕164号 第一条第（一）项",
    why=N_("单独计税 {tax_if_separate}，并入 {tax_if_merged}"),
    kind=METHODS,
)
def cheaper_method(tax_if_separate: Decimal, tax_if_merged: Decimal) -> str:
    return "merge" if tax_if_merged < tax_if_separate else "separate"


@sheet.line(
    N_("两种计税方式相差的税额"),
    cite="财税〔2018〕164号 第一条第（一）项",
    why=N_("单独计税 {tax_if_separate} 与并入 {tax_if_merged} 之差"),
)
def method_saving(tax_if_separate: Decimal, tax_if_merged: Decimal) -> Decimal:
    return abs(tax_if_separate - tax_if_merged)


@sheet.line(
    N_("并入综合所得的奖金"),
    cite="财税〔2018〕164号 第一条第（一）项",
    why=N_("您选择：{bonus_method}；税额较低的是：{cheaper_method}；奖金 {bonus}"),
)
def merged_bonus(bonus: Decimal, bonus_method: str | None, cheaper_method: str) -> Decimal:
    method = cheaper_method if bonus_method == "best" else bonus_method
    return bonus if method == "merge" else ZERO


@sheet.line(
    N_("综合所得收入额"),
    cite="个人所得税法 第六条第一款第（一）项、第二款",
    why=(
        N_("工资 {wages}"),
        N_("奖金 {merged_bonus}"),
        N_("劳务报酬 {labour} ×（1 − {cost_rate}）"),
        N_("稿酬 {author} ×（1 − {cost_rate}）× {author_rate}"),
        N_("特许权使用费 {royalty} ×（1 − {cost_rate}）"),
    ),
)
def income_amount(
    wages: Decimal,
    merged_bonus: Decimal,
    labour: Decimal,
    author: Decimal,
    royalty: Decimal,
    cost_rate: Decimal,
    author_rate: Decimal,
) -> Decimal:
    return (
        wages + merged_bonus + (labour + royalty) * (1 - cost_rate) + author * (1 - cost_rate) * author_rate
    )


@sheet.line(
    N_("扣除后的余额"),
    cite="个人所得税法 第六条第一款第（一）项；个人所得税法实施条例 第十三条",
    why=N_("收入额 {income_amount} − 各项扣除 {deductions}，不足零的为零"),
)
def income_before_donations(income_amount: Decimal, deductions: Decimal) -> Decimal:
    return max(income_amount - deductions, ZERO)


@sheet.line(
    N_("超过收入额、未能扣除的部分"),
    cite="个人所得税法实施条例 第十三条",
    why=N_("各项扣除 {deductions} 超过收入额 {income_amount} 的部分，不能结转以后年度"),
)
def excess_deductions(income_amount: Decimal, deductions: Decimal) -> Decimal:
    return max(deductions - income_amount, ZERO)


@sheet.line(
    N_("捐赠扣除限额"),
    cite="个人所得税法 第六条第三款",
    why=N_("{income_before_donations} × {donation_rate}"),
)
def donation_limit(income_before_donations: Decimal, donation_rate: Decimal) -> Decimal:
    return income_before_donations * donation_rate


@sheet.line(
    N_("准予扣除的捐赠"),
    cite="个人所得税法 第六条第三款；个人所得税法实施条例 第十九条",
    why=(
        N_("限额扣除的捐赠 {limited_donations}（以 {donation_limit} 为限）"),
        N_("全额扣除的捐赠 {full_donations}（以扣除后的余额 {income_before_donations} 为限）"),
    ),
)
def donations_deducted(
    limited_donations: Decimal,
    donation_limit: Decimal,
    full_donations: Decimal,
    income_before_donations: Decimal,
) -> Decimal:
    within_limit = min(limited_donations, donation_limit)
    return within_limit + min(full_donations, income_before_donations - within_limit)


@sheet.line(
    N_("应纳税所得额"),
    cite="个人所得税法 第六条第一款第（一）项",
    why=N_("扣除后的余额 {income_before_donations} − 准予扣除的捐赠 {donations_deducted}"),
)
def taxable_income(income_before_donations: Decimal, donations_deducted: Decimal) -> Decimal:
    return income_before_donations - donations_deducted


@sheet.line(
    N_("适用税率"),
    cite="个人所得税法 第三条第（一）项",
    why=N_("应纳税所得额 {taxable_income}，按年度税率表确定"),
    kind=Percent(),
)
def tax_rate(taxable_income: Decimal, annual_bands: BandTable) -> Decimal:
    return annual_bands.band(taxable_income).rate


@sheet.line(
    N_("速算扣除数"),
    cite="个人所得税法 第三条第（一）项",
    why=N_("应纳税所得额 {taxable_income}，按年度税率表确定"),
)
def quick_deduction(taxable_income: Decimal, annual_bands: BandTable) -> Decimal:
    return annual_bands.band(taxable_income).quick


@sheet.line(
    N_("综合所得应纳税额"),
    cite="个人所得税法 第三条第（一）项",
    why=N_("应纳税所得额 {taxable_income} × {tax_rate} − 速算扣除数 {quick_deduction}"),
)
def comprehensive_tax(taxable_income: Decimal, tax_rate: Decimal, quick_deduction: Decimal) -> Decimal:
    return round_fen(taxable_income * tax_rate - quick_deduction)


@sheet.line(
    N_("单独计税的奖金应纳税额"),
    cite="财税〔2018〕164号 第一条第（一）项",
    why=N_("单独计税的税额 {separate_bonus_tax}；并入综合所得的奖金 {merged_bonus} 不再单独计税"),
)
def bonus_tax(separate_bonus_tax: Decimal, merged_bonus: Decimal) -> Decimal:
    return ZERO if merged_bonus else separate_bonus_tax


@sheet.line(
    N_("全年应纳税额"),
    cite="个人所得税法 第十一条第一款",
    why=(N_("综合所得 {comprehensive_tax}"), N_("全年一次性奖金 {bonus_tax}")),
)
def tax_due(comprehensive_tax: Decimal, bonus_tax: Decimal) -> Decimal:
    return comprehensive_tax + bonus_tax
