"""Matters and their events."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Instant, Key, Model, append_only
from portal.core.keys import new_id


class Matter(Model):
    """One thing a taxpayer asked for. Its subject is a filed return, a refund, a certificate."""

    __tablename__ = "matters"
    __table_args__ = (
        Index("ix_matters_of", "taxpayer_id", "opened_at"),
        UniqueConstraint("taxpayer_id", "kind", "subject_id"),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    number: Mapped[str] = mapped_column(String(30), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[UUID] = mapped_column(Key)
    about: Mapped[str] = mapped_column(String(100), default="")
    channel: Mapped[str] = mapped_column(String(10))
    owner: Mapped[str] = mapped_column(String(100), default="")
    opened_at: Mapped[datetime] = mapped_column(Instant)
    due_on: Mapped[date | None]
    closed_at: Mapped[datetime | None] = mapped_column(Instant)

    events: Mapped[list["MatterEvent"]] = relationship(
        order_by="MatterEvent.n", back_populates="matter", lazy="raise"
    )


@append_only
class MatterEvent(Model):
    """What happened to a matter; `n` counts from 1."""

    __tablename__ = "matter_events"
    __table_args__ = (UniqueConstraint("taxpayer_id", "matter_id", "n"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    matter_id: Mapped[UUID] = mapped_column(Key, ForeignKey("matters.id"))
    n: Mapped[int]
    at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(String(300), default="")
    by_name: Mapped[str] = mapped_column(String(100))
    by_role: Mapped[str] = mapped_column(String(20))

    matter: Mapped[Matter] = relationship(back_populates="events", lazy="raise")
