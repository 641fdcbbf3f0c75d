"""Named reads of drafts and filed returns; the taxpayer stands in every WHERE."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from portal.filing.models import FiledReturn, ReturnDraft


def own_draft(
    session: Session, taxpayer_id: UUID, draft_id: UUID, *, lock: bool = False
) -> ReturnDraft | None:
    """One of the taxpayer's own open drafts, or None. `lock` holds other writers off until the end."""
    query = select(ReturnDraft).where(ReturnDraft.taxpayer_id == taxpayer_id, ReturnDraft.id == draft_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


def draft_of_year(session: Session, taxpayer_id: UUID, sheet: str, year: int) -> ReturnDraft | None:
    """The open draft for a sheet and year, or None."""
    query = select(ReturnDraft).where(
        ReturnDraft.taxpayer_id == taxpayer_id, ReturnDraft.sheet == sheet, ReturnDraft.year == year
    )
    return session.scalars(query).one_or_none()


def drafts_of(session: Session, taxpayer_id: UUID) -> Sequence[ReturnDraft]:
    """All open drafts, newest year first."""
    query = select(ReturnDraft).where(ReturnDraft.taxpayer_id == taxpayer_id)
    return session.scalars(query.order_by(ReturnDraft.year.desc())).all()


def own_return(session: Session, taxpayer_id: UUID, return_id: UUID) -> FiledReturn | None:
    """One of the taxpayer's own filed returns, or None."""
    query = select(FiledReturn).where(FiledReturn.taxpayer_id == taxpayer_id, FiledReturn.id == return_id)
    return session.scalars(query).one_or_none()


def return_of_draft(session: Session, taxpayer_id: UUID, draft_id: UUID) -> FiledReturn | None:
    """What became of a draft that was submitted, or None."""
    query = select(FiledReturn).where(
        FiledReturn.taxpayer_id == taxpayer_id, FiledReturn.draft_id == draft_id
    )
    return session.scalars(query).one_or_none()


def standing_returns(session: Session, taxpayer_id: UUID) -> Sequence[FiledReturn]:
    """The returns that count, one per sheet and year, newest year first."""
    query = select(FiledReturn).where(FiledReturn.taxpayer_id == taxpayer_id, _not_replaced())
    return session.scalars(query.order_by(FiledReturn.year.desc())).all()


def standing_return(session: Session, taxpayer_id: UUID, sheet: str, year: int) -> FiledReturn | None:
    """The return that counts for a sheet and year, or None."""
    query = select(FiledReturn).where(
        FiledReturn.taxpayer_id == taxpayer_id, FiledReturn.sheet == sheet, FiledReturn.year == year
    )
    return session.scalars(query.where(_not_replaced())).one_or_none()


def replaced_by(session: Session, filed: FiledReturn) -> FiledReturn | None:
    """The return that replaced this one, or None."""
    query = select(FiledReturn).where(FiledReturn.replaces == filed.id)
    return session.scalars(query).one_or_none()


def _not_replaced() -> ColumnElement[bool]:
    later = aliased(FiledReturn)
    return ~exists().where(later.replaces == FiledReturn.id)
