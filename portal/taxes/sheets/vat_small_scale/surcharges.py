"""The three surcharges on the VAT that this return makes payable, and the total.

What was prepaid carried its surcharges when it was paid, so they are not asked for again.
"""

from decimal import Decimal

from portal.core.money import ZERO, round_fen
from portal.core.wording import N_
from portal.taxes.kinds import Tick
from portal.taxes.lines import Levy, Sign
from portal.taxes.periods import Period
from portal.taxes.sheets.vat_small_scale.sales import for_period
from portal.taxes.sheets.vat_small_scale.vat import sheet as sheet


@sheet.line(
    N_("附加税费的计税依据"),
    cite="城市维护建设税法 第二条；征收教育费附加的暂行规定 第三条",
    why=N_("本期应补的增值税 {vat_payable}，不足零的为零"),
)
def surcharge_base(vat_payable: Decimal) -> Decimal:
    return max(vat_payable, ZERO)


@sheet.line(
    N_("城市维护建设税减征额"),
    cite="财政部 税务总局公告2023年第12号 第二条",
    why=N_("{surcharge_base} × {umct_rate} × {six_taxes_relief}"),
)
def umct_relief(surcharge_base: Decimal, umct_rate: Decimal, six_taxes_relief: Decimal) -> Decimal:
    return surcharge_base * umct_rate * six_taxes_relief


@sheet.line(
    N_("应缴城市维护建设税"),
    cite="城市维护建设税法 第二条、第四条",
    why=N_("{surcharge_base} × {umct_rate} − 减征 {umct_relief}"),
)
def umct_due(surcharge_base: Decimal, umct_rate: Decimal, umct_relief: Decimal) -> Decimal:
    return round_fen(surcharge_base * umct_rate - umct_relief)


@sheet.line(
    N_("免征教育费附加和地方教育附加"),
    cite="财税〔2016〕12号 第一条",
    why=N_(
        "所属期为{period}；销售额合计 {total_sales} 与按月 {education_exempt_month}、"
        "按季 {education_exempt_quarter} 比较，不超过的免征，等于也免征"
    ),
    kind=Tick(N_("免征两项附加"), N_("不免征两项附加")),
)
def education_exempt(
    period: Period,
    total_sales: Decimal,
    education_exempt_month: Decimal,
    education_exempt_quarter: Decimal,
) -> bool:
    return total_sales <= for_period(period, education_exempt_month, education_exempt_quarter)


@sheet.line(
    N_("教育费附加减免额"),
    cite="财税〔2016〕12号 第一条；财政部 税务总局公告2023年第12号 第二条",
    why=N_("{surcharge_base} × {education_rate}；{education_exempt}，不免的减征 {six_taxes_relief}"),
)
def education_relief(
    surcharge_base: Decimal, education_rate: Decimal, education_exempt: bool, six_taxes_relief: Decimal
) -> Decimal:
    return surcharge_base * education_rate * (1 if education_exempt else six_taxes_relief)


@sheet.line(
    N_("应缴教育费附加"),
    cite="征收教育费附加的暂行规定 第三条",
    why=N_("{surcharge_base} × {education_rate} − 减免 {education_relief}"),
)
def education_due(surcharge_base: Decimal, education_rate: Decimal, education_relief: Decimal) -> Decimal:
    return round_fen(surcharge_base * education_rate - education_relief)


@sheet.line(
    N_("地方教育附加减免额"),
    cite="财税〔2016〕12号 第一条；财政部 税务总局公告2023年第12号 第二条",
    why=N_("{surcharge_base} × {local_education_rate}；{education_exempt}，不免的减征 {six_taxes_relief}"),
)
def local_education_relief(
    surcharge_base: Decimal, local_education_rate: Decimal, education_exempt: bool, six_taxes_relief: Decimal
) -> Decimal:
    return surcharge_base * local_education_rate * (1 if education_exempt else six_taxes_relief)


@sheet.line(
    N_("应缴地方教育附加"),
    cite="财综〔2010〕98号",
    why=N_("{surcharge_base} × {local_education_rate} − 减免 {local_education_relief}"),
)
def local_education_due(
    surcharge_base: Decimal, local_education_rate: Decimal, local_education_relief: Decimal
) -> Decimal:
    return round_fen(surcharge_base * local_education_rate - local_education_relief)


@sheet.line(
    N_("本期应补（退）税费合计"),
    cite="增值税法 第三十条；增值税暂行条例 第二十三条；城市维护建设税法 第七条",
    why=(
        N_("增值税 {vat_payable}"),
        N_("城市维护建设税 {umct_due}"),
        N_("教育费附加 {education_due}"),
        N_("地方教育附加 {local_education_due}"),
    ),
)
def result(
    vat_payable: Decimal, umct_due: Decimal, education_due: Decimal, local_education_due: Decimal
) -> Decimal:
    return vat_payable + umct_due + education_due + local_education_due


sheet.summarise(
    small_exempt_sales=Sign.PLUS,
    other_exempt_sales=Sign.PLUS,
    reduced_sales=Sign.PLUS,
    unreduced_sales=Sign.PLUS,
    lease_taxed_sales=Sign.PLUS,
    total_sales=Sign.TOTAL,
    vat_due=Sign.PLUS,
    prepaid=Sign.MINUS,
    umct_due=Sign.PLUS,
    education_due=Sign.PLUS,
    local_education_due=Sign.PLUS,
    result=Sign.TOTAL,
)

# Each goes into the books, and on the certificate of tax paid, under its own name.
sheet.divide(
    Levy("vat", N_("增值税"), "vat_payable"),
    Levy("umct", N_("城市维护建设税"), "umct_due"),
    Levy("education-surcharge", N_("教育费附加"), "education_due"),
    Levy("local-education-surcharge", N_("地方教育附加"), "local_education_due"),
)
