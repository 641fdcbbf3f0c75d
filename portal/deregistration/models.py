"""Health checks as they were run, applications to be cleared, and what was promised for them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Instant, Json, Key, Model, append_only
from portal.core.keys import new_id


@append_only
class HealthCheck(Model):
    """One run: what stood open of a firm at an instant, as the firm was shown it. Never changed.

    `findings` are `rules.Shown` written as JSON: code, title, cite, severity, and the rows of evidence.
    `previous_id` is the run it was compared with: what that one shows and this one does not is cured, and
    that one's rows with this one's instant are the proof.
    """

    __tablename__ = "health_checks"
    __table_args__ = (Index("ix_health_checks_of", "taxpayer_id", "id"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    number: Mapped[str] = mapped_column(String(30), unique=True)
    at: Mapped[datetime] = mapped_column(Instant)
    on: Mapped[date]
    """The Beijing day it looked at."""
    by_name: Mapped[str] = mapped_column(String(100))
    """The person who ran it."""
    previous_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("health_checks.id"))
    findings: Mapped[list[Any]] = mapped_column(Json)


class Clearance(Model):
    """A firm's application to be cleared; what happened to it is told by its matter.

    A firm has one open application at most, however many apply for it at once.
    """

    __tablename__ = "clearances"
    __table_args__ = (
        Index("ix_clearances_of", "taxpayer_id", "id"),
        Index(
            "uq_clearances_open",
            "taxpayer_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    why: Mapped[str] = mapped_column(String(30))
    report: Mapped[str] = mapped_column(String(100), default="")
    """Of a merger or split: number and day of the report made first."""
    route: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(5), default="zh")
    """In which it was applied for: the first of the two on the certificate."""
    applied_by: Mapped[UUID] = mapped_column(Key, ForeignKey("accounts.id"))
    applied_by_name: Mapped[str] = mapped_column(String(100))
    applied_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    """When it was withdrawn, refused or cleared."""
    cleared_on: Mapped[date | None]
    certificate_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("certificates.id"))
    told_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the market register confirmed that it knows."""
    reopened_at: Mapped[datetime | None] = mapped_column(Instant)
    """When a debt that came later made the clearance void."""


class Promise(Model):
    """What a firm promised to make good after it was cleared, and what became of it."""

    __tablename__ = "promises"
    __table_args__ = (
        UniqueConstraint("taxpayer_id", "clearance_id", "code"),
        Index(
            "ix_promises_waiting",
            "due_on",
            sqlite_where=text("settled_on IS NULL"),
            postgresql_where=text("settled_on IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    clearance_id: Mapped[UUID] = mapped_column(Key, ForeignKey("clearances.id"))
    code: Mapped[str] = mapped_column(String(40))
    """Of the finding it is about."""
    title: Mapped[str] = mapped_column(String(200))
    due_on: Mapped[date]
    settled_on: Mapped[date | None]
    kept: Mapped[bool | None]
    """None while it waits."""
