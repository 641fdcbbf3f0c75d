"""What the counter does beside the rooms below it: opens files, and decides as each kind of matter wants."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.accounts.queries import of_person
from portal.accounts.queries.mandates import contexts
from portal.accounts.services.proving import prove_in_person
from portal.audit import services as audit
from portal.billing import services as billing
from portal.billing.queries.debts import OpenBill, open_bills
from portal.core.acting import Acting, Channel, Level
from portal.core.clock import day_of, start_of
from portal.core.crypto import Keyring
from portal.core.db import Database
from portal.core.keys import new_id
from portal.core.refusal import Refusal
from portal.counter import queries
from portal.counter.models import BrowsingDay, FileOpening, FileRefusal, FileSearch
from portal.counter.queries import READ, Looked, Opened
from portal.counter.rules import (
    FOR_A_MATTER,
    IDENTITY_PROOF,
    LOOK_FOR,
    NO_ACCOUNT,
    OWN_FILE,
    REASONS,
    SEEN_ALREADY,
    is_unusual,
    key_of,
)
from portal.deregistration import services as clearing
from portal.deregistration.queries import own_clearance
from portal.deregistration.services import Office
from portal.filing.models import Obligation
from portal.filing.queries import obligations_of
from portal.matters import services as work
from portal.matters.models import Matter
from portal.matters.queries import at_work, done_steps, running
from portal.taxpayers.models import Taxpayer
from portal.taxpayers.queries import held_firm
from portal.taxpayers.rules import normalise

log = structlog.get_logger()


def open_file(session: Session, acting: Acting, matter: Matter, purpose: str, *, at: datetime) -> None:
    """Note that this person looks at the taxpayer's file for this matter; the taxpayer reads it.

    The row is written before anything is shown, so a page that fails to be drawn was looked at all the same.
    """
    audit.record(
        session,
        acting,
        READ,
        at=at,
        taxpayer_id=matter.taxpayer_id,
        matter_id=matter.id,
        reason=f"{matter.number} {purpose}".strip(),
    )


def held(session: Session, kinds: Collection[str], matter_id: UUID) -> Matter | None:
    """A matter of these kinds, held until the end; before it the firm, and the money of a refund."""
    seen = at_work(session, kinds, matter_id)
    if seen is None:
        return None
    held_firm(session, seen.taxpayer_id)
    if seen.kind == billing.REFUND:
        billing.at_rest(session, seen.taxpayer_id)
    return at_work(session, kinds, matter_id, lock=True)


def decide(
    session: Session, office: Office, acting: Acting, matter: Matter, to: str, why: str, *, at: datetime
) -> None:
    """Bring a matter to a state. A firm is cleared or refused by the room that clears; it looks once more.

    The money of a refund that is approved sets out in the same transaction, and whoever was found to be who
    they say is known so from then on.
    """
    clearance = own_clearance(session, matter.taxpayer_id, matter.subject_id, lock=True)
    if clearance is None:
        work.decide(session, acting, matter, to, why, at=at)
        if (matter.kind, to) == (IDENTITY_PROOF, "proven"):
            _prove(session, acting, matter, at)
        if (matter.kind, to) == (billing.REFUND, billing.APPROVED):
            billing.pay_out(session, matter, by=acting, at=at)
        return
    work.begin_decision(session, acting, matter, to, why, at=at)
    if to == "cleared":
        clearing.clear(session, office, clearance, by=acting, at=at)
    else:
        clearing.refuse(session, clearance, why, by=acting, at=at)
    work.end_decision(session, acting, matter, to, at=at)


def search(
    session: Session, keys: Keyring, acting: Acting, typed: str, second: str, *, at: datetime
) -> Sequence[Taxpayer]:
    """Find taxpayers by what they show. Kept is who searched by what kind of key, and how many there were."""
    key = key_of(normalise(typed))
    found = queries.found(session, keys, key, typed, second)
    session.add(FileSearch(id=new_id(), account_id=acting.account_id, at=at, key=key, found=len(found)))
    session.flush()
    return found


@dataclass(frozen=True)
class Purpose:
    """For what a file is opened: a matter of the taxpayer, or a reason of the list with its words."""

    reason: str
    words: str
    matter: Matter | None = None

    @property
    def said(self) -> str:
        """As the taxpayer reads it."""
        start = self.matter.number if self.matter else str(REASONS[self.reason])
        return f"{start}：{self.words}" if self.words else start


def open_for(
    session: Session, acting: Acting, taxpayer_id: UUID, purpose: Purpose, *, at: datetime
) -> FileOpening:
    """Let this person read a taxpayer's file for a while. Refuses their own, and that of a firm of theirs."""
    _refuse_own(session, acting, taxpayer_id, at)
    opening = FileOpening(
        id=new_id(),
        account_id=acting.account_id,
        taxpayer_id=taxpayer_id,
        reason=FOR_A_MATTER if purpose.matter else purpose.reason,
        purpose=purpose.said,
        matter_id=purpose.matter.id if purpose.matter else None,
        at=at,
        until=at + LOOK_FOR,
    )
    session.add(opening)
    session.flush()
    return opening


def _refuse_own(session: Session, acting: Acting, taxpayer_id: UUID, at: datetime) -> None:
    own = taxpayer_id == acting.person_id
    if own or contexts(session, acting.person_id, day_of(at), taxpayer_id=taxpayer_id):
        raise Refusal(OWN_FILE)


def note_refusal(session: Session, acting: Acting, taxpayer_id: UUID, *, at: datetime) -> None:
    """Keep that a file was asked for without a purpose that holds."""
    session.add(FileRefusal(id=new_id(), account_id=acting.account_id, taxpayer_id=taxpayer_id, at=at))
    session.flush()


@dataclass(frozen=True)
class FileSeen:
    """What an opened file shows beside who it is about."""

    bills: Sequence[OpenBill]
    obligations: Sequence[Obligation]
    matters: Sequence[Matter]


def read_file(session: Session, acting: Acting, opened: Opened, *, office: str, at: datetime) -> FileSeen:
    """What stands in an opened file; who reads it and for what is on the taxpayer's trail with it.

    The row is in the same transaction, and there before anything is shown.
    """
    today, whose = day_of(at), opened.who.id
    audit.record(
        session,
        replace(acting, channel=Channel.COUNTER),
        READ,
        at=at,
        taxpayer_id=whose,
        matter_id=opened.opening.matter_id,
        reason=f"{opened.opening.purpose}（{office}）",
        facts={"opening": str(opened.opening.id)},
    )
    due = [one for one in obligations_of(session, whose) if one.filed_on is None and one.opens_on <= today]
    return FileSeen(open_bills(session, whose, today), due[::-1], running(session, whose))


def begin_proof(session: Session, acting: Acting, taxpayer_id: UUID, *, at: datetime) -> Matter:
    """Open the matter in which two members of staff see a person and the document; one at a time.

    Refuses one's own, a firm, whoever has no account, and whoever was seen before.
    """
    _refuse_own(session, acting, taxpayer_id, at)
    found = of_person(session, taxpayer_id)
    if found is None:
        raise Refusal(NO_ACCOUNT)
    account, level = found
    session.refresh(account, with_for_update=True)
    if level >= Level.IN_PERSON:
        raise Refusal(SEEN_ALREADY)
    under_way = running(session, taxpayer_id, IDENTITY_PROOF)
    if under_way:
        return under_way[0]
    return work.open_matter(session, acting, IDENTITY_PROOF, taxpayer_id, new_id(), at=at)


def _prove(session: Session, acting: Acting, matter: Matter, at: datetime) -> None:
    """Raise the level of the person whose identity two people found sound."""
    found = of_person(session, matter.taxpayer_id)
    if found is None:
        raise Refusal(NO_ACCOUNT)
    seen_by = {one.person_id: one.name for one in done_steps(session, matter)}
    prove_in_person(session, found[0], seen_by, acting, at=at)


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
