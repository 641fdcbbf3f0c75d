"""Named reads of matters."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from portal.matters.models import Matter

PAGE = 20


def matters_of(session: Session, taxpayer_id: UUID, *, before: UUID | None = None) -> Sequence[Matter]:
    """A taxpayer's matters, newest first, `PAGE` and one more; keys are ordered by time."""
    query = select(Matter).where(Matter.taxpayer_id == taxpayer_id)
    if before is not None:
        query = query.where(Matter.id < before)
    return session.scalars(query.order_by(Matter.id.desc()).limit(PAGE + 1)).all()


def own_matter(session: Session, taxpayer_id: UUID, matter_id: UUID) -> Matter | None:
    """One of the taxpayer's own matters with its events, or None."""
    query = select(Matter).where(Matter.taxpayer_id == taxpayer_id, Matter.id == matter_id)
    return session.scalars(query.options(selectinload(Matter.events))).one_or_none()


def matter_about(session: Session, taxpayer_id: UUID, kind: str, subject_id: UUID) -> Matter | None:
    """The matter of a kind about one subject (a filed return, a certificate), or None."""
    query = select(Matter).where(
        Matter.taxpayer_id == taxpayer_id, Matter.kind == kind, Matter.subject_id == subject_id
    )
    return session.scalars(query).one_or_none()
