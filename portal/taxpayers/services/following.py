"""Following the market register: what its feed sent is kept, has its effect, and moves the cursor."""

from collections.abc import Callable, Iterable
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from portal.core.crypto import Keyring
from portal.core.db import Database
from portal.gateways.market import Change, MarketRegister, Unread
from portal.taxpayers.models import Firm
from portal.taxpayers.queries import READ_AGAIN, feed_standing, followed_to, highest_kept, missing_after
from portal.taxpayers.services.firms import apply_event
from portal.taxpayers.services.keeping import keep, kept_unread, lock_feed, move_on

MOST_BATCHES = 200
"""In one run: a feed that never ends is read on in the next."""

ForEach = Callable[[Session, Firm], None]
"""What else follows from a change, in the same transaction."""

log = structlog.get_logger()


def follow_register(
    database: Database, keys: Keyring, market: MarketRegister, then: ForEach, *, at: datetime
) -> None:
    """Read the feed on from the last number that came, then ask again for every number that is missing.

    Every change has its effect and `then` its own; one that nobody can read is kept, and what an earlier form
    of this code could not read is read again. Whoever runs the portal is told of both, and of a number that
    stays away too long, by a line of level error. Raises `Unavailable` when the register gives no clear
    answer; what was read before it stands.
    """
    with database.reading() as session:
        after = highest_kept(session)
    for _ in range(MOST_BATCHES):
        upto = _read_on(database, keys, market, then, after, at)
        if upto <= after:
            break
        after = upto
    _ask_again(database, keys, market, then, at)
    _read_again(database, keys, then, at)
    with database.reading() as session:
        standing = feed_standing(session)
    if standing is not None and (number := standing.misses(at)) is not None:
        since = str(standing.waiting_since)
        log.error("a change of the market register has not come", change=number, since=since)


def _read_on(
    database: Database, keys: Keyring, market: MarketRegister, then: ForEach, after: int, at: datetime
) -> int:
    """Take in the changes after a number; up to which number was answered."""
    batch = market.changes(after)
    if batch.next > after:
        with database.transaction() as session:
            for firm in follow(session, keys, batch.changes, at=at):
                then(session, firm)
    return batch.next


def _ask_again(
    database: Database, keys: Keyring, market: MarketRegister, then: ForEach, at: datetime
) -> None:
    """Ask for the numbers that are missing, and for those alone: a gap may stay open for long."""
    with database.reading() as session:
        after = followed_to(session)
    for _ in range(MOST_BATCHES):
        with database.reading() as session:
            gap = missing_after(session, after)
        if gap is None:
            return
        after = max(_read_on(database, keys, market, then, gap - 1, at), gap)


def _read_again(database: Database, keys: Keyring, then: ForEach, at: datetime) -> None:
    """Let what could not be read when it came have its effect, once a new version can read it."""
    with database.reading() as session:
        kept = kept_unread(session, keys)
    readable = [one for one in kept if not isinstance(one.about, Unread)]
    if not readable:
        return
    with database.transaction() as session:
        for firm in follow(session, keys, readable, at=at):
            then(session, firm)
        still = min((one.seq for one in kept if isinstance(one.about, Unread)), default=kept[-1].seq + 1)
        seen = lock_feed(session, READ_AGAIN)
        seen.seq = max((one.seq for one in kept if one.seq < still), default=seen.seq)


def follow(session: Session, keys: Keyring, changes: Iterable[Change], *, at: datetime) -> list[Firm]:
    """Take in changes in whatever order and number they came; the firms of this portal they were about."""
    cursor = lock_feed(session)
    once = sorted({change.seq: change for change in changes}.values(), key=lambda change: change.seq)
    keep(session, keys, once, at)
    touched = [apply_event(session, keys, change, at=at) for change in once]
    move_on(session, cursor)
    for change in once:
        if isinstance(change.about, Unread):
            log.error(
                "a change of the market register cannot be read", change=change.seq, kind=change.about.kind
            )
    return list({firm.taxpayer_id: firm for firm in touched if firm is not None}.values())
