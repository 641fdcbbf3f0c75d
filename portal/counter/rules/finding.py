"""Finding a taxpayer, and for what their file is opened."""

import re
from datetime import timedelta
from enum import StrEnum

from portal.core.refusal import reason
from portal.core.wording import N_, Phrase

LOOK_FOR = timedelta(minutes=15)
"""How long a purpose holds at the counter; then it is asked for anew."""

MOST_FOUND = 5
"""Rows of a search; more of one name and second fact are as good as none."""

LEAST_ENDING = 4
"""Characters of a number that go with a name."""


class SearchKey(StrEnum):
    """What kind of key was searched by."""

    MATTER = "matter"
    NUMBER = "number"
    MOBILE = "mobile"
    TICKET = "ticket"
    NAME = "name"


def key_of(number: str) -> SearchKey:
    """What was typed, told by its form; `number` is normalised: capitals, no spaces or hyphens."""
    if re.fullmatch(r"M20[0-9]{6}[0-9A-Z]{8}", number):
        return SearchKey.MATTER
    if re.fullmatch(r"1[3-9][0-9]{9}", number):
        return SearchKey.MOBILE
    if re.fullmatch(r"[AB][0-9]{3,4}", number):
        return SearchKey.TICKET
    return SearchKey.NUMBER if re.fullmatch(r"[0-9A-Z]{6,}", number) else SearchKey.NAME


FOR_A_MATTER = "matter"
REASONS: dict[str, Phrase] = {
    FOR_A_MATTER: N_("办理一件事项"),
    "present": N_("本人或经办人在窗口"),
    "called": N_("纳税人来电询问"),
    "correction": N_("核对登记资料"),
    "request": N_("其他机关依法协查"),
}
"""For what a file may be opened; all but the first need words."""

LEAST_WORDS = 4
"""Characters in which a reason without a matter is explained."""

NO_WORDS = N_("请用一句话写明具体为了什么事；纳税人会看到")
NO_SUCH_MATTER = N_("这位纳税人没有这个编号的事项")
A_TICKET_ALONE = N_("现场取的号不知道是谁的；预约的号须是今天还没有办完的。请用证件号码查找")
NAME_ALONE = N_("只凭姓名不能查找。请再填写证件号码的后四位，或者改用证件号码、手机号码、事项编号")

OWN_FILE = reason(
    "file-own", "这是您本人的档案，或者是您代表的企业的档案，您不能在窗口打开。", "请以纳税人身份登录查看。"
)
