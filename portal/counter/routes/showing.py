"""What the pages of a matter show: a row of the work list, steps with what may be done, decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from flask_babel import gettext as _

from portal.billing.models import RefundAccount
from portal.core import money
from portal.core.acting import Acting
from portal.core.pages import foreign, masked_name, speaking
from portal.core.refusal import Refusal
from portal.core.wording import Phrase
from portal.filing.models import FiledReturn
from portal.matters.models import Matter, MatterEvent, MatterStep
from portal.matters.queries import Usual, Waiting
from portal.matters.rules import CONCLUSIONS, STATES, Finding, Standard, Step, standard
from portal.matters.rules.working import Done, findings_of, why_not_decision, why_not_step
from portal.taxes.calendar import holidays_known


@dataclass(frozen=True)
class Listed:
    """A row of the work list; the name is masked until the matter is opened."""

    id: UUID
    title: Phrase
    about: str
    number: str
    name: str
    state: Phrase
    due_on: date | None
    late: bool
    may_move: bool
    """Whether the due day may still move, since the holidays of its year are not announced."""
    owner: str
    mine: bool
    next_step: Phrase
    is_for_me: bool
    """Whether the next step is one this member may do."""


def listed(one: Waiting, acting: Acting, today: date) -> Listed:
    """A row of the work list."""
    matter, rule = one.matter, standard(one.matter.kind)
    following = rule.next_step(matter.state, findings_of(one.done))
    return Listed(
        id=matter.id,
        title=rule.title,
        about=matter.about,
        number=matter.number,
        name=masked_name(one.name),
        state=STATES[matter.state],
        due_on=matter.due_on,
        late=matter.due_on is not None and matter.due_on < today,
        may_move=counted_without_holidays(matter, rule),
        owner=matter.owner,
        mine=matter.owner_id == acting.account_id,
        next_step=following.what if following else Phrase(""),
        is_for_me=following is not None and not _why_not_step(matter, rule, following, one.done, acting),
    )


def counted_without_holidays(matter: Matter, rule: Standard) -> bool:
    """Whether a due day was counted in working days of a year whose holidays are not announced yet."""
    in_days = rule.limit_days is not None
    return not in_days and matter.due_on is not None and not holidays_known(matter.due_on.year)


@dataclass(frozen=True)
class StepShown:
    """A step of the office: what it asks, what was found, or whether this member may do it and why not."""

    step: Step
    usual: Usual | None
    """What it takes, where it was done often enough of late."""
    found: Phrase = Phrase("")  # noqa: RUF009 - a string
    met: bool = False
    evidence: str = ""
    who: str = ""
    at: datetime | None = None
    why_not: str = ""


def steps_shown(
    matter: Matter,
    rule: Standard,
    rows: Sequence[MatterStep],
    done: Sequence[Done],
    acting: Acting,
    usual: Mapping[str, Usual],
) -> list[StepShown]:
    """Every step of the office, those of the present round with what was found."""
    standing = {row.done: row for row in rows if row.round == matter.round and row.done}
    shown = []
    for step in rule.steps:
        if not step.role:
            continue
        one = StepShown(step, usual.get(step.code))
        if row := standing.get(step.code):
            one = replace(
                one,
                found=CONCLUSIONS[row.finding],
                met=row.finding == Finding.MET,
                evidence=row.evidence,
                who=row.by_name,
                at=row.at,
            )
        else:
            one = replace(one, why_not=_why_not_step(matter, rule, step, done, acting))
        shown.append(one)
    return shown


def _why_not_step(matter: Matter, rule: Standard, step: Step, done: Sequence[Done], acting: Acting) -> str:
    """Why this member cannot do a step now; nothing if they can. The act itself asks again."""
    return _said(why_not_step(rule, matter.state, step.code, acting.duties, acting.person_id, done))


def _said(refusal: Refusal | None) -> str:
    return speaking().say(refusal.reason.text, refusal.facts) if refusal else ""


@dataclass(frozen=True)
class DecisionShown:
    """A state the office may decide on, and why this member cannot now."""

    to: str
    words: Phrase
    why_not: str


def decisions_shown(
    matter: Matter, rule: Standard, done: Sequence[Done], acting: Acting
) -> list[DecisionShown]:
    """Every state the office may bring the matter to from here."""
    return [
        DecisionShown(to, STATES[to], _said(why_not_decision(rule, matter.number, to, acting.duties, done)))
        for to in rule.decisions(matter.state)
    ]


def events_shown(matter: Matter, events: Sequence[MatterEvent]) -> list[dict[str, str]]:
    """What happened to the matter, as the taxpayer sees it."""
    last = events[-1].n if matter.closed_at is None else 0
    return [
        {
            "words": _(STATES[event.state]),
            "when": speaking().moment(event.at),
            "who": _("系统") if event.by_role == "system" else foreign(event.by_name),
            "why": foreign(event.note) if event.by_role == "staff" and event.note else "",
            "state": "now" if event.n == last else "done",
        }
        for event in events
    ]


def info_shown(matter: Matter, rule: Standard, filed: FiledReturn | None) -> list[tuple[str, str]]:
    """What identifies the matter, what clock runs, and the return it is about."""
    facts = [(_("编号"), matter.number), (_("受理时间"), speaking().moment(matter.opened_at))]
    if matter.due_on is not None:
        moves = _("（节假日未公布，可能变动）") if counted_without_holidays(matter, rule) else ""
        facts.append((_("最晚答复"), speaking().day(matter.due_on) + moves))
    facts.append((_("经办人"), foreign(matter.owner) if matter.owner else _("无人")))
    if filed is not None:
        facts += [(_("申报回执号"), filed.number), (_("申报结果"), money.show(filed.outcome))]
    return [*facts, (_("依据"), foreign(rule.basis))]


def refund_shown(matter: Matter, account: RefundAccount | None) -> list[tuple[str, str]]:
    """What a refund asks for, and the account for what cannot go back the way it came."""
    named = _("没有登记")
    if account is not None:
        ending = _("尾号 %(ending)s", ending=account.ending)
        named = f"{account.holder} {account.bank} {ending}"
    facts = [(_("退税账户"), named)]
    return [(_("金额"), money.show(matter.amount)), *facts] if matter.amount is not None else facts
