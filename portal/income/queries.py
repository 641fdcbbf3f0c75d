"""Named reads of reported income."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import exists, select, tuple_
from sqlalchemy.orm import Session, aliased

from portal.income.models import IncomeLine, QuarantinedRow


def lines_of_year(
    session: Session, taxpayer_id: UUID, year: int, *, corrected_too: bool = False
) -> Sequence[IncomeLine]:
    """What counts for a person's tax year, in order of month and payer.

    With `corrected_too` also the lines that a later one corrected, for pages that show the history.
    """
    query = select(IncomeLine).where(IncomeLine.taxpayer_id == taxpayer_id, IncomeLine.year == year)
    if not corrected_too:
        later = aliased(IncomeLine)
        query = query.where(~exists().where(later.corrects_id == IncomeLine.id))
    return session.scalars(
        query.order_by(IncomeLine.month, IncomeLine.item, IncomeLine.payer_name, IncomeLine.id)
    ).all()


def years_with_income(session: Session, taxpayer_id: UUID) -> Sequence[int]:
    """The years for which anything was reported, newest first."""
    query = select(IncomeLine.year).where(IncomeLine.taxpayer_id == taxpayer_id).distinct()
    return session.scalars(query.order_by(IncomeLine.year.desc())).all()


def by_source_line(
    session: Session, keys: Collection[tuple[str, int, int, str]]
) -> dict[tuple[str, int, int, str], IncomeLine]:
    """Lines already held, by payer code, year, month and the payer's own line name."""
    named = tuple_(IncomeLine.payer_code, IncomeLine.year, IncomeLine.month, IncomeLine.source_line)
    held = session.scalars(select(IncomeLine).where(named.in_(list(keys))))
    return {(line.payer_code, line.year, line.month, line.source_line): line for line in held}


def set_aside_before(session: Session, indexes: Collection[str]) -> set[str]:
    """Of rows by their keyed digest, those that stand set aside."""
    return set(
        session.scalars(select(QuarantinedRow.row_index).where(QuarantinedRow.row_index.in_(list(indexes))))
    )
