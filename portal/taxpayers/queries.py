"""Named reads of taxpayers and their dated data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.core.crypto import Keyring
from portal.taxpayers.models import (
    Firm,
    FirmFact,
    RegisterCursor,
    RegisterEvent,
    Taxpayer,
    TaxpayerDetail,
    TaxRegistration,
)
from portal.taxpayers.rules import FeedStanding, IdNumber, number_kind

NUMBER = "taxpayers.number"
VALUE = "taxpayer_details.value"
REPRESENTATIVE = "firms.representative"
"""Places to which sealed fields are bound."""

FEED = "market"
"""The cursor of the market register's feed."""
READ_AGAIN = "market-read-again"
"""Another: what could not be read up to its number has been read since, or somebody looked at it."""
UNREAD, SKIPPED = "unread", "skipped"
"""In place of a credit code's index and of the kind: a change nobody could read, a number that never came."""


@dataclass(frozen=True)
class Detail:
    """A dated fact in the clear. `kind` is name, mobile, email or address."""

    kind: str
    value: str
    effective_from: date
    recorded_at: datetime
    source: str


@dataclass(frozen=True)
class Member:
    """A firm and the taxpayer it is."""

    firm: Firm
    who: Taxpayer


@dataclass(frozen=True)
class Family:
    """A firm, the firm it is a branch of as far as the portal knows it, and its own branches."""

    me: Member
    parent: Member | None
    branches: Sequence[Member]


def taxpayer(session: Session, taxpayer_id: UUID) -> Taxpayer | None:
    """The taxpayer with this key."""
    return session.get(Taxpayer, taxpayer_id)


def by_number(session: Session, keys: Keyring, number: IdNumber) -> Taxpayer | None:
    """The taxpayer with this identity number."""
    return session.scalar(select(Taxpayer).where(Taxpayer.number_index == keys.blind(number.key)))


def number_of(who: Taxpayer, keys: Keyring) -> IdNumber:
    """The number in the clear: show a person's masked; a firm's is public."""
    number = keys.open(who.number_sealed, NUMBER, who.id)
    return IdNumber(number_kind(who.number_kind), number, who.number_country)


def history(session: Session, taxpayer_id: UUID, keys: Keyring) -> Sequence[Detail]:
    """Every dated fact about a taxpayer, newest first."""
    rows = (
        select(TaxpayerDetail)
        .where(TaxpayerDetail.taxpayer_id == taxpayer_id)
        .order_by(TaxpayerDetail.effective_from.desc(), TaxpayerDetail.id.desc())
    )
    return [
        Detail(
            row.kind,
            keys.open(row.value_sealed, VALUE, row.id),
            row.effective_from,
            row.recorded_at,
            row.source,
        )
        for row in session.scalars(rows)
    ]


def in_force(details: Sequence[Detail], kind: str, on: date) -> Detail | None:
    """Of a history (newest first), the fact of one kind that holds on a day."""
    return next((d for d in details if d.kind == kind and d.effective_from <= on), None)


def name_on(session: Session, who: Taxpayer, on: date, keys: Keyring) -> str:
    """The name a taxpayer bore on a day: a certificate of an earlier date shows the earlier name."""
    names = [d for d in history(session, who.id, keys) if d.kind == "name"]
    held = in_force(names, "name", on) or (names[-1] if names else None)
    return held.value if held else who.name


def firm_of(session: Session, taxpayer_id: UUID) -> Firm | None:
    """The firm that a taxpayer is, or None for a person."""
    return session.get(Firm, taxpayer_id)


def held_firm(session: Session, taxpayer_id: UUID) -> Firm | None:
    """The firm a taxpayer is, held against other writers until the end; None for a person.

    Whatever may put something in the way of a clearance, and clearing itself, take this hold first.
    """
    mine = select(Firm).where(Firm.taxpayer_id == taxpayer_id).with_for_update()
    return session.scalars(mine.execution_options(populate_existing=True)).one_or_none()


def by_code(session: Session, code: str) -> Firm | None:
    """The firm with this normalised credit code, if it is a taxpayer of this portal."""
    return session.scalar(select(Firm).where(Firm.code == code))


def branches_of(session: Session, code: str) -> Sequence[tuple[Firm, str]]:
    """The branches of a firm that are still registered, with their names, by credit code."""
    rows = (
        select(Firm, Taxpayer.name)
        .join(Taxpayer, Taxpayer.id == Firm.taxpayer_id)
        .where(Firm.parent_code == code, Firm.licence != "cancelled")
        .order_by(Firm.code)
    )
    return [(firm, name) for firm, name in session.execute(rows)]


def family(session: Session, taxpayer_id: UUID) -> Family | None:
    """A firm with the firm it belongs to and its own branches; None for a person. One statement."""
    me = aliased(Firm)
    mine = select(me.code).where(me.taxpayer_id == taxpayer_id).scalar_subquery()
    my_parent = select(me.parent_code).where(me.taxpayer_id == taxpayer_id).scalar_subquery()
    rows = session.execute(
        select(Firm, Taxpayer)
        .join(Taxpayer, Taxpayer.id == Firm.taxpayer_id)
        .where(or_(Firm.taxpayer_id == taxpayer_id, Firm.parent_code == mine, Firm.code == my_parent))
        .order_by(Firm.code)
    )
    members = [Member(firm, who) for firm, who in rows]
    me_found = next((one for one in members if one.firm.taxpayer_id == taxpayer_id), None)
    if me_found is None:
        return None
    parent = next((one for one in members if one.firm.code == me_found.firm.parent_code), None)
    branches = [one for one in members if one.firm.parent_code == me_found.firm.code]
    return Family(me_found, parent, branches)


def represented_by(session: Session, person: Taxpayer) -> Sequence[Firm]:
    """The firms whose legal representative a person is by the market register, by credit code."""
    mine = select(Firm).where(Firm.representative_index == person.number_index).order_by(Firm.code)
    return session.scalars(mine).all()


def representative_number(firm: Firm, keys: Keyring) -> str:
    """The identity number of the legal representative in the clear; show it masked."""
    return keys.open(firm.representative_sealed, REPRESENTATIVE, firm.taxpayer_id)


def registrations(session: Session, taxpayer_id: UUID) -> Sequence[TaxRegistration]:
    """The taxes a firm is or was registered for, by tax and first day."""
    mine = select(TaxRegistration).where(TaxRegistration.taxpayer_id == taxpayer_id)
    return session.scalars(mine.order_by(TaxRegistration.tax, TaxRegistration.from_on)).all()


def facts_open(
    session: Session, taxpayer_id: UUID, on: date, *, secret_too: bool = False
) -> Sequence[FirmFact]:
    """What others know of a firm that holds on a day, oldest first. Secret ones are for the office only."""
    mine = select(FirmFact).where(
        FirmFact.taxpayer_id == taxpayer_id,
        FirmFact.since <= on,
        FirmFact.until.is_(None),
    )
    if not secret_too:
        mine = mine.where(FirmFact.secret.is_(False))
    return session.scalars(mine.order_by(FirmFact.since, FirmFact.kind, FirmFact.reference)).all()


def followed_to(session: Session, feed: str = FEED) -> int:
    """The number up to which every change of the market register has arrived; or another cursor's number."""
    return session.scalar(select(RegisterCursor.seq).where(RegisterCursor.feed == feed)) or 0


def events_of(session: Session, subject_index: str) -> Sequence[RegisterEvent]:
    """The kept changes about one credit code, or those under `UNREAD`, by number."""
    kept = select(RegisterEvent).where(RegisterEvent.subject_index == subject_index)
    return session.scalars(kept.order_by(RegisterEvent.seq)).all()


def numbers_after(session: Session, seq: int) -> Sequence[int]:
    """The numbers of the kept changes above `seq`, in order."""
    later = select(RegisterEvent.seq).where(RegisterEvent.seq > seq).order_by(RegisterEvent.seq)
    return session.scalars(later).all()


def missing_after(session: Session, seq: int) -> int | None:
    """The first number above `seq` that has not come though a later one has."""
    expected = seq
    for expected, number in enumerate(numbers_after(session, seq), seq + 1):
        if number != expected:
            return expected
    return None


def highest_kept(session: Session) -> int:
    """The highest number of which anything has come."""
    return session.scalar(select(func.max(RegisterEvent.seq))) or 0


def feed_standing(session: Session) -> FeedStanding | None:
    """How the feed of the market register stands; None before it was ever followed. One statement."""
    above = select(func.min(RegisterEvent.received_at)).where(RegisterEvent.seq > RegisterCursor.seq)
    seen = select(RegisterCursor.seq).where(RegisterCursor.feed == READ_AGAIN).scalar_subquery()
    unread = select(func.count(RegisterEvent.seq)).where(
        RegisterEvent.subject_index == UNREAD, RegisterEvent.seq > func.coalesce(seen, 0)
    )
    found = session.execute(
        select(RegisterCursor.seq, above.scalar_subquery(), unread.scalar_subquery()).where(
            RegisterCursor.feed == FEED
        )
    ).one_or_none()
    return None if found is None else FeedStanding(*found)
