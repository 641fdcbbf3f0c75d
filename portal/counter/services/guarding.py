"""Guarding files: two agree which, and for each purpose a second person lets the first one in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.queries import name_of
from portal.audit import services as audit
from portal.core.acting import Acting
from portal.core.keys import new_id
from portal.core.refusal import Refusal
from portal.counter import queries
from portal.counter.models import FileOpening, FileRelease, GuardChange
from portal.counter.rules import DECIDED, GUARD_AS_IT_IS, RELEASE_WITHIN, require_another
from portal.counter.services.finding import Purpose, let_in, open_for, refuse_own
from portal.taxpayers.models import Taxpayer


def open_or_ask(
    session: Session, acting: Acting, taxpayer_id: UUID, purpose: Purpose, *, at: datetime
) -> FileOpening | None:
    """Open a file for a purpose; None where a colleague has to let this person in and was asked to."""
    if not queries.guarded(session, [taxpayer_id]):
        return open_for(session, acting, taxpayer_id, purpose, at=at)
    refuse_own(session, acting, taxpayer_id, at)
    _held(session, taxpayer_id)
    if queries.asked(session, acting, taxpayer_id, at) is None:
        asked = FileRelease(
            id=new_id(),
            taxpayer_id=taxpayer_id,
            reason=purpose.code,
            purpose=purpose.said,
            matter_id=purpose.matter.id if purpose.matter else None,
            asked_by=acting.account_id,
            asked_at=at,
            until=at + RELEASE_WITHIN,
        )
        session.add(asked)
        session.flush()
    return None


def release(session: Session, acting: Acting, release_id: UUID, *, at: datetime) -> FileOpening:
    """Let a colleague in for what they asked; both names stand on the taxpayer's trail.

    Refuses one's own request, one's own file, and what was decided or is over.
    """
    query = select(FileRelease).where(FileRelease.id == release_id).with_for_update()
    asked = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if asked is None or asked.released_by is not None or asked.until <= at:
        raise Refusal(DECIDED)
    require_another(asked.asked_by, acting.account_id)
    refuse_own(session, acting, asked.taxpayer_id, at)
    asked.released_by, asked.released_at = acting.account_id, at
    audit.record(
        session,
        acting,
        "file-released",
        at=at,
        taxpayer_id=asked.taxpayer_id,
        matter_id=asked.matter_id,
        reason=asked.purpose,
        facts={"asked_by": name_of(session, asked.asked_by)},
    )
    return let_in(session, asked, acting, at=at)


def guard(
    session: Session, acting: Acting, taxpayer_id: UUID, *, guarded: bool, why: str, at: datetime
) -> GuardChange:
    """Want a file guarded, or no longer; nothing changes until a second person agrees."""
    refuse_own(session, acting, taxpayer_id, at)
    _held(session, taxpayer_id)
    waiting = select(GuardChange).where(
        GuardChange.taxpayer_id == taxpayer_id, GuardChange.agreed.is_(None), GuardChange.guarded == guarded
    )
    found = session.scalars(waiting).first()
    if found is not None:
        return found
    if (taxpayer_id in queries.guarded(session, [taxpayer_id])) == guarded:
        raise Refusal(GUARD_AS_IT_IS)
    change = GuardChange(
        id=new_id(),
        taxpayer_id=taxpayer_id,
        guarded=guarded,
        why=why,
        asked_by=acting.account_id,
        asked_at=at,
    )
    session.add(change)
    session.flush()
    return change


def decide_guard(session: Session, acting: Acting, change_id: UUID, *, agreed: bool, at: datetime) -> None:
    """Agree to how a file is to be guarded, or do not. Refuses whoever asked, and what was decided."""
    query = select(GuardChange).where(GuardChange.id == change_id).with_for_update()
    change = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if change is None or change.agreed is not None:
        raise Refusal(DECIDED)
    require_another(change.asked_by, acting.account_id)
    refuse_own(session, acting, change.taxpayer_id, at)
    change.agreed, change.decided_by, change.decided_at = agreed, acting.account_id, at
    session.flush()
    if agreed:
        audit.record(
            session,
            acting,
            "file-guarded" if change.guarded else "file-unguarded",
            at=at,
            taxpayer_id=change.taxpayer_id,
            facts={"asked_by": name_of(session, change.asked_by)},
        )


def _held(session: Session, taxpayer_id: UUID) -> None:
    """Two who ask at the same moment ask one after the other."""
    session.execute(select(Taxpayer.id).where(Taxpayer.id == taxpayer_id).with_for_update())
