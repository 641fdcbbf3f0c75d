"""Named reads of assistances: by which a clerk's session acts, what is asked of whom, what was agreed to."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, select
from sqlalchemy.orm import Session, aliased

from portal.accounts import queries as accounts
from portal.accounts.models import Account, AccountSession, Mandate
from portal.accounts.queries.mandates import in_force
from portal.appointments.models import Booking
from portal.assisting.models import Assent, Assistance
from portal.assisting.rules import TIES, Tie, tie_of
from portal.core import clock
from portal.core.acting import Acting, Channel, Clerk
from portal.core.clock import day_of
from portal.core.db import Database, Key
from portal.halls.models import Desk, Hall
from portal.matters.models import Matter
from portal.queue.models import QueueEvent, Ticket
from portal.queue.rules.states import State
from portal.taxpayers.models import Taxpayer

SHOWN = 20
"""Assistances on the page of whoever was assisted, the newest first."""


def acting_by_token(database: Database, session: Session, token: str) -> Acting | None:
    """Who acts with this session token, as the accounts know; of a clerk also on whose pages they work now.

    Two statements more while a clerk assists, none for everybody else. An assistance that ended since the
    clerk's last look is named by `lost_assistance`.
    """
    signed_in = accounts.acting_by_token(database, session, token)
    if signed_in is None or not signed_in.assists:
        return signed_in
    seen = session.execute(_of_session(), {"session_id": signed_in.session_id}).one_or_none()
    if seen is None:
        return signed_in
    present = _present(session, Seen(*seen), signed_in, clock.now())
    return (
        replace(signed_in, assisting=present) if present else replace(signed_in, lost_assistance=seen[0].id)
    )


@dataclass(frozen=True)
class Seen:
    """An assistance with the place where it is: desk and hall, None where it is tied to no desk."""

    assistance: Assistance
    desk: Desk | None
    hall: Hall | None

    @property
    def place(self) -> dict[str, str]:
        """The place as the trail keeps it."""
        if self.desk is None or self.hall is None:
            return {}
        return self.hall.told_with(self.desk.number)


def _with_place() -> Select[Assistance, Desk | None, Hall | None]:
    rows = select(Assistance, Desk, Hall).outerjoin(Desk, Desk.id == Assistance.desk_id)
    return rows.outerjoin(Hall, Hall.id == Desk.hall_id)


def _of_session() -> Select[Assistance, Desk | None, Hall | None]:
    mine = Assistance.session_id == bindparam("session_id", type_=Key)
    return _with_place().where(mine, Assistance.began_at.is_not(None), Assistance.left_at.is_(None))


def _present(session: Session, seen: Seen, clerk: Acting, at: datetime) -> Acting | None:
    """The person on whose pages a clerk works, while it holds: not ended, in time, the mandate in force."""
    one = seen.assistance
    if one.ended_at is not None or one.until is None or at >= one.until or one.own_session_id is None:
        return None
    present = accounts.acting_in_open(session, one.own_session_id, on=day_of(at))
    if present is None or present.lost is not None:
        return None
    tie = TIES[Tie(one.tie)]
    hands = Clerk(clerk.account_id, clerk.person_name, one.id, tie, one.number, seen.place, one.until)
    return replace(present, channel=Channel.COUNTER, clerk=hands)


@dataclass(frozen=True)
class Tied:
    """What an assistance is tied to, and the desk where it is served, if it is."""

    tie: Tie
    tied_id: UUID
    number: str
    desk_id: UUID | None = None


def tied(session: Session, acting: Acting, taxpayer_id: UUID, typed: str, at: datetime) -> Tied | None:
    """What a number leads to: the ticket this clerk serves now, a visit of today's or an open matter of the
    taxpayer's; None for anything else."""
    tie, number = tie_of(typed)
    if tie is Tie.TICKET:
        return _ticket(session, acting, taxpayer_id, number, at)
    if tie is Tie.MATTER:
        mine = select(Matter.id).where(Matter.taxpayer_id == taxpayer_id, Matter.number == number)
        found = session.scalar(mine.where(Matter.closed_at.is_(None)))
        return Tied(tie, found, number) if found else None
    visit = select(Booking).where(Booking.taxpayer_id == taxpayer_id, Booking.number == number)
    booked = session.scalars(visit.where(Booking.state.in_(("booked", "arrived")))).one_or_none()
    today = booked is not None and day_of(booked.starts_at) == day_of(at)
    return Tied(tie, booked.id, number) if booked and today else None


def _ticket(session: Session, acting: Acting, taxpayer_id: UUID, number: str, at: datetime) -> Tied | None:
    """A ticket being served by this clerk; one of somebody who had booked only for that taxpayer."""
    served = exists().where(
        QueueEvent.ticket_id == Ticket.id,
        QueueEvent.kind == State.SERVING,
        QueueEvent.by == acting.account_id,
    )
    rows = select(Ticket, Booking.taxpayer_id).outerjoin(Booking, Booking.id == Ticket.booking_id)
    rows = rows.where(Ticket.day == day_of(at), Ticket.number == number, Ticket.state == State.SERVING)
    found = session.execute(rows.where(served).limit(1)).one_or_none()
    if found is None or found[1] not in {None, taxpayer_id}:
        return None
    return Tied(Tie.TICKET, found[0].id, number, found[0].desk_id)


@dataclass(frozen=True)
class Candidate:
    """Somebody who may be present for a taxpayer: the account, the mandate by which, as what."""

    account_id: UUID
    mandate_id: UUID | None
    name: str
    office: str
    through: str = ""
    """The agent firm by whose mandate, if it is not their own."""


def candidates(session: Session, taxpayer: Taxpayer, at: datetime) -> list[Candidate]:
    """Who may consent for a taxpayer: the person, or whoever has an account and may act for the firm, by a
    mandate of their own or by that of the agent firm they work for. At most two statements."""
    if taxpayer.kind == "person":
        own = accounts.of_person(session, taxpayer.id)
        return [Candidate(own[0].id, None, taxpayer.name, "")] if own else []
    given, inside = aliased(Mandate), aliased(Mandate)
    person, agent = aliased(Taxpayer), aliased(Taxpayer)
    rows = (
        select(Account.id, given.id, person.name, given.role, agent.name, given.rights, inside.rights)
        .select_from(given)
        .outerjoin(inside, and_(inside.taxpayer_id == given.holder_id, in_force(inside)))
        .join(person, person.id == func.coalesce(inside.holder_id, given.holder_id))
        .outerjoin(agent, agent.id == inside.taxpayer_id)
        .join(
            Account,
            and_(Account.person_id == person.id, Account.role == "taxpayer", Account.closed_at.is_(None)),
        )
        .where(given.taxpayer_id == taxpayer.id, in_force(given))
        .order_by(given.id, person.name)
    )
    found: dict[Candidate, set[str]] = defaultdict(set)
    for account_id, mandate_id, name, office, through, rights, theirs in session.execute(
        rows, {"today": day_of(at)}
    ):
        one = Candidate(account_id, mandate_id, name, office, through or "")
        found[one] |= set(rights) & set(theirs) if through else set(rights)
    return [one for one, rights in found.items() if rights]


def asked_by(
    session: Session, acting: Acting, assistance_id: UUID, *, lock: bool = False
) -> Assistance | None:
    """A clerk's own request."""
    mine = select(Assistance).where(Assistance.id == assistance_id, Assistance.clerk_id == acting.account_id)
    return session.scalars(mine.with_for_update() if lock else mine).one_or_none()


def asked_of(
    session: Session, acting: Acting, assistance_id: UUID, *, lock: bool = False
) -> Assistance | None:
    """A request to this person."""
    mine = select(Assistance).where(
        Assistance.id == assistance_id, Assistance.account_id == acting.account_id
    )
    return session.scalars(mine.with_for_update() if lock else mine).one_or_none()


@dataclass(frozen=True)
class Known:
    """An assistance as its page shows it: where, for whom, and whether it goes on."""

    seen: Seen
    taxpayer: str
    running: bool


def known(session: Session, assistance_id: UUID, at: datetime) -> Known | None:
    """One assistance."""
    return next(iter(_known(session, Assistance.id == assistance_id, at)), None)


def of_account(session: Session, account_id: UUID, at: datetime) -> list[Known]:
    """What clerks asked of a person and did on their pages, the newest first."""
    return _known(session, Assistance.account_id == account_id, at)


def _known(session: Session, which: ColumnElement[bool], at: datetime) -> list[Known]:
    theirs, own = aliased(AccountSession), aliased(AccountSession)
    rows = (
        _with_place()
        .add_columns(Taxpayer.name, theirs.ended_at, own.ended_at)
        .join(Taxpayer, Taxpayer.id == Assistance.taxpayer_id)
        .join(theirs, theirs.id == Assistance.session_id)
        .outerjoin(own, own.id == Assistance.own_session_id)
        .where(which)
        .order_by(Assistance.asked_at.desc())
        .limit(SHOWN)
    )
    return [
        Known(Seen(one, desk, hall), name, _runs(one, at) and clerk_left is None and own_left is None)
        for one, desk, hall, name, clerk_left, own_left in session.execute(rows)
    ]


def _runs(one: Assistance, at: datetime) -> bool:
    return one.began_at is not None and one.ended_at is None and one.until is not None and at < one.until


def waiting_slips(session: Session, acting: Acting, at: datetime) -> Sequence[Assistance]:
    """Papers of consent that wait for a second member of staff, of everybody but this one."""
    rows = select(Assistance).where(
        Assistance.slip.is_not(None),
        Assistance.agreed_at.is_(None),
        Assistance.refused_at.is_(None),
        Assistance.ask_until > at,
        Assistance.clerk_id != acting.account_id,
    )
    return session.scalars(rows.order_by(Assistance.asked_at)).all()


def slip(session: Session, assistance_id: UUID, *, lock: bool = False) -> Assistance | None:
    """A request by a paper of consent."""
    rows = select(Assistance).where(Assistance.id == assistance_id, Assistance.slip.is_not(None))
    return session.scalars(rows.with_for_update() if lock else rows).one_or_none()


def assents_asked(session: Session, account_id: UUID, at: datetime) -> Sequence[Assent]:
    """What waits for this person's word now."""
    rows = (
        select(Assent)
        .join(Assistance, Assistance.id == Assent.assistance_id)
        .where(
            Assistance.account_id == account_id,
            Assistance.ended_at.is_(None),
            Assent.agreed_at.is_(None),
            Assent.refused_at.is_(None),
            Assent.ask_until > at,
        )
    )
    return session.scalars(rows.order_by(Assent.asked_at)).all()


def assent_asked_of(session: Session, acting: Acting, assent_id: UUID) -> Assent | None:
    """One thing asked of this person, held until the end."""
    rows = (
        select(Assent)
        .join(Assistance, Assistance.id == Assent.assistance_id)
        .where(Assent.id == assent_id, Assistance.account_id == acting.account_id)
    )
    return session.scalars(rows.with_for_update(of=Assent)).one_or_none()


def assent_like(session: Session, assistance_id: UUID, digest: str, at: datetime) -> Assent | None:
    """What was asked in the same words for the same answers and waits, or was agreed to and not done yet."""
    rows = select(Assent).where(
        Assent.assistance_id == assistance_id,
        Assent.digest == digest,
        Assent.used_at.is_(None),
        Assent.ask_until > at,
    )
    return session.scalars(rows.order_by(Assent.asked_at.desc()).limit(1).with_for_update()).one_or_none()


def kept_for_again(session: Session, clerk_id: UUID, taxpayer_id: UUID) -> Assistance | None:
    """The latest assistance of this clerk for a taxpayer at whose end something had been typed."""
    rows = select(Assistance).where(
        Assistance.clerk_id == clerk_id,
        Assistance.taxpayer_id == taxpayer_id,
        Assistance.kept_sealed.is_not(None),
    )
    return session.scalars(rows.order_by(Assistance.asked_at.desc()).limit(1)).one_or_none()


def open_of_session(session: Session, session_id: UUID) -> Sequence[Assistance]:
    """What a clerk's session acts by, or has not been told the end of, held until the end."""
    rows = select(Assistance).where(
        Assistance.session_id == session_id, Assistance.began_at.is_not(None), Assistance.left_at.is_(None)
    )
    return session.scalars(rows.with_for_update()).all()
