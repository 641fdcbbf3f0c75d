"""The identity ladder: what each level means, how it is reached, and which services ask for it."""

from dataclasses import dataclass

from portal.core.acting import Level
from portal.core.wording import N_, Phrase


@dataclass(frozen=True)
class Rung:
    """One level: its name, what it rests on, how to reach it."""

    level: Level
    name: Phrase
    meaning: Phrase
    way: Phrase


RUNGS = (
    Rung(
        Level.CONTACT,
        N_("已验证联系方式"),
        N_("姓名和证件号码与身份登记信息相符，手机号码能收到验证码，但这个号码不在您本人名下。"),
        N_("开通账户并确认验证码即可达到。"),
    ),
    Rung(
        Level.PROVEN,
        N_("已实名"),
        N_("姓名、证件号码和手机号码都与身份登记信息相符，并确认了验证码。"),
        N_("用一个在您本人名下的手机号码确认验证码。"),
    ),
    Rung(
        Level.IN_PERSON,
        N_("已当面核验"),
        N_("两名工作人员当面核对过您本人和证件原件。"),
        N_("携带证件原件到办税服务厅办理。"),
    ),
)

METHODS: dict[str, Phrase] = {
    "mobile-code": N_("手机验证码"),
    "register-mobile": N_("身份登记信息与本人手机号码比对"),
    "in-person": N_("两名工作人员当面核对"),
}

ATTESTED_BY: dict[str, Phrase] = {"portal": N_("本系统"), "register": N_("身份登记系统")}
"""Who attests; clerks stand by their names."""

SERVICES: tuple[tuple[str, Phrase], ...] = (
    ("accounts.profile", N_("查看和更改个人资料")),
    ("accounts.sessions", N_("查看和结束登录")),
    ("accounts.acting_for", N_("代表企业办理")),
    ("notices.inbox", N_("阅读消息")),
    ("income.index", N_("查询收入和已缴税款")),
    ("filing.index", N_("办理年度汇算")),
    ("billing.index", N_("查询欠税和缴款")),
    ("certificates.index", N_("开具完税证明")),
    ("matters.index", N_("查询办理进度")),
    ("audit.trail", N_("查询谁看过我的信息")),
)
"""Endpoint → what it serves. The level a service needs is what its endpoint demands, never written here."""


def way_up(level: Level) -> Rung | None:
    """The next rung above a level, or None at the top."""
    return next((rung for rung in RUNGS if rung.level > level), None)
