"""Reconciliation: what the gateway says it received against what the ledger says."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Instant, Key, Model, Yuan, append_only
from portal.core.keys import new_id


@append_only
class ReconciliationRun(Model):
    """One comparison over a stretch of time; the next begins before the last one's end."""

    __tablename__ = "reconciliation_runs"
    __table_args__ = (Index("ix_reconciliation_runs_until", "until"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    since: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime] = mapped_column(Instant)
    seen: Mapped[int]
    """Payments the gateway listed."""
    settled: Mapped[int]
    """Of these, the ones that only this run booked."""
    total_there: Mapped[Decimal] = mapped_column(Yuan)
    total_here: Mapped[Decimal] = mapped_column(Yuan)


class ReconciliationBreak(Model):
    """A difference for a person to resolve; found again, it stays one."""

    __tablename__ = "reconciliation_breaks"
    __table_args__ = (
        UniqueConstraint("kind", "gateway_ref"),
        Index("ix_reconciliation_breaks_open", "resolved_at", "found_at"),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("taxpayers.id"))
    kind: Mapped[str] = mapped_column(String(20))
    gateway_ref: Mapped[str] = mapped_column(String(255))
    order_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("payment_orders.id"))
    difference: Mapped[Decimal] = mapped_column(Yuan)
    note: Mapped[str] = mapped_column(String(200))
    found_at: Mapped[datetime] = mapped_column(Instant)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    resolved_by: Mapped[UUID | None] = mapped_column(Key)
    """None where it is gone by itself: the two sides agree now."""
    resolution: Mapped[str] = mapped_column(String(200), default="")
    """How the person explained it."""
