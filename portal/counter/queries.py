"""Named reads of the counter: files behind matters, taxpayers by what they show, who looked at what."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account
from portal.accounts.queries import level_of_account, mobile_index, number_indexes
from portal.audit.models import AuditEntry
from portal.core.acting import Acting, Level
from portal.core.clock import day_of, start_of
from portal.core.crypto import Keyring
from portal.counter.models import BrowsingDay, FileOpening, FileRefusal, FileSearch
from portal.counter.rules import LATELY, MOST_FOUND, SearchKey, usual_of
from portal.filing.models import FiledReturn
from portal.filing.queries import own_return
from portal.matters.models import Matter
from portal.taxpayers.models import Firm, Taxpayer
from portal.taxpayers.queries import number_of
from portal.taxpayers.rules import normalise

READ = "file-read"
"""The act in the trail by which a file is opened."""


@dataclass(frozen=True)
class File:
    """A matter and whose it is; `opened`: the person who asks opened it since the instant asked for."""

    matter: Matter
    who: Taxpayer
    opened: bool


def file(
    session: Session, acting: Acting, kinds: Collection[str], matter_id: UUID, since: datetime
) -> File | None:
    """The file behind a matter of one of these kinds. One statement."""
    read = exists().where(
        AuditEntry.taxpayer_id == Matter.taxpayer_id,
        AuditEntry.at > since,
        AuditEntry.act == READ,
        AuditEntry.actor_id == acting.account_id,
        AuditEntry.matter_id == Matter.id,
    )
    found = session.execute(
        select(Matter, Taxpayer, read.label("opened"))
        .join(Taxpayer, Taxpayer.id == Matter.taxpayer_id)
        .where(Matter.id == matter_id, Matter.kind.in_(kinds))
    ).one_or_none()
    return File(found[0], found[1], found[2]) if found else None


def return_behind(session: Session, matter: Matter) -> FiledReturn | None:
    """The return a matter is about, if it is about one."""
    return own_return(session, matter.taxpayer_id, matter.subject_id)


# Finding a taxpayer

NAMESAKES = 500
"""How many of one name are compared with the second fact."""


def found(
    session: Session, keys: Keyring, key: SearchKey, typed: str, second: str = ""
) -> Sequence[Taxpayer]:
    """The taxpayers that a key leads to, a handful; by name only those whose number ends in `second`."""
    if key is SearchKey.NAME:
        return _namesakes(session, keys, typed, second)
    number = normalise(typed)
    query = select(Taxpayer)
    if key is SearchKey.MATTER:
        asked = f"M-{number[1:9]}-{number[9:16]}-{number[16:]}"
        query = query.join(Matter, Matter.taxpayer_id == Taxpayer.id).where(Matter.number == asked)
    elif key is SearchKey.MOBILE:
        query = query.join(Account, _open_account_of(Taxpayer.id))
        query = query.where(Account.mobile_index == mobile_index(keys, number))
    else:
        firm = select(Firm.taxpayer_id).where(Firm.code == number)
        query = query.where(
            or_(Taxpayer.number_index.in_(number_indexes(keys, number)), Taxpayer.id.in_(firm))
        )
    return session.scalars(query.limit(MOST_FOUND)).all()


def _namesakes(session: Session, keys: Keyring, name: str, second: str) -> Sequence[Taxpayer]:
    ending = normalise(second)
    same = select(Taxpayer).where(Taxpayer.name == name.strip()).limit(NAMESAKES)
    fitting = [who for who in session.scalars(same) if number_of(who, keys).number.endswith(ending)]
    return fitting if len(fitting) <= MOST_FOUND else []


def _open_account_of(person: Any) -> Any:
    return and_(Account.person_id == person, Account.role == "taxpayer", Account.closed_at.is_(None))


def levels(session: Session, taxpayers: Collection[UUID]) -> Mapping[UUID, Level]:
    """How well each of them is known; a firm by its legal representative. One statement."""
    known = _with_level(select(Taxpayer.id)).where(Taxpayer.id.in_(taxpayers))
    return {row[0]: Level(row[-1] or 0) for row in session.execute(known)}


def _with_level(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """With the account of the person, or of the firm's legal representative, and its level."""
    person = aliased(Taxpayer, name="person")
    whose = func.coalesce(Firm.representative_index, Taxpayer.number_index)
    return (
        query.outerjoin(Firm, Firm.taxpayer_id == Taxpayer.id)
        .outerjoin(person, person.number_index == whose)
        .outerjoin(Account, _open_account_of(person.id))
        .add_columns(Firm, Account, level_of_account())
    )


@dataclass(frozen=True)
class Opened:
    """A file that this person may read, for what, and who stands behind it."""

    opening: FileOpening
    who: Taxpayer
    firm: Firm | None
    account: Account | None
    """Of the person, or of the firm's legal representative; None if they have none."""
    level: Level


def opened(session: Session, acting: Acting, taxpayer_id: UUID, at: datetime) -> Opened | None:
    """The file of a taxpayer, if this person stated a purpose that still holds. One statement."""
    mine = and_(
        FileOpening.taxpayer_id == Taxpayer.id,
        FileOpening.account_id == acting.account_id,
        FileOpening.until > at,
    )
    query = select(FileOpening, Taxpayer).join(Taxpayer, mine).where(Taxpayer.id == taxpayer_id)
    row = session.execute(_with_level(query).order_by(FileOpening.until.desc()).limit(1)).one_or_none()
    return Opened(row[0], row[1], row[2], row[3], Level(row[4] or 0)) if row else None


def matter_numbered(session: Session, taxpayer_id: UUID, number: str) -> Matter | None:
    """The taxpayer's matter of this number as typed, or None."""
    typed = number.strip().upper()
    mine = select(Matter).where(Matter.taxpayer_id == taxpayer_id, Matter.number == typed)
    return session.scalars(mine).one_or_none()


# Who looked at what


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
