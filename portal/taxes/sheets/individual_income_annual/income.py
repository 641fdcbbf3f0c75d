"""Income amounts: what of each kind of income counts."""

from decimal import Decimal

from portal.core.wording import N_
from portal.taxes.kinds import Tick
from portal.taxes.lines import Role
from portal.taxes.sheets.individual_income_annual.asks_other import sheet as sheet


@sheet.line(
    N_("您不是居民个人，不适用年度汇算"),
    cite="个人所得税法 第一条",
    why=N_("{residence}；在境内居住 {days_in_china} 天，无住所的满 {resident_days} 天为居民个人"),
    kind=Tick(),
    role=Role.CONFLICT,
)
def not_resident(residence: str, days_in_china: int, resident_days: int) -> bool:
    return residence == "days" and days_in_china < resident_days


@sheet.line(
    N_("劳务报酬所得收入额"),
    cite="个人所得税法 第六条第二款",
    why=N_("劳务报酬 {labour} ×（1 − {cost_rate}）"),
)
def labour_amount(labour: Decimal, cost_rate: Decimal) -> Decimal:
    return labour * (1 - cost_rate)


@sheet.line(
    N_("稿酬所得收入额"),
    cite="个人所得税法 第六条第二款",
    why=N_("稿酬 {author} ×（1 − {cost_rate}）× {author_rate}"),
)
def author_amount(author: Decimal, cost_rate: Decimal, author_rate: Decimal) -> Decimal:
    return author * (1 - cost_rate) * author_rate


@sheet.line(
    N_("特许权使用费所得收入额"),
    cite="个人所得税法 第六条第二款",
    why=N_("特许权使用费 {royalty} ×（1 − {cost_rate}）"),
)
def royalty_amount(royalty: Decimal, cost_rate: Decimal) -> Decimal:
    return royalty * (1 - cost_rate)


@sheet.line(
    N_("不含奖金的综合所得收入额"),
    cite="个人所得税法 第六条第一款第（一）项",
    why=(
        N_("工资 {wages}"),
        N_("劳务报酬收入额 {labour_amount}"),
        N_("稿酬收入额 {author_amount}"),
        N_("特许权使用费收入额 {royalty_amount}"),
    ),
)
def regular_income(
    wages: Decimal, labour_amount: Decimal, author_amount: Decimal, royalty_amount: Decimal
) -> Decimal:
    return wages + labour_amount + author_amount + royalty_amount
