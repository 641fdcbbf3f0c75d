"""Issuing: the record becomes paper, the paper is signed, checked and kept; only then does it exist.

Runs as background work, at least once: what an interrupted try has already kept is used again, so one record
never has two files.
"""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.services import record as note
from portal.certificates import queries
from portal.certificates.models import Certificate, CertificateFile
from portal.certificates.rules import code, paper
from portal.certificates.rules.record import TEMPLATES, Kind, Record
from portal.certificates.rules.state import State
from portal.certificates.services.records import opened
from portal.certificates.services.standing import stand
from portal.core import clock
from portal.core.crypto import digest
from portal.core.db import Database
from portal.core.wording import N_
from portal.gateways import Gateways
from portal.gateways.printing import CannotPrint, Fault, Sheet
from portal.gateways.signing.inspection import Finding
from portal.gateways.signing.trust import Trust
from portal.notices.services import tell
from portal.settings import Settings

WHY_REFERRED = {
    Fault.GLYPH: N_("证明中有字库暂缺的字"),
    Fault.LENGTH: N_("明细超过一份证明可列的页数"),
    Fault.LAYOUT: N_("系统未能完成排版"),
    Fault.TIME: N_("系统未能完成排版"),
}
READY = {Kind.TAX_PAYMENT: "certificate-ready", Kind.CLEARANCE: "clearance-ready"}
REFERRED = {Kind.TAX_PAYMENT: "certificate-referred", Kind.CLEARANCE: "clearance-referred"}
"""What the holder is told."""


class NotSound(Exception):
    """Our own check refused our own file: nothing is issued, and somebody has to look."""


def issue(database: Database, gateways: Gateways, settings: Settings, payload: dict[str, Any]) -> None:
    """Issue the certificate that `payload` names, unless that is done; refer it to the counter if it cannot.

    Raises `NotSound`, and whatever signing and storage raise; the job is then tried again.
    """
    with database.reading() as session:
        certificate = queries.certificate(session, UUID(payload["certificate"]))
        if certificate is None or certificate.standing.state != State.REQUESTED:
            return
        record = opened(certificate, settings.keyring)
    try:
        signed = gateways.storage.find(record.content_key()) or _signed_paper(gateways, record)
    except CannotPrint as failure:
        _refer(database, certificate, failure)
        return
    inspection = gateways.inspection.inspect(signed, Trust.load(settings.trust).root)
    if inspection.finding is not Finding.VALID:
        raise NotSound(f"{record.number}: {inspection.finding}")
    gateways.storage.put(record.content_key(), signed)
    _register(database, certificate, record, signed)


def sheet_of(record: Record, message: bytes, payload: bytes) -> Sheet:
    """What is printed for a record whose code was signed as `message` over `payload`."""
    return Sheet(
        template=TEMPLATES[record.facts.kind],
        fields=paper.fields(record, complete_code=code.read(payload).complete),
        made_at=record.issued_at,
        identifier=bytes.fromhex(record.content_key()[:32]),
        symbols={"qr": code.as_text(message)},
    )


def _signed_paper(gateways: Gateways, record: Record) -> bytes:
    payload = code.payload(record)
    printed = gateways.printing.print(sheet_of(record, gateways.signing.sign_code(payload), payload))
    return gateways.signing.sign_document(printed.pdf)


def _register(database: Database, certificate: Certificate, record: Record, signed: bytes) -> None:
    """The bytes are kept: make them known, once."""
    at = clock.now()
    with database.transaction() as session:
        issued = _still_asked_for(session, certificate)
        if issued is None:
            return
        file = CertificateFile(
            certificate_id=issued.id,
            taxpayer_id=issued.taxpayer_id,
            content_key=record.content_key(),
            sha256=digest(signed),
            size=len(signed),
            issued_at=at,
        )
        session.add(file)
        stand(session, issued, State.ISSUED, at=at)
        facts = {"number": issued.number}
        note(session, None, "certificate-issued", at=at, taxpayer_id=issued.taxpayer_id, facts=facts)
        tell(session, issued.taxpayer_id, READY[record.facts.kind], facts, at=at)


def _refer(database: Database, certificate: Certificate, failure: CannotPrint) -> None:
    """Nothing was made; the request goes on at the counter, with the reason and, for staff, the detail."""
    at = clock.now()
    why = WHY_REFERRED[failure.fault]
    with database.transaction() as session:
        referred = _still_asked_for(session, certificate)
        if referred is None:
            return
        stand(session, referred, State.REFERRED, at=at, why=why)
        facts = {"number": referred.number, "why": why}
        tell(session, referred.taxpayer_id, REFERRED[Kind(referred.kind)], facts, at=at)


def _still_asked_for(session: Session, certificate: Certificate) -> Certificate | None:
    """The certificate with its standing locked, unless it was issued, referred or has lapsed meanwhile."""
    found = queries.certificate(session, certificate.id)
    if found is None:
        return None
    session.refresh(found.standing, with_for_update=True)
    return found if found.standing.state == State.REQUESTED else None
