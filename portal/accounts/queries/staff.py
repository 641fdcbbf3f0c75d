"""Named reads of members of staff: by number, and what they may do on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, ScalarSelect, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, AccountSession, StaffMember, StaffRole
from portal.accounts.queries.people import Named
from portal.accounts.rules.sessions import FAMILIAR_FOR, Browser
from portal.taxpayers.models import Taxpayer

SECRET = "staff.secret"  # noqa: S105 - the place to which the sealed secret is bound


def by_staff_number(session: Session, number: str, browser: Browser, at: datetime) -> Named | None:
    """The open account of a member of staff who has enrolled; one statement in any case."""
    from_here = exists().where(
        AccountSession.account_id == Account.id,
        AccountSession.origin == browser.origin,
        AccountSession.created_at > at - FAMILIAR_FOR,
    )
    found = session.execute(
        select(Account.id, Account.password_hash, from_here.label("familiar"))
        .join(StaffMember, StaffMember.account_id == Account.id)
        .where(Account.role == "staff", Account.closed_at.is_(None))
        .where(StaffMember.number == number, StaffMember.enrolled_at.is_not(None))
    ).first()
    return Named(found.id, found.password_hash, found.familiar) if found else None


def member(session: Session, number: str, *, lock: bool = False) -> StaffMember | None:
    """The member with this number whose account is open, enrolled or not."""
    query = select(StaffMember).join(Account, Account.id == StaffMember.account_id)
    query = query.where(StaffMember.number == number, Account.closed_at.is_(None))
    return session.scalar(query.with_for_update(of=StaffMember) if lock else query)


def _in_force(today: ColumnElement[date]) -> ColumnElement[bool]:
    return (StaffRole.from_on <= today) & or_(StaffRole.to_on.is_(None), StaffRole.to_on >= today)


def roles_of_account() -> ScalarSelect[Any]:
    """The roles on the day bound as `today` of the staff `Account` of the enclosing query, by commas.

    NULL for any other account, without looking.
    """
    theirs = (
        select(func.aggregate_strings(StaffRole.role, ","))
        .where(StaffRole.account_id == Account.id, _in_force(bindparam("today", type_=Date())))
        .correlate(Account)
        .scalar_subquery()
    )
    return select(case((Account.role == "staff", theirs))).correlate(Account).scalar_subquery()


def held_roles(session: Session, account_id: UUID, on: date) -> Sequence[StaffRole]:
    """The roles an account holds on a day."""
    theirs = select(StaffRole).where(StaffRole.account_id == account_id)
    return session.scalars(theirs.where(_in_force(bindparam("today", on, Date())))).all()


@dataclass(frozen=True)
class OnList:
    """A member of staff as the operator sees them."""

    number: str
    name: str
    enrolled: bool
    closed: bool
    roles: tuple[str, ...]


def everyone(session: Session, on: date) -> list[OnList]:
    """Every member of staff there ever was, by number, with the roles held on a day."""
    query = (
        select(StaffMember.number, Taxpayer.name, StaffMember.enrolled_at, Account.closed_at)
        .add_columns(roles_of_account().label("roles"))
        .join(Account, Account.id == StaffMember.account_id)
        .join(Taxpayer, Taxpayer.id == Account.person_id)
        .order_by(StaffMember.number)
    )
    return [
        OnList(
            row.number,
            row.name,
            row.enrolled_at is not None,
            row.closed_at is not None,
            tuple(sorted((row.roles or "").split(","))) if row.roles else (),
        )
        for row in session.execute(query, {"today": on})
    ]
