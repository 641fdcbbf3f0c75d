"""Changing what is kept about a person beside contacts and password."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts import queries
from portal.audit import services as audit
from portal.core.acting import Acting
from portal.core.clock import day_of
from portal.core.crypto import Keyring
from portal.taxpayers.services import record_detail


def change_address(session: Session, keys: Keyring, acting: Acting, address: str, *, at: datetime) -> None:
    """A new address of the person, in force from today."""
    record_detail(
        session, keys, acting.person_id, "address", address, effective_from=day_of(at), source="holder", at=at
    )
    audit.record(session, acting, "address-changed", taxpayer_id=acting.person_id, at=at)


def change_language(session: Session, acting: Acting, language: str, *, at: datetime) -> None:
    """The language in which the person is written to."""
    queries.account(session, acting.account_id).language = language
    audit.record(session, acting, "language-changed", taxpayer_id=acting.person_id, at=at)
