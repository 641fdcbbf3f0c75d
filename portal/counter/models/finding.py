"""What the office did to find and open the files of taxpayers."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Instant, Json, Key, Model, append_only
from portal.core.keys import new_id


@append_only
class FileSearch(Model):
    """One search: who, by what kind of key, how many were found. The key itself is not kept."""

    __tablename__ = "file_searches"
    __table_args__ = (Index("ix_file_searches_by", "account_id", "at"), Index("ix_file_searches_at", "at"))

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    account_id: Mapped[UUID] = mapped_column(Key, ForeignKey("accounts.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    key: Mapped[str] = mapped_column(String(10))
    """A value of `rules.SearchKey`."""
    found: Mapped[int]


@append_only
class FileOpening(Model):
    """For what a member of staff may read a taxpayer's file, until when: a matter or a stated reason."""

    __tablename__ = "file_openings"
    __table_args__ = (
        Index("ix_file_openings_of", "taxpayer_id", "account_id", "until"),
        Index("ix_file_openings_at", "at"),
        CheckConstraint("released_by <> account_id", name="two_people"),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    account_id: Mapped[UUID] = mapped_column(Key, ForeignKey("accounts.id"))
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    reason: Mapped[str] = mapped_column(String(20))
    """A key of `rules.REASONS`."""
    purpose: Mapped[str] = mapped_column(String(150))
    """What the taxpayer reads: the number of the matter, or the reason with its words."""
    matter_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("matters.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime] = mapped_column(Instant)
    released_by: Mapped[UUID | None] = mapped_column(Key, ForeignKey("accounts.id"))
    """Of a guarded file: the colleague who let this person in."""
    released_name: Mapped[str] = mapped_column(String(100), default="")
    """Their name at that time; the taxpayer reads it."""
    place: Mapped[dict[str, Any]] = mapped_column(Json)
    """The desk where it was opened and its hall, as the trail says them; empty away from a desk."""


@append_only
class FileRefusal(Model):
    """That somebody asked for a file without a purpose that holds, and was shown nothing."""

    __tablename__ = "file_refusals"
    __table_args__ = (Index("ix_file_refusals_of", "taxpayer_id", "at"), Index("ix_file_refusals_at", "at"))

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    account_id: Mapped[UUID] = mapped_column(Key, ForeignKey("accounts.id"))
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    at: Mapped[datetime] = mapped_column(Instant)
