"""Asking for a certificate: posted ledger entries become facts, facts become one certificate."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.billing.queries.treasury import entries_about
from portal.certificates import queries
from portal.certificates.models import Certificate
from portal.certificates.rules import lines
from portal.certificates.rules.record import EDITION, Facts, Issuer, Kind, sound
from portal.certificates.services.making import make, payer
from portal.certificates.services.records import lines_of
from portal.certificates.services.standing import overtake
from portal.core.acting import Acting
from portal.core.clock import day_of
from portal.core.crypto import Keyring
from portal.core.language import language
from portal.core.wording import N_
from portal.taxpayers.models import Taxpayer

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
            payer=payer(session, taxpayer, keys, day_of(at)),
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
    return make(session, keys, issuer, acting, facts, sorted(paid), at=at)
