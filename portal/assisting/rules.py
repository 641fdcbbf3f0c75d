"""By whose consent a clerk works on a taxpayer's pages, for how long, and what only the taxpayer can do."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from portal.core.acting import Deed
from portal.core.refusal import reason
from portal.core.wording import N_, Phrase

CONSENT_WITHIN = timedelta(minutes=15)
"""How long a clerk's request waits for the taxpayer's consent."""
LASTS = timedelta(minutes=30)
"""How long a consent holds; then it is asked for anew."""
ASSENT_WITHIN = timedelta(minutes=15)
"""How long one thing that binds the taxpayer waits for them to agree to it."""
MOST_SLIP = 20
"""Characters of the number printed on a paper of consent."""


class Tie(StrEnum):
    """What an assistance is for; without it there is none."""

    TICKET = "ticket"
    BOOKING = "booking"
    MATTER = "matter"


TIES: dict[Tie, Phrase] = {Tie.TICKET: N_("票号"), Tie.BOOKING: N_("预约"), Tie.MATTER: N_("事项")}


class Way(StrEnum):
    """How a taxpayer says yes."""

    CODE = "code"
    """They told the clerk the code that came to their phone."""
    PHONE = "phone"
    """They pressed it on their own phone."""
    SLIP = "slip"
    """They signed a numbered paper before two members of staff; it opens their pages and binds to nothing."""


WAYS: dict[Way, Phrase] = {
    Way.CODE: N_("验证码"),
    Way.PHONE: N_("本人在自己的设备上同意"),
    Way.SLIP: N_("签字单，两名工作人员在场"),
}


class EndedBy(StrEnum):
    """Who or what ended an assistance."""

    CLERK = "clerk"
    TAXPAYER = "taxpayer"
    TIME = "time"


ENDS: dict[str, Phrase] = {
    EndedBy.CLERK: N_("工作人员结束了协办"),
    EndedBy.TAXPAYER: N_("纳税人结束了协办"),
    EndedBy.TIME: N_("协办时间已到，或者纳税人、工作人员的登录已经结束"),
}

_TICKET = re.compile(r"[AB][0-9]{3,5}")
_MATTER = re.compile(r"M-?(20[0-9]{6})-?([0-9A-Z]{7})-?([0-9A-Z])")


def tie_of(typed: str) -> tuple[Tie, str]:
    """What kind of number was typed or scanned, and the number as it is kept."""
    text = "".join(typed.split()).upper()
    if _TICKET.fullmatch(text):
        return Tie.TICKET, text
    if matter := _MATTER.fullmatch(text):
        return Tie.MATTER, f"M-{matter[1]}-{matter[2]}-{matter[3]}"
    return Tie.BOOKING, text


def slip_of(typed: str) -> str:
    """The number on a paper of consent as it is kept: no spaces or hyphens, capital letters."""
    return re.sub(r"[\s-]", "", typed).upper()


def digest_of(endpoint: str, path: str, posted: Iterable[tuple[str, str]], deed: Deed) -> str:
    """What the taxpayer agrees to, and nothing beside it: the act, its answers, and what they were told.

    A clerk who changes an answer after the taxpayer agreed asks for something else.
    """
    said = [deed.words, *(f"{name}={value}" for name, value in sorted(deed.facts.items()))]
    answers = sorted(f"{name}={value}" for name, value in posted)
    return hashlib.sha256("\x1f".join([endpoint, path, *answers, "", *said]).encode()).hexdigest()


def waits(asked_until: datetime, decided: Iterable[datetime | None], at: datetime) -> bool:
    """Whether something asked for may still be answered: nothing was decided and its time is not over."""
    return at < asked_until and not any(decided)


def with_facts(facts: Mapping[str, str]) -> dict[str, str]:
    """Facts of a deed as they are kept with what was asked."""
    return {name: str(value) for name, value in facts.items()}


NOT_TIED = N_("没有找到：票号须是您正在服务的，预约须是这位纳税人今天的，事项须是他的未办结事项")
NOT_ONE_WHO_MAY = N_("请选择在场的人")

OWN_PAGES = reason(
    "assisting-oneself", "这是您本人的页面，或者是您代表的企业的页面。", "请以纳税人身份登录办理。"
)
NOBODY_MAY = reason(
    "assisting-nobody-may",
    "这位纳税人还没有开通账户，或者这家企业还没有人能在网上代表它，所以不能协助办理。",
    "请本人先在网上开通账户；企业请法定代表人先登录并开通企业办税。",
)
ASK_AGAIN = reason(
    "assisting-ask-again",
    "这次请求已经过期、被拒绝或者已经用过。",
    "请重新请求纳税人同意。",
)
SECOND_PERSON = reason(
    "assisting-second-person",
    "签字单须由另一名工作人员见证，发起人自己不能确认。",
    "请一名同事登录以后确认。",
)
OTHER_SLIP = N_("编号与发起人填写的不一致，请两人对照签字单重新核对")
SLIP_USED = N_("这张签字单已经用过，每张只能用一次")
NOT_FOR_A_CLERK = reason(
    "assisting-not-for-a-clerk",
    "这件事只能由纳税人自己办理，工作人员不能代为操作。",
    "请纳税人在自己的手机或电脑上登录办理。",
)
