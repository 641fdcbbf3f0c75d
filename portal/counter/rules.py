"""What the office may see of a matter before it is opened, and how long an opened one stays open."""

import re
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

from portal.core.refusal import reason
from portal.core.wording import N_, Phrase

OPEN_FOR = timedelta(minutes=30)
"""After this long a matter is opened again, with a reason, before anything of it is shown."""

MOST_PURPOSE = 100
"""Characters of the reason, which the taxpayer reads."""

AFTERWARDS: dict[tuple[str, str], Phrase] = {
    ("refund", "approved"): N_(
        "核准以后系统随即退款：线上缴的款原路退回，其他的由国库退到纳税人登记的银行账户，"
        "没有登记的等登记后再退。没有退成的，本事项回到待办。"
    ),
}
"""What a decision does not do by itself, by kind of matter and state."""


def masked_name(name: str) -> str:
    """A name on a list: enough to tell two apart, not enough to browse by. Firms keep both their ends."""
    if len(name) > 6:
        return f"{name[:2]}…{name[-4:]}"
    return name[:1] + "*" * (len(name) - 1)


# Finding a taxpayer and opening their file

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
    NAME = "name"


def key_of(number: str) -> SearchKey:
    """What was typed, told by its form; `number` is normalised: capitals, no spaces or hyphens."""
    if re.fullmatch(r"M20[0-9]{6}[0-9A-Z]{8}", number):
        return SearchKey.MATTER
    if re.fullmatch(r"1[3-9][0-9]{9}", number):
        return SearchKey.MOBILE
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
NAME_ALONE = N_("只凭姓名不能查找。请再填写证件号码的后四位，或者改用证件号码、手机号码、事项编号")

OWN_FILE = reason(
    "file-own", "这是您本人的档案，或者是您代表的企业的档案，您不能在窗口打开。", "请以纳税人身份登录查看。"
)


# Proving an identity in person

IDENTITY_PROOF = "identity-proof"
"""The kind of matter, and the role that has a part in it."""

NO_ACCOUNT = reason(
    "proof-no-account",
    "这位纳税人还没有开通账户，或者是企业。",
    "请本人先在网上开通账户；企业请核验法定代表人本人。",
)
SEEN_ALREADY = reason("proof-in-person-already", "这位纳税人已经当面核验过。", "不需要再核验。")


# What the supervisor is told

MANY_WITHOUT_MATTER = 5
MANY_REFUSED = 5
TIMES_USUAL = 2
LATELY = timedelta(days=28)
"""The days before, by which somebody's usual is told."""


def usual_of(days: Sequence[int]) -> int | None:
    """Files a day, rounded up, over the days on which any was opened; None without such days."""
    return -(-sum(days) // len(days)) if days else None


def is_unusual(without_matter: int, refused: int, usual: int | None) -> bool:
    """Whether a day is worth a supervisor's look.

    Many files without a matter, and more than twice what is usual for this person; or many files asked for
    without any purpose. The figures are ours, not from a rule of the office.
    """
    many = without_matter >= MANY_WITHOUT_MATTER and without_matter > TIMES_USUAL * (usual or 0)
    return many or refused >= MANY_REFUSED
