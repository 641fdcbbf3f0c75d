"""Who looked at what."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.core.clock import day_of, start_of
from portal.counter.models import BrowsingDay, FileOpening, FileRefusal, FileSearch
from portal.counter.rules import LATELY, usual_of
from portal.taxpayers.models import Taxpayer


@dataclass
class Looked:
    """How one member of staff looked at files in a stretch of time."""

    searched: int = 0
    opened: int = 0
    without_matter: int = 0
    refused: int = 0


def looked(session: Session, since: datetime, until: datetime) -> Mapping[UUID, Looked]:
    """By account, what was done from one instant until before another. Three statements."""
    by: dict[UUID, Looked] = defaultdict(Looked)
    searches = select(FileSearch.account_id, func.count()).where(
        FileSearch.at >= since, FileSearch.at < until
    )
    for account_id, count in session.execute(searches.group_by(FileSearch.account_id)):
        by[account_id].searched = count
    one = FileOpening
    files = select(one.account_id, one.taxpayer_id, func.count(one.matter_id)).where(
        one.at >= since, one.at < until
    )
    for account_id, _taxpayer, for_matters in session.execute(
        files.group_by(one.account_id, one.taxpayer_id)
    ):
        by[account_id].opened += 1
        by[account_id].without_matter += not for_matters
    for account_id, count in session.execute(_refused(since, until)):
        by[account_id].refused = count
    return by


def _refused(since: datetime, until: datetime) -> Select[UUID, int]:
    no, yes = FileRefusal, FileOpening
    later_opened = exists().where(
        yes.account_id == no.account_id, yes.taxpayer_id == no.taxpayer_id, yes.at >= since, yes.at < until
    )
    query = select(no.account_id, func.count(no.taxpayer_id.distinct()))
    return query.where(no.at >= since, no.at < until, ~later_opened).group_by(no.account_id)


def usual(session: Session, before: date) -> Mapping[UUID, int | None]:
    """By account, how many files without a matter are usual on a day, by the days before one."""
    one = FileOpening
    rows = session.execute(
        select(one.account_id, one.taxpayer_id, one.at, one.matter_id).where(
            one.at >= start_of(before) - LATELY, one.at < start_of(before)
        )
    )
    days: dict[UUID, dict[date, set[UUID]]] = defaultdict(lambda: defaultdict(set))
    for account_id, taxpayer_id, at, matter_id in rows:
        of_day = days[account_id][day_of(at)]
        if matter_id is None:
            of_day.add(taxpayer_id)
    return {account_id: usual_of([len(files) for files in of.values()]) for account_id, of in days.items()}


def browsing(session: Session, on: date) -> Sequence[tuple[BrowsingDay, str]]:
    """The supervisor's list of the last four weeks with names: unusual days first, the latest first."""
    rows = session.execute(
        select(BrowsingDay, Taxpayer.name)
        .join(Account, Account.id == BrowsingDay.account_id)
        .join(Taxpayer, Taxpayer.id == Account.person_id)
        .where(BrowsingDay.day >= on - LATELY)
        .order_by(BrowsingDay.unusual.desc(), BrowsingDay.day.desc(), BrowsingDay.id)
        .limit(MOST_DAYS)
    )
    return [(day, name) for day, name in rows]


MOST_DAYS = 200
"""Rows of the supervisor's list."""
