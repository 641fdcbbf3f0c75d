"""Keeping no longer than needed (PIPL art. 19): what nobody will come back for is forgotten."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, or_, update

from portal.accounts.models import AccountSession, Confirmation, DirectMessage, Tries
from portal.accounts.rules.limits import LIMITS
from portal.accounts.rules.sessions import FAMILIAR_FOR
from portal.core import clock
from portal.core.db import Database

if TYPE_CHECKING:
    from portal.gateways import Gateways
    from portal.settings import Settings

LONGEST_LIMIT = max(limit.within for limits in LIMITS.values() for limit in limits)
UNFINISHED_FOR = timedelta(days=1)
"""An act whose time is over, and a message nobody could send, leave their contents after so long."""


def forget_stale(
    database: Database, _gateways: "Gateways", _settings: "Settings", _payload: dict[str, Any]
) -> None:
    """Job: empty acts and messages whose time is over, drop old counts and old sessions. Idempotent."""
    at = clock.now()
    with database.transaction() as session:
        session.execute(
            update(Confirmation)
            .where(Confirmation.until < at - UNFINISHED_FOR, Confirmation.facts_sealed.is_not(None))
            .values(facts_sealed=None)
        )
        session.execute(
            update(DirectMessage)
            .where(DirectMessage.created_at < at - UNFINISHED_FOR, DirectMessage.content_sealed.is_not(None))
            .values(content_sealed=None)
        )
        session.execute(delete(Tries).where(Tries.since < at - LONGEST_LIMIT))
        old = at - FAMILIAR_FOR
        session.execute(
            delete(AccountSession).where(
                AccountSession.created_at < old,
                or_(AccountSession.ended_at < old, AccountSession.last_seen_at < old),
            )
        )
