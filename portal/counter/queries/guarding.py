"""Which files are guarded, and what waits for a second member of staff."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account
from portal.core.acting import Acting
from portal.counter.models import FileRelease, GuardChange
from portal.taxpayers.models import Taxpayer

MOST_GUARDED = 500
"""Rows of the supervisor's list."""


def guarded(session: Session, taxpayers: Collection[UUID]) -> set[UUID]:
    """Those of the taxpayers whose file two have to open. One statement."""
    one = GuardChange
    query = select(one.taxpayer_id, one.guarded).where(one.taxpayer_id.in_(taxpayers), one.agreed.is_(True))
    latest = dict(session.execute(query.order_by(one.decided_at, one.id)).all())
    return {taxpayer_id for taxpayer_id, stands in latest.items() if stands}


@dataclass(frozen=True)
class ToRelease:
    """A request to open a guarded file: whose, by whom."""

    release: FileRelease
    who: str
    asked_by: str


def releases(session: Session, at: datetime) -> Sequence[ToRelease]:
    """What may still be let in, the oldest first. One statement."""
    one, asker = FileRelease, aliased(Taxpayer, name="asker")
    query = (
        select(one, Taxpayer.name, asker.name)
        .join(Taxpayer, Taxpayer.id == one.taxpayer_id)
        .join(Account, Account.id == one.asked_by)
        .join(asker, asker.id == Account.person_id)
        .where(one.until > at, one.released_by.is_(None))
        .order_by(one.asked_at, one.id)
    )
    return [ToRelease(*row) for row in session.execute(query)]


def asked(session: Session, acting: Acting, taxpayer_id: UUID, at: datetime) -> FileRelease | None:
    """What this person asked for of a file and waits for."""
    one = FileRelease
    mine = select(one).where(one.taxpayer_id == taxpayer_id, one.asked_by == acting.account_id)
    return session.scalars(
        mine.where(one.until > at, one.released_by.is_(None)).order_by(one.until.desc()).limit(1)
    ).one_or_none()


@dataclass(frozen=True)
class Wanted:
    """A change of how a file is guarded: whose, and who wanted it."""

    change: GuardChange
    who: str
    asked_by: str


def guard_changes(session: Session, *, waiting: bool) -> Sequence[Wanted]:
    """Changes that wait for a second person, or those by which files are guarded now; the oldest first."""
    one, asker = GuardChange, aliased(Taxpayer, name="asker")
    query = (
        select(one, Taxpayer.name, asker.name)
        .join(Taxpayer, Taxpayer.id == one.taxpayer_id)
        .join(Account, Account.id == one.asked_by)
        .join(asker, asker.id == Account.person_id)
        .where(one.agreed.is_(None) if waiting else one.agreed.is_(True))
        .order_by(one.asked_at, one.id)
        .limit(MOST_GUARDED)
    )
    found = [Wanted(*row) for row in session.execute(query)]
    if waiting:
        return found
    latest = {one.change.taxpayer_id: one for one in found}
    return [one for one in latest.values() if one.change.guarded]
