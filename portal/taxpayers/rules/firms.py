"""What a firm is: its credit code, its kind, its licence, and how it stands with the tax office."""

import re
from datetime import date
from enum import StrEnum

from portal.core.wording import N_, Phrase
from portal.taxpayers.rules.numbers import FirmNumber, IdNumber

_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_CODE = re.compile(f"[{_LETTERS}]{{18}}")


class FirmKind(StrEnum):
    """The kinds of firms the market register knows."""

    COMPANY = "company"
    INDIVIDUAL_BUSINESS = "individual-business"
    SOLE_PROPRIETORSHIP = "sole-proprietorship"
    PARTNERSHIP = "partnership"
    BRANCH = "branch"


FIRM_KINDS: dict[FirmKind, Phrase] = {
    FirmKind.COMPANY: N_("公司"),
    FirmKind.INDIVIDUAL_BUSINESS: N_("个体工商户"),
    FirmKind.SOLE_PROPRIETORSHIP: N_("个人独资企业"),
    FirmKind.PARTNERSHIP: N_("合伙企业"),
    FirmKind.BRANCH: N_("分支机构"),
}

REPRESENTATIVE_TITLES: dict[FirmKind, Phrase] = {
    FirmKind.COMPANY: N_("法定代表人"),
    FirmKind.INDIVIDUAL_BUSINESS: N_("经营者"),
    FirmKind.SOLE_PROPRIETORSHIP: N_("投资人"),
    FirmKind.PARTNERSHIP: N_("执行事务合伙人"),
    FirmKind.BRANCH: N_("负责人"),
}
"""What the licence calls the person who represents a firm (市场主体登记管理条例 第八条、第九条)."""


class Licence(StrEnum):
    """What the market register says of the licence."""

    ACTIVE = "active"
    REVOKED = "revoked"
    """吊销: taken away as a penalty; the firm still has to be wound up."""
    ANNULLED = "annulled"
    """撤销: the registration itself was undone."""
    CANCELLED = "cancelled"
    """注销: the firm is gone."""


LICENCES: dict[Licence, Phrase] = {
    Licence.ACTIVE: N_("存续"),
    Licence.REVOKED: N_("已吊销"),
    Licence.ANNULLED: N_("登记已撤销"),
    Licence.CANCELLED: N_("已注销"),
}


class VatPayer(StrEnum):
    """How a firm pays value added tax."""

    SMALL_SCALE = "small-scale"
    GENERAL = "general"


VAT_PAYERS: dict[VatPayer, Phrase] = {
    VatPayer.SMALL_SCALE: N_("小规模纳税人"),
    VatPayer.GENERAL: N_("一般纳税人"),
}


class TaxStatus(StrEnum):
    """How a firm stands with the tax office."""

    NORMAL = "normal"
    ABNORMAL = "abnormal"
    CLEARING = "clearing"
    CLEARED = "cleared"


TAX_STATUSES: dict[TaxStatus, Phrase] = {
    TaxStatus.NORMAL: N_("正常"),
    TaxStatus.ABNORMAL: N_("非正常户"),
    TaxStatus.CLEARING: N_("清税中"),
    TaxStatus.CLEARED: N_("已清税"),
}

PERIOD_KINDS: dict[str, Phrase] = {"month": N_("按月"), "quarter": N_("按季"), "year": N_("按年")}
"""How a registration says by which period a tax is filed."""

FACTS: dict[str, Phrase] = {
    "unused-invoices": N_("结存未使用的发票"),
    "unreported-invoices": N_("已开具未上报的发票"),
    "tax-control-device": N_("未缴销的税控设备"),
    "inspection": N_("税务检查"),
    "risk-task": N_("风险应对任务"),
    "credit-grade": N_("纳税缴费信用级别"),
    "dishonest-list": N_("重大税收违法失信主体名单"),
    "land-source": N_("土地税源信息"),
    "property-source": N_("房产税源信息"),
    "vehicle-source": N_("车船税源信息"),
    "advance-elsewhere": N_("跨区域涉税事项"),
    "social-insurance": N_("社会保险费"),
    "export-refund": N_("出口退税"),
}
"""Kind of a fact from the register's feed → its name. A kind that is not here is shown as `OTHER_FACT`."""
OTHER_FACT = N_("其他部门提供的信息")
OWN_SOURCE = "portal"
"""The source of a fact that this portal wrote down itself."""


CAUSES: dict[str, Phrase] = {
    "unfiled-since": N_("从{fact}到期的申报起，连续三个月没有任何申报"),
    "all-filed": N_("逾期未办的申报已经全部办结"),
    "clearance": N_("清税事项 {fact}"),
    "clearance-ended": N_("清税申请已经结束"),
    "reopened": N_("清税事项 {fact} 重新办理"),
}
"""Why a firm has its tax status: the codes of `Firm.tax_status_cause`; behind a colon, what it is about."""


def cause_of(written: str) -> tuple[Phrase, str | date]:
    """The words of a cause and what it is about; what nobody named has none."""
    code, _, fact = written.partition(":")
    words = CAUSES.get(code, Phrase(""))
    return words, date.fromisoformat(fact) if code == "unfiled-since" else fact


def credit_code(code: str) -> IdNumber:
    """A normalised credit code as the number of a taxpayer."""
    return IdNumber(FirmNumber.CREDIT_CODE, code)


def code_check(first_17: str) -> str:
    """The last character of a credit code (GB 32100-2015: weighted sum modulo 31)."""
    total = sum(_LETTERS.index(c) * weight for c, weight in zip(first_17, _WEIGHTS, strict=True))
    return _LETTERS[(31 - total % 31) % 31]


def code_fault(code: str) -> Phrase | None:
    """What is wrong with a normalised credit code, in words, or None. A sound code proves no firm."""
    if len(code) != 18:
        return N_("统一社会信用代码应为18位")
    if not _CODE.fullmatch(code):
        return N_("统一社会信用代码由数字和大写字母组成，其中没有字母 I、O、S、V、Z，请对照营业执照核对")
    if code_check(code[:17]) != code[17]:
        return N_("统一社会信用代码有误：最后一位校验码与前17位不符，请对照营业执照核对")
    return None


def organisation_check(first_8: str) -> str:
    """The last character of an organisation code, characters 9 to 17 of a credit code (GB 11714-1997)."""
    total = sum(int(c, 36) * weight for c, weight in zip(first_8, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def code_doubt(code: str) -> Phrase | None:
    """What is unusual about a sound credit code: a hint to look again, never a reason to refuse.

    Some codes in use carry an organisation code whose own check character is not right.
    """
    if organisation_check(code[8:16]) == code[16]:
        return None
    return N_("代码中的组织机构代码（第9至17位）与其校验码不符，请再对照营业执照核对；确认无误的可以继续")
