"""What the market register's feed has sent, kept sealed and numbered, and how far it is whole."""

import json
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.crypto import Keyring
from portal.core.db import upsert
from portal.gateways.market import Change, Unread, read_change
from portal.taxpayers.models import RegisterCursor, RegisterEvent
from portal.taxpayers.queries import FEED, READ_AGAIN, SKIPPED, UNREAD, events_of, followed_to, numbers_after

BODY = "register_events.body"


def lock_feed(session: Session, feed: str = FEED) -> RegisterCursor:
    """Hold the feed, or another cursor of it, until this transaction ends.

    Whoever opens a firm and whoever follows the feed take turns, so that no change falls between the two.
    """
    session.execute(upsert(session, RegisterCursor).values(feed=feed, seq=0).on_conflict_do_nothing())
    held = select(RegisterCursor).where(RegisterCursor.feed == feed).with_for_update()
    return session.scalars(held.execution_options(populate_existing=True)).one()


def keep(session: Session, keys: Keyring, changes: Iterable[Change], at: datetime) -> None:
    """Keep changes; one that is kept already stays as it is."""
    rows = [
        {
            "seq": change.seq,
            "subject_index": UNREAD if _is_unread(change) else _index(keys, change.code),
            "kind": UNREAD if _is_unread(change) else change.wire["kind"],
            "body_sealed": keys.seal(json.dumps(dict(change.wire)), BODY, UUID(int=change.seq)),
            "received_at": at,
        }
        for change in changes
    ]
    if rows:
        session.execute(upsert(session, RegisterEvent).on_conflict_do_nothing(), rows)


def kept_of(session: Session, keys: Keyring, code: str) -> list[Change]:
    """Every kept change about one credit code, in the order of their numbers."""
    return _opened(keys, events_of(session, _index(keys, code)))


def kept_unread(session: Session, keys: Keyring) -> list[Change]:
    """Every change that could not be read when it came and has not been since, as this code reads it."""
    after = followed_to(session, READ_AGAIN)
    return _opened(keys, [row for row in events_of(session, UNREAD) if row.seq > after])


def keep_skipped(session: Session, keys: Keyring, seq: int, why: str, at: datetime) -> None:
    """Keep a number for which nothing will come, with the reason."""
    sealed = keys.seal(why, BODY, UUID(int=seq))
    session.add(
        RegisterEvent(seq=seq, subject_index=SKIPPED, kind=SKIPPED, body_sealed=sealed, received_at=at)
    )
    session.flush()


def _opened(keys: Keyring, rows: Iterable[RegisterEvent]) -> list[Change]:
    return [read_change(json.loads(keys.open(row.body_sealed, BODY, UUID(int=row.seq)))) for row in rows]


def _is_unread(change: Change) -> bool:
    return isinstance(change.about, Unread)


def move_on(session: Session, cursor: RegisterCursor) -> None:
    """Move the cursor over every number that follows without a gap."""
    for seq in numbers_after(session, cursor.seq):
        if seq != cursor.seq + 1:
            break
        cursor.seq = seq
    session.flush()


def _index(keys: Keyring, code: str) -> str:
    return keys.blind(f"register|{code}")
