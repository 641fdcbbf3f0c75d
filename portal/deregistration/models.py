"""Health checks as they were run."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
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
