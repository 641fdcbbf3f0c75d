"""What the office does on a matter: holds it, does its steps with evidence, sends back, decides.

The caller holds the matter's row (`queries.at_work(…, lock=True)`), so that two members of staff take turns.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.accounts.queries.mandates import contexts
from portal.audit import services as audit
from portal.audit.models import AuditEntry
from portal.audit.rules import FILE_READ
from portal.core.acting import Acting
from portal.core.clock import day_of
from portal.core.keys import new_id
from portal.core.refusal import Refusal
from portal.matters.models import Matter, MatterStep
from portal.matters.queries import done_steps, written
from portal.matters.rules import Finding, Standard, Step, standard
from portal.matters.rules.working import (
    HELD,
    NO_EVIDENCE,
    NO_REASON,
    OWN_MATTER,
    Done,
    findings_of,
    require_decision,
    require_return,
    require_step,
    why_not_step,
)
from portal.matters.services.moving import advance


def take(session: Session, acting: Acting, matter: Matter, *, at: datetime) -> None:
    """Hold a matter, so that nobody else works on it meanwhile. Refuses one that somebody else holds."""
    _refuse_own(session, acting, matter, at)
    _hold(session, acting, matter)


def hand_back(session: Session, acting: Acting, matter: Matter) -> None:
    """Let a matter go. Refuses one that somebody else holds."""
    _hold(session, acting, matter)
    matter.owner_id, matter.owner = None, ""
    session.flush()


def record_step(
    session: Session,
    acting: Acting,
    matter: Matter,
    code: str,
    finding: Finding,
    evidence: str,
    *,
    at: datetime,
    facts: Mapping[str, Any] | None = None,
) -> MatterStep:
    """Write down what came of a step, and on what that rests.

    Refuses a step of another role, out of order, done already, without evidence, or one that needs somebody
    else than who did an earlier one.
    """
    rule, done = standard(matter.kind), done_steps(session, matter)
    step = require_step(rule, matter.state, code, acting.duties, acting.person_id, done)
    if not evidence.strip():
        raise Refusal(NO_EVIDENCE)
    _begin(session, acting, matter, at)
    row = _write(session, acting, matter, finding, evidence, at, step=code, facts=facts)
    row.seconds = _taken(session, acting, matter, at)
    row.done, row.apart = code, rule.group(code) or None
    session.add(row)
    session.flush()
    audit.record(
        session,
        acting,
        "matter-worked",
        at=at,
        taxpayer_id=matter.taxpayer_id,
        matter_id=matter.id,
        reason=f"{matter.number} {step.what}",
        facts={"step": code, "finding": finding.value},
    )
    if not _can_go_on(rule, matter.state, acting, [*done, Done(code, finding, acting.person_id, "")]):
        matter.owner_id, matter.owner = None, ""
        session.flush()
    return row


def _taken(session: Session, acting: Acting, matter: Matter, at: datetime) -> int | None:
    """Seconds that a step took this person: see `MatterStep.seconds`."""
    opened = select(func.max(AuditEntry.at)).where(
        AuditEntry.taxpayer_id == matter.taxpayer_id,
        AuditEntry.matter_id == matter.id,
        AuditEntry.act == FILE_READ,
        AuditEntry.actor_id == acting.account_id,
    )
    before = select(func.max(MatterStep.at)).where(
        MatterStep.taxpayer_id == matter.taxpayer_id,
        MatterStep.matter_id == matter.id,
        MatterStep.by_account_id == acting.account_id,
    )
    since = session.scalar(opened)
    if since is None:
        return None
    return max(0, int((at - max(since, session.scalar(before) or since)).total_seconds()))


def _can_go_on(rule: Standard, state: str, acting: Acting, done: list[Done]) -> bool:
    """Whether what comes next is this person's as well."""
    following: Step | None = rule.next_step(state, findings_of(done))
    if following is None:
        return True
    return why_not_step(rule, state, following.code, acting.duties, acting.person_id, done) is None


def send_back(session: Session, acting: Acting, matter: Matter, why: str, *, at: datetime) -> None:
    """Let the steps of the office begin again; what was found stays readable and counts no more."""
    require_return(standard(matter.kind), matter.state, acting.duties, done_steps(session, matter))
    if not why.strip():
        raise Refusal(NO_REASON)
    _begin(session, acting, matter, at)
    session.add(_write(session, acting, matter, Finding.RETURNED, why, at))
    matter.round += 1
    matter.owner_id, matter.owner = None, ""
    session.flush()
    _note_work(session, acting, matter, at)


def write_note(session: Session, acting: Acting, matter: Matter, text: str, *, at: datetime) -> None:
    """Write something down for colleagues; it decides nothing. The same words twice in a row are one note."""
    if not text.strip():
        raise Refusal(NO_EVIDENCE)
    _refuse_own(session, acting, matter, at)
    last = written(session, matter.id)[-1:]
    if last and (last[0].evidence, last[0].by_account_id) == (text.strip(), acting.account_id):
        return
    session.add(_write(session, acting, matter, Finding.NOTED, text, at))
    session.flush()
    _note_work(session, acting, matter, at)


def decide(session: Session, acting: Acting, matter: Matter, to: str, why: str, *, at: datetime) -> None:
    """Bring a matter to a state that the office decides; `why` is what the taxpayer reads.

    Refuses what the steps do not bear, what is another role's, and a decision against without a reason.
    """
    begin_decision(session, acting, matter, to, why, at=at)
    advance(session, matter, to, by=acting, at=at, note=why)
    end_decision(session, acting, matter, to, at=at)


def begin_decision(
    session: Session, acting: Acting, matter: Matter, to: str, why: str, *, at: datetime
) -> None:
    """Everything that `decide` asks first, for a room whose own act moves the matter in between."""
    rule = standard(matter.kind)
    rule.advance(matter.number, matter.state, to)
    rule.require(matter.number, to, findings_of(done_steps(session, matter)))
    require_decision(rule, to, acting.duties, why)
    _begin(session, acting, matter, at)


def end_decision(session: Session, acting: Acting, matter: Matter, to: str, *, at: datetime) -> None:
    """Let the matter go and tell the trail."""
    matter.owner_id, matter.owner = None, ""
    session.flush()
    audit.record(
        session,
        acting,
        "matter-decided",
        at=at,
        taxpayer_id=matter.taxpayer_id,
        matter_id=matter.id,
        reason=matter.number,
        facts={"state": to},
    )


def _begin(session: Session, acting: Acting, matter: Matter, at: datetime) -> None:
    """What every act of work asks first: not one's own matter, and nobody else's hands on it."""
    _refuse_own(session, acting, matter, at)
    _hold(session, acting, matter)


def _refuse_own(session: Session, acting: Acting, matter: Matter, at: datetime) -> None:
    own = matter.taxpayer_id == acting.person_id
    if own or contexts(session, acting.person_id, day_of(at), taxpayer_id=matter.taxpayer_id):
        raise Refusal(OWN_MATTER)


def _hold(session: Session, acting: Acting, matter: Matter) -> None:
    if matter.owner_id not in {None, acting.account_id}:
        holder = session.get_one(Account, matter.owner_id)
        if holder.closed_at is None:
            raise Refusal(HELD, who=matter.owner)
    matter.owner_id, matter.owner = acting.account_id, acting.person_name
    session.flush()


def _note_work(session: Session, acting: Acting, matter: Matter, at: datetime) -> None:
    audit.record(
        session,
        acting,
        "matter-worked",
        at=at,
        taxpayer_id=matter.taxpayer_id,
        matter_id=matter.id,
        reason=matter.number,
    )


def _write(
    session: Session,
    acting: Acting,
    matter: Matter,
    finding: Finding,
    evidence: str,
    at: datetime,
    *,
    step: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> MatterStep:
    count = select(func.count(MatterStep.id)).where(MatterStep.matter_id == matter.id)
    return MatterStep(
        id=new_id(),
        taxpayer_id=matter.taxpayer_id,
        matter_id=matter.id,
        n=(session.scalar(count) or 0) + 1,
        round=matter.round,
        step=step,
        finding=finding,
        evidence=evidence.strip(),
        facts=dict(facts or {}),
        at=at,
        by_account_id=acting.account_id,
        by_person_id=acting.person_id,
        by_name=acting.person_name,
    )
