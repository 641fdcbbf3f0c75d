"""Telling: a notice in the inbox, and a job that carries it by the taxpayer's other channels."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.core.jobs import enqueue
from portal.core.keys import new_id
from portal.notices.models import Notice, NoticeDelivery
from portal.notices.rules import KINDS


def tell(
    session: Session, taxpayer_id: UUID, kind: str, facts: Mapping[str, Any] | None = None, *, at: datetime
) -> Notice:
    """Put a notice in the inbox and ask for its delivery, in the caller's transaction.

    `facts` are plain JSON values; amounts as decimal strings, instants in ISO form. Raises KeyError for an
    unknown kind.
    """
    KINDS[kind]
    notice = Notice(id=new_id(), taxpayer_id=taxpayer_id, kind=kind, facts=dict(facts or {}), at=at)
    session.add(notice)
    session.flush()
    enqueue(session, "deliver-notice", {"notice": str(notice.id)}, run_at=at, dedupe=f"notice:{notice.id}")
    return notice


def delivered(session: Session, notice: Notice, channel: str, at: datetime) -> None:
    """Note that a notice left by a channel."""
    session.add(NoticeDelivery(taxpayer_id=notice.taxpayer_id, notice_id=notice.id, channel=channel, at=at))
    session.flush()


def mark_read(session: Session, taxpayer_id: UUID, at: datetime) -> None:
    """Everything in the inbox counts as read."""
    unread = update(Notice).where(Notice.taxpayer_id == taxpayer_id, Notice.read_at.is_(None))
    session.execute(unread.values(read_at=at))
