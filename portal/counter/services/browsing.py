"""How the office looked at files, written down in the night."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import exists, select

from portal.core.clock import day_of, start_of
from portal.core.db import Database
from portal.core.keys import new_id
from portal.counter import queries
from portal.counter.models import BrowsingDay
from portal.counter.queries import Looked
from portal.counter.rules import is_unusual

log = structlog.get_logger()


def watch_browsing(database: Database, at: datetime) -> None:
    """Write down how the office looked at files the day before, once; tell what is unusual."""
    today = day_of(at)
    day = today - timedelta(days=1)
    with database.transaction() as session:
        if session.scalar(select(exists().where(BrowsingDay.day == day))):
            return
        usual = queries.usual(session, day)
        for account_id, seen in queries.looked(session, start_of(day), start_of(today)).items():
            of_day = _browsing_day(account_id, seen, usual.get(account_id))
            of_day.day = day
            session.add(of_day)
            if of_day.unusual:
                log.warning("unusual browsing", day=str(day), account=str(account_id))
        session.flush()


def _browsing_day(account_id: UUID, seen: Looked, usual: int | None) -> BrowsingDay:
    return BrowsingDay(
        id=new_id(),
        account_id=account_id,
        searched=seen.searched,
        opened=seen.opened,
        without_matter=seen.without_matter,
        refused=seen.refused,
        usual=usual,
        unusual=is_unusual(seen.without_matter, seen.refused, usual),
    )
