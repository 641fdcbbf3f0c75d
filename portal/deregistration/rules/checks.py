"""What a health check shows, and what changed since the one before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from portal.core.refusal import reason
from portal.core.wording import Phrase
from portal.risk.rules import ASK_THE_OFFICE, CATALOGUE, Finding, Hit, Page, Row, Severity

NOT_A_FIRM = reason(
    "deregistration-firms-only",
    "注销体检只为企业、个体工商户等市场主体办理，您现在是为个人办事。",
    "请先切换到要注销的企业，再运行体检。",
)

CANNOT_PRINT = reason(
    "health-check-cannot-print",
    "这份体检表没能排印：有字库暂缺的字，或者内容太长。",
    "体检结果不受影响，请在体检页面上直接打印。",
)


@dataclass(frozen=True)
class Shown:
    """One finding as a run showed it. Title and cite are kept as they read then."""

    code: str
    title: Phrase
    cite: str
    severity: Severity
    rows: tuple[Row, ...]

    @property
    def finding(self) -> Finding | None:
        """The kind of finding as it is now; None if there is no such kind any more."""
        return ASK_THE_OFFICE if self.code == ASK_THE_OFFICE.code else CATALOGUE.get(self.code)

    @property
    def can_be_done_now(self) -> bool:
        """Whether a page of the portal cures it."""
        return self.finding is not None and isinstance(self.finding.cure, Page)

    @property
    def stands_between(self) -> bool:
        """Whether it keeps the firm from being cleared without more ado."""
        return self.severity is not Severity.ADVICE


@dataclass(frozen=True)
class Comparison:
    """A run beside the one before it. `cured` are findings of the earlier run, with its rows."""

    cured: tuple[Shown, ...]
    fresh: tuple[Shown, ...]


def shown(hits: Iterable[Hit]) -> list[Shown]:
    """Hits as a run keeps them."""
    return [Shown(h.finding.code, h.finding.title, h.finding.cite, h.finding.severity, h.rows) for h in hits]


def written(findings: Iterable[Shown]) -> list[dict[str, Any]]:
    """As JSON."""
    return [
        {
            "code": one.code,
            "title": one.title,
            "cite": one.cite,
            "severity": one.severity.value,
            "rows": [dict(row) for row in one.rows],
        }
        for one in findings
    ]


def read(kept: Iterable[dict[str, Any]]) -> list[Shown]:
    """From JSON, as `written` wrote it."""
    return [
        Shown(one["code"], Phrase(one["title"]), one["cite"], Severity(one["severity"]), tuple(one["rows"]))
        for one in kept
    ]


def compare(before: Sequence[Shown], now: Sequence[Shown]) -> Comparison:
    """What was cured and what is new, by kind of finding. What remains with other rows is neither."""
    codes_before, codes_now = ({one.code for one in side} for side in (before, now))
    return Comparison(
        cured=tuple(one for one in before if one.code not in codes_now),
        fresh=tuple(one for one in now if one.code not in codes_before),
    )


def in_order(findings: Iterable[Shown]) -> list[Shown]:
    """The heaviest first; of equal weight what can be done now first, else as the list has them."""
    weight = list(Severity)
    return sorted(findings, key=lambda one: (weight.index(one.severity), not one.can_be_done_now))
