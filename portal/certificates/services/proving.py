"""Proving the certificates: rows, bytes, matters and the ledger behind each, read afresh."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy.orm import Session

from portal.billing.queries.treasury import entries_about
from portal.certificates import queries
from portal.certificates.models import Certificate
from portal.certificates.rules.record import Kind, Record
from portal.certificates.rules.state import HAVE_BYTES
from portal.certificates.services.records import lines_of, opened
from portal.certificates.services.standing import MATTERS, matter_state
from portal.core.crypto import Keyring
from portal.core.keys import number_is_sound
from portal.gateways.storage import Damaged, Storage
from portal.matters.queries import matter_about


def verify_certificates(session: Session, keys: Keyring, storage: Storage) -> list[str]:
    """Every certificate that is not wholly there, in words for the operator; empty when all are.

    Whole is: its record says what its row says, the ledger still holds every payment it lists, its matter
    stands where it does, and it has bytes exactly if it was issued: those that were kept then.
    """
    return [
        f"certificate {one.number} {fault}"
        for one in queries.every_certificate(session)
        for fault in _faults(session, keys, storage, one)
    ]


def _faults(session: Session, keys: Keyring, storage: Storage, certificate: Certificate) -> Iterator[str]:
    record = opened(certificate, keys)
    yield from _row_differs(certificate, record)
    yield from _bytes_differ(storage, certificate, record)
    entries = entries_about(session, certificate.taxpayer_id, queries.payments_in(session, certificate))
    listed, booked = (
        Counter(line.money for line in lines) for lines in (record.facts.lines, lines_of(entries))
    )
    if listed - booked:
        yield "lists what the ledger does not hold"
    matter = matter_about(session, certificate.taxpayer_id, MATTERS[Kind(certificate.kind)], certificate.id)
    if matter is None or matter.state != matter_state(certificate.standing.state):
        yield f"is {certificate.standing.state}; its matter is {matter.state if matter else 'not there'}"


def _row_differs(certificate: Certificate, record: Record) -> Iterator[str]:
    """Number and total are kept twice: open for looking up, sealed as they stand on paper."""
    if not number_is_sound(certificate.number) or certificate.number != record.number:
        yield f"is {record.number} on paper"
    if (certificate.total, certificate.lines) != (record.facts.amount, len(record.facts.lines)):
        yield f"says {certificate.total}; its lines come to {record.facts.amount}"


def _bytes_differ(storage: Storage, certificate: Certificate, record: Record) -> Iterator[str]:
    file = certificate.file
    if (file is not None) != (certificate.standing.state in HAVE_BYTES):
        yield f"is {certificate.standing.state} {'with' if file else 'without'} a file"
    if file is None:
        return
    if file.content_key != record.content_key():
        yield "keeps the file of another record"
    try:
        if len(storage.get(file.content_key, file.sha256)) != file.size:
            yield "keeps a file of another size"
    except Damaged as damage:
        yield f"has no sound file: {damage}"
