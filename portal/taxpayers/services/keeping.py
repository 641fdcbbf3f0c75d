"""What the market register's feed has sent, kept sealed and numbered, and how far it is whole."""

import json
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from portal.core.crypto import Keyring
from portal.gateways.market import Change, read_change
from portal.taxpayers.models import RegisterCursor, RegisterEvent
from portal.taxpayers.queries import FEED, events_of, numbers_after

BODY = "register_events.body"


def lock_feed(session: Session) -> RegisterCursor:
    """Hold the feed until this transaction ends.

    Whoever opens a firm and whoever follows the feed take turns, so that no change falls between the two.
    """
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    session.execute(insert(RegisterCursor).values(feed=FEED, seq=0).on_conflict_do_nothing())
    held = select(RegisterCursor).where(RegisterCursor.feed == FEED).with_for_update()
    return session.scalars(held.execution_options(populate_existing=True)).one()


def keep(session: Session, keys: Keyring, changes: Iterable[Change], at: datetime) -> None:
    """Keep changes; one that is kept already stays as it is."""
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    rows = [
        {
            "seq": change.seq,
            "subject_index": _index(keys, change.code),
            "kind": change.wire["kind"],
            "body_sealed": keys.seal(json.dumps(dict(change.wire)), BODY, UUID(int=change.seq)),
            "received_at": at,
        }
        for change in changes
    ]
    if rows:
        session.execute(insert(RegisterEvent).on_conflict_do_nothing(), rows)


def kept_of(session: Session, keys: Keyring, code: str) -> list[Change]:
    """Every kept change about one credit code, in the order of their numbers."""
    return [
        read_change(json.loads(keys.open(row.body_sealed, BODY, UUID(int=row.seq))))
        for row in events_of(session, _index(keys, code))
    ]


def move_on(session: Session, cursor: RegisterCursor) -> None:
    """Move the cursor over every number that follows without a gap."""
    for seq in numbers_after(session, cursor.seq):
        if seq != cursor.seq + 1:
            break
        cursor.seq = seq
    session.flush()


def _index(keys: Keyring, code: str) -> str:
    return keys.blind(f"register|{code}")
