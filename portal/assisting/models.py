"""Assistances: by whose consent a clerk works on whose pages. Assents: what binds the taxpayer, agreed to."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Instant, Json, Key, Model
from portal.core.keys import new_id

NOT_SEEN = text("began_at IS NOT NULL AND left_at IS NULL")
"""An assistance by which a clerk's session acts, or whose end the clerk has not been told of."""


class Assistance(Model):
    """One clerk's work on one taxpayer's pages: asked for, consented to or not, ended. Nothing is taken back.

    `account_id` is of the person present, who acts for the taxpayer by `mandate_id`, or is the taxpayer. What
    is done goes through `own_session_id`, a session of that account without a token: whatever ends the
    person's sessions ends this one too.
    """

    __tablename__ = "assistances"
    __table_args__ = (
        CheckConstraint("second_id <> clerk_id", name="two_people"),
        Index("ix_assistances_of_taxpayer", "taxpayer_id", "asked_at"),
        Index("ix_assistances_of", "account_id", "asked_at"),
        Index("ix_assistances_by", "clerk_id", "asked_at"),
        Index(
            "uq_assistances_of_session",
            "session_id",
            unique=True,
            sqlite_where=NOT_SEEN,
            postgresql_where=NOT_SEEN,
        ),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    account_id: Mapped[UUID] = mapped_column(Key, ForeignKey("accounts.id"))
    mandate_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("mandates.id"))
    clerk_id: Mapped[UUID] = mapped_column(Key, ForeignKey("accounts.id"))
    clerk_name: Mapped[str] = mapped_column(String(100))
    session_id: Mapped[UUID] = mapped_column(Key, ForeignKey("sessions.id"))
    """The clerk's."""
    own_session_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("sessions.id"))
    tie: Mapped[str] = mapped_column(String(10))
    """A value of `rules.Tie`."""
    tied_id: Mapped[UUID] = mapped_column(Key)
    number: Mapped[str] = mapped_column(String(30))
    """Of the ticket, booking or matter."""
    desk_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("desks.id"))
    confirmation_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("confirmations.id"))
    slip: Mapped[str | None] = mapped_column(String(30), unique=True)
    """The number on the paper that was signed."""
    second_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("accounts.id"))
    """Who saw it signed beside the clerk."""
    asked_at: Mapped[datetime] = mapped_column(Instant)
    ask_until: Mapped[datetime] = mapped_column(Instant)
    refused_at: Mapped[datetime | None] = mapped_column(Instant)
    agreed_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the taxpayer said yes; the clerk begins after it."""
    way: Mapped[str] = mapped_column(String(10), default="")
    """A value of `rules.Way`; empty until then."""
    began_at: Mapped[datetime | None] = mapped_column(Instant)
    until: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[str] = mapped_column(String(10), default="")
    left_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the clerk was told of the end."""
    kept_sealed: Mapped[str | None] = mapped_column(Text)
    """What the clerk had typed on a page when the end came, for them alone and for an hour."""


class Assent(Model):
    """One thing that binds the taxpayer, as they were told it: agreed to or not, done once."""

    __tablename__ = "assents"
    __table_args__ = (
        Index("ix_assents_of_taxpayer", "taxpayer_id", "asked_at"),
        Index("ix_assents_of", "assistance_id", "asked_at"),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    assistance_id: Mapped[UUID] = mapped_column(Key, ForeignKey("assistances.id"))
    words: Mapped[str] = mapped_column(String(200))
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    digest: Mapped[str] = mapped_column(String(64))
    confirmation_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("confirmations.id"))
    """The code on its way; None where the person has no phone registered."""
    asked_at: Mapped[datetime] = mapped_column(Instant)
    ask_until: Mapped[datetime] = mapped_column(Instant)
    refused_at: Mapped[datetime | None] = mapped_column(Instant)
    agreed_at: Mapped[datetime | None] = mapped_column(Instant)
    way: Mapped[str] = mapped_column(String(10), default="")
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    """When it was done, or tried: it is not done twice."""
