"""Who acts in a session, for whom and with which rights; and the sessions of an account."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, select, update
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account, AccountSession, Mandate
from portal.accounts.queries.mandates import in_force
from portal.accounts.queries.people import level_of_account
from portal.accounts.queries.staff import roles_of_account
from portal.accounts.rules.sessions import TOUCH_EVERY, is_live, token_hash
from portal.core import clock
from portal.core.acting import Acting, Channel, Level, Right
from portal.core.db import Database, Key
from portal.notices.models import Notice
from portal.notices.queries import unread_count
from portal.taxpayers.models import Firm, Taxpayer
from portal.taxpayers.rules.firms import TaxStatus


def acting_by_token(database: Database, session: Session, token: str) -> Acting | None:
    """Who acts with this session token, or None if it opens nothing: unknown, ended, expired, account closed.

    One statement, which also looks whether the mandate still holds that the session acts by: if not, the
    person acts for themselves, without any right, and `lost` names it. A visit more than `TOUCH_EVERY` after
    the last one known is noted in a short transaction of its own.
    """
    at = clock.now()
    asked = {"digest": token_hash(token), "today": clock.day_of(at)}
    rows = session.execute(_acting_by_token(), asked).all()
    if not rows or not is_live(rows[0].role, rows[0].created_at, rows[0].last_seen_at, at):
        return None
    if at - rows[0].last_seen_at >= TOUCH_EVERY:
        _touch(database, rows[0].session_id, at)
    return _acting(rows)


def acting_in(session: Session, session_id: UUID, *, on: date) -> Acting:
    """Who acts on a day in a session that has just begun or changed."""
    found = acting_in_open(session, session_id, on=on)
    assert found is not None, "it has just begun"
    return found


def acting_in_open(session: Session, session_id: UUID, *, on: date) -> Acting | None:
    """Who acts on a day in a session, or None if that was ended. One statement."""
    rows = session.execute(_acting_by_id(), {"session_id": session_id, "today": on}).all()
    return _acting(rows) if rows else None


@cache
def _acting_by_token() -> Select[*tuple[Any, ...]]:
    """Built once: every page asks it, and building costs as much as asking."""
    return _acting_query().where(AccountSession.token_hash == bindparam("digest"))


@cache
def _acting_by_id() -> Select[*tuple[Any, ...]]:
    return _acting_query().where(AccountSession.id == bindparam("session_id", type_=Key))


def _acting_query() -> Select[*tuple[Any, ...]]:
    """One row; for a person who holds several mandates in the agent firm acted through, one for each."""
    person, taxpayer = aliased(Taxpayer), aliased(Taxpayer)
    given, inside = aliased(Mandate), aliased(Mandate)
    unread = unread_count().where(Notice.taxpayer_id == AccountSession.taxpayer_id)
    return (
        select(
            AccountSession.id.label("session_id"),
            AccountSession.created_at,
            AccountSession.last_seen_at,
            AccountSession.mandate_id.label("claimed"),
            AccountSession.assists,
            Account.id.label("account_id"),
            Account.role,
            Account.language,
            person.id.label("person_id"),
            person.name.label("person_name"),
            taxpayer.id.label("taxpayer_id"),
            taxpayer.name.label("taxpayer_name"),
            Firm.tax_status,
            given.holder_id,
            given.role.label("office"),
            given.rights,
            inside.rights.label("rights_inside"),
            level_of_account().label("level"),
            roles_of_account().label("duties"),
            unread.correlate(AccountSession).scalar_subquery().label("unread"),
        )
        .join(Account, Account.id == AccountSession.account_id)
        .join(person, person.id == Account.person_id)
        .join(taxpayer, taxpayer.id == AccountSession.taxpayer_id)
        .outerjoin(Firm, Firm.taxpayer_id == AccountSession.taxpayer_id)
        .outerjoin(
            given,
            (given.id == AccountSession.mandate_id)
            & (given.taxpayer_id == AccountSession.taxpayer_id)
            & in_force(given),
        )
        .outerjoin(
            inside,
            (inside.taxpayer_id == given.holder_id) & (inside.holder_id == person.id) & in_force(inside),
        )
        .where(AccountSession.ended_at.is_(None), Account.closed_at.is_(None))
    )


def _acting(rows: Sequence[Row[*tuple[Any, ...]]]) -> Acting:
    found = rows[0]
    rights = _rights(rows)
    acting = Acting(
        account_id=found.account_id,
        person_id=found.person_id,
        person_name=found.person_name,
        taxpayer_id=found.taxpayer_id,
        taxpayer_name=found.taxpayer_name,
        level=Level(found.level or 0),
        rights=rights,
        session_id=found.session_id,
        role=found.role,
        channel=Channel.COUNTER if found.role == "staff" else Channel.WEB,
        mandate_id=found.claimed,
        office=found.office or "",
        duties=frozenset((found.duties or "").split(",")) - {""},
        closed=found.tax_status == TaxStatus.CLEARED,
        unread=found.unread,
        language=found.language,
        assists=found.assists,
    )
    if found.claimed is None:
        return acting.for_oneself()
    if rights:
        return acting
    return replace(acting.for_oneself(), lost=found.claimed, rights=frozenset(), unread=0)


def _rights(rows: Sequence[Row[*tuple[Any, ...]]]) -> frozenset[Right]:
    """All for oneself; what the mandate gives; through an agent firm, what both mandates give.

    None for staff: what they may do follows from their roles, and is nobody's own business.
    """
    found = rows[0]
    if found.role == "staff":
        return frozenset()
    if found.claimed is None:
        return frozenset(Right)
    given = frozenset(map(Right, found.rights or ()))
    if found.holder_id == found.person_id:
        return given
    inside = [row.rights_inside or () for row in rows]
    return given & frozenset(map(Right, chain.from_iterable(inside)))


def _touch(database: Database, session_id: UUID, at: datetime) -> None:
    mine = update(AccountSession).where(AccountSession.id == session_id)
    with database.transaction() as session:
        session.execute(mine.where(AccountSession.last_seen_at < at).values(last_seen_at=at))


def live_sessions(session: Session, account_id: UUID, role: str, at: datetime) -> list[AccountSession]:
    """The sessions of an account that open doors now, the latest used first."""
    query = select(AccountSession).where(
        AccountSession.account_id == account_id, AccountSession.ended_at.is_(None)
    )
    rows = session.scalars(query.order_by(AccountSession.last_seen_at.desc()))
    return [row for row in rows if is_live(role, row.created_at, row.last_seen_at, at)]
