"""Asking for a certificate: posted ledger entries become facts, facts become one certificate."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.audit.services import record as note
from portal.billing.queries.treasury import entries_about
from portal.certificates import queries
from portal.certificates.models import Certificate, CertificatePayment, CertificateStanding
from portal.certificates.rules import lines
from portal.certificates.rules.record import (
    EDITION,
    Facts,
    Issuer,
    Kind,
    Payer,
    Record,
    Wording,
    number,
    sound,
)
from portal.certificates.rules.state import State
from portal.certificates.services.records import lines_of, sealed
from portal.certificates.services.standing import overtake
from portal.core.acting import Acting
from portal.core.clock import day_of
from portal.core.crypto import Keyring
from portal.core.jobs import enqueue
from portal.core.keys import new_id, readable_code
from portal.core.language import language
from portal.core.wording import N_
from portal.matters.services import open_matter
from portal.taxpayers.models import Taxpayer
from portal.taxpayers.queries import name_on, number_of
from portal.taxpayers.rules import NUMBER_NAMES, FirmNumber

CODE_LENGTH = 12
SERIAL_LENGTH = 8
REMARK = N_("经网上自助办税开具")


def request_certificate(
    session: Session,
    keys: Keyring,
    issuer: Issuer,
    acting: Acting,
    journal_ids: Sequence[UUID],
    speech: str,
    *,
    at: datetime,
) -> Certificate:
    """The certificate of these payments in the language `speech`, made now or made before.

    Equal facts have one certificate; one that other entries have overtaken becomes superseded. Raises
    `Refusal` when nothing was chosen, too much, or more was given back than paid.
    """
    entries = entries_about(session, acting.taxpayer_id, journal_ids)
    taxpayer = session.get_one(Taxpayer, acting.taxpayer_id)
    facts = sound(
        Facts(
            kind=Kind.TAX_PAYMENT,
            edition=EDITION,
            language=speech,
            office=issuer.office,
            area=issuer.area,
            payer=_payer(session, taxpayer, keys, day_of(at)),
            lines=lines_of(entries),
            remark=lines.both(REMARK, language("en").say),
            worthless=issuer.worthless,
        )
    )
    overtake(session, keys, acting.taxpayer_id, journal_ids, at=at)
    known = queries.current_with(session, acting.taxpayer_id, facts.digest())
    if known is not None:
        return known
    paid = {entry.journal_id for entry in entries if entry.journal_id in set(journal_ids)}
    return _make(session, keys, issuer, acting, facts, sorted(paid), at)


def _payer(session: Session, taxpayer: Taxpayer, keys: Keyring, on: date) -> Payer:
    """The payer under the name they bear on the day of the paper, even where a later one is known already."""
    identity = number_of(taxpayer, keys)
    kind = lines.both(NUMBER_NAMES[identity.kind], language("en").say)
    is_code = isinstance(identity.kind, FirmNumber)
    label = kind if is_code else Wording(f"{kind.zh}号码", f"{kind.en} number")
    return Payer(str(taxpayer.id), name_on(session, taxpayer, on, keys), label, identity.as_registered)


def _make(
    session: Session,
    keys: Keyring,
    issuer: Issuer,
    acting: Acting,
    facts: Facts,
    journal_ids: Sequence[UUID],
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
    matter = open_matter(session, acting, "certificate", made.taxpayer_id, made.id, at=at, about=made.number)
    facts_noted = {"number": made.number}
    note(session, acting, "certificate-requested", at=at, matter_id=matter.id, facts=facts_noted)
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
