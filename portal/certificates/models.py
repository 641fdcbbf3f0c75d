"""Certificates: what was asked for and issued never changes; only how it stands does.

What happened to each is told by its matter.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Instant, Key, Model, Yuan, append_only
from portal.core.keys import new_id

CURRENT = text("state IN ('requested', 'issued', 'referred')")


@append_only
class Certificate(Model):
    """One issue of facts, from the moment it was asked for.

    `record_sealed` is the whole record, which names the taxpayer and their identity number. `code_digest` is
    the SHA-256 of number and verification code, so that a check need not open the record first.
    """

    __tablename__ = "certificates"
    __table_args__ = (Index("ix_certificates_of", "taxpayer_id", "id"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    number: Mapped[str] = mapped_column(String(40), unique=True)
    code_digest: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(5))
    total: Mapped[Decimal] = mapped_column(Yuan)
    lines: Mapped[int]
    record_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    requested_at: Mapped[datetime] = mapped_column(Instant)

    standing: Mapped["CertificateStanding"] = relationship(lazy="raise", viewonly=True)
    file: Mapped["CertificateFile | None"] = relationship(lazy="raise", viewonly=True)


class CertificateStanding(Model):
    """How a certificate stands now. Of equal facts only one certificate is current."""

    __tablename__ = "certificate_standings"
    __table_args__ = (
        Index(
            "uq_certificate_standings_current",
            "taxpayer_id",
            "facts_digest",
            unique=True,
            sqlite_where=CURRENT,
            postgresql_where=CURRENT,
        ),
    )

    certificate_id: Mapped[UUID] = mapped_column(Key, ForeignKey("certificates.id"), primary_key=True)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    facts_digest: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(20))
    since: Mapped[datetime] = mapped_column(Instant)
    why: Mapped[str] = mapped_column(String(300), default="")


@append_only
class CertificateFile(Model):
    """The issued bytes: kept under `content_key`, sent only while their digest is `sha256`."""

    __tablename__ = "certificate_files"
    __table_args__ = (CheckConstraint("size > 0", name="not_empty"),)

    certificate_id: Mapped[UUID] = mapped_column(Key, ForeignKey("certificates.id"), primary_key=True)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    content_key: Mapped[str] = mapped_column(String(64), unique=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    size: Mapped[int]
    issued_at: Mapped[datetime] = mapped_column(Instant)


@append_only
class CertificatePayment(Model):
    """A payment that a certificate lists; a later entry about it may overtake the certificate."""

    __tablename__ = "certificate_payments"
    __table_args__ = (UniqueConstraint("taxpayer_id", "certificate_id", "journal_id"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    certificate_id: Mapped[UUID] = mapped_column(Key, ForeignKey("certificates.id"))
    journal_id: Mapped[UUID] = mapped_column(Key, ForeignKey("ledger_journals.id"))
