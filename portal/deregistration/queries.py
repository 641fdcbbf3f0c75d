"""Named reads of health checks; a firm finds only its own."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from portal.deregistration.models import HealthCheck
from portal.taxpayers.models import Firm

LATEST = 20


def firm_named(session: Session, taxpayer_id: UUID) -> Firm | None:
    """The firm a taxpayer is, or None for a person."""
    return session.get(Firm, taxpayer_id)


def checks_of(session: Session, taxpayer_id: UUID, limit: int = LATEST) -> Sequence[HealthCheck]:
    """A firm's latest runs, the newest first."""
    query = select(HealthCheck).where(HealthCheck.taxpayer_id == taxpayer_id)
    return session.scalars(query.order_by(HealthCheck.id.desc()).limit(limit)).all()


def own_check(
    session: Session, taxpayer_id: UUID, check_id: UUID
) -> tuple[HealthCheck, HealthCheck | None] | None:
    """One of the firm's own runs with the one it was compared with, or None. One statement."""
    before = aliased(HealthCheck)
    query = (
        select(HealthCheck, before)
        .outerjoin(before, before.id == HealthCheck.previous_id)
        .where(HealthCheck.taxpayer_id == taxpayer_id, HealthCheck.id == check_id)
    )
    found = session.execute(query).one_or_none()
    return None if found is None else (found[0], found[1])
