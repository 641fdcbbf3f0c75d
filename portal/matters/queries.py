"""Named reads of matters."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
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


def matter_about(
    session: Session, taxpayer_id: UUID, kind: str, subject_id: UUID, *, lock: bool = False
) -> Matter | None:
    """The matter of a kind about one subject (a filed return, a certificate), or None.

    `lock` holds other writers off until the end.
    """
    query = select(Matter).where(
        Matter.taxpayer_id == taxpayer_id, Matter.kind == kind, Matter.subject_id == subject_id
    )
    return session.scalars(_held(query) if lock else query).one_or_none()


def held_in_state(session: Session, taxpayer_id: UUID, kind: str, about: str, state: str) -> Sequence[Matter]:
    """A taxpayer's matters of a kind about the same (a tax year) that stand in a state, held for writing."""
    query = select(Matter).where(
        Matter.taxpayer_id == taxpayer_id,
        Matter.kind == kind,
        Matter.about == about,
        Matter.state == state,
    )
    return session.scalars(_held(query.order_by(Matter.id))).all()


def _held(query: Select[Matter]) -> Select[Matter]:
    """Hold the rows against other writers, and read them as they stand now."""
    return query.with_for_update().execution_options(populate_existing=True)
