"""Reported income, the deliveries it came in, and the rows that could not be taken."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Instant, Key, Model, Yuan, append_only
from portal.core.keys import new_id


class Delivery(Model):
    """One file as it came in, and what became of its rows."""

    __tablename__ = "income_deliveries"

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    source: Mapped[str] = mapped_column(String(200))
    received_at: Mapped[datetime] = mapped_column(Instant)
    loaded: Mapped[int] = mapped_column(default=0)
    known: Mapped[int] = mapped_column(default=0)
    quarantined: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


@append_only
class IncomeLine(Model):
    """What one payer reported for one person, month and kind of income; amounts in yuan.

    (`payer_code`, `period`, `source_line`) names the line of the payer's own report, so the same report read
    twice adds nothing. A correction is a new line that names the one it corrects; the earlier one no longer
    counts and stays visible.
    """

    __tablename__ = "income_lines"
    __table_args__ = (
        Index("ix_income_lines_year", "taxpayer_id", "year", "month"),
        UniqueConstraint("payer_code", "year", "month", "source_line"),
        CheckConstraint("month BETWEEN 1 AND 12", name="month"),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    year: Mapped[int]
    month: Mapped[int]
    item: Mapped[str] = mapped_column(String(10))
    payer_code: Mapped[str] = mapped_column(String(18))
    payer_name: Mapped[str] = mapped_column(String(100))
    income: Mapped[Decimal] = mapped_column(Yuan)
    pension: Mapped[Decimal] = mapped_column(Yuan)
    medical: Mapped[Decimal] = mapped_column(Yuan)
    unemployment: Mapped[Decimal] = mapped_column(Yuan)
    housing_fund: Mapped[Decimal] = mapped_column(Yuan)
    additional: Mapped[Decimal] = mapped_column(Yuan)
    other: Mapped[Decimal] = mapped_column(Yuan)
    tax_withheld: Mapped[Decimal] = mapped_column(Yuan)
    source_line: Mapped[str] = mapped_column(String(40))
    corrects_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("income_lines.id"), unique=True)
    delivery_id: Mapped[UUID] = mapped_column(Key, ForeignKey("income_deliveries.id"))
    received_at: Mapped[datetime] = mapped_column(Instant)


class QuarantinedRow(Model):
    """A row that could not be taken: its line, the wrong field, why. The row is sealed: it names people.

    `row_index` is a keyed digest of the row as it was written (see `core/crypto.py`), so that a file read
    again sets nothing aside twice.
    """

    __tablename__ = "income_quarantine"
    __table_args__ = (UniqueConstraint("delivery_id", "line"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    delivery_id: Mapped[UUID] = mapped_column(Key, ForeignKey("income_deliveries.id"))
    line: Mapped[int]
    field: Mapped[str] = mapped_column(String(40))
    why: Mapped[str] = mapped_column(String(60))
    row_sealed: Mapped[bytes]
    row_index: Mapped[str] = mapped_column(String(64), unique=True)
