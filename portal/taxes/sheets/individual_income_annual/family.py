"""Special additional deductions for children, study, illness and elders, from dated facts."""

from datetime import date
from decimal import Decimal

from portal.core.money import ZERO
from portal.core.wording import N_
from portal.taxes.kinds import MONTHS, Choice, Percent, Tick, Whole
from portal.taxes.lines import Role
from portal.taxes.months import Month, months_within
from portal.taxes.sheets.individual_income_annual.income import sheet as sheet

SHARES = {"100": Decimal(1), "50": Decimal("0.5")}
NOT_KNOWN = Decimal(0)
"""The share while nobody has said which it is."""

INFANTS_SINCE = date(2022, 1, 1)


@sheet.line(
    N_("您的扣除份额"),
    cite="国发〔2018〕41号 第六条；国发〔2022〕8号",
    why=N_("{child_share}"),
    kind=Percent(),
    each="children",
)
def child_fraction(child_share: str | None) -> Decimal:
    return SHARES.get(child_share or "", NOT_KNOWN)


@sheet.line(
    N_("婴幼儿照护月数"),
    cite="国家税务总局公告2018年第60号、2022年第7号 第三条",
    why=N_("{year} 年内，从出生年月 {child_birth} 到满 {child_age} 周岁的前一个月"),
    kind=MONTHS,
    each="children",
)
def infant_months(child_birth: Month | None, child_age: int, year: int) -> int:
    return len(months_within(year, child_birth, child_birth.plus(12 * child_age - 1))) if child_birth else 0


@sheet.line(
    N_("每名子女的婴幼儿照护扣除"),
    cite="国发〔2022〕8号；国发〔2023〕13号 第一条",
    why=N_("{infant_months} 个月 × 每月 {infant_monthly} × {child_fraction}"),
    each="children",
    from_=INFANTS_SINCE,
    before=ZERO,
)
def infant_amounts(infant_months: int, infant_monthly: Decimal, child_fraction: Decimal) -> Decimal:
    return infant_months * infant_monthly * child_fraction


@sheet.line(
    N_("3岁以下婴幼儿照护"),
    cite="国发〔2022〕8号",
    why=N_("{infant_amounts}"),
)
def infant_care(infant_amounts: tuple[Decimal, ...]) -> Decimal:
    return sum(infant_amounts, ZERO)


@sheet.line(
    N_("子女教育月数"),
    cite="国发〔2018〕41号 第五条；国家税务总局公告2018年第60号、2022年第7号 第三条",
    why=N_("{year} 年内，从满 {child_age} 周岁当月（出生年月 {child_birth}）到学历教育结束当月"),
    kind=MONTHS,
    each="children",
)
def education_months(
    child_birth: Month | None,
    child_age: int,
    education_from: Month | None,
    education_to: Month | None,
    year: int,
) -> int:
    if child_birth is None:
        return 0
    first = max(child_birth.plus(12 * child_age), education_from or child_birth)
    return len(months_within(year, first, education_to))


@sheet.line(
    N_("每名子女的教育扣除"),
    cite="国发〔2018〕41号 第五条、第六条；国发〔2023〕13号 第二条",
    why=N_("{education_months} 个月 × 每月 {education_monthly} × {child_fraction}"),
    each="children",
)
def education_amounts(education_months: int, education_monthly: Decimal, child_fraction: Decimal) -> Decimal:
    return education_months * education_monthly * child_fraction


@sheet.line(N_("子女教育"), cite="国发〔2018〕41号 第五条", why=N_("{education_amounts}"))
def children_education(education_amounts: tuple[Decimal, ...]) -> Decimal:
    return sum(education_amounts, ZERO)


@sheet.line(
    N_("这一年的首个继续教育月份"),
    cite="国发〔2018〕41号 第八条；国家税务总局公告2018年第60号、2022年第7号 第三条",
    why=N_("{year} 年内，入学年月 {degree_start}，结束年月 {degree_end}，最长 {degree_months} 个月"),
    kind=Whole(0, 12),
    each="degrees",
)
def degree_first(degree_start: Month | None, degree_end: Month | None, degree_months: int, year: int) -> int:
    return min(_degree(degree_start, degree_end, degree_months, year), default=0)


@sheet.line(
    N_("这一年的末个继续教育月份"),
    cite="国发〔2018〕41号 第八条；国家税务总局公告2018年第60号、2022年第7号 第三条",
    why=N_("{year} 年内，入学年月 {degree_start}，结束年月 {degree_end}，最长 {degree_months} 个月"),
    kind=Whole(0, 12),
    each="degrees",
)
def degree_last(degree_start: Month | None, degree_end: Month | None, degree_months: int, year: int) -> int:
    return max(_degree(degree_start, degree_end, degree_months, year), default=0)


def _degree(start: Month | None, end: Month | None, longest: int, year: int) -> range:
    """The months of the year that one degree counts for; one degree counts for so many months at most."""
    if start is None:
        return range(0)
    last = start.plus(longest - 1)
    return months_within(year, start, min(end, last) if end else last)


@sheet.line(
    N_("学历（学位）继续教育月数"),
    cite="国发〔2018〕41号 第八条",
    why=N_("从 {degree_first} 月到 {degree_last} 月，同一个月只算一次"),
    kind=MONTHS,
)
def study_months(degree_first: tuple[int, ...], degree_last: tuple[int, ...]) -> int:
    spans = zip(degree_first, degree_last, strict=True)
    return len({month for first, last in spans if first for month in range(first, last + 1)})


@sheet.line(
    N_("职业资格继续教育"),
    cite="国发〔2018〕41号 第八条",
    why=N_("{year} 年取得证书（{certificate_day}），扣除 {certificate_yearly}"),
)
def certificate_amount(certificate_day: date | None, certificate_yearly: Decimal, year: int) -> Decimal:
    return certificate_yearly if certificate_day and certificate_day.year == year else ZERO


@sheet.line(
    N_("证书不是这一年取得的，不能在这一年扣除"),
    cite="国发〔2018〕41号 第八条",
    why=N_("证书批准日期 {certificate_day} 不在 {year} 年内"),
    kind=Tick(),
    role=Role.CONFLICT,
)
def certificate_of_another_year(certificate_day: date | None, year: int) -> bool:
    return certificate_day is not None and certificate_day.year != year


@sheet.line(
    N_("继续教育"),
    cite="国发〔2018〕41号 第八条",
    why=(N_("{study_months} 个月 × 每月 {degree_monthly}"), N_("职业资格 {certificate_amount}")),
)
def continuing_education(study_months: int, degree_monthly: Decimal, certificate_amount: Decimal) -> Decimal:
    return study_months * degree_monthly + certificate_amount


@sheet.line(
    N_("每名患者的大病医疗扣除"),
    cite="国发〔2018〕41号 第十一条、第十二条",
    why=N_("个人负担 {self_paid} 超过 {illness_floor} 的部分，以 {illness_limit} 为限"),
    each="patients",
)
def illness_amounts(self_paid: Decimal, illness_floor: Decimal, illness_limit: Decimal) -> Decimal:
    return min(max(self_paid - illness_floor, ZERO), illness_limit)


@sheet.line(
    N_("大病医疗"),
    cite="国发〔2018〕41号 第十一条",
    why=N_("{illness_amounts}"),
)
def serious_illness(illness_amounts: tuple[Decimal, ...]) -> Decimal:
    return sum(illness_amounts, ZERO)


@sheet.line(
    N_("患者"),
    cite="国发〔2018〕41号 第十二条",
    why=N_("{patient}"),
    kind=Choice({"self": N_("本人"), "spouse": N_("配偶"), "child": N_("未成年子女")}),
    each="patients",
)
def patients_named(patient: str | None) -> str | None:
    return patient


@sheet.line(
    N_("同一患者的医疗费用应合并填写一行"),
    cite="国发〔2018〕41号 第十一条",
    why=N_("本人和配偶各只填一行：{patients_named}"),
    kind=Tick(),
    role=Role.CONFLICT,
)
def patient_twice(patients_named: tuple[str | None, ...]) -> bool:
    return patients_named.count("self") > 1 or patients_named.count("spouse") > 1


@sheet.line(
    N_("每名老人的赡养月数"),
    cite="国发〔2018〕41号 第二十三条；国家税务总局公告2018年第60号、2022年第7号 第三条",
    why=N_("{year} 年内，从满 {elder_age} 周岁当月（出生年月 {elder_birth}）到年末"),
    kind=MONTHS,
    each="elders",
)
def elder_months_each(elder_birth: Month | None, elder_age: int, year: int) -> int:
    return len(months_within(year, elder_birth.plus(12 * elder_age), None)) if elder_birth else 0


@sheet.line(
    N_("赡养老人月数"),
    cite="国发〔2018〕41号 第二十二条",
    why=N_("各位老人中最长的月数（{elder_months_each}），不因人数加倍"),
    kind=MONTHS,
)
def elder_months(elder_months_each: tuple[int, ...]) -> int:
    return max(elder_months_each, default=0)


@sheet.line(
    N_("赡养老人每月可扣金额"),
    cite="国发〔2018〕41号 第二十二条；国发〔2023〕13号 第三条",
    why=N_("{elder_sharing}：独生子女 {elder_monthly}；分摊的按 {elder_share}，以 {elder_share_limit} 为限"),
)
def elder_amount(
    elder_sharing: str | None, elder_monthly: Decimal, elder_share: Decimal, elder_share_limit: Decimal
) -> Decimal:
    return elder_monthly if elder_sharing == "only" else min(elder_share, elder_share_limit)


@sheet.line(
    N_("分摊的赡养老人扣除超过每人上限"),
    cite="国发〔2018〕41号 第二十二条；国发〔2023〕13号 第三条",
    why=N_("您填写每月 {elder_share}，每人每月不超过 {elder_share_limit}"),
    kind=Tick(),
    role=Role.CONFLICT,
)
def elder_share_too_high(elder_share: Decimal, elder_share_limit: Decimal) -> bool:
    return elder_share > elder_share_limit


@sheet.line(
    N_("赡养老人"),
    cite="国发〔2018〕41号 第二十二条",
    why=N_("{elder_months} 个月 × 每月 {elder_amount}"),
)
def elder_support(elder_months: int, elder_amount: Decimal) -> Decimal:
    return elder_months * elder_amount
