"""Named reads of the inbox."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.notices.models import Notice, NoticeDelivery

PAGE = 20


def inbox(session: Session, taxpayer_id: UUID, *, before: UUID | None = None) -> Sequence[Notice]:
    """A taxpayer's notices, newest first, `PAGE` and one more; keys are ordered by time."""
    query = select(Notice).where(Notice.taxpayer_id == taxpayer_id)
    if before is not None:
        query = query.where(Notice.id < before)
    return session.scalars(query.order_by(Notice.id.desc()).limit(PAGE + 1)).all()


def unread_count() -> Select[int]:
    """How many notices wait, as a query to correlate on `Notice.taxpayer_id` inside another one."""
    return select(func.count(Notice.id)).where(Notice.read_at.is_(None))


def channels_done(session: Session, notice_id: UUID) -> set[str]:
    """The channels by which a notice has left already."""
    query = select(NoticeDelivery.channel).where(NoticeDelivery.notice_id == notice_id)
    return set(session.scalars(query))
