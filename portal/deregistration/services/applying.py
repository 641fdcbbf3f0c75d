"""Applying to be cleared: the reason, the route that is open, what is promised; one application at a time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.services import record as note
from portal.core.acting import Acting
from portal.core.clock import day_of
from portal.core.keys import new_id
from portal.core.refusal import Refusal
from portal.deregistration import queries
from portal.deregistration.models import Clearance, Promise
from portal.deregistration.rules import NOT_A_FIRM
from portal.deregistration.rules.clearance import (
    NO_LONGER_A_FIRM,
    NOT_ITS_TURN,
    NOT_PROMISED,
    REPORT_FIRST,
    REPORTED_FIRST,
    Choice,
    Route,
    Standing,
    Why,
    answered_by,
    choose,
    promised_by,
)
from portal.deregistration.services.checking import bring_up_to_date
from portal.deregistration.services.clearing import GENERAL, QUICK, Office, clear, resume
from portal.matters.services import advance, open_matter
from portal.risk.queries import findings
from portal.risk.rules import Audience, Hit
from portal.taxpayers.models import Firm
from portal.taxpayers.queries import held_firm
from portal.taxpayers.rules.firms import TaxStatus, VatPayer


@dataclass(frozen=True)
class Application:
    """What a firm says when it applies, and in which language.

    `promised` are the codes of findings it promises to make good.
    """

    why: Why
    report: str = ""
    promised: Collection[str] = ()
    speech: str = "zh"


def considered(session: Session, taxpayer_id: UUID, why: Why, hits: Sequence[Hit], on: date) -> Choice:
    """The route that these findings leave open to a firm, as far as it may be told of them."""
    grade, below = queries.known_of(session, taxpayer_id, on)
    return choose(why, Standing(grade, below), hits)


def apply(
    session: Session, office: Office, acting: Acting, application: Application, *, at: datetime
) -> Clearance:
    """Apply for the firm acted for, by the quickest route that is open; cleared at once where that is so.

    Where an application is open already, that one, whoever made it. Raises `Refusal` for a person, a firm
    that is cleared, a merger without its report, and promises that leave something out.
    """
    acting.require_own_word()
    firm = held_firm(session, acting.taxpayer_id)
    if firm is None:
        raise Refusal(NOT_A_FIRM)
    if firm.tax_status == TaxStatus.CLEARED:
        raise Refusal(NO_LONGER_A_FIRM, name=acting.taxpayer_name, since=firm.tax_status_since)
    known = queries.open_clearance(session, acting.taxpayer_id)
    if known is not None:
        return known
    if application.why in REPORTED_FIRST and not application.report:
        raise Refusal(REPORT_FIRST)
    on = day_of(at)
    bring_up_to_date(session, firm.taxpayer_id, on)
    hits = findings(session, firm.taxpayer_id, on, Audience.FIRM)
    choice = considered(session, firm.taxpayer_id, application.why, hits, on)
    left_out = {hit.finding.code for hit in choice.promisable} - set(application.promised)
    if choice.route is Route.PROMISE and left_out:
        raise Refusal(NOT_PROMISED, count=len(left_out))
    made = _open(session, acting, firm, application, choice, at)
    if choice.route is not Route.GENERAL:
        clear(session, office, made, by=acting, at=at)
    return made


def _open(
    session: Session, acting: Acting, firm: Firm, application: Application, choice: Choice, at: datetime
) -> Clearance:
    on = day_of(at)
    made = Clearance(
        id=new_id(),
        taxpayer_id=firm.taxpayer_id,
        why=application.why,
        report=application.report,
        route=choice.route,
        language=application.speech,
        applied_by=acting.account_id,
        applied_by_name=acting.person_name,
        applied_at=at,
    )
    session.add(made)
    session.flush()
    if choice.route is Route.PROMISE:
        for hit in choice.promisable:
            session.add(
                Promise(
                    id=new_id(),
                    taxpayer_id=firm.taxpayer_id,
                    clearance_id=made.id,
                    code=hit.finding.code,
                    title=hit.finding.title,
                    due_on=promised_by(on),
                )
            )
    general = choice.route is Route.GENERAL
    matter = open_matter(
        session, acting, GENERAL if general else QUICK, firm.taxpayer_id, made.id, at=at,
        due_on=answered_by(on, general_vat_payer=firm.vat_payer == VatPayer.GENERAL) if general else None,
    )  # fmt: skip
    if firm.tax_status == TaxStatus.NORMAL:  # abnormal stays what it is until its causes are gone
        firm.tax_status, firm.tax_status_since = TaxStatus.CLEARING, on
        firm.tax_status_cause = f"clearance:{matter.number}"
    session.flush()
    facts = {"number": matter.number, "route": choice.route.value, "why": application.why.value}
    note(session, acting, "clearance-applied", at=at, matter_id=matter.id, facts=facts)
    return made


def withdraw(session: Session, acting: Acting, clearance: Clearance, *, at: datetime) -> None:
    """Take an open application back. Raises `Refusal` where it is decided already."""
    acting.require_own_word()
    firm = held_firm(session, clearance.taxpayer_id)
    session.refresh(clearance)
    if clearance.closed_at is not None or firm is None:
        raise Refusal(NOT_ITS_TURN)
    clearance.closed_at = at
    matter = queries.matter_of(session, clearance)
    advance(session, matter, "withdrawn", by=acting, at=at)
    resume(firm, day_of(at))
    note(session, acting, "clearance-withdrawn", at=at, matter_id=matter.id)
    session.flush()
