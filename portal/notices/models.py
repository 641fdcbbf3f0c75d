"""The inbox, and what went out by other channels."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Instant, Json, Key, Model, append_only
from portal.core.keys import new_id


class Notice(Model):
    """One piece of news for a taxpayer; its words come from its kind and facts when it is shown."""

    __tablename__ = "notices"
    __table_args__ = (Index("ix_notices_inbox", "taxpayer_id", "at"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key)
    kind: Mapped[str] = mapped_column(String(40))
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant)


@append_only
class NoticeDelivery(Model):
    """That a notice left by a channel; the unique key makes sending it twice visible and stops it."""

    __tablename__ = "notice_deliveries"
    __table_args__ = (UniqueConstraint("taxpayer_id", "notice_id", "channel"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key)
    notice_id: Mapped[UUID] = mapped_column(Key, ForeignKey("notices.id"))
    channel: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(Instant)
