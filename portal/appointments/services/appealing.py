"""Missed visits that should not count: the person says why, the office hears it."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.queries.mandates import contexts
from portal.appointments.models import Booking
from portal.appointments.rules.fairness import (
    APPEAL_UNTIL,
    NOTHING_TO_APPEAL,
    require_appeal,
    require_undecided,
)
from portal.appointments.rules.states import State
from portal.appointments.services.seats import facts_of, held
from portal.audit.services import record as note
from portal.core.acting import Acting
from portal.core.clock import day_of
from portal.core.refusal import Refusal
from portal.notices.services import tell


def appeal(session: Session, acting: Acting, booking: Booking, words: str, *, at: datetime) -> None:
    """Say why a missed visit should not count; once, within the time for it. Raises `Refusal`."""
    booking = held(session, booking)
    missed_at = booking.ended_at if booking.state == State.MISSED and not booking.excused_at else None
    require_appeal(missed_at=missed_at, said=booking.appeal, words=words, at=at)
    booking.appeal = words.strip()[:500]
    session.flush()
    note(session, acting, "absence-appealed", at=at, facts=facts_of(session, booking))


def excuse(session: Session, acting: Acting, booking: Booking, why: str, *, at: datetime) -> None:
    """Accept that a missed visit counts no more, for a reason. Doing it again changes nothing.

    Raises `Refusal` where no visit was missed.
    """
    booking = held(session, booking)
    if booking.state != State.MISSED:
        raise Refusal(NOTHING_TO_APPEAL, days=APPEAL_UNTIL.number)
    if booking.excused_at is not None:
        return
    booking.excused_at = at
    session.flush()
    facts = {**facts_of(session, booking), "reasons": why}
    note(session, acting, "absence-excused", at=at, taxpayer_id=booking.taxpayer_id, facts=facts)
    tell(session, booking.taxpayer_id, "absence-excused", facts, at=at)


def _is_own(session: Session, acting: Acting, booking: Booking, at: datetime) -> bool:
    """Whether the visit was the member's own, or for a firm they act for."""
    mine = contexts(session, acting.person_id, day_of(at), taxpayer_id=booking.taxpayer_id)
    return acting.person_id in {booking.person_id, booking.taxpayer_id} or bool(mine)


def answer(
    session: Session, acting: Acting, booking: Booking, why: str, *, accept: bool, at: datetime
) -> None:
    """The office's word on an appeal, with its reason, which the person reads. Once.

    Raises `Refusal` for one's own appeal, and where there is none that waits.
    """
    booking = held(session, booking)
    decided = booking.excused_at is not None or booking.refused_at is not None
    require_undecided(said=booking.appeal, decided=decided, own=_is_own(session, acting, booking, at))
    booking.answer = why
    if accept:
        excuse(session, acting, booking, why, at=at)
        return
    booking.refused_at = at
    session.flush()
    facts = {**facts_of(session, booking), "reasons": why}
    note(session, acting, "absence-not-excused", at=at, taxpayer_id=booking.taxpayer_id, facts=facts)
    tell(session, booking.taxpayer_id, "absence-not-excused", facts, at=at)
