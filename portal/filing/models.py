"""The tables of filing: drafts that change with every save, and filed returns that never change."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Instant, Json, Key, Model, Yuan, append_only
from portal.core.keys import new_id
from portal.taxes.periods import Period


class ReturnDraft(Model):
    """An open return. It exists from start to submission; there is one per taxpayer, sheet and period.

    `answers` holds the accepted entries (rules/answers.py), `provenance` the trace of each, `unfinished` by
    page or row the text that was typed and could not be accepted yet, `confirmed` the pages the taxpayer
    went through. `corrects` names the filed return that this draft would replace.
    """

    __tablename__ = "return_drafts"
    __table_args__ = (UniqueConstraint("taxpayer_id", "sheet", "period"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    sheet: Mapped[str] = mapped_column(String(40))
    period: Mapped[str] = mapped_column(String(10))
    """As `portal.taxes.periods` writes it: 2025, 2025Q3, 2025-07."""
    answers: Mapped[dict[str, Any]] = mapped_column(Json)
    provenance: Mapped[dict[str, Any]] = mapped_column(Json)
    unfinished: Mapped[dict[str, dict[str, str]]] = mapped_column(Json)
    confirmed: Mapped[list[str]] = mapped_column(Json)
    version: Mapped[int] = mapped_column(default=1)
    corrects: Mapped[UUID | None] = mapped_column(Key, ForeignKey("filed_returns.id"))
    started_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)

    @property
    def on(self) -> Period:
        """The period it is worked out for."""
        return Period.parse(self.period)


@append_only
class FiledReturn(Model):
    """A submitted return, as it was signed. A correction is a further row that names the one it replaces.

    `outcome` is what the settlement came to: positive is payable, negative is to be refunded, zero neither.
    `law` lists the dated entries of law that the computation used, `lines` every line with its value, and
    `digest` covers sheet, period, answers, law and lines.
    """

    __tablename__ = "filed_returns"
    __table_args__ = (Index("ix_filed_returns_period", "taxpayer_id", "sheet", "period"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    number: Mapped[str] = mapped_column(String(40), unique=True)
    draft_id: Mapped[UUID] = mapped_column(Key, unique=True)
    """The draft it was made from; the same draft submitted again is the same return."""
    replaces: Mapped[UUID | None] = mapped_column(Key, ForeignKey("filed_returns.id"), unique=True)
    sheet: Mapped[str] = mapped_column(String(40))
    period: Mapped[str] = mapped_column(String(10))
    """As `portal.taxes.periods` writes it: 2025, 2025Q3, 2025-07."""
    answers: Mapped[dict[str, Any]] = mapped_column(Json)
    provenance: Mapped[dict[str, Any]] = mapped_column(Json)
    law: Mapped[list[Any]] = mapped_column(Json)
    lines: Mapped[dict[str, Any]] = mapped_column(Json)
    outcome: Mapped[Decimal] = mapped_column(Yuan)
    digest: Mapped[str] = mapped_column(String(64))
    signed_by: Mapped[UUID] = mapped_column(Key)
    signer_name: Mapped[str] = mapped_column(String(100))
    assisted_by: Mapped[str] = mapped_column(String(100), default="")
    """The clerk whose hands filed it after the signer agreed; empty where the signer did it alone."""
    channel: Mapped[str] = mapped_column(String(10))
    submitted_at: Mapped[datetime] = mapped_column(Instant)

    @property
    def on(self) -> Period:
        """The period it is worked out for."""
        return Period.parse(self.period)


class Obligation(Model):
    """That a taxpayer must file a tax for a period by a day.

    Rows follow from what the taxpayer is registered for and the filing calendar, and are made as periods
    end; filing a return discharges one. One that no longer holds (deregistered for the tax before the period
    ended) is taken away only while nothing was filed for it.
    """

    __tablename__ = "obligations"
    __table_args__ = (
        UniqueConstraint("taxpayer_id", "tax", "period"),
        Index(
            "ix_obligations_open",
            "due_on",
            "taxpayer_id",
            sqlite_where=text("filed_on IS NULL"),
            postgresql_where=text("filed_on IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    tax: Mapped[str] = mapped_column(String(40))
    """A code of `portal.taxes.duties`."""
    period: Mapped[str] = mapped_column(String(10))
    """As `portal.taxes.periods` writes it: 2025, 2025Q3, 2025-07."""
    opens_on: Mapped[date]
    due_on: Mapped[date]
    due_basis: Mapped[str] = mapped_column(String(10))
    """published or computed: where the calendar has the day from."""
    filed_on: Mapped[date | None]
    return_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("filed_returns.id"))
