"""Counting tries in the database, so that no restart and no second process forgets them."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import case, update
from sqlalchemy.orm import Session

from portal.accounts.models import Tries
from portal.accounts.rules.limits import LIMITS, Counted, Limit, released_at, subject_of
from portal.core.crypto import Keyring
from portal.core.db import upsert


def take(
    session: Session, keys: Keyring, step: str, *, address: str, subject: str, at: datetime
) -> datetime | None:
    """Count one try of a step. None if it may go on, else the instant from which it may.

    `address` and `subject` are kept as blind indexes. The transaction must end well for the count to stand.
    """
    for limit in LIMITS[step]:
        counted, since = _count(session, limit.key(step), _blinded(keys, limit, address, subject), limit, at)
        if counted > limit.most:
            return released_at(since, limit)
    return None


def give_back(session: Session, keys: Keyring, step: str, *, address: str, subject: str) -> None:
    """Uncount a try that succeeded, where only failures are to count."""
    for limit in LIMITS[step]:
        mine = update(Tries).where(
            Tries.step == limit.key(step),
            Tries.subject == _blinded(keys, limit, address, subject),
            Tries.count > 0,
        )
        session.execute(mine.values(count=Tries.count - 1))


def release(session: Session, keys: Keyring, step: str, subjects: Collection[str]) -> None:
    """Begin the counts of these subjects anew; what is counted for an address or for everyone stays."""
    for limit in LIMITS[step]:
        if limit.counted is not Counted.SUBJECT:
            continue
        blinded = [_blinded(keys, limit, "", subject) for subject in subjects]
        mine = update(Tries).where(Tries.step == limit.key(step), Tries.subject.in_(blinded))
        session.execute(mine.values(count=0))


def _blinded(keys: Keyring, limit: Limit, address: str, subject: str) -> str:
    return keys.blind(f"{limit.counted}|{subject_of(limit.counted, address, subject)}")


def _count(session: Session, step: str, subject: str, limit: Limit, at: datetime) -> tuple[int, datetime]:
    """One more try: the count and its beginning, afresh when the time of the limit has passed."""
    over = Tries.since <= at - limit.within
    counted = (
        upsert(session, Tries)
        .values(step=step, subject=subject, since=at, count=1)
        .on_conflict_do_update(
            index_elements=[Tries.step, Tries.subject],
            set_={
                "count": case((over, 1), else_=Tries.count + 1),
                "since": case((over, at), else_=Tries.since),
            },
        )
        .returning(Tries.count, Tries.since)
    )
    count, since = session.execute(counted).one()
    return count, since
