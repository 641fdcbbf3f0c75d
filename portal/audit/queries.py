"""Named reads of the trail."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.audit.models import AuditEntry

PAGE = 30


def trail(session: Session, taxpayer_id: UUID, *, before: int | None = None) -> Sequence[AuditEntry]:
    """A taxpayer's own entries, newest first, `PAGE` and one more, below entry number `before`."""
    query = select(AuditEntry).where(AuditEntry.taxpayer_id == taxpayer_id)
    if before is not None:
        query = query.where(AuditEntry.n < before)
    return session.scalars(query.order_by(AuditEntry.n.desc()).limit(PAGE + 1)).all()


def looked_at(
    session: Session, taxpayer_id: UUID, since: datetime, *, limit: int = 5
) -> Sequence[AuditEntry]:
    """Who else touched this file lately: everything that was not the taxpayer's own doing, newest first."""
    query = (
        select(AuditEntry)
        .where(AuditEntry.taxpayer_id == taxpayer_id, AuditEntry.at >= since)
        .where(or_(AuditEntry.actor_role != "taxpayer", AuditEntry.act == "signed-in-new-device"))
        .order_by(AuditEntry.at.desc())
        .limit(limit)
    )
    return session.scalars(query).all()
