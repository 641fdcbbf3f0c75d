"""Taxpayers by what they show, and the files that somebody may read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account
from portal.accounts.queries import level_of_account, mobile_index, number_indexes
from portal.appointments.models import Booking
from portal.core.acting import Acting, Level
from portal.core.crypto import Keyring
from portal.counter.models import FileOpening
from portal.counter.rules import MOST_FOUND, SearchKey
from portal.matters.models import Matter
from portal.queue.models import Ticket
from portal.queue.rules.states import OVER
from portal.taxpayers.models import Firm, Taxpayer
from portal.taxpayers.queries import number_of
from portal.taxpayers.rules import normalise

NAMESAKES = 500
"""How many of one name are compared with the second fact."""


def found(
    session: Session, keys: Keyring, key: SearchKey, typed: str, on: date, second: str = ""
) -> Sequence[Taxpayer]:
    """The taxpayers that a key leads to, a handful; by name only those whose number ends in `second`.

    A ticket of today leads to whoever booked the visit; one drawn at the door leads to nobody.
    """
    if key is SearchKey.NAME:
        return _namesakes(session, keys, typed, second)
    number = normalise(typed)
    query = select(Taxpayer)
    if key is SearchKey.MATTER:
        asked = f"M-{number[1:9]}-{number[9:16]}-{number[16:]}"
        query = query.join(Matter, Matter.taxpayer_id == Taxpayer.id).where(Matter.number == asked)
    elif key is SearchKey.TICKET:
        query = query.join(Booking, Booking.taxpayer_id == Taxpayer.id)
        query = query.join(Ticket, Ticket.booking_id == Booking.id)
        query = query.where(Ticket.number == number, Ticket.day == on, Ticket.state.not_in(OVER)).distinct()
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
