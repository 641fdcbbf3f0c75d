"""Named reads of accounts, sessions and proofs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, ScalarSelect, Select, select, update
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account, AccountSession, IdentityProof
from portal.accounts.rules.sessions import TOUCH_EVERY, is_live, token_hash
from portal.core import clock
from portal.core.acting import Acting, Level, Right
from portal.core.db import Database
from portal.notices.models import Notice
from portal.notices.queries import unread_count
from portal.taxpayers.models import Taxpayer


def acting_by_token(database: Database, session: Session, token: str) -> Acting | None:
    """Who acts with this session token, or None if it opens nothing: unknown, ended, expired, account closed.

    One statement; a visit more than `TOUCH_EVERY` after the last one known is noted in a short transaction of
    its own.
    """
    found = session.execute(_acting_by_hash(token_hash(token))).one_or_none()
    at = clock.now()
    if found is None or not is_live(found.role, found.created_at, found.last_seen_at, at):
        return None
    if at - found.last_seen_at >= TOUCH_EVERY:
        _touch(database, found.session_id, at)
    return _acting(found)


def _acting_by_hash(digest: str) -> Select[*tuple[Any, ...]]:
    person, taxpayer = aliased(Taxpayer), aliased(Taxpayer)
    unread = unread_count().where(Notice.taxpayer_id == AccountSession.taxpayer_id)
    return (
        select(
            AccountSession.id.label("session_id"),
            AccountSession.created_at,
            AccountSession.last_seen_at,
            Account.id.label("account_id"),
            Account.role,
            Account.language,
            person.id.label("person_id"),
            person.name.label("person_name"),
            taxpayer.id.label("taxpayer_id"),
            taxpayer.name.label("taxpayer_name"),
            level_of_account().label("level"),
            unread.correlate(AccountSession).scalar_subquery().label("unread"),
        )
        .join(Account, Account.id == AccountSession.account_id)
        .join(person, person.id == Account.person_id)
        .join(taxpayer, taxpayer.id == AccountSession.taxpayer_id)
        .where(
            AccountSession.token_hash == digest,
            AccountSession.ended_at.is_(None),
            Account.closed_at.is_(None),
        )
    )


def level_of_account() -> ScalarSelect[Any]:
    """The level of the `Account` of the enclosing query: that of its latest proof."""
    latest = select(IdentityProof.level).where(IdentityProof.account_id == Account.id)
    return (
        latest.order_by(IdentityProof.at.desc(), IdentityProof.id.desc())
        .limit(1)
        .correlate(Account)
        .scalar_subquery()
    )


def _acting(found: Row[*tuple[Any, ...]]) -> Acting:
    return Acting(
        account_id=found.account_id,
        person_id=found.person_id,
        person_name=found.person_name,
        taxpayer_id=found.taxpayer_id,
        taxpayer_name=found.taxpayer_name,
        level=Level(found.level or 0),
        rights=frozenset(Right),
        session_id=found.session_id,
        role=found.role,
        unread=found.unread,
        language=found.language,
    )


def _touch(database: Database, session_id: UUID, at: datetime) -> None:
    mine = update(AccountSession).where(AccountSession.id == session_id)
    with database.transaction() as session:
        session.execute(mine.where(AccountSession.last_seen_at < at).values(last_seen_at=at))
