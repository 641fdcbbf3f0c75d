"""How certificates stand: overtaken by later entries, or withdrawn by the office."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.services import record as note
from portal.billing.queries.treasury import entries_about
from portal.certificates import queries
from portal.certificates.models import Certificate
from portal.certificates.rules.record import Kind
from portal.certificates.rules.state import State, become
from portal.certificates.services.records import lines_of, opened
from portal.core.clock import day_of
from portal.core.crypto import Keyring
from portal.core.db import Database
from portal.gateways import Gateways
from portal.matters import services as matters
from portal.matters.queries import matter_about

MATTERS = {Kind.TAX_PAYMENT: "certificate", Kind.CLEARANCE: "clearance-certificate"}
"""The kind of matter in which each kind of certificate comes about."""


def matter_state(state: str) -> str:
    """How the matter of a certificate stands when the certificate stands so."""
    return State.SUPERSEDED if state == State.LAPSED else state


def is_overtaken(session: Session, keys: Keyring, certificate: Certificate) -> bool:
    """Whether the ledger now tells the payments of a certificate otherwise than it does."""
    entries = entries_about(session, certificate.taxpayer_id, queries.payments_in(session, certificate))
    now = sorted(line.money for line in lines_of(entries))
    return now != sorted(line.money for line in opened(certificate, keys).facts.lines)


def overtake(
    session: Session, keys: Keyring, taxpayer_id: UUID, journal_ids: Sequence[UUID], *, at: datetime
) -> None:
    """Mark as superseded what the taxpayer holds about these payments and later entries have overtaken."""
    for certificate in queries.issued_about(session, taxpayer_id, journal_ids):
        if is_overtaken(session, keys, certificate):
            stand(session, certificate, State.SUPERSEDED, at=at)


def stand(session: Session, certificate: Certificate, to: State, *, at: datetime, why: str = "") -> None:
    """Move a certificate and its matter to a state. Raises `Refusal` where there is no such way."""
    standing = certificate.standing
    standing.state = become(State(standing.state), to)
    standing.since, standing.why = at, why
    matter = matter_about(session, certificate.taxpayer_id, MATTERS[Kind(certificate.kind)], certificate.id)
    assert matter is not None, "every certificate was asked for in a matter"
    matters.advance(session, matter, matter_state(to), by=None, at=at, note=why)


def withdraw(database: Database, gateways: Gateways, number: str, why: str, *, at: datetime) -> bool:
    """Withdraw a certificate and publish the list that says so. False if there is none with this number.

    Withdrawing twice is the same as once, so that a publication that failed can be repeated.
    """
    with database.transaction() as session:
        certificate = queries.by_number(session, number)
        if certificate is None:
            return False
        if certificate.standing.state != State.WITHDRAWN:
            stand(session, certificate, State.WITHDRAWN, at=at, why=why)
            note(
                session,
                None,
                "certificate-withdrawn",
                at=at,
                taxpayer_id=certificate.taxpayer_id,
                reason=why,
                facts={"number": number},
            )
    with database.reading() as session:
        days = {each: day_of(standing.since) for each, standing in queries.withdrawn(session)}
    gateways.signing.publish(days, at)
    return True
