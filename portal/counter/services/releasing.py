"""Letting a person at the counter sign in again whose tries are used up, once a day."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, AccountSession
from portal.accounts.queries import mobile_of
from portal.accounts.services import limits
from portal.audit import services as audit
from portal.audit.models import AuditEntry
from portal.core.acting import Acting, Channel
from portal.core.clock import day_of, start_of
from portal.core.crypto import Keyring
from portal.core.refusal import Refusal
from portal.counter.queries import Opened
from portal.counter.rules import NO_ACCOUNT, NOT_THERE, RELEASED_TODAY, THERE
from portal.counter.services.finding import refuse_own
from portal.notices import services as notices
from portal.taxpayers.queries import number_of

RELEASED = "limits-released"


def release_limits(
    session: Session, keys: Keyring, acting: Acting, opened: Opened, why: str, *, at: datetime
) -> None:
    """Begin anew what was counted against a person: signing in by number and by mobile, from anywhere and
    from each place they are known at, resetting, and the password asked again.

    Limits that count addresses or everybody stay. Refuses one's own account, a firm, whoever has none, a file
    that is open for another reason than that they are there, and a second time on one day.
    """
    refuse_own(session, acting, opened.who.id, at)
    if opened.account is None or opened.firm is not None:
        raise Refusal(NO_ACCOUNT)
    if opened.opening.reason != THERE:
        raise Refusal(NOT_THERE)
    account = session.get_one(Account, opened.account.id, with_for_update=True)
    _refuse_again(session, opened, at)
    number = number_of(opened.who, keys).number
    names = [name for name in (number, mobile_of(account, keys)) if name]
    known = select(AccountSession.origin).where(AccountSession.account_id == account.id).distinct()
    origins = session.scalars(known).all()
    at_home = [f"{name}|{origin}" for name in names for origin in origins]
    limits.release(session, keys, "sign-in", [*names, *at_home])
    limits.release(session, keys, "reset", [number])
    limits.release(session, keys, "password-again", [str(account.id)])
    by = replace(acting, channel=Channel.COUNTER)
    matter = opened.opening.matter_id
    audit.record(session, by, RELEASED, at=at, taxpayer_id=opened.who.id, matter_id=matter, reason=why)
    notices.tell(session, opened.who.id, RELEASED, {"moment": at.isoformat(), "why": why}, at=at)


def _refuse_again(session: Session, opened: Opened, at: datetime) -> None:
    today = start_of(day_of(at))
    query = exists().where(
        AuditEntry.taxpayer_id == opened.who.id, AuditEntry.act == RELEASED, AuditEntry.at >= today
    )
    if session.scalar(select(query)):
        raise Refusal(RELEASED_TODAY)
