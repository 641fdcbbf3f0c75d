"""Members of staff: the roles they may hold, and how they are taken in."""

import re
from datetime import timedelta

from portal.core.refusal import reason
from portal.core.wording import N_, Phrase

ROLES: dict[str, Phrase] = {
    "refund-review": N_("退税审核"),
    "refund-approve": N_("退税核准"),
    "clearance-review": N_("清税审核"),
    "clearance-approve": N_("清税核准"),
    "hall-desk": N_("办税厅窗口"),
    "hall-admin": N_("办税厅管理"),
    "counter": N_("窗口：查找纳税人"),
    "identity-proof": N_("当面核验身份"),
    "cashier": N_("收款：窗口 POS"),
    "supervisor": N_("督查：查阅档案的情况"),
}
"""Every role: the kind of matter, a hyphen, and the part one has in it; or a part in no kind alone. Who
holds both of a kind still does only one of them in the same matter."""

ENROL_WITHIN = timedelta(hours=24)
"""How long an enrolment code is good."""
ENROL_CODE_LENGTH = 24
"""Characters of an enrolment code, five random bits each."""

CODE_DIGITS = 6
CODE_SECONDS = 30
"""A one-time code changes this often (RFC 6238's default, which every authenticator knows)."""
CODES_BESIDE = 1
"""Codes accepted before and after the present one: a clock half a minute wrong is no mistake."""

NUMBER_TAKEN = reason(
    "staff-number-taken", "工号 {number} 已经分配。", "请换一个工号；离开的人的工号不再使用。"
)
OTHER_NAME = reason("staff-other-name", "这个证件号码登记的姓名不同。", "请核对姓名和证件号码。")
ALREADY_STAFF = reason("already-staff", "这个人已经有工作人员账户。", "请更改现有账户的岗位，不要另开一个。")


def number_of(typed: str) -> str:
    """A staff number as it is kept: no spaces, capital letters."""
    return "".join(typed.split()).upper()


def number_fault(number: str) -> str | None:
    """What is wrong with a staff number, for the operator; None if it is sound."""
    return None if re.fullmatch(r"[0-9A-Z][0-9A-Z-]{2,19}", number) else "3 to 20 digits, letters, hyphens"


def unknown_roles(roles: list[str]) -> list[str]:
    """Which of these are no roles."""
    return [role for role in roles if role not in ROLES]
