"""Changing how a person is reached; a new mobile counts when its code came back."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts import queries
from portal.accounts.models import Account, Confirmation
from portal.accounts.rules.opening import level_by
from portal.accounts.services import codes, sessions
from portal.accounts.services.codes import Outcome, Recipient
from portal.accounts.services.proving import prove
from portal.audit import services as audit
from portal.core.acting import Acting, Level
from portal.core.clock import day_of
from portal.core.crypto import Keyring
from portal.notices import services as notices
from portal.taxpayers.services import record_detail


def begin_mobile(
    session: Session, keys: Keyring, acting: Acting, mobile: str, *, mobile_matches: bool, at: datetime
) -> Confirmation:
    """Send a code to a new mobile. `mobile_matches`: the register has it in the person's name."""
    facts = {"mobile": mobile, "mobile_matches": mobile_matches}
    recipient = Recipient("sms", mobile, acting.language)
    return codes.begin(session, keys, "mobile", facts, recipient, account_id=acting.account_id, at=at)


def confirm_mobile(
    session: Session, keys: Keyring, acting: Acting, waiting: Confirmation, code: str, *, at: datetime
) -> tuple[Outcome, str]:
    """Take the new mobile if the code is right; with a new session token, for the level may have changed.

    A mobile in the person's own name proves who they are, another one does not. Who was seen in person
    stays so.
    """
    outcome = codes.check(session, keys, waiting, code, at=at)
    if outcome is not Outcome.RIGHT:
        return outcome, ""
    facts = codes.facts_of(waiting, keys)
    codes.finish(session, waiting, at=at)
    whose = queries.account(session, acting.account_id)
    set_mobile(session, keys, whose, facts["mobile"], at=at)
    if acting.level < Level.IN_PERSON:
        level = level_by(mobile_matches=facts["mobile_matches"])
        prove(session, whose, level, "register-mobile" if level is Level.PROVEN else "mobile-code", at=at)
    audit.record(session, acting, "mobile-changed", at=at)
    notices.tell(session, whose.person_id, "contact-changed", {"moment": at.isoformat()}, at=at)
    return outcome, sessions.renew(session, acting.session_id)


def begin_email(
    session: Session, keys: Keyring, acting: Acting, address: str, *, at: datetime
) -> Confirmation:
    """Send a code to a new mail address."""
    recipient = Recipient("mail", address, acting.language)
    facts = {"email": address}
    return codes.begin(session, keys, "email", facts, recipient, account_id=acting.account_id, at=at)


def confirm_email(
    session: Session, keys: Keyring, acting: Acting, waiting: Confirmation, code: str, *, at: datetime
) -> Outcome:
    """Take the new address if the code is right."""
    outcome = codes.check(session, keys, waiting, code, at=at)
    if outcome is not Outcome.RIGHT:
        return outcome
    address = codes.facts_of(waiting, keys)["email"]
    codes.finish(session, waiting, at=at)
    whose = queries.account(session, acting.account_id)
    set_email(keys, whose, address, confirmed=True)
    record_detail(
        session, keys, whose.person_id, "email", address, effective_from=day_of(at), source="holder", at=at
    )
    audit.record(session, acting, "email-changed", at=at)
    notices.tell(session, whose.person_id, "contact-changed", {"moment": at.isoformat()}, at=at)
    return outcome


def set_mobile(session: Session, keys: Keyring, whose: Account, mobile: str, *, at: datetime) -> None:
    """Give an account a mobile that its holder has just confirmed, and note it in the person's history.

    Another account that had it loses it: numbers pass to other people in time, and codes must not. Of two
    that confirm it at the same moment the later one has it.
    """
    index, sealed = queries.mobile_index(keys, mobile), keys.seal(mobile, queries.MOBILE, whose.id)
    while not _claim(session, whose, index, sealed, at):
        pass  # somebody confirmed it since we looked, and is seen now
    record_detail(
        session, keys, whose.person_id, "mobile", mobile, effective_from=day_of(at), source="holder", at=at
    )


def _claim(session: Session, whose: Account, index: str, sealed: bytes, at: datetime) -> bool:
    """Take a mobile from whoever has it; False where another transaction gave it away since we looked."""
    before = select(Account).where(Account.mobile_index == index, Account.id != whose.id)
    try:
        with session.begin_nested():
            for other in session.scalars(before.with_for_update()):
                other.mobile_index = other.mobile_sealed = None
                session.flush()
                notices.tell(session, other.person_id, "contact-changed", {"moment": at.isoformat()}, at=at)
            whose.mobile_index, whose.mobile_sealed = index, sealed
            session.flush()
    except IntegrityError as taken:
        if "mobile_index" not in str(taken.orig):
            raise
        return False
    return True


def set_email(keys: Keyring, whose: Account, address: str, *, confirmed: bool) -> None:
    """Give an account a mail address; only a confirmed one is written to."""
    whose.email_sealed = keys.seal(address, queries.EMAIL, whose.id)
    whose.email_confirmed = confirmed
