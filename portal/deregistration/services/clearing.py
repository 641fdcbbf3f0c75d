"""Clearing: the one place that makes a firm cleared, looking at every finding in the same transaction.

Everything that can put a finding in a firm's way holds the firm's row first, so that nothing slips in between
the look and the clearing: it is seen here, or it comes after and reopens what was cleared (`after`).
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.audit.services import record as note
from portal.certificates.rules.record import Issuer
from portal.certificates.services import ClearanceFacts, certify_clearance, issuer_of
from portal.core.acting import Acting
from portal.core.clock import day_of
from portal.core.crypto import Keyring
from portal.core.refusal import Refusal
from portal.core.wording import Phrase
from portal.deregistration import queries
from portal.deregistration.models import Clearance
from portal.deregistration.rules.clearance import (
    NOT_ITS_TURN,
    PROCEDURES,
    STILL_OPEN,
    WHYS,
    Route,
    Why,
    standing_between,
)
from portal.deregistration.services.checking import bring_up_to_date
from portal.deregistration.services.news import announce
from portal.matters.services import advance
from portal.notices.services import tell
from portal.risk.queries import findings
from portal.risk.rules import Audience
from portal.settings import Settings
from portal.taxpayers.models import Firm
from portal.taxpayers.queries import held_firm
from portal.taxpayers.rules.firms import TaxStatus

QUICK, GENERAL = "clearance", "clearance-review"
"""Kinds of matter: answered at once or by promise; reviewed by two of the office."""


@dataclass(frozen=True)
class Office:
    """Who certifies, and the keys that open and seal what certificates say."""

    keys: Keyring
    issuer: Issuer

    @classmethod
    def of(cls, settings: Settings) -> "Office":
        """The office of this installation."""
        return cls(settings.keyring, issuer_of(settings))


def clear(session: Session, office: Office, clearance: Clearance, *, by: Acting, at: datetime) -> None:
    """Clear a firm: status, certificate, news for the market register. Once.

    Raises `Refusal` while anything stands between that was not promised, whoever asks and by whatever route.
    """
    on = day_of(at)
    firm = held_firm(session, clearance.taxpayer_id)
    session.refresh(clearance)
    if firm is None or clearance.closed_at is not None:
        raise Refusal(NOT_ITS_TURN)
    bring_up_to_date(session, firm.taxpayer_id, on)
    promises = queries.promises_of(session, clearance)
    hits = findings(session, firm.taxpayer_id, on, Audience.STAFF)
    between = standing_between(hits, {promise.code for promise in promises})
    if between:
        raise Refusal(STILL_OPEN, count=len(between))
    matter = queries.matter_of(session, clearance)
    advance(session, matter, "cleared", by=by, at=at)
    clearance.closed_at, clearance.cleared_on, clearance.told_at = at, on, None
    firm.tax_status, firm.tax_status_since = TaxStatus.CLEARED, on
    firm.tax_status_cause = f"clearance:{matter.number}"
    session.flush()
    facts = ClearanceFacts(
        taxpayer_id=firm.taxpayer_id,
        matter=matter.number,
        reason=WHYS[Why(clearance.why)],
        route=PROCEDURES[Route(clearance.route)].words,
        cleared_on=on,
        promises=tuple((Phrase(promise.title), promise.due_on) for promise in promises),
        speech=clearance.language,
    )
    certificate = certify_clearance(session, office.keys, office.issuer, by, facts, at=at)
    clearance.certificate_id = certificate.id
    announce(session, clearance, at=at)
    told = {"number": matter.number, "certificate": certificate.number}
    note(session, by, "firm-cleared", at=at, taxpayer_id=firm.taxpayer_id, matter_id=matter.id, facts=told)
    tell(session, firm.taxpayer_id, "firm-cleared", told, at=at)
    session.flush()


def clear_again(session: Session, office: Office, clearance: Clearance, *, by: Acting, at: datetime) -> None:
    """Clear what a later debt reopened. An application that waits for the office is not cleared this way."""
    by.require_own_word()
    if clearance.reopened_at is None:
        raise Refusal(NOT_ITS_TURN)
    clear(session, office, clearance, by=by, at=at)


def refuse(session: Session, clearance: Clearance, reasons: str, *, by: Acting, at: datetime) -> None:
    """Refuse an application, with the office's reasons. The firm may cure them and apply again."""
    firm = held_firm(session, clearance.taxpayer_id)
    session.refresh(clearance)
    if firm is None or clearance.closed_at is not None:
        raise Refusal(NOT_ITS_TURN)
    clearance.closed_at = at
    matter = queries.matter_of(session, clearance)
    advance(session, matter, "refused", by=by, at=at, note=reasons)
    resume(firm, day_of(at))
    facts = {"number": matter.number}
    whose = firm.taxpayer_id
    note(session, by, "clearance-refused", at=at, taxpayer_id=whose, matter_id=matter.id, facts=facts)
    tell(session, firm.taxpayer_id, "clearance-refused", {"number": matter.number, "reasons": reasons}, at=at)
    session.flush()


def resume(firm: Firm, on: date) -> None:
    """A firm that is not being cleared any more stands as it did; silence is looked at each night."""
    if firm.tax_status != TaxStatus.CLEARING:
        return
    firm.tax_status, firm.tax_status_since, firm.tax_status_cause = TaxStatus.NORMAL, on, "clearance-ended"
