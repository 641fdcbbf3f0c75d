"""The trail's tables: entries that only grow, the head of each taxpayer's chain, and daily anchors."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Instant, Json, Key, Model, append_only
from portal.core.keys import new_id


@append_only
class AuditEntry(Model):
    """One act or one read. `n` counts from 1 within a taxpayer; `digest` covers everything above it."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        UniqueConstraint("taxpayer_id", "n"),
        Index("ix_audit_entries_latest", "taxpayer_id", "at"),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key)
    n: Mapped[int]
    at: Mapped[datetime] = mapped_column(Instant)
    act: Mapped[str] = mapped_column(String(40))
    actor_id: Mapped[UUID | None] = mapped_column(Key)
    actor_name: Mapped[str] = mapped_column(String(100))
    actor_role: Mapped[str] = mapped_column(String(20))
    channel: Mapped[str] = mapped_column(String(10))
    mandate_id: Mapped[UUID | None] = mapped_column(Key)
    matter_id: Mapped[UUID | None] = mapped_column(Key)
    reason: Mapped[str] = mapped_column(String(200), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    digest: Mapped[str] = mapped_column(String(64))


class AuditHead(Model):
    """Where a taxpayer's chain ends. Locked to append, so that two writers never fork a chain."""

    __tablename__ = "audit_heads"

    taxpayer_id: Mapped[UUID] = mapped_column(Key, primary_key=True)
    n: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))


@append_only
class AuditAnchor(Model):
    """One digest over the anchor before it and `AnchoredHead` of the day; exported, it vouches for both."""

    __tablename__ = "audit_anchors"

    day: Mapped[date] = mapped_column(primary_key=True)
    taxpayers: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant)


@append_only
class AnchoredHead(Model):
    """Where a chain ended that had grown when a day's anchor was made: an entry that has to be there."""

    __tablename__ = "audit_anchored_heads"
    __table_args__ = (Index("ix_audit_anchored_heads_of", "taxpayer_id", "n"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, primary_key=True)
    n: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
