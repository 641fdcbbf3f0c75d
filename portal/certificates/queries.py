"""Named reads of certificates; a taxpayer finds only their own."""

import hashlib
from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from portal.certificates.models import Certificate, CertificateFile, CertificatePayment, CertificateStanding
from portal.certificates.rules.state import CURRENT, State

PAGE = 20


def certificates_of(
    session: Session, taxpayer_id: UUID, *, before: UUID | None = None
) -> Sequence[Certificate]:
    """A taxpayer's certificates with how they stand, newest first, `PAGE` and one more."""
    query = select(Certificate).where(Certificate.taxpayer_id == taxpayer_id)
    if before is not None:
        query = query.where(Certificate.id < before)
    whole = query.options(joinedload(Certificate.standing)).order_by(Certificate.id.desc())
    return session.scalars(whole.limit(PAGE + 1)).all()


def own_certificate(session: Session, taxpayer_id: UUID, certificate_id: UUID) -> Certificate | None:
    """One of the taxpayer's own certificates with its standing and file, or None."""
    query = _whole().where(Certificate.taxpayer_id == taxpayer_id, Certificate.id == certificate_id)
    return session.scalars(query).one_or_none()


def certificate(session: Session, certificate_id: UUID) -> Certificate | None:
    """Any certificate, for background work."""
    return session.scalars(_whole().where(Certificate.id == certificate_id)).one_or_none()


def every_certificate(session: Session) -> Iterator[Certificate]:
    """All certificates of everyone, for the operator's checks."""
    rows = _whole().order_by(Certificate.id).execution_options(yield_per=500)
    return iter(session.scalars(rows))


def by_number(session: Session, number: str) -> Certificate | None:
    """The certificate with this number, for a check."""
    return session.scalars(_whole().where(Certificate.number == number)).one_or_none()


def by_file(session: Session, content: bytes) -> Certificate | None:
    """The certificate of which these are the very bytes."""
    digest = hashlib.sha256(content).hexdigest()
    query = _whole().join(CertificateFile, CertificateFile.certificate_id == Certificate.id)
    return session.scalars(query.where(CertificateFile.sha256 == digest)).one_or_none()


def current_with(session: Session, taxpayer_id: UUID, facts_digest: str) -> Certificate | None:
    """The current certificate of exactly these facts, or None."""
    standing = CertificateStanding
    query = (
        _whole()
        .join(standing, standing.certificate_id == Certificate.id)
        .where(
            standing.taxpayer_id == taxpayer_id,
            standing.facts_digest == facts_digest,
            standing.state.in_(CURRENT),
        )
    )
    return session.scalars(query).one_or_none()


def current_of_kind(session: Session, taxpayer_id: UUID, kind: str) -> Sequence[Certificate]:
    """The taxpayer's certificates of a kind that no other has overtaken and nobody has withdrawn."""
    standing = CertificateStanding
    query = (
        _whole()
        .join(standing, standing.certificate_id == Certificate.id)
        .where(Certificate.taxpayer_id == taxpayer_id, Certificate.kind == kind, standing.state.in_(CURRENT))
    )
    return session.scalars(query).all()


def issued_about(session: Session, taxpayer_id: UUID, journal_ids: Sequence[UUID]) -> Sequence[Certificate]:
    """The taxpayer's issued certificates that list any of these payments."""
    listed = select(CertificatePayment.certificate_id).where(
        CertificatePayment.taxpayer_id == taxpayer_id, CertificatePayment.journal_id.in_(journal_ids)
    )
    standing = CertificateStanding
    query = (
        _whole()
        .join(standing, standing.certificate_id == Certificate.id)
        .where(standing.state == State.ISSUED, Certificate.id.in_(listed))
    )
    return session.scalars(query).all()


def payments_in(session: Session, certificate: Certificate) -> Sequence[UUID]:
    """The payments that a certificate lists, as journals of the ledger."""
    query = select(CertificatePayment.journal_id).where(
        CertificatePayment.taxpayer_id == certificate.taxpayer_id,
        CertificatePayment.certificate_id == certificate.id,
    )
    return session.scalars(query).all()


def withdrawn(session: Session) -> Sequence[tuple[str, CertificateStanding]]:
    """Number and standing of every withdrawn certificate, for the published list."""
    standing = CertificateStanding
    query = (
        select(Certificate.number, standing)
        .join(standing, standing.certificate_id == Certificate.id)
        .where(standing.state == State.WITHDRAWN)
        .order_by(Certificate.number)
    )
    return [(number, found) for number, found in session.execute(query)]


def code_digest(number: str, code: str) -> str:
    """What is kept of a verification code: bound to its number, and no use without it."""
    return hashlib.sha256(f"{number}|{code}".encode()).hexdigest()


def _whole() -> Select[Certificate]:
    return select(Certificate).options(joinedload(Certificate.standing), joinedload(Certificate.file))
