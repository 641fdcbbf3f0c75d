"""Records as they are kept, and ledger entries as the lines of one."""

import json
from collections.abc import Sequence
from uuid import UUID

from portal.billing.queries.treasury import Entry
from portal.certificates.models import Certificate
from portal.certificates.rules import lines
from portal.certificates.rules.record import Issuer, Line, Record, Wording
from portal.core.crypto import Keyring
from portal.core.language import language
from portal.settings import Settings

RECORD = "certificates.record"
"""The place to which a sealed record is bound."""


def issuer_of(settings: Settings) -> Issuer:
    """The office that certifies here."""
    office = settings.office
    return Issuer(
        office=Wording(office.name_zh, office.name_en),
        area=office.area,
        check_address=f"{settings.base_url}/verify",
        worthless=not settings.production,
    )


def sealed(record: Record, keys: Keyring, certificate_id: UUID) -> bytes:
    """A record as its row keeps it: it names the taxpayer and their identity number."""
    return keys.seal(json.dumps(record.to_json(), ensure_ascii=False), RECORD, certificate_id)


def opened(certificate: Certificate, keys: Keyring) -> Record:
    """The record of a certificate in the clear."""
    return Record.from_json(json.loads(keys.open(certificate.record_sealed, RECORD, certificate.id)))


def lines_of(entries: Sequence[Entry]) -> tuple[Line, ...]:
    """Ledger entries as lines of a certificate."""
    return tuple(
        lines.line(
            entry.voucher,
            entry.bill.levy,
            entry.bill.period,
            entry.effective_on,
            entry.amount,
            surcharge=entry.surcharge,
            english=language("en").say,
        )
        for entry in entries
    )
