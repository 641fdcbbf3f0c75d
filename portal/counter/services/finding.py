"""Finding a taxpayer, opening their file for a purpose, reading it; what was refused is kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.queries.mandates import contexts
from portal.audit import services as audit
from portal.billing.queries.debts import OpenBill, open_bills
from portal.core.acting import Acting, Channel
from portal.core.clock import day_of
from portal.core.crypto import Keyring
from portal.core.keys import new_id
from portal.core.refusal import Refusal
from portal.counter import queries
from portal.counter.models import FileOpening, FileRefusal, FileRelease, FileSearch
from portal.counter.queries import READ, Opened
from portal.counter.rules import FOR_A_MATTER, LOOK_FOR, NOT_ALONE, OWN_FILE, REASONS, key_of
from portal.filing.models import Obligation
from portal.filing.queries import obligations_of
from portal.matters.models import Matter
from portal.matters.queries import running
from portal.queue.queries.line import worked_by
from portal.settings import Office
from portal.taxpayers.models import Taxpayer
from portal.taxpayers.rules import normalise


def search(
    session: Session, keys: Keyring, acting: Acting, typed: str, second: str, *, at: datetime
) -> Sequence[Taxpayer]:
    """Find taxpayers by what they show. Kept is who searched by what kind of key, and how many there were."""
    key = key_of(normalise(typed))
    found = queries.found(session, keys, key, typed, day_of(at), second)
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
    def code(self) -> str:
        """The key of the reason."""
        return FOR_A_MATTER if self.matter else self.reason

    @property
    def said(self) -> str:
        """As the taxpayer reads it."""
        start = self.matter.number if self.matter else str(REASONS[self.reason])
        return f"{start}：{self.words}" if self.words else start


def open_for(
    session: Session, acting: Acting, taxpayer_id: UUID, purpose: Purpose, *, at: datetime
) -> FileOpening:
    """Let this person read a taxpayer's file for a while.

    Refuses their own, that of a firm of theirs, and a guarded one, for which somebody lets them in.
    """
    refuse_own(session, acting, taxpayer_id, at)
    if queries.guarded(session, [taxpayer_id]):
        raise Refusal(NOT_ALONE)
    opening = FileOpening(
        id=new_id(),
        account_id=acting.account_id,
        taxpayer_id=taxpayer_id,
        reason=purpose.code,
        purpose=purpose.said,
        matter_id=purpose.matter.id if purpose.matter else None,
        at=at,
        until=at + LOOK_FOR,
        place=desk_of(session, acting.account_id, at),
    )
    session.add(opening)
    session.flush()
    return opening


def let_in(session: Session, asked: FileRelease, by: Acting, *, at: datetime) -> FileOpening:
    """Let whoever asked read a guarded file for a while, since a colleague agreed just now."""
    opening = FileOpening(
        id=new_id(),
        account_id=asked.asked_by,
        taxpayer_id=asked.taxpayer_id,
        reason=asked.reason,
        purpose=asked.purpose,
        matter_id=asked.matter_id,
        at=at,
        until=at + LOOK_FOR,
        released_by=by.account_id,
        released_name=by.person_name,
        place=desk_of(session, asked.asked_by, at),
    )
    session.add(opening)
    session.flush()
    return opening


def refuse_own(session: Session, acting: Acting, taxpayer_id: UUID, at: datetime) -> None:
    """Nobody of the office works on their own file, or on that of a firm of theirs. Raises `OWN_FILE`."""
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


def desk_of(session: Session, account_id: UUID, at: datetime) -> dict[str, str]:
    """The desk that a member of staff works today, as the trail says it; nothing away from a desk."""
    worked = worked_by(session, account_id, day_of(at))
    if worked is None:
        return {}
    number, hall = worked
    return hall.told_with(number)


def at_the(office: Office) -> dict[str, str]:
    """The office, as the trail says it of who looks away from a desk."""
    return {"hall": office.name_zh, "hall_en": office.name_en}


def stated(opening: FileOpening) -> tuple[str, str]:
    """For what a file is open: the reason of the list and what was added; without one for a matter."""
    because = str(REASONS[opening.reason])
    if not opening.purpose.startswith(because):
        return "", opening.purpose
    return because, opening.purpose.removeprefix(because).removeprefix("：")


def note_look(session: Session, acting: Acting, opened: Opened, *, office: Office, at: datetime) -> None:
    """Put a look at a page of an opened file on the taxpayer's trail, with the purpose it is opened for."""
    because, words = stated(opened.opening)
    audit.record(
        session,
        replace(acting, channel=Channel.COUNTER),
        READ,
        at=at,
        taxpayer_id=opened.who.id,
        matter_id=opened.opening.matter_id,
        reason=opened.opening.purpose,
        facts={
            "opening": str(opened.opening.id),
            "because": because,
            "words": words,
            **(opened.opening.place or at_the(office)),
            **_let_in_by(opened.opening),
        },
    )


def _let_in_by(opening: FileOpening) -> dict[str, str]:
    return {"released_by": opening.released_name} if opening.released_name else {}


def read_file(session: Session, acting: Acting, opened: Opened, *, office: Office, at: datetime) -> FileSeen:
    """What stands in an opened file; who reads it and for what is on the taxpayer's trail with it.

    The row is in the same transaction, and there before anything is shown.
    """
    today, whose = day_of(at), opened.who.id
    note_look(session, acting, opened, office=office, at=at)
    due = [one for one in obligations_of(session, whose) if one.filed_on is None and one.opens_on <= today]
    return FileSeen(open_bills(session, whose, today), due[::-1], running(session, whose))
