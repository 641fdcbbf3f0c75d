"""What binds the taxpayer waits for their word: a code they read out, or a press on their own device."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts.models import Account
from portal.accounts.services import codes
from portal.accounts.services.codes import Outcome
from portal.assisting import queries
from portal.assisting.models import Assent
from portal.assisting.rules import ASK_AGAIN, ASSENT_WITHIN, Way, digest_of, waits, with_facts
from portal.assisting.services.consenting import send_code
from portal.audit import services as audit
from portal.core.acting import Acting, Clerk, Deed
from portal.core.crypto import Keyring
from portal.core.keys import new_id
from portal.core.language import language
from portal.core.refusal import Refusal

LOOKED = "file-read"
"""The act in the trail by which somebody's pages are looked at."""


def note_look(session: Session, present: Acting, endpoint: str, *, at: datetime) -> None:
    """Put on the taxpayer's trail that a clerk looks at a page of theirs."""
    audit.record(session, present, LOOKED, at=at, facts={"page": endpoint})


def asked(
    session: Session,
    keys: Keyring,
    present: Acting,
    deed: Deed,
    posted: tuple[str, str, Iterable[tuple[str, str]]],
    *,
    at: datetime,
) -> Assent:
    """What the taxpayer is asked: this deed by this form (endpoint, path, answers). The same once."""
    clerk = _clerk(present)
    digest = digest_of(*posted, deed)
    known = queries.assent_like(session, clerk.assistance_id, digest, at)
    if known is not None:
        return known
    whose = session.get_one(Account, present.account_id, with_for_update=True)
    told = {"clerk": clerk.name, "deed": language(whose.language).say(deed.words, deed.facts)}
    one = Assent(
        id=new_id(),
        taxpayer_id=present.taxpayer_id,
        assistance_id=clerk.assistance_id,
        words=deed.words,
        facts=with_facts(deed.facts),
        digest=digest,
        confirmation_id=send_code(session, keys, whose, "assent", told, at),
        asked_at=at,
        ask_until=at + ASSENT_WITHIN,
    )
    session.add(one)
    session.flush()
    audit.record(session, present, "assent-asked", at=at, facts={"asked": str(one.id)})
    return one


def send_again(session: Session, keys: Keyring, one: Assent, *, at: datetime) -> bool:
    """Another code; False when no more are given."""
    waiting = accounts.waiting(session, one.confirmation_id, "assent", at) if one.confirmation_id else None
    return waiting is not None and codes.send_again(session, keys, waiting, at=at)


def agree_by_code(session: Session, keys: Keyring, one: Assent, code: str, *, at: datetime) -> Outcome:
    """Take the code that the taxpayer told the clerk; every try counts, so the transaction must end well."""
    waiting = accounts.waiting(session, one.confirmation_id, "assent", at) if one.confirmation_id else None
    if waiting is None or not _waits(one, at):
        return Outcome.VOID
    outcome = codes.check(session, keys, waiting, code, at=at)
    if outcome is Outcome.RIGHT:
        codes.finish(session, waiting, at=at)
        one.agreed_at, one.way = at, Way.CODE
        session.flush()
    return outcome


def agree_on_phone(session: Session, acting: Acting, one: Assent, *, at: datetime) -> None:
    """The taxpayer pressed yes on their own device. Raises `Refusal` when it is too late."""
    if one.agreed_at is not None:
        return
    _require_waiting(one, at)
    one.agreed_at, one.way = at, Way.PHONE
    session.flush()
    facts = {"asked": str(one.id)}
    audit.record(session, acting, "assent-given", at=at, taxpayer_id=one.taxpayer_id, facts=facts)


def refuse(session: Session, acting: Acting, one: Assent, *, at: datetime) -> None:
    """The taxpayer says no."""
    if one.refused_at is not None:
        return
    if one.used_at is not None:
        raise Refusal(ASK_AGAIN)
    one.refused_at = at
    session.flush()
    facts = {"asked": str(one.id)}
    audit.record(session, acting, "assent-refused", at=at, taxpayer_id=one.taxpayer_id, facts=facts)


def use(session: Session, present: Acting, one: Assent, *, at: datetime) -> bool:
    """Take up what was agreed to, once: False if it was taken up, refused, or never agreed to."""
    mine = update(Assent).where(
        Assent.id == one.id,
        Assent.used_at.is_(None),
        Assent.refused_at.is_(None),
        Assent.agreed_at.is_not(None),
    )
    mine = mine.values(used_at=at).execution_options(synchronize_session=False)
    taken = session.execute(mine.returning(Assent.id)).one_or_none() is not None
    if taken:
        facts = {"asked": str(one.id), "way": one.way}
        audit.record(session, present, "assent-given", at=at, facts=facts)
    return taken


def _require_waiting(one: Assent, at: datetime) -> None:
    if not _waits(one, at):
        raise Refusal(ASK_AGAIN)


def _waits(one: Assent, at: datetime) -> bool:
    return waits(one.ask_until, (one.agreed_at, one.refused_at, one.used_at), at)


def _clerk(present: Acting) -> Clerk:
    assert present.clerk is not None, "only a clerk asks"
    return present.clerk
