"""Putting taxpayers on the register of this portal, and dating what changes about them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.core.clock import day_of
from portal.core.crypto import Keyring
from portal.core.keys import new_id
from portal.taxpayers.models import Taxpayer, TaxpayerDetail
from portal.taxpayers.queries import NUMBER, VALUE, by_number, history
from portal.taxpayers.rules import IdNumber


def new_person(keys: Keyring, name: str, number: IdNumber, at: datetime) -> Taxpayer:
    """A person not yet added to any session; for bulk loading."""
    key = new_id()
    return Taxpayer(
        id=key,
        kind="person",
        name=name,
        number_kind=number.kind,
        number_country=number.country,
        number_sealed=keys.seal(number.number, NUMBER, key),
        number_index=keys.blind(number.key),
        opened_at=at,
    )


def register_person(
    session: Session, keys: Keyring, name: str, number: IdNumber, *, at: datetime
) -> Taxpayer:
    """The person with this number, added if new. The name, as the identity register has it, is kept up."""
    known = by_number(session, keys, number)
    if known is None:
        return _add(session, keys, name, number, at)
    if known.name != name:
        rename(session, keys, known, name, effective_from=day_of(at), source="register", at=at)
    return known


def _add(session: Session, keys: Keyring, name: str, number: IdNumber, at: datetime) -> Taxpayer:
    made = new_person(keys, name, number, at)
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        # Another transaction added the same number since we looked.
        found = by_number(session, keys, number)
        if found is None:
            raise
        return found
    return made


def rename(
    session: Session,
    keys: Keyring,
    who: Taxpayer,
    name: str,
    *,
    effective_from: date,
    source: str,
    at: datetime,
) -> None:
    """Give a taxpayer a new name from a day on; the old one stays true of the days before."""
    if not any(detail.kind == "name" for detail in history(session, who.id, keys)):
        record_detail(
            session,
            keys,
            who.id,
            "name",
            who.name,
            effective_from=day_of(who.opened_at),
            source=source,
            at=at,
        )
    record_detail(session, keys, who.id, "name", name, effective_from=effective_from, source=source, at=at)
    who.name = name
    session.flush()


def record_detail(
    session: Session,
    keys: Keyring,
    taxpayer_id: UUID,
    kind: str,
    value: str,
    *,
    effective_from: date,
    source: str,
    at: datetime,
) -> TaxpayerDetail:
    """Note a dated fact. `source` says who stated it: holder, register, import or staff."""
    key = new_id()
    made = TaxpayerDetail(
        id=key,
        taxpayer_id=taxpayer_id,
        kind=kind,
        value_sealed=keys.seal(value, VALUE, key),
        effective_from=effective_from,
        recorded_at=at,
        source=source,
    )
    session.add(made)
    session.flush()
    return made
