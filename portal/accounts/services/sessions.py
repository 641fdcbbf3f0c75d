"""Beginning and ending sessions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.accounts import queries
from portal.accounts.models import Account, AccountSession
from portal.accounts.rules.sessions import FAMILIAR_FOR, MOST_AT_ONCE, Browser, token_hash
from portal.accounts.services import passwords
from portal.audit import services as audit
from portal.core.acting import Acting
from portal.core.clock import day_of
from portal.core.keys import new_id, secret
from portal.notices import services as notices


def sign_in(
    session: Session, account_id: UUID, verified: str, password: str, browser: Browser, *, at: datetime
) -> str | None:
    """Begin a session after the password fitted the hash `verified`; the new token.

    None when account or password changed since the check. The hash is renewed when its parameters are old.
    """
    whose = session.get(Account, account_id, with_for_update=True)
    if whose is None or whose.closed_at is not None or whose.password_hash != verified:
        return None
    if passwords.needs_rehash(verified):
        whose.password_hash = passwords.hash_password(password)
    return begin(session, whose, browser, at=at)


def begin(session: Session, whose: Account, browser: Browser, *, at: datetime) -> str:
    """A new session for an account; its token goes to the browser and is kept nowhere."""
    is_new = _is_news(session, whose, browser, at)
    token = secret(32)
    begun = AccountSession(
        id=new_id(),
        account_id=whose.id,
        taxpayer_id=whose.person_id,
        token_hash=token_hash(token),
        created_at=at,
        last_seen_at=at,
        device=browser.device,
        origin=browser.origin,
    )
    session.add(begun)
    session.flush()
    _end_surplus(session, whose, at)
    who = queries.acting_in(session, begun.id, on=day_of(at))
    audit.record(session, who, "signed-in-new-device" if is_new else "signed-in", at=at)
    if is_new:
        facts = {"moment": at.isoformat(), "device": browser.device or browser.origin}
        notices.tell(session, whose.person_id, "new-device", facts, at=at)
    return token


def _is_news(session: Session, whose: Account, browser: Browser, at: datetime) -> bool:
    """Whether this browser in this network is new to an account that has been signed in to before."""
    earlier = select(AccountSession.device, AccountSession.origin).where(
        AccountSession.account_id == whose.id, AccountSession.created_at > at - FAMILIAR_FOR
    )
    seen = {tuple(row) for row in session.execute(earlier.distinct())}
    return bool(seen) and (browser.device, browser.origin) not in seen


def _end_surplus(session: Session, whose: Account, at: datetime) -> None:
    """Of too many sessions, end those unused for longest."""
    for old in queries.live_sessions(session, whose.id, whose.role, at)[MOST_AT_ONCE:]:
        _end(old, at)
    session.flush()


def renew(session: Session, session_id: UUID) -> str:
    """A new token for a session whose rights have grown; the old one opens nothing from now on."""
    token = secret(32)
    session.get_one(AccountSession, session_id).token_hash = token_hash(token)
    session.flush()
    return token


def sign_out(session: Session, acting: Acting, *, at: datetime) -> None:
    """End the acting person's own session; once, however often it is asked."""
    mine = session.get_one(AccountSession, acting.session_id, with_for_update=True)
    if mine.ended_at is None:
        _end(mine, at)
        audit.record(session, acting, "signed-out", at=at)


def end_one(session: Session, acting: Acting, session_id: UUID, *, at: datetime) -> bool:
    """End one session of the acting person's account, if it has not ended; False if there is no such one."""
    own = select(AccountSession).where(
        AccountSession.id == session_id, AccountSession.account_id == acting.account_id
    )
    found = session.scalar(own.with_for_update())
    if found is None:
        return False
    if found.ended_at is None:
        _end(found, at)
        audit.record(session, acting, "session-ended", at=at)
    return True


def end_others(session: Session, acting: Acting, *, at: datetime) -> None:
    """End every session of the account but the acting one."""
    if end_all(session, acting.account_id, at=at, but=acting.session_id):
        audit.record(session, acting, "session-ended", at=at)


def end_all(session: Session, account_id: UUID, *, at: datetime, but: UUID | None = None) -> int:
    """End every session of an account, perhaps but one; how many there were."""
    theirs = update(AccountSession).where(
        AccountSession.account_id == account_id, AccountSession.ended_at.is_(None)
    )
    if but is not None:
        theirs = theirs.where(AccountSession.id != but)
    ended = session.execute(theirs.values(ended_at=at, token_hash=None).returning(AccountSession.id))
    return len(ended.all())


def _end(one: AccountSession, at: datetime) -> None:
    one.ended_at, one.token_hash = at, None
