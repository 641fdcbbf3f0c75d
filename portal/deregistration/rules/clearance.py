"""清税: why a firm closes, which route is open to it, what may be promised, what keeps it from being cleared.

The findings decide: the same that a health check shows. No route leads past one that blocks.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.core.refusal import reason
from portal.core.wording import N_, Phrase
from portal.risk.rules import ASK_THE_OFFICE, Hit, Severity, open_routes
from portal.risk.rules import Route as Quick
from portal.taxes.calendar import working_day_after
from portal.taxes.law import law


class Why(StrEnum):
    """Why a firm is deregistered; asked first."""

    DISSOLUTION = "dissolution"
    MERGER = "merger"
    SPLIT = "split"
    REVOKED = "licence-revoked"
    ANNULLED = "registration-annulled"
    PROJECT_ENDED = "project-ended"
    OTHER = "other"


WHYS: dict[Why, Phrase] = {
    Why.DISSOLUTION: N_("解散：股东决议、章程规定或者经营期满"),
    Why.MERGER: N_("因合并解散"),
    Why.SPLIT: N_("因分立解散"),
    Why.REVOKED: N_("被吊销营业执照"),
    Why.ANNULLED: N_("设立登记被撤销"),
    Why.PROJECT_ENDED: N_("项目结束，不再经营"),
    Why.OTHER: N_("其他原因"),
}
REPORTED_FIRST = frozenset({Why.MERGER, Why.SPLIT})
"""Who merges or splits reports it first; what is not settled passes on (税收征收管理法 第四十八条)."""


class Route(StrEnum):
    """How a firm is cleared."""

    INSTANT = "instant"
    PROMISE = "promise"
    GENERAL = "general"


@dataclass(frozen=True)
class Procedure:
    """What a route is called, and the clause that opens it."""

    words: Phrase
    cite: str


PROCEDURES: dict[Route, Procedure] = {
    Route.INSTANT: Procedure(N_("即时办结"), cite="税总发〔2019〕64号 第一条第（二）项"),
    Route.PROMISE: Procedure(
        N_("承诺容缺办理"), cite="税总发〔2018〕149号 第二条；税总发〔2019〕64号 第一条"
    ),
    Route.GENERAL: Procedure(
        N_("一般程序"), cite="税收征收管理法实施细则 第十五条、第十六条；税总发〔2019〕64号 第一条"
    ),
}
NOT_NEEDED = Procedure(
    N_("可以不办清税的情形"), cite="税总发〔2018〕149号 第一条；市场主体登记管理条例 第三十三条"
)
"""免办: simple cancellation at the market register, without a clearance certificate."""
GOOD_GRADES = frozenset({"A", "B"})

NO_LONGER_A_FIRM = reason(
    "clearance-already-cleared",
    "{name} 已于{since}清税。",
    "清税证明在“证明”里下载，登记机关会收到清税信息。",
)
REPORT_FIRST = reason(
    "clearance-report-first",
    "因合并、分立注销的，要先向税务机关报告，再申请清税。",
    "请在申请中填写报告的日期和编号。还没有报告的，到办税服务厅办理合并分立报告。",
)
STILL_OPEN = reason(
    "clearance-still-open",
    "还有 {count} 项没有办结，不能清税。",
    "请运行注销体检，按其中的办法逐项办结，再来清税。",
)
NOT_PROMISED = reason(
    "clearance-not-promised",
    "还有 {count} 项没有承诺补办，不能按承诺容缺办理。",
    "请在承诺书上逐项确认补办的日期，或者先办结这些事项。",
)
NOT_ITS_TURN = reason(
    "clearance-not-open",
    "这次清税申请已经办结或者撤回。",
    "请刷新页面查看最新进度；需要时可以重新申请。",
)


@dataclass(frozen=True)
class Standing:
    """What of a firm decides its route, beside its findings."""

    credit_grade: str = ""
    below_threshold: bool = False


@dataclass(frozen=True)
class Grounds:
    """One reason for or against a route, with the clause it rests on."""

    words: Phrase
    holds: bool


@dataclass(frozen=True)
class Choice:
    """The quickest route that is open, and for each route its conditions with whether they hold."""

    route: Route
    grounds: Mapping[Route, tuple[Grounds, ...]]
    promisable: tuple[Hit, ...]
    hits: tuple[Hit, ...]


def choose(why: Why, firm: Standing, hits: Sequence[Hit]) -> Choice:
    """The quickest route that the reason, the firm and its findings leave open.

    Merger and split take the general route. Nothing found: at once. Only what may be promised found, and the
    firm one that may promise: by promise. Everything else is looked at by the office, and so is
    whatever the firm may not be told of.
    """
    quick = open_routes(list(hits))
    blocking = [hit for hit in hits if hit.finding.severity is Severity.BLOCKS]
    promisable = tuple(hit for hit in hits if hit.finding.severity is Severity.PROMISABLE)
    secret = any(hit.finding.code == ASK_THE_OFFICE.code for hit in hits)
    ordinary = Grounds(N_("不因合并、分立注销"), why not in REPORTED_FIRST)
    grounds = {
        Route.INSTANT: (
            ordinary,
            Grounds(N_("没有未办结的事项"), Quick.INSTANT in quick),
        ),
        Route.PROMISE: (
            ordinary,
            Grounds(N_("没有必须先办结的事项"), not blocking and Quick.PROMISE in quick),
            Grounds(N_("未办结的事项都可以承诺后补"), bool(promisable) and not secret),
            Grounds(N_("纳税信用为 A 级或 B 级，或者未达增值税起征点"), may_promise(firm)),
        ),
        Route.GENERAL: (Grounds(N_("任何情形都可以申请，由两名工作人员先后审核"), True),),
    }
    route = next(one for one in Route if all(each.holds for each in grounds[one]))
    return Choice(route, grounds, promisable, tuple(hits))


def may_promise(firm: Standing) -> bool:
    """Whether a firm is one of those that may promise what is missing (税总发〔2018〕149号 第二条).

    Of its five cases the two that the portal's books show; the others are for the office to see.
    """
    return firm.credit_grade in GOOD_GRADES or firm.below_threshold


def standing_between(hits: Iterable[Hit], promised: Collection[str] = ()) -> list[Hit]:
    """What keeps a firm from being cleared now: all that blocks, and what may be promised and was not."""
    return [
        hit
        for hit in hits
        if hit.finding.severity is Severity.BLOCKS
        or (hit.finding.severity is Severity.PROMISABLE and hit.finding.code not in promised)
    ]


def answered_by(applied: date, *, general_vat_payer: bool) -> date:
    """The last day on which the office answers an application by the general route, in working days."""
    figure = "clearance_days_general_payer" if general_vat_payer else "clearance_days"
    days: int = law("administration").on(applied)[figure].value
    return working_day_after(applied, days)


def promised_by(applied: date) -> date:
    """The day until which what is promised is made good."""
    days: int = law("administration").on(applied)["promise_days"].value
    return applied + timedelta(days=days)


@dataclass(frozen=True)
class Clause:
    """A clause, and how sure it is that it says so (docs/law.md)."""

    cite: str
    confidence: str


ANSWERABLE = Clause(cite="税总发〔2018〕149号 第二条", confidence="K")
"""That a broken promise falls on the legal representative and the head of finance too. The text of the notice
was not at hand when this was written: who is recorded is told so."""


class Kept(StrEnum):
    """What became of a promise by a day."""

    WAITING = "waiting"
    KEPT = "kept"
    BROKEN = "broken"


def kept(due_on: date, on: date, *, still_found: bool) -> Kept:
    """A promise is kept when its finding is gone, and broken when its day has passed and it is not."""
    if not still_found:
        return Kept.KEPT
    return Kept.BROKEN if on > due_on else Kept.WAITING


REMIND_DAYS = (7, 1)
"""Days before the end of a promise on which the firm is reminded."""
