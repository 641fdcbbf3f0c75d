"""The 清税证明: made in the transaction that clears a firm, overtaken when it is taken up again."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.certificates import queries
from portal.certificates.models import Certificate
from portal.certificates.rules import lines
from portal.certificates.rules.record import EDITION, Clearance, Facts, Issuer, Kind, Promise, Wording
from portal.certificates.rules.state import State
from portal.certificates.services.making import make, payer
from portal.certificates.services.standing import stand
from portal.core.acting import Acting
from portal.core.clock import day_of
from portal.core.crypto import Keyring
from portal.core.language import language
from portal.core.wording import N_, Phrase
from portal.taxpayers.models import Taxpayer

REMARK = N_("供向市场主体登记机关申请注销登记使用")
REOPENED = N_("清税事项已重新办理")


@dataclass(frozen=True, slots=True)
class ClearanceFacts:
    """What was decided. `matter` is the number of the clearance matter; phrases stand in the catalogue."""

    taxpayer_id: UUID
    matter: str
    reason: Phrase
    route: Phrase
    cleared_on: date
    promises: tuple[tuple[Phrase, date], ...] = ()
    """By the promise route: what is promised, and its last day."""
    speech: str = "zh"
    """The first language of the paper, which carries both."""


def certify_clearance(
    session: Session,
    keys: Keyring,
    issuer: Issuer,
    acting: Acting | None,
    facts: ClearanceFacts,
    *,
    at: datetime,
) -> Certificate:
    """The certificate of this clearance, made now or made before; a job prints and signs it.

    Asks no other system, so it stands or falls with the caller's transaction. `acting` is None when the
    system clears. Whoever calls has made sure that the firm is cleared.
    """
    certified = _certified(session, keys, issuer, facts, day_of(at))
    known = queries.current_with(session, facts.taxpayer_id, certified.digest())
    return known or make(session, keys, issuer, acting, certified, at=at)


def supersede_clearance(session: Session, taxpayer_id: UUID, at: datetime) -> None:
    """The firm's clearance is taken up again: its paper is overtaken, and one not yet printed never will be.

    Doing it again changes nothing. A check online says so at once; one offline keeps saying what was true
    on its day, unless the office withdraws the paper too.
    """
    for certificate in queries.current_of_kind(session, taxpayer_id, Kind.CLEARANCE):
        session.refresh(certificate.standing, with_for_update=True)
        printed = certificate.standing.state == State.ISSUED
        stand(session, certificate, State.SUPERSEDED if printed else State.LAPSED, at=at, why=REOPENED)


def _certified(session: Session, keys: Keyring, issuer: Issuer, facts: ClearanceFacts, on: date) -> Facts:
    return Facts(
        kind=Kind.CLEARANCE,
        edition=EDITION,
        language=facts.speech,
        office=issuer.office,
        area=issuer.area,
        payer=payer(session, session.get_one(Taxpayer, facts.taxpayer_id), keys, on),
        lines=(),
        remark=_both(REMARK),
        worthless=issuer.worthless,
        clearance=Clearance(
            matter=facts.matter,
            reason=_both(facts.reason),
            route=_both(facts.route),
            cleared_on=facts.cleared_on,
            promises=tuple(Promise(_both(what), by) for what, by in facts.promises),
        ),
    )


def _both(phrase: Phrase) -> Wording:
    return lines.both(phrase, language("en").say)
