"""Named reads of health checks and clearances; a firm finds only its own."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Mandate
from portal.accounts.rules.mandates import Role
from portal.core.clock import day_of
from portal.deregistration.models import Clearance, HealthCheck, Promise
from portal.filing.models import FiledReturn
from portal.matters.models import Matter
from portal.risk.rules.facts import FactKind
from portal.taxpayers.models import Firm, FirmFact, Taxpayer

LATEST = 20
VAT = "vat-small-scale"


def checks_of(session: Session, taxpayer_id: UUID, limit: int = LATEST) -> Sequence[HealthCheck]:
    """A firm's latest runs, the newest first."""
    query = select(HealthCheck).where(HealthCheck.taxpayer_id == taxpayer_id)
    return session.scalars(query.order_by(HealthCheck.id.desc()).limit(limit)).all()


def own_check(
    session: Session, taxpayer_id: UUID, check_id: UUID
) -> tuple[HealthCheck, HealthCheck | None] | None:
    """One of the firm's own runs with the one it was compared with, or None. One statement."""
    before = aliased(HealthCheck)
    query = (
        select(HealthCheck, before)
        .outerjoin(before, before.id == HealthCheck.previous_id)
        .where(HealthCheck.taxpayer_id == taxpayer_id, HealthCheck.id == check_id)
    )
    found = session.execute(query).one_or_none()
    return None if found is None else (found[0], found[1])


def open_clearance(session: Session, taxpayer_id: UUID) -> Clearance | None:
    """A firm's application that is not decided yet."""
    mine = select(Clearance).where(Clearance.taxpayer_id == taxpayer_id, Clearance.closed_at.is_(None))
    return session.scalars(mine).one_or_none()


def own_clearance(
    session: Session, taxpayer_id: UUID, clearance_id: UUID, *, lock: bool = False
) -> Clearance | None:
    """One of the firm's own applications, or None; `lock` holds other writers off until the end."""
    mine = select(Clearance).where(Clearance.taxpayer_id == taxpayer_id, Clearance.id == clearance_id)
    return session.scalars(mine.with_for_update() if lock else mine).one_or_none()


def clearances_of(session: Session, taxpayer_id: UUID) -> Sequence[Clearance]:
    """A firm's applications, the newest first."""
    mine = select(Clearance).where(Clearance.taxpayer_id == taxpayer_id)
    return session.scalars(mine.order_by(Clearance.id.desc())).all()


def last_cleared(session: Session, taxpayer_id: UUID) -> Clearance | None:
    """The clearance by which a firm stands cleared."""
    mine = select(Clearance).where(
        Clearance.taxpayer_id == taxpayer_id,
        Clearance.cleared_on.is_not(None),
    )
    return session.scalars(mine.order_by(Clearance.id.desc()).limit(1)).one_or_none()


def matter_of(session: Session, clearance: Clearance) -> Matter:
    """The matter that tells of an application."""
    about = select(Matter).where(
        Matter.taxpayer_id == clearance.taxpayer_id, Matter.subject_id == clearance.id
    )
    return session.scalars(about).one()


def untold(session: Session) -> Sequence[tuple[Clearance, str, str]]:
    """Clearances of which the register has not confirmed what they are now, with credit code and number."""
    rows = (
        select(Clearance, Firm.code, Matter.number)
        .join(Firm, Firm.taxpayer_id == Clearance.taxpayer_id)
        .join(Matter, and_(Matter.taxpayer_id == Clearance.taxpayer_id, Matter.subject_id == Clearance.id))
        .where(
            Clearance.told_at.is_(None),
            or_(Clearance.cleared_on.is_not(None), Clearance.reopened_at.is_not(None)),
        )
        .order_by(Clearance.id)
    )
    return [(one, code, number) for one, code, number in session.execute(rows)]


def promises_of(session: Session, clearance: Clearance) -> Sequence[Promise]:
    """What was promised for a clearance, by the day it is due."""
    mine = select(Promise).where(Promise.clearance_id == clearance.id)
    return session.scalars(mine.order_by(Promise.due_on, Promise.code)).all()


def answerable(session: Session, clearance: Clearance) -> Sequence[tuple[UUID, Role]]:
    """Who answered for a firm as it applied, and as what: the legal representative, the heads of finance.

    By the mandates that stood then; the representative of the register is one even without an account.
    """
    then, on = clearance.applied_at, day_of(clearance.applied_at)
    held = select(Mandate.holder_id, Mandate.role).where(
        Mandate.taxpayer_id == clearance.taxpayer_id,
        Mandate.role.in_([Role.REPRESENTATIVE, Role.FINANCE_HEAD]),
        Mandate.accepted_at <= then,
        or_(Mandate.ended_at.is_(None), Mandate.ended_at > then),
        Mandate.from_on <= on,
        or_(Mandate.to_on.is_(None), Mandate.to_on >= on),
    )
    found = {(holder, Role(role)) for holder, role in session.execute(held)}
    if not any(role is Role.REPRESENTATIVE for _, role in found):
        registered = (
            select(Taxpayer.id)
            .join(Firm, Firm.representative_index == Taxpayer.number_index)
            .where(Firm.taxpayer_id == clearance.taxpayer_id)
        )
        found |= {(person, Role.REPRESENTATIVE) for person in session.scalars(registered)}
    return _once_each(found)


def _once_each(found: set[tuple[UUID, Role]]) -> Sequence[tuple[UUID, Role]]:
    """Who is both is recorded once, as the representative."""
    ranked = sorted(found, key=lambda one: (one[0], one[1] is Role.REPRESENTATIVE))
    return sorted(dict(ranked).items())


def waiting_promises(session: Session) -> Sequence[Promise]:
    """Every promise that nothing has become of yet."""
    return session.scalars(select(Promise).where(Promise.settled_on.is_(None)).order_by(Promise.due_on)).all()


def known_of(session: Session, taxpayer_id: UUID, on: date) -> tuple[str, bool]:
    """The firm's credit grade as last told (empty where none was), and whether its latest VAT return came out
    below the threshold. One statement."""
    grade = (
        select(FirmFact.facts)
        .where(
            FirmFact.taxpayer_id == taxpayer_id,
            FirmFact.kind == FactKind.CREDIT_GRADE,
            FirmFact.since <= on,
            FirmFact.until.is_(None),
        )
        .order_by(FirmFact.since.desc(), FirmFact.id.desc())
        .limit(1)
    )
    latest = (
        select(FiledReturn.lines)
        .where(FiledReturn.taxpayer_id == taxpayer_id, FiledReturn.sheet == VAT)
        .order_by(FiledReturn.submitted_at.desc())
        .limit(1)
    )
    facts, lines = session.execute(select(grade.scalar_subquery(), latest.scalar_subquery())).one()
    return str((facts or {}).get("grade", "")), bool(lines and lines.get("small"))
