"""应征: what a taxpayer has been told to pay."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Instant, Key, Model, Yuan, append_only
from portal.core.keys import new_id


@append_only
class Bill(Model):
    """An assessed amount of one levy for one period. What is still unpaid of it stands in the ledger."""

    __tablename__ = "bills"
    __table_args__ = (
        Index("ix_bills_taxpayer_due", "taxpayer_id", "due_on"),
        UniqueConstraint("source_kind", "source_id", "levy"),
        CheckConstraint("amount > 0", name="amount_positive"),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    tax: Mapped[str] = mapped_column(String(40))
    """What it was assessed as, as the worksheets name it: iit-annual, vat-small-scale."""
    levy: Mapped[str] = mapped_column(String(40))
    """The tax or fee itself, as the sheet divides its result: vat, umct; else the same as `tax`."""
    period: Mapped[str] = mapped_column(String(20))
    """税款所属期: 2025, 2025-Q3 or 2025-07."""
    title: Mapped[str] = mapped_column(String(120))
    """Chinese source text; pages translate it."""
    amount: Mapped[Decimal] = mapped_column(Yuan)
    """As first assessed; later reductions stand in the ledger."""
    due_on: Mapped[date]
    source_kind: Mapped[str] = mapped_column(String(30))
    source_id: Mapped[UUID] = mapped_column(Key)
    raised_at: Mapped[datetime] = mapped_column(Instant)
