"""What whoever runs the portal is told of the market register's feed, and what they may do about it."""

from collections.abc import Iterator
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from portal.core.crypto import Keyring
from portal.gateways.market import Unread
from portal.taxpayers.queries import READ_AGAIN, feed_standing, missing_after
from portal.taxpayers.services.keeping import keep_skipped, kept_unread, lock_feed, move_on

log = structlog.get_logger()


def feed_problems(session: Session, keys: Keyring, at: datetime) -> Iterator[str]:
    """Every reason why the portal may know less of firms than the register has said, a line each."""
    for change in kept_unread(session, keys):
        if isinstance(change.about, Unread):
            of = f"kind {change.about.kind!r}, about {change.code or 'nobody'}"
            yield f"change {change.seq} cannot be read: {of}"
    standing = feed_standing(session)
    if standing is not None and (number := standing.misses(at)) is not None:
        since = f"{standing.waiting_since:%Y-%m-%d %H:%M} UTC"
        yield f"change {number} has not come; later ones have since {since}"


def skip(session: Session, keys: Keyring, seq: int, why: str, *, at: datetime) -> bool:
    """Wait no longer for the number that is missing, or for the first change that cannot be read.

    False if it is neither. A number that comes all the same has its effect.
    """
    cursor, seen = lock_feed(session), lock_feed(session, READ_AGAIN)
    unread = kept_unread(session, keys)
    if missing_after(session, cursor.seq) == seq:
        keep_skipped(session, keys, seq, why, at)
        move_on(session, cursor)
    elif unread and unread[0].seq == seq:
        seen.seq = seq
    else:
        return False
    session.flush()
    log.warning("a change of the market register is waited for no longer", change=seq, why=why)
    return True
