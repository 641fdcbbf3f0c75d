"""What a searched text asks for: its words, and the kinds of matter and pages that a word names."""

from collections.abc import Iterable, Mapping

from portal.core.wording import N_, Phrase
from portal.matters.rules.standards import standards

MOST_WORDS = 6
LONGEST = 60
"""Characters of a searched text; what follows is not looked at."""

PLACES: dict[str, tuple[Phrase, Phrase]] = {
    "filing.index": (N_("申报与年度汇算"), N_("申报 零申报 报税 个税 汇算 更正 补税")),
    "billing.index": (N_("缴款"), N_("缴税 交税 应缴 欠税 滞纳金 抵缴 申请退税 退还 多缴")),
    "billing.statement": (N_("对账单"), N_("缴税记录 账簿 余额")),
    "income.index": (N_("收入明细"), N_("工资 扣缴 预缴 个人所得")),
    "certificates.index": (N_("证明"), N_("完税证明 纳税证明 开具")),
    "appointments.index": (N_("预约办税"), N_("预约 办税服务厅 窗口 取号 排队 改期 候补")),
    "deregistration.index": (N_("注销体检"), N_("注销 清税 关闭企业")),
    "accounts.profile": (N_("我的资料"), N_("手机 邮箱 地址 密码 授权")),
    "audit.trail": (N_("谁看过我的信息"), N_("记录 隐私")),
}
"""Endpoint → its name, and further words people use for what is done there."""


def words_of(text: str) -> list[str]:
    """The words of a searched text, each once; a year as people write it loses its 年."""
    words = [word.removesuffix("年度").removesuffix("年") or word for word in text[:LONGEST].split()]
    return list(dict.fromkeys(words))[:MOST_WORDS]


def is_year(word: str) -> bool:
    return len(word) == 4 and word.isdigit()


def names(word: str, called: Iterable[str]) -> bool:
    """Whether a word is part of any of these names, whatever its case."""
    return any(word.casefold() in name.casefold() for name in called)


def kinds_named(word: str, translated: Mapping[str, str]) -> list[str]:
    """The kinds of matter that a word names, in Chinese or by their `translated` titles."""
    return [kind for kind, rule in standards().items() if names(word, (rule.title, translated[kind]))]
