"""Making a certificate of facts: number, code, sealed record, matter, and the job that prints it."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.audit.services import record as note
from portal.certificates import queries
from portal.certificates.models import Certificate, CertificatePayment, CertificateStanding
from portal.certificates.rules import lines
from portal.certificates.rules.record import Facts, Issuer, Kind, Payer, Record, Wording, number
from portal.certificates.rules.state import State
from portal.certificates.services.records import sealed
from portal.certificates.services.standing import MATTERS
from portal.core.acting import Acting
from portal.core.clock import day_of
from portal.core.crypto import Keyring
from portal.core.jobs import enqueue
from portal.core.keys import new_id, readable_code
from portal.core.language import language
from portal.matters.services import open_matter
from portal.taxpayers.models import Taxpayer
from portal.taxpayers.queries import name_on, number_of
from portal.taxpayers.rules import NUMBER_NAMES, FirmNumber

CODE_LENGTH = 12
SERIAL_LENGTH = 8
ASKED = {Kind.TAX_PAYMENT: "certificate-requested", Kind.CLEARANCE: "clearance-certified"}
"""What the trail calls it."""


def payer(session: Session, taxpayer: Taxpayer, keys: Keyring, on: date) -> Payer:
    """The payer under the name they bear on the day of the paper, even where a later one is known already."""
    identity = number_of(taxpayer, keys)
    kind = lines.both(NUMBER_NAMES[identity.kind], language("en").say)
    is_code = isinstance(identity.kind, FirmNumber)
    label = kind if is_code else Wording(f"{kind.zh}号码", f"{kind.en} number")
    return Payer(str(taxpayer.id), name_on(session, taxpayer, on, keys), label, identity.as_registered)


def make(
    session: Session,
    keys: Keyring,
    issuer: Issuer,
    acting: Acting | None,
    facts: Facts,
    journal_ids: Sequence[UUID] = (),
    *,
    at: datetime,
) -> Certificate:
    """A new certificate; or, if somebody asked for the same at the same moment, theirs."""
    made = _certificate(
        keys, Record(facts, _number(facts, at), readable_code(CODE_LENGTH), at, issuer.check_address)
    )
    standing = CertificateStanding(
        certificate_id=made.id,
        taxpayer_id=made.taxpayer_id,
        facts_digest=facts.digest(),
        state=State.REQUESTED,
        since=at,
    )
    try:
        with session.begin_nested():
            session.add(made)
            session.flush()
            session.add(standing)
            session.add_all(
                CertificatePayment(
                    taxpayer_id=made.taxpayer_id, certificate_id=made.id, journal_id=journal_id
                )
                for journal_id in journal_ids
            )
    except IntegrityError:
        theirs = queries.current_with(session, made.taxpayer_id, facts.digest())
        if theirs is None:
            raise
        return theirs
    whose, kind = made.taxpayer_id, MATTERS[facts.kind]
    matter = open_matter(session, acting, kind, whose, made.id, at=at, about=made.number)
    noted = {"number": made.number}
    note(session, acting, ASKED[facts.kind], at=at, taxpayer_id=whose, matter_id=matter.id, facts=noted)
    enqueue(
        session,
        "render-certificate",
        {"certificate": str(made.id)},
        run_at=at,
        dedupe=f"certificate:{made.id}",
    )
    return made


def _certificate(keys: Keyring, record: Record) -> Certificate:
    key = new_id()
    return Certificate(
        id=key,
        taxpayer_id=UUID(record.facts.payer.taxpayer_id),
        number=record.number,
        code_digest=queries.code_digest(record.number, record.code),
        kind=record.facts.kind,
        language=record.facts.language,
        total=record.facts.amount,
        lines=len(record.facts.lines),
        record_sealed=sealed(record, keys, key),
        requested_at=record.issued_at,
    )


def _number(facts: Facts, at: datetime) -> str:
    """A number that no certificate has: 40 random bits a year, and a unique column behind them."""
    while True:
        made = number(facts.kind, day_of(at).year, facts.area, readable_code(SERIAL_LENGTH))
        if made is not None:
            return made
