"""Special additional deductions for the home: loan interest or rent, never both, nor against one's spouse."""

from decimal import Decimal

from portal.core.money import ZERO
from portal.core.wording import N_
from portal.taxes.kinds import MONTHS, Percent, Tick
from portal.taxes.lines import Role
from portal.taxes.months import Month, months_within
from portal.taxes.sheets.individual_income_annual.family import NOT_KNOWN, SHARES
from portal.taxes.sheets.individual_income_annual.family import sheet as sheet


@sheet.line(
    N_("夫妻一年内不能分别扣除住房贷款利息和住房租金"),
    cite="国发〔2018〕41号 第二十条",
    why=N_("您填写：{housing}；配偶：{spouse_housing}"),
    kind=Tick(),
    role=Role.CONFLICT,
)
def loan_against_rent(housing: str | None, spouse_housing: str | None) -> bool:
    spouse_rents = spouse_housing in {"rent_same_city", "rent_other_city"}
    return (housing == "loan" and spouse_rents) or (housing == "rent" and spouse_housing == "loan")


@sheet.line(
    N_("夫妻在同一城市工作的，只能由一方扣除住房租金"),
    cite="国发〔2018〕41号 第十八条",
    why=N_("您填写：{housing}；配偶：{spouse_housing}"),
    kind=Tick(),
    role=Role.CONFLICT,
)
def rent_twice(housing: str | None, spouse_housing: str | None) -> bool:
    return housing == "rent" and spouse_housing == "rent_same_city"


@sheet.line(
    N_("夫妻的住房贷款利息由一方全额扣除，或符合条件时各扣一半"),
    cite="国发〔2018〕41号 第十五条",
    why=N_("您的扣除方式：{loan_share}；配偶：{spouse_housing}"),
    kind=Tick(),
    role=Role.CONFLICT,
)
def loan_twice(loan_share: str | None, spouse_housing: str | None) -> bool:
    return loan_share == "100" and spouse_housing == "loan"


@sheet.line(
    N_("只有首套住房贷款的利息可以扣除"),
    cite="国发〔2018〕41号 第十四条",
    why=N_("{loan_first_home}"),
    kind=Tick(),
    role=Role.CONFLICT,
)
def not_first_home(loan_first_home: bool | None) -> bool:
    return loan_first_home is False


@sheet.line(
    N_("在工作城市有自有住房的，不能扣除住房租金"),
    cite="国发〔2018〕41号 第十七条",
    why=N_("{no_home_in_city}"),
    kind=Tick(),
    role=Role.CONFLICT,
)
def home_in_city(no_home_in_city: bool | None) -> bool:
    return no_home_in_city is False


@sheet.line(
    N_("住房贷款利息扣除月数"),
    cite="国发〔2018〕41号 第十四条；国家税务总局公告2018年第60号、2022年第7号 第三条",
    why=N_(
        "{year} 年内从首次还款 {loan_start} 到还清当月；"
        "共不超过 {loan_limit} 个月，以前已扣 {loan_months_before} 个月"
    ),
    kind=MONTHS,
)
def loan_months(
    loan_start: Month | None, loan_end: Month | None, loan_months_before: int, loan_limit: int, year: int
) -> int:
    if loan_start is None:
        return 0
    return min(len(months_within(year, loan_start, loan_end)), loan_limit - loan_months_before)


@sheet.line(
    N_("您的贷款利息扣除份额"),
    cite="国发〔2018〕41号 第十五条",
    why=N_("{loan_share}"),
    kind=Percent(),
)
def loan_fraction(loan_share: str | None) -> Decimal:
    return SHARES.get(loan_share or "", NOT_KNOWN)


@sheet.line(
    N_("住房贷款利息"),
    cite="国发〔2018〕41号 第十四条",
    why=N_("{loan_months} 个月 × 每月 {loan_monthly} × {loan_fraction}；与其他规定冲突时不扣"),
)
def loan_interest(
    loan_months: int,
    loan_monthly: Decimal,
    loan_fraction: Decimal,
    loan_against_rent: bool,
    loan_twice: bool,
    not_first_home: bool,
) -> Decimal:
    refused = loan_against_rent or loan_twice or not_first_home
    return ZERO if refused else loan_months * loan_monthly * loan_fraction


@sheet.line(
    N_("住房租金每月可扣金额"),
    cite="国发〔2018〕41号 第十七条",
    why=N_("{rent_city}"),
)
def rent_monthly(
    rent_city: str | None, rent_large: Decimal, rent_middle: Decimal, rent_small: Decimal
) -> Decimal:
    return {"large": rent_large, "middle": rent_middle, "small": rent_small}.get(rent_city or "", ZERO)


@sheet.line(
    N_("住房租金"),
    cite="国发〔2018〕41号 第十七条",
    why=N_("{rent_months} 个月 × 每月 {rent_monthly}；与其他规定冲突时不扣"),
)
def housing_rent(
    rent_months: int, rent_monthly: Decimal, loan_against_rent: bool, rent_twice: bool, home_in_city: bool
) -> Decimal:
    refused = loan_against_rent or rent_twice or home_in_city
    return ZERO if refused else rent_months * rent_monthly
