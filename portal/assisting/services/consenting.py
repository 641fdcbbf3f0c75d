"""A clerk asks, the taxpayer says yes or no, the clerk begins; either ends it at once."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts.models import Account, AccountSession
from portal.accounts.queries.mandates import contexts
from portal.accounts.rules.codes import TOO_MANY_CODES
from portal.accounts.services import codes, limits
from portal.accounts.services.codes import Outcome, Recipient
from portal.assisting import queries
from portal.assisting.models import Assistance
from portal.assisting.queries import Candidate, Seen, Tied
from portal.assisting.rules import (
    ASK_AGAIN,
    CONSENT_WITHIN,
    LASTS,
    OWN_PAGES,
    SECOND_PERSON,
    EndedBy,
    Way,
    waits,
)
from portal.audit import services as audit
from portal.core.acting import Acting
from portal.core.clock import day_of
from portal.core.crypto import Keyring
from portal.core.keys import new_id
from portal.core.refusal import Refusal
from portal.core.wording import N_
from portal.halls.models import Desk, Hall
from portal.notices import services as notices

AT_THE_COUNTER = N_("窗口协办")
"""What the person's own list of sessions calls one."""


@dataclass(frozen=True)
class Asked:
    """What a clerk asks: for whom, who is present, tied to what; `slip` is the number of a signed paper."""

    taxpayer_id: UUID
    present: Candidate
    tied: Tied
    slip: str | None = None


def ask(session: Session, keys: Keyring, acting: Acting, asked: Asked, *, at: datetime) -> Assistance:
    """Ask a taxpayer's consent: a code goes to the phone of who is present, or a second clerk is waited for.

    Without a phone they can agree on a device of their own. Raises `Refusal` for the clerk's own pages.
    """
    refuse_own(session, acting, asked.taxpayer_id, at)
    one = Assistance(
        id=new_id(),
        taxpayer_id=asked.taxpayer_id,
        account_id=asked.present.account_id,
        mandate_id=asked.present.mandate_id,
        clerk_id=acting.account_id,
        clerk_name=acting.person_name,
        session_id=acting.session_id,
        tie=asked.tied.tie,
        tied_id=asked.tied.tied_id,
        number=asked.tied.number,
        desk_id=asked.tied.desk_id,
        slip=asked.slip,
        asked_at=at,
        ask_until=at + CONSENT_WITHIN,
    )
    if asked.slip is None:
        said = {"clerk": acting.person_name, "number": asked.tied.number}
        whose = session.get_one(Account, asked.present.account_id)
        one.confirmation_id = send_code(session, keys, whose, "assist", said, at)
    session.add(one)
    session.flush()
    facts = {"number": one.number, "assistance": str(one.id), **_place(session, one)}
    audit.record(
        session,
        acting,
        "assistance-asked",
        at=at,
        taxpayer_id=one.taxpayer_id,
        reason=one.number,
        facts=facts,
    )
    told = {"who": acting.person_name, "number": one.number, "assistance": str(one.id)}
    notices.tell(session, _person_of(session, one), "assistance-asked", told, at=at)
    return one


def refuse_own(session: Session, acting: Acting, taxpayer_id: UUID, at: datetime) -> None:
    """Raise `Refusal` for the clerk's own pages, and those of a firm of theirs."""
    own = taxpayer_id == acting.person_id
    if own or contexts(session, acting.person_id, day_of(at), taxpayer_id=taxpayer_id):
        raise Refusal(OWN_PAGES)


def send_code(
    session: Session, keys: Keyring, whose: Account, act: str, said: dict[str, str], at: datetime
) -> UUID | None:
    """Send a code to the phone of an account, saying what it is for; None where no phone is known.

    Raises `Refusal` where too many were sent lately.
    """
    mobile = accounts.mobile_of(whose, keys)
    if not mobile:
        return None
    until = limits.take(session, keys, "assisted-code", address="", subject=mobile, at=at)
    if until is not None:
        raise Refusal(TOO_MANY_CODES, moment=until)
    to = Recipient("sms", mobile, whose.language)
    return codes.begin(session, keys, act, {"said": said}, to, account_id=whose.id, at=at).id


def agree_by_code(session: Session, keys: Keyring, one: Assistance, code: str, *, at: datetime) -> Outcome:
    """Take the code that the taxpayer told the clerk; the transaction must end well, or the try would not
    count."""
    waiting = accounts.waiting(session, one.confirmation_id, "assist", at) if one.confirmation_id else None
    if waiting is None or not _waits(one, at):
        return Outcome.VOID
    outcome = codes.check(session, keys, waiting, code, at=at)
    if outcome is Outcome.RIGHT:
        codes.finish(session, waiting, at=at)
        _agree(one, Way.CODE, at)
    return outcome


def agree_on_phone(session: Session, one: Assistance, *, at: datetime) -> None:
    """The taxpayer pressed yes on their own device. Raises `Refusal` when it is too late."""
    if one.agreed_at is None:
        _agree(one, Way.PHONE, at)
    session.flush()


def witness(session: Session, acting: Acting, one: Assistance, *, at: datetime) -> None:
    """A second clerk saw the paper signed. Refuses the one who asked; the database does so as well."""
    if acting.account_id == one.clerk_id:
        raise Refusal(SECOND_PERSON)
    _agree(one, Way.SLIP, at)
    one.second_id = acting.account_id
    session.flush()


def _agree(one: Assistance, way: Way, at: datetime) -> None:
    if not _waits(one, at):
        raise Refusal(ASK_AGAIN)
    one.agreed_at, one.way = at, way


def _waits(one: Assistance, at: datetime) -> bool:
    return waits(one.ask_until, (one.agreed_at, one.refused_at), at)


def decline(session: Session, acting: Acting, one: Assistance, *, at: datetime) -> None:
    """The taxpayer says no, or no more: what was asked lapses, what goes on ends now."""
    if one.began_at is not None:
        end(session, acting, one, EndedBy.TAXPAYER, at=at)
    elif one.refused_at is None:
        one.refused_at = at
        facts = {"number": one.number, "assistance": str(one.id)}
        audit.record(session, acting, "assistance-declined", at=at, taxpayer_id=one.taxpayer_id, facts=facts)


def begin(session: Session, acting: Acting, one: Assistance, *, at: datetime) -> Acting:
    """Let the clerk's session work on the taxpayer's pages; as who the taxpayer is there.

    Asked again it is the same. Raises `Refusal` unless it was agreed to in this session of the clerk and
    waits to begin, or where the person may not act for the taxpayer any more.
    """
    begun = one.began_at is not None and one.ended_at is None
    if one.agreed_at is None or one.session_id != acting.session_id or one.refused_at or one.ended_at:
        raise Refusal(ASK_AGAIN)
    if not begun:
        if at >= one.ask_until:
            raise Refusal(ASK_AGAIN)
        _leave_others(session, acting, at)
        one.own_session_id = _own_session(session, one, at).id
        one.began_at, one.until = at, at + LASTS
        session.get_one(AccountSession, one.session_id).assists = True
        session.flush()
    assert one.own_session_id is not None, "it has begun"
    present = accounts.acting_in_open(session, one.own_session_id, on=day_of(at))
    if present is None or present.lost is not None:
        raise Refusal(ASK_AGAIN)
    if not begun:
        facts = {"present": present.person_name, "way": one.way, "assistance": str(one.id)}
        facts |= {"second": _name_of(session, one.second_id)} if one.second_id else {}
        audit.record(
            session,
            acting,
            "assistance-began",
            at=at,
            taxpayer_id=one.taxpayer_id,
            reason=one.number,
            facts={**facts, **_place(session, one)},
        )
    return present


def _leave_others(session: Session, acting: Acting, at: datetime) -> None:
    """A clerk works for one taxpayer at a time."""
    for other in queries.open_of_session(session, acting.session_id):
        end(session, acting, other, EndedBy.CLERK, at=at)
        other.left_at = at
    session.flush()


def _own_session(session: Session, one: Assistance, at: datetime) -> AccountSession:
    """A session of the person who is present, without a token: no browser has it."""
    own = AccountSession(
        id=new_id(),
        account_id=one.account_id,
        taxpayer_id=one.taxpayer_id,
        mandate_id=one.mandate_id,
        token_hash=None,
        created_at=at,
        last_seen_at=at,
        device=AT_THE_COUNTER,
        origin="",
    )
    session.add(own)
    session.flush()
    return own


def end(session: Session, acting: Acting | None, one: Assistance, by: EndedBy, *, at: datetime) -> None:
    """End it now; what was saved until then stays as it is. Once."""
    if one.ended_at is not None:
        return
    one.ended_at, one.ended_by = at, by
    if one.own_session_id is not None:
        own = session.get_one(AccountSession, one.own_session_id)
        own.ended_at = own.ended_at or at
    facts = {"number": one.number, "assistance": str(one.id), "by": by}
    audit.record(
        session,
        acting,
        "assistance-ended",
        at=at,
        taxpayer_id=one.taxpayer_id,
        reason=one.number if acting and acting.role == "staff" else "",
        facts=facts,
    )
    told = {"who": one.clerk_name, "number": one.number, "assistance": str(one.id)}
    notices.tell(session, _person_of(session, one), "assistance-ended", told, at=at)


def leave(session: Session, one: Assistance, *, at: datetime) -> None:
    """The clerk is told that it is over; from now on their session is their own again."""
    end(session, None, one, EndedBy.TIME, at=at)
    if one.left_at is None:
        one.left_at = at
        session.get_one(AccountSession, one.session_id).assists = False
    session.flush()


def keep(session: Session, one: Assistance, sealed: str | None) -> None:
    """Keep what was typed when the end came, sealed for the clerk; what came first stays."""
    if one.kept_sealed is None:
        one.kept_sealed = sealed
    session.flush()


def take_kept(session: Session, acting: Acting, taxpayer_id: UUID) -> str | None:
    """What this clerk had typed for a taxpayer when the assistance ended; it is handed out once."""
    found = queries.kept_for_again(session, acting.account_id, taxpayer_id)
    if found is None:
        return None
    sealed, found.kept_sealed = found.kept_sealed, None
    session.flush()
    return sealed


def _place(session: Session, one: Assistance) -> dict[str, str]:
    desk = session.get(Desk, one.desk_id) if one.desk_id else None
    return Seen(one, desk, session.get_one(Hall, desk.hall_id) if desk else None).place


def _person_of(session: Session, one: Assistance) -> UUID:
    return session.get_one(Account, one.account_id).person_id


def _name_of(session: Session, account_id: UUID) -> str:
    return accounts.name_of(session, account_id)
