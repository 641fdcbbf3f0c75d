"""Changing a password, with the old one or with a code to the mobile."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts import queries
from portal.accounts.models import Account, Confirmation
from portal.accounts.services import codes, sessions
from portal.accounts.services.codes import Outcome, Recipient
from portal.audit import services as audit
from portal.core.acting import Acting
from portal.core.crypto import Keyring
from portal.notices import services as notices


def change_password(session: Session, acting: Acting, password_hash: str, *, at: datetime) -> str:
    """Set a new password and end every other session; with a new token for this one."""
    whose = queries.account(session, acting.account_id)
    whose.password_hash = password_hash
    sessions.end_all(session, whose.id, at=at, but=acting.session_id)
    audit.record(session, acting, "password-changed", at=at)
    notices.tell(session, whose.person_id, "password-changed", {"moment": at.isoformat()}, at=at)
    return sessions.renew(session, acting.session_id)


def begin_reset(
    session: Session, keys: Keyring, number: str, mobile: str, language: str, *, at: datetime
) -> Confirmation:
    """Send a code to the mobile if number and mobile belong to one account; else only look as if."""
    whose = queries.by_number_and_mobile(session, keys, number, mobile)
    return codes.begin(
        session,
        keys,
        "reset",
        {},
        Recipient("sms", mobile, whose.language if whose else language),
        account_id=whose.id if whose else None,
        genuine=whose is not None,
        at=at,
    )


def confirm_reset(
    session: Session, keys: Keyring, waiting: Confirmation, code: str, password_hash: str, *, at: datetime
) -> Outcome:
    """Set a new password if the code is right, and end every session of the account."""
    outcome = codes.check(session, keys, waiting, code, at=at)
    if outcome is not Outcome.RIGHT:
        return outcome
    assert waiting.account_id is not None, "a genuine reset has an account"
    codes.finish(session, waiting, at=at)
    whose = session.get_one(Account, waiting.account_id, with_for_update=True)
    if whose.closed_at is not None:
        return Outcome.VOID
    whose.password_hash = password_hash
    sessions.end_all(session, whose.id, at=at)
    audit.record(session, None, "password-reset", taxpayer_id=whose.person_id, at=at)
    notices.tell(session, whose.person_id, "password-changed", {"moment": at.isoformat()}, at=at)
    return outcome
