"""Named reads of taxpayers and their dated data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.crypto import Keyring
from portal.taxpayers.models import Taxpayer, TaxpayerDetail
from portal.taxpayers.rules import IdKind, IdNumber

NUMBER = "taxpayers.number"
VALUE = "taxpayer_details.value"
"""Places to which sealed fields are bound."""


@dataclass(frozen=True)
class Detail:
    """A dated fact in the clear. `kind` is name, mobile, email or address."""

    kind: str
    value: str
    effective_from: date
    recorded_at: datetime
    source: str


def taxpayer(session: Session, taxpayer_id: UUID) -> Taxpayer | None:
    """The taxpayer with this key."""
    return session.get(Taxpayer, taxpayer_id)


def by_number(session: Session, keys: Keyring, number: IdNumber) -> Taxpayer | None:
    """The taxpayer with this identity number."""
    return session.scalar(select(Taxpayer).where(Taxpayer.number_index == keys.blind(number.key)))


def number_of(who: Taxpayer, keys: Keyring) -> IdNumber:
    """The identity number in the clear; show it masked."""
    number = keys.open(who.number_sealed, NUMBER, who.id)
    return IdNumber(IdKind(who.number_kind), number, who.number_country)


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
