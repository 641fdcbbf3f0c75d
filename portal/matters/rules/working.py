"""Who of the office may do which step of a matter, and when."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from portal.core.refusal import Refusal, reason
from portal.matters.rules.standards import STATES, Finding, Standard, Step

NOT_NOW = reason("step-not-now", "事项现在是“{now}”，没有这个步骤要办。", "请刷新页面查看最新进度。")
NOT_YOUR_PART = reason("step-not-your-part", "“{what}”不在您的岗位职责内。", "请交给有这个岗位的同事办理。")
STEP_DONE = reason("step-done", "步骤“{step}”已经由{who}办过。", "要重新办理，请先说明理由退回。")
STEP_BEFORE = reason("step-before", "须先办“{before}”，再办“{step}”。", "请按顺序办理。")
NEEDS_ANOTHER = reason(
    "step-needs-another",
    "“{step}”须由另一个人办理：同一事项的“{other}”是您办的。",
    "请归还事项，由有这个岗位的另一位同事办理。",
)
OWN_MATTER = reason(
    "matter-own", "这是您本人的事项，或者是您代表的企业的事项，您不能办理。", "请交给同事办理。"
)
HELD = reason("matter-held", "事项正由{who}办理。", "请等对方归还，或者与对方联系。")
NO_EVIDENCE = reason("step-no-evidence", "没有写明依据。", "请写明核对了什么、依据是什么，再提交。")
NO_REASON = reason("decision-no-reason", "没有写明理由。", "请写明理由；纳税人会看到这段话。")
NOTHING_TO_RETURN = reason("nothing-to-return", "没有可以退回的步骤。", "请刷新页面查看最新进度。")

MOST_EVIDENCE = 2000
MOST_REASON = 300
"""Characters."""


@dataclass(frozen=True)
class Done:
    """A step as it stands in the present round: its finding, and who found it."""

    step: str
    finding: str
    person_id: UUID
    name: str


def findings_of(done: Sequence[Done]) -> Mapping[str, str]:
    """Step → finding."""
    return {one.step: one.finding for one in done}


def require_step(
    rule: Standard, state: str, code: str, duties: Collection[str], person_id: UUID, done: Sequence[Done]
) -> Step:
    """The step, if this person may do it now. Raises `Refusal`."""
    coming = rule.steps_in(state)
    step = rule.step(code)
    if step is None or step not in coming:
        raise Refusal(NOT_NOW, now=STATES[state])
    if step.role not in duties:
        raise Refusal(NOT_YOUR_PART, what=step.what)
    _require_open(step, coming, done)
    _require_another(rule, step, person_id, done)
    return step


def _require_open(step: Step, coming: Sequence[Step], done: Sequence[Done]) -> None:
    found = {one.step: one for one in done}
    if step.code in found:
        raise Refusal(STEP_DONE, step=step.what, who=found[step.code].name)
    for before in coming[: coming.index(step)]:
        if before.mandatory and before.code not in found:
            raise Refusal(STEP_BEFORE, before=before.what, step=step.what)


def _require_another(rule: Standard, step: Step, person_id: UUID, done: Sequence[Done]) -> None:
    group = rule.group(step.code)
    for one in done:
        other = rule.step(one.step)
        if group and other and rule.group(one.step) == group and one.person_id == person_id:
            raise Refusal(NEEDS_ANOTHER, step=step.what, other=other.what)


def require_decision(rule: Standard, to: str, duties: Collection[str], why: str) -> None:
    """Refuse a decision that is another role's, and one against the taxpayer without a reason."""
    if rule.decider(to) not in duties:
        raise Refusal(NOT_YOUR_PART, what=STATES[to])
    if needs_reason(rule, to) and not why.strip():
        raise Refusal(NO_REASON)


def needs_reason(rule: Standard, to: str) -> bool:
    """Whether a decision rests on something not being as it should."""
    return any(need.finding == Finding.UNMET for need in rule.needs[to])


def require_return(rule: Standard, state: str, duties: Collection[str], done: Sequence[Done]) -> None:
    """Refuse to send back where nothing was done, or by somebody without a part in it."""
    roles = {step.role for step in rule.steps_in(state)}
    if not done:
        raise Refusal(NOTHING_TO_RETURN)
    if not roles & set(duties):
        raise Refusal(NOT_YOUR_PART, what=rule.title)


def why_not_step(
    rule: Standard, state: str, code: str, duties: Collection[str], person_id: UUID, done: Sequence[Done]
) -> Refusal | None:
    """What `require_step` would say, for a page that tells it beforehand."""
    try:
        require_step(rule, state, code, duties, person_id, done)
    except Refusal as refusal:
        return refusal
    return None


def why_not_decision(
    rule: Standard, number: str, to: str, duties: Collection[str], done: Sequence[Done]
) -> Refusal | None:
    """What keeps a person of these roles from a decision, the reason aside, which is asked for later."""
    try:
        rule.require(number, to, findings_of(done))
        require_decision(rule, to, duties, "asked for later")
    except Refusal as refusal:
        return refusal
    return None
