"""Changing what is kept about a person beside contacts and password."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.audit import services as audit
from portal.core.acting import Acting
from portal.core.clock import day_of
from portal.core.crypto import Keyring
from portal.taxpayers.queries import history, in_force
from portal.taxpayers.services import record_detail


def change_address(session: Session, keys: Keyring, acting: Acting, address: str, *, at: datetime) -> None:
    """A new address of the person, in force from today; the one that is in force already changes nothing."""
    _hold(session, acting)
    kept = in_force(history(session, acting.person_id, keys), "address", day_of(at))
    if kept is not None and kept.value == address:
        return
    record_detail(
        session, keys, acting.person_id, "address", address, effective_from=day_of(at), source="holder", at=at
    )
    audit.record(session, acting, "address-changed", taxpayer_id=acting.person_id, at=at)


def change_language(session: Session, acting: Acting, language: str, *, at: datetime) -> None:
    """The language in which the person is written to."""
    mine = _hold(session, acting)
    if mine.language == language:
        return
    mine.language = language
    audit.record(session, acting, "language-changed", taxpayer_id=acting.person_id, at=at)


def _hold(session: Session, acting: Acting) -> Account:
    """The acting account, other changes to it waiting: of two presses at once the second sees the first."""
    return session.get_one(Account, acting.account_id, with_for_update=True)
