"""Following the market register: what its feed sent is kept, has its effect, and moves the cursor."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from portal.core.crypto import Keyring
from portal.gateways.market import Change
from portal.taxpayers.models import Firm
from portal.taxpayers.services.firms import apply_event
from portal.taxpayers.services.keeping import keep, lock_feed, move_on


def follow(session: Session, keys: Keyring, changes: Iterable[Change], *, at: datetime) -> list[Firm]:
    """Take in changes in whatever order and number they came; the firms of this portal they were about."""
    cursor = lock_feed(session)
    once = sorted({change.seq: change for change in changes}.values(), key=lambda change: change.seq)
    keep(session, keys, once, at)
    touched = [apply_event(session, keys, change, at=at) for change in once]
    move_on(session, cursor)
    return list({firm.taxpayer_id: firm for firm in touched if firm is not None}.values())
