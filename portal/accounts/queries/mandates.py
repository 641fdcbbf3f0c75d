"""Named reads of mandates: for whom a person may act, who may act for a firm, one's own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Row, Select, bindparam, or_, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.util import AliasedClass

from portal.accounts.models import Mandate
from portal.accounts.rules.mandates import Role, Standing, standing
from portal.core.acting import Right
from portal.taxpayers.models import Taxpayer

MOST_SHOWN = 100
"""Mandates of one list, the newest first."""


def in_force(mandate: type[Mandate] | AliasedClass[Mandate]) -> ColumnElement[bool]:
    """Whether a mandate holds on the day bound as `today`: accepted, not ended, between its days."""
    today = bindparam("today", type_=Date())
    return (
        mandate.accepted_at.is_not(None)
        & mandate.ended_at.is_(None)
        & (mandate.from_on <= today)
        & or_(mandate.to_on.is_(None), mandate.to_on >= today)
    )


@dataclass(frozen=True)
class Context:
    """A taxpayer for whom a person may act now, and as what; `through` is the agent firm between them."""

    mandate_id: UUID
    taxpayer_id: UUID
    name: str
    role: Role
    rights: frozenset[Right]
    to_on: date | None
    through: str = ""


def contexts(
    session: Session,
    person_id: UUID,
    on: date,
    *,
    mandate_id: UUID | None = None,
    taxpayer_id: UUID | None = None,
) -> list[Context]:
    """For whom a person may act on a day, by name; only by one mandate or for one firm, if one is named.

    One statement.
    """
    given, inside = aliased(Mandate), aliased(Mandate)
    firm, agent = aliased(Taxpayer), aliased(Taxpayer)
    query = (
        select(
            given.id,
            given.taxpayer_id,
            firm.name,
            given.role,
            given.rights,
            given.to_on,
            inside.rights.label("rights_inside"),
            agent.name.label("through"),
        )
        .join(firm, firm.id == given.taxpayer_id)
        .outerjoin(
            inside,
            (inside.taxpayer_id == given.holder_id) & (inside.holder_id == person_id) & in_force(inside),
        )
        .outerjoin(agent, agent.id == inside.taxpayer_id)
        .where(in_force(given), or_(given.holder_id == person_id, inside.id.is_not(None)))
        .order_by(firm.name, given.id)
    )
    if mandate_id is not None:
        query = query.where(given.id == mandate_id)
    if taxpayer_id is not None:
        query = query.where(given.taxpayer_id == taxpayer_id)
    return _contexts(session.execute(query, {"today": on}))


def _contexts(rows: Iterable[Row[*tuple[Any, ...]]]) -> list[Context]:
    """One for each mandate, though a person may hold several in the agent firm."""
    found: dict[UUID, list[Row[*tuple[Any, ...]]]] = {}
    for row in rows:
        found.setdefault(row.id, []).append(row)
    return [one for same in found.values() if (one := _context(same)).rights]


def _context(rows: Sequence[Row[*tuple[Any, ...]]]) -> Context:
    row = rows[0]
    rights = frozenset(map(Right, row.rights))
    if row.through:
        rights &= frozenset(Right(right) for each in rows for right in each.rights_inside)
    return Context(row.id, row.taxpayer_id, row.name, Role(row.role), rights, row.to_on, row.through or "")


@dataclass(frozen=True)
class Held:
    """A mandate with the name of the other side, and how it stands."""

    mandate: Mandate
    name: str
    standing: Standing

    @property
    def role(self) -> Role:
        return Role(self.mandate.role)

    @property
    def rights(self) -> list[Right]:
        return [right for right in Right if right in self.mandate.rights]


def mandates_of_firm(session: Session, firm_id: UUID, on: date) -> list[Held]:
    """Who may act, might, or did act for a firm, with their names; the newest first."""
    return _held(session, _with_name(Mandate.holder_id).where(Mandate.taxpayer_id == firm_id), on)


def mandates_of_holder(session: Session, holder_id: UUID, on: date) -> list[Held]:
    """For whom somebody may act, might, or did act, with their names; the newest first."""
    return _held(session, _with_name(Mandate.taxpayer_id).where(Mandate.holder_id == holder_id), on)


def _with_name(other: Any) -> Select[Mandate, str]:
    return select(Mandate, Taxpayer.name).join(Taxpayer, Taxpayer.id == other)


def _held(session: Session, query: Select[Mandate, str], on: date) -> list[Held]:
    rows = session.execute(query.order_by(Mandate.id.desc()).limit(MOST_SHOWN))
    return [Held(mandate, name, standing(mandate, on)) for mandate, name in rows]


def own_mandate(session: Session, mandate_id: UUID, party_id: UUID, *, lock: bool = False) -> Mandate | None:
    """A mandate of which somebody is either side; with `lock`, as it is now, and nobody else changes it."""
    query = select(Mandate).where(
        Mandate.id == mandate_id, or_(Mandate.taxpayer_id == party_id, Mandate.holder_id == party_id)
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalar(query)


@dataclass(frozen=True)
class Past:
    """A taxpayer for whom a person acts or acted, and the mandate by which."""

    taxpayer_id: UUID
    name: str
    mandate: Mandate
    inside: Mandate | None


def known_context(
    session: Session, person_id: UUID, *, mandate_id: UUID | None = None, taxpayer_id: UUID | None = None
) -> Past | None:
    """A mandate by which a person acts or ever acted, directly or through an agent firm, the latest one.

    Named by itself or by its firm. What was merely proposed counts too: its name was told to the person.
    """
    given, inside = aliased(Mandate), aliased(Mandate)
    query = (
        select(given, inside, Taxpayer.name)
        .join(Taxpayer, Taxpayer.id == given.taxpayer_id)
        .outerjoin(inside, (inside.taxpayer_id == given.holder_id) & (inside.holder_id == person_id))
        .where(or_(given.holder_id == person_id, inside.id.is_not(None)))
        .where(given.id == mandate_id if mandate_id is not None else given.taxpayer_id == taxpayer_id)
        .order_by(given.id.desc(), inside.id.desc())
        .limit(1)
    )
    found = session.execute(query).one_or_none()
    return Past(found[0].taxpayer_id, found[2], found[0], found[1]) if found else None
