"""Members of staff: taken in by command, enrolled once, signed in with password and one-time code."""

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pyotp
from sqlalchemy.orm import Session

from portal.accounts.models import Account, StaffMember, StaffRole
from portal.accounts.queries import staff as queries
from portal.accounts.rules.sessions import Browser
from portal.accounts.rules.staff import (
    ALREADY_STAFF,
    CODE_DIGITS,
    CODE_SECONDS,
    CODES_BESIDE,
    ENROL_CODE_LENGTH,
    ENROL_WITHIN,
    NUMBER_TAKEN,
    OTHER_NAME,
)
from portal.accounts.services import sessions
from portal.audit import services as audit
from portal.core.clock import day_of
from portal.core.crypto import Keyring, digest
from portal.core.keys import new_id, readable_code
from portal.core.refusal import Refusal
from portal.taxpayers.queries import by_number
from portal.taxpayers.rules import IdNumber
from portal.taxpayers.services import register_person

NO_PASSWORD_YET = "not enrolled"  # noqa: S105 - no hash: nothing fits it


@dataclass(frozen=True)
class NewMember:
    """Who joins the office: the person by name and identity number, the staff number, the roles."""

    name: str
    identity: IdNumber
    number: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Enrolment:
    """What a new member is handed once: a code for the first sign-in, an address for the authenticator."""

    code: str
    uri: str
    until: datetime


def add(
    session: Session, keys: Keyring, who: NewMember, office: str, *, at: datetime, secret: str = ""
) -> Enrolment:
    """Take a member in, with a secret of their own; `office` stands beside it in the authenticator.

    Refuses a number that was ever given, a person who is a member already, and a name that is not theirs.
    """
    known = by_number(session, keys, who.identity)
    if known is not None and known.name != who.name:
        raise Refusal(OTHER_NAME)
    person = known or register_person(session, keys, who.name, who.identity, at=at)
    _refuse_known(session, person.id, who.number)
    account = Account(
        id=new_id(), person_id=person.id, role="staff", password_hash=NO_PASSWORD_YET, opened_at=at
    )
    session.add(account)
    session.flush()
    secret, code, until = secret or pyotp.random_base32(), readable_code(ENROL_CODE_LENGTH), at + ENROL_WITHIN
    member = StaffMember(
        account_id=account.id,
        number=who.number,
        secret_sealed=keys.seal(secret, queries.SECRET, account.id),
        enrol_hash=digest(code.encode()),
        enrol_until=until,
    )
    session.add(member)
    session.flush()
    set_roles(session, account.id, who.roles, at=at)
    audit.record(session, None, "staff-added", at=at, taxpayer_id=person.id, facts={"number": who.number})
    return Enrolment(code, _codes(secret).provisioning_uri(name=who.number, issuer_name=office), until)


def _refuse_known(session: Session, person_id: UUID, number: str) -> None:
    if session.query(StaffMember).filter_by(number=number).first() is not None:
        raise Refusal(NUMBER_TAKEN, number=number)
    if (
        session.query(Account).filter_by(person_id=person_id, role="staff", closed_at=None).first()
        is not None
    ):
        raise Refusal(ALREADY_STAFF)


def set_roles(session: Session, account_id: UUID, roles: Collection[str], *, at: datetime) -> None:
    """Let an account hold exactly these roles from today; what it loses it loses at once."""
    today = day_of(at)
    held = queries.held_roles(session, account_id, today)
    for one in held:
        if one.role not in roles:
            one.to_on = today - timedelta(days=1)
    for role in sorted(set(roles) - {one.role for one in held}):
        session.add(StaffRole(account_id=account_id, role=role, from_on=today, given_at=at))
    session.flush()


def leave(session: Session, member: StaffMember, *, at: datetime) -> None:
    """Close the account of a member: every session ends at once, every role today."""
    account = session.get_one(Account, member.account_id, with_for_update=True)
    account.closed_at = at
    sessions.end_all(session, account.id, at=at)
    set_roles(session, account.id, (), at=at)
    audit.record(session, None, "staff-left", at=at, taxpayer_id=account.person_id)


def enrol(
    session: Session,
    keys: Keyring,
    number: str,
    enrol_code: str,
    code: str,
    password_hash: str,
    *,
    at: datetime,
) -> bool:
    """Set the first password of whoever holds the enrolment code and the authenticator; once."""
    found = queries.member(session, number, lock=True)
    if found is None or found.enrol_hash is None or found.enrol_until is None or at >= found.enrol_until:
        return False
    right = hmac.compare_digest(found.enrol_hash, digest(enrol_code.encode()))
    if not right or not _take_code(keys, found, code, at):
        return False
    found.enrol_hash, found.enrolled_at = None, at
    account = session.get_one(Account, found.account_id, with_for_update=True)
    account.password_hash = password_hash
    audit.record(session, None, "staff-enrolled", at=at, taxpayer_id=account.person_id)
    return True


@dataclass(frozen=True)
class Shown:
    """What somebody showed at the door, the password already found to fit the hash `verified`."""

    number: str
    verified: str
    password: str
    code: str


def sign_in(session: Session, keys: Keyring, shown: Shown, browser: Browser, *, at: datetime) -> str | None:
    """Begin a session after the password fitted, if the one-time code is right and was not used before."""
    found = queries.member(session, shown.number, lock=True)
    if found is None or not _take_code(keys, found, shown.code, at):
        return None
    return sessions.sign_in(session, found.account_id, shown.verified, shown.password, browser, at=at)


def code_of(secret: str, at: datetime) -> str:
    """The one-time code of an instant."""
    return _codes(secret).at(at)


def _take_code(keys: Keyring, member: StaffMember, code: str, at: datetime) -> bool:
    """Whether a code is right, and later than any accepted before; it is used up by that."""
    secret = keys.open(member.secret_sealed, queries.SECRET, member.account_id)
    codes = _codes(secret)
    now = codes.timecode(at)
    for step in range(now - CODES_BESIDE, now + CODES_BESIDE + 1):
        if hmac.compare_digest(codes.generate_otp(step), code) and step > member.code_step:
            member.code_step = step
            return True
    return False


def _codes(secret: str) -> pyotp.TOTP:
    return pyotp.TOTP(secret, digits=CODE_DIGITS, interval=CODE_SECONDS)
