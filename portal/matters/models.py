"""Matters and their events."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Instant, Json, Key, Model, Yuan, append_only
from portal.core.keys import new_id


class Matter(Model):
    """One thing a taxpayer asked for. Its subject is a filed return, a refund, a certificate."""

    __tablename__ = "matters"
    __table_args__ = (
        Index("ix_matters_of", "taxpayer_id", "opened_at"),
        Index("ix_matters_open", "kind", "closed_at", "due_on"),
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
    owner_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("accounts.id"))
    """The account of whoever works on it now; `owner` is their name."""
    round: Mapped[int] = mapped_column(default=1)
    """Counts up when the steps of the office begin again."""
    amount: Mapped[Decimal | None] = mapped_column(Yuan)
    """What is asked for, of a matter about money; falls when part of it is used for something else."""
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


@append_only
class MatterStep(Model):
    """What the office wrote down about a matter: a step with its finding and evidence, a return, a note.

    Nothing is changed: a step sent back is done again in the next round. `done` names the step where this row
    has a finding, so that a round has one; `apart` names the group of steps that need different people, so
    that one person cannot be in it twice: the database refuses both.
    """

    __tablename__ = "matter_steps"
    __table_args__ = (
        UniqueConstraint("taxpayer_id", "matter_id", "n"),
        UniqueConstraint("matter_id", "round", "done"),
        UniqueConstraint("matter_id", "round", "apart", "by_person_id"),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    matter_id: Mapped[UUID] = mapped_column(Key, ForeignKey("matters.id"))
    n: Mapped[int]
    round: Mapped[int]
    step: Mapped[str | None] = mapped_column(String(40))
    finding: Mapped[str] = mapped_column(String(10))
    done: Mapped[str | None] = mapped_column(String(40))
    apart: Mapped[str | None] = mapped_column(String(40))
    evidence: Mapped[str] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    """Plain values the evidence rests on: amounts as text, keys of what was looked at."""
    at: Mapped[datetime] = mapped_column(Instant)
    by_account_id: Mapped[UUID] = mapped_column(Key, ForeignKey("accounts.id"))
    by_person_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    by_name: Mapped[str] = mapped_column(String(100))
    seconds: Mapped[int | None]
    """Of a step: the time since this person opened the file, or since their step before it if that was later.
    None of what is no step, and of one that was written down without the file being opened."""
