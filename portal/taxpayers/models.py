"""Taxpayers and what has been true of them from which day."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Instant, Json, Key, Model, append_only
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


class Firm(Model):
    """What the market register says of a firm now, and how it stands with the tax office.

    The row follows the register: `register_seq` is the number of the change it shows, and only a later change
    is ever written over it. The representative is kept as the blind index of the identity number, by which a
    person is recognised, and the number itself sealed.
    """

    __tablename__ = "firms"
    __table_args__ = (
        Index("ix_firms_representative", "representative_index"),
        Index("ix_firms_parent", "parent_code"),
    )

    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(18), unique=True)
    """The unified social credit code (GB 32100-2015); public."""
    licence: Mapped[str] = mapped_column(String(20), default="active")
    """active, revoked (吊销), annulled (撤销) or cancelled (注销): the market register's word."""
    representative_name: Mapped[str] = mapped_column(String(100))
    representative_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    representative_index: Mapped[str] = mapped_column(String(64))
    parent_code: Mapped[str | None] = mapped_column(String(18))
    """Of a branch: the credit code of the firm it belongs to."""
    vat_payer: Mapped[str] = mapped_column(String(20), default="small-scale")
    """small-scale or general."""
    agent: Mapped[bool] = mapped_column(default=False)
    """Whether it is registered to act for others in tax matters (涉税专业服务机构)."""
    established_on: Mapped[date]
    register_seq: Mapped[int] = mapped_column(BigInteger)
    changed_on: Mapped[date]
    """The day from which the record that `register_seq` shows is in force."""
    tax_status: Mapped[str] = mapped_column(String(20), default="normal")
    """normal, abnormal (非正常户), clearing or cleared: how the firm stands with the tax office."""
    tax_status_since: Mapped[date]
    tax_status_cause: Mapped[str] = mapped_column(String(200), default="")


class TaxRegistration(Model):
    """That a firm is registered for a tax, by which period it files, and from which day to which."""

    __tablename__ = "tax_registrations"
    __table_args__ = (UniqueConstraint("taxpayer_id", "tax", "from_on"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    tax: Mapped[str] = mapped_column(String(40))
    """A code of `portal.taxes.duties`."""
    period_kind: Mapped[str] = mapped_column(String(10))
    from_on: Mapped[date]
    to_on: Mapped[date | None]


@append_only
class RegisterEvent(Model):
    """One change as the market register sent it, sealed; a number is kept once however often it comes."""

    __tablename__ = "register_events"
    __table_args__ = (Index("ix_register_events_of", "subject_index"),)

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    subject_index: Mapped[str] = mapped_column(String(64))
    """Blind index of the credit code the change is about; `unread` or `skipped` for what has none."""
    kind: Mapped[str] = mapped_column(String(10))
    """firm (the whole record), fact (something another office knows of the firm), unread (kept until somebody
    can read it) or skipped (a number nobody waits for any longer; the body says why)."""
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(Instant)


class RegisterCursor(Model):
    """How far a feed has been followed: every number up to `seq` has arrived."""

    __tablename__ = "register_cursors"

    feed: Mapped[str] = mapped_column(String(20), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)


class FirmFact(Model):
    """Something another office or system knows of a firm that stands between it and closing, until it ends.

    Of a person there is one kind, which the portal writes: that a firm they answered for broke a promise.

    One row per firm, kind and reference, following the register's feed by `seq`.
    """

    __tablename__ = "firm_facts"
    __table_args__ = (UniqueConstraint("taxpayer_id", "kind", "reference"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    kind: Mapped[str] = mapped_column(String(40))
    """Such as unused-invoices, tax-control-device, inspection, credit-grade, social-insurance."""
    reference: Mapped[str] = mapped_column(String(60))
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    source: Mapped[str] = mapped_column(String(40))
    secret: Mapped[bool] = mapped_column(default=False)
    """Not to be told to the firm, as an inspection before its notice."""
    since: Mapped[date]
    until: Mapped[date | None]
    seq: Mapped[int] = mapped_column(BigInteger)
