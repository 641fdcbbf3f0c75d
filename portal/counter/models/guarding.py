"""Files that two have to open: who wanted that and who agreed, and who was let in by whom."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Instant, Key, Model
from portal.core.keys import new_id


class GuardChange(Model):
    """That a supervisor wants a file opened by two only, or no longer, and what a second person said to it.

    How a file stands is what the latest change that was agreed to says.
    """

    __tablename__ = "guard_changes"
    __table_args__ = (
        CheckConstraint("decided_by <> asked_by", name="two_people"),
        CheckConstraint(
            "(decided_by IS NULL) = (decided_at IS NULL) AND (decided_by IS NULL) = (agreed IS NULL)",
            name="decided_whole",
        ),
        Index("ix_guard_changes_of", "taxpayer_id", "decided_at"),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    guarded: Mapped[bool]
    """What is wanted: True that two have to open the file, False that one may again."""
    why: Mapped[str] = mapped_column(String(100))
    asked_by: Mapped[UUID] = mapped_column(Key, ForeignKey("accounts.id"))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[UUID | None] = mapped_column(Key, ForeignKey("accounts.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    agreed: Mapped[bool | None]


class FileRelease(Model):
    """That somebody asked to open a guarded file for a purpose, and the colleague who let them in."""

    __tablename__ = "file_releases"
    __table_args__ = (
        CheckConstraint("released_by <> asked_by", name="two_people"),
        CheckConstraint("(released_by IS NULL) = (released_at IS NULL)", name="released_whole"),
        Index("ix_file_releases_of", "taxpayer_id", "asked_by", "until"),
        Index("ix_file_releases_until", "until"),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    reason: Mapped[str] = mapped_column(String(20))
    purpose: Mapped[str] = mapped_column(String(150))
    matter_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("matters.id"))
    asked_by: Mapped[UUID] = mapped_column(Key, ForeignKey("accounts.id"))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime] = mapped_column(Instant)
    """The instant from which nobody lets in any more on this request."""
    released_by: Mapped[UUID | None] = mapped_column(Key, ForeignKey("accounts.id"))
    released_at: Mapped[datetime | None] = mapped_column(Instant)
