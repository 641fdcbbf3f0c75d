"""Following the market register: what its feed sent is kept, has its effect, and moves the cursor."""

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from portal.core.crypto import Keyring
from portal.core.db import Database
from portal.gateways.market import Change, MarketRegister
from portal.taxpayers.models import Firm
from portal.taxpayers.queries import followed_to
from portal.taxpayers.services.firms import apply_event
from portal.taxpayers.services.keeping import keep, lock_feed, move_on

MOST_BATCHES = 200
"""In one run: a feed that never ends is read on in the next."""

ForEach = Callable[[Session, Firm], None]
"""What else follows from a change, in the same transaction."""


def follow_register(
    database: Database, keys: Keyring, market: MarketRegister, then: ForEach, *, at: datetime
) -> None:
    """Read the feed from the cursor to its end, and let every change have its effect and `then` its own.

    A number that is missing is asked for again in the next run, because the cursor stays before it. Raises
    `Unavailable` when the register gives no clear answer; what was read before it stands.
    """
    with database.reading() as session:
        after = followed_to(session)
    for _ in range(MOST_BATCHES):
        batch = market.changes(after)
        if batch.next <= after:
            return
        with database.transaction() as session:
            for firm in follow(session, keys, batch.changes, at=at):
                then(session, firm)
        after = batch.next


def follow(session: Session, keys: Keyring, changes: Iterable[Change], *, at: datetime) -> list[Firm]:
    """Take in changes in whatever order and number they came; the firms of this portal they were about."""
    cursor = lock_feed(session)
    once = sorted({change.seq: change for change in changes}.values(), key=lambda change: change.seq)
    keep(session, keys, once, at)
    touched = [apply_event(session, keys, change, at=at) for change in once]
    move_on(session, cursor)
    return list({firm.taxpayer_id: firm for firm in touched if firm is not None}.values())
