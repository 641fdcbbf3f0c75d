"""Taxpayers and what has been true of them from which day."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Instant, Key, Model, append_only
from portal.core.keys import new_id


class Taxpayer(Model):
    """Whoever owes or is owed tax. `name` is the present one; earlier names are in `TaxpayerDetail`.

    The identity number is sealed for this row; `number_index`, its blind index together with its kind, finds
    the row and keeps it unique.
    """

    __tablename__ = "taxpayers"

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(20), default="person")
    name: Mapped[str] = mapped_column(String(100))
    number_kind: Mapped[str] = mapped_column(String(30))
    number_country: Mapped[str | None] = mapped_column(String(3))
    number_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    number_index: Mapped[str] = mapped_column(String(64), unique=True)
    opened_at: Mapped[datetime] = mapped_column(Instant)


@append_only
class TaxpayerDetail(Model):
    """A dated fact about a taxpayer, sealed; the latest whose day has come is the one in force."""

    __tablename__ = "taxpayer_details"
    __table_args__ = (Index("ix_taxpayer_details_in_force", "taxpayer_id", "kind", "effective_from"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    kind: Mapped[str] = mapped_column(String(20))
    value_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    effective_from: Mapped[date]
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    source: Mapped[str] = mapped_column(String(20))
