"""Named reads of accounts, the people behind them, their contacts and proofs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, Select, exists, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, AccountSession, Confirmation, IdentityProof
from portal.accounts.rules.sessions import FAMILIAR_FOR, Browser
from portal.core.acting import Level
from portal.core.crypto import Keyring
from portal.taxpayers.models import Taxpayer
from portal.taxpayers.rules import IdNumber, kinds_fitting, normalise

MOBILE = "accounts.mobile"
EMAIL = "accounts.email"
"""Places to which sealed contacts are bound."""


def level_of_account() -> ScalarSelect[Any]:
    """The level of the `Account` of the enclosing query: that of its latest proof."""
    latest = select(IdentityProof.level).where(IdentityProof.account_id == Account.id)
    return (
        latest.order_by(IdentityProof.at.desc(), IdentityProof.id.desc())
        .limit(1)
        .correlate(Account)
        .scalar_subquery()
    )


def account(session: Session, account_id: UUID) -> Account:
    """The account of somebody who is signed in."""
    return session.get_one(Account, account_id)


def name_of(session: Session, account_id: UUID) -> str:
    """The name of the person behind an account."""
    named = select(Taxpayer.name).join(Account, Account.person_id == Taxpayer.id)
    return session.scalars(named.where(Account.id == account_id)).one()


@dataclass(frozen=True)
class Named:
    """What a sign-in name leads to. `familiar`: the account was signed in to from this network before."""

    account_id: UUID
    password_hash: str
    familiar: bool


def by_name(session: Session, keys: Keyring, name: str, browser: Browser, at: datetime) -> Named | None:
    """The open account of a sign-in name (identity number or mobile, as typed); one statement in any case."""
    from_here = exists().where(
        AccountSession.account_id == Account.id,
        AccountSession.origin == browser.origin,
        AccountSession.created_at > at - FAMILIAR_FOR,
    )
    found = session.execute(
        select(Account.id, Account.password_hash, from_here.label("familiar"))
        .join(Taxpayer, Taxpayer.id == Account.person_id)
        .where(Account.role == "taxpayer", Account.closed_at.is_(None))
        .where(
            or_(
                Account.mobile_index == mobile_index(keys, normalise(name)),
                Taxpayer.number_index.in_(number_indexes(keys, name)),
            )
        )
    ).first()
    return Named(found.id, found.password_hash, found.familiar) if found else None


def by_number_and_mobile(session: Session, keys: Keyring, number: str, mobile: str) -> Account | None:
    """The open account of which both are true."""
    return session.scalars(
        select(Account)
        .join(Taxpayer, Taxpayer.id == Account.person_id)
        .where(Account.role == "taxpayer", Account.closed_at.is_(None))
        .where(
            Account.mobile_index == mobile_index(keys, mobile),
            Taxpayer.number_index.in_(number_indexes(keys, number)),
        )
    ).one_or_none()


def mobile_index(keys: Keyring, mobile: str) -> str:
    """The blind index of a mobile."""
    return keys.blind(f"mobile|{mobile}")


def number_indexes(keys: Keyring, typed: str) -> list[str]:
    """The blind indexes a number may have, typed without its kind; passports are not looked for."""
    number = normalise(typed)
    return [keys.blind(IdNumber(kind, number).key) for kind in kinds_fitting(number)]


def of_person(session: Session, person_id: UUID) -> tuple[Account, Level] | None:
    """The open account of a person with its level."""
    return _with_level(session, _of_people().where(Account.person_id == person_id))


def of_number(session: Session, keys: Keyring, number: IdNumber) -> tuple[Account, Level] | None:
    """The open account of whoever has an identity number, with its level."""
    known = _of_people().join(Taxpayer, Taxpayer.id == Account.person_id)
    return _with_level(session, known.where(Taxpayer.number_index == keys.blind(number.key)))


def _of_people() -> Select[Account, Any]:
    return select(Account, level_of_account()).where(Account.role == "taxpayer", Account.closed_at.is_(None))


def _with_level(session: Session, query: Select[Account, Any]) -> tuple[Account, Level] | None:
    found = session.execute(query).one_or_none()
    return (found[0], Level(found[1] or 0)) if found else None


@dataclass(frozen=True)
class Contact:
    """Where somebody can be reached; empty what is unknown or, of an address, not confirmed."""

    mobile: str
    email: str
    language: str


def contact_of(session: Session, person_id: UUID, keys: Keyring) -> Contact | None:
    """The contacts of a person with an open account."""
    found = of_person(session, person_id)
    if found is None:
        return None
    mine = found[0]
    return Contact(mobile_of(mine, keys), email_of(mine, keys) if mine.email_confirmed else "", mine.language)


def mobile_of(whose: Account, keys: Keyring) -> str:
    """The confirmed mobile in the clear, or nothing."""
    return keys.open(whose.mobile_sealed, MOBILE, whose.id) if whose.mobile_sealed else ""


def email_of(whose: Account, keys: Keyring) -> str:
    """The mail address in the clear, confirmed or not, or nothing."""
    return keys.open(whose.email_sealed, EMAIL, whose.id) if whose.email_sealed else ""


def proofs(session: Session, account_id: UUID) -> Sequence[IdentityProof]:
    """How the person was known, newest first; the first one counts."""
    query = select(IdentityProof).where(IdentityProof.account_id == account_id)
    return session.scalars(query.order_by(IdentityProof.at.desc(), IdentityProof.id.desc())).all()


def waiting(
    session: Session, confirmation_id: UUID, act: str, at: datetime, *, account_id: UUID | None = None
) -> Confirmation | None:
    """An act that still waits for its code; of this account, if one is named."""
    query = select(Confirmation).where(
        Confirmation.id == confirmation_id,
        Confirmation.act == act,
        Confirmation.done_at.is_(None),
        Confirmation.until > at,
    )
    if account_id is not None:
        query = query.where(Confirmation.account_id == account_id)
    return session.scalar(query)
