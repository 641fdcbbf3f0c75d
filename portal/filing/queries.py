"""Named reads of drafts and filed returns; the taxpayer stands in every WHERE."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.audit.models import AuditEntry
from portal.billing.models import Bill, Journal, LedgerAccount, Posting
from portal.billing.rules.chart import FINE, RECEIVABLE, AccountKind, JournalKind
from portal.core.money import ZERO
from portal.filing.models import FiledReturn, Obligation, ReturnDraft
from portal.matters.models import Matter
from portal.taxes.periods import Period
from portal.taxpayers.models import Firm

SOURCE = "return"
"""The kind of record that bills and money facts name as theirs when they follow from a return."""
FREEING = (JournalKind.REFUND_DUE, JournalKind.REDUCE, JournalKind.ACCRUE)
TAKING = (JournalKind.REFUND_BACK, JournalKind.OFFSET)
"""The money facts of a return that bring money to rest, and those that take it from there."""


def own_draft(
    session: Session, taxpayer_id: UUID, draft_id: UUID, *, lock: bool = False
) -> ReturnDraft | None:
    """One of the taxpayer's own open drafts, or None. `lock` holds other writers off until the end."""
    query = select(ReturnDraft).where(ReturnDraft.taxpayer_id == taxpayer_id, ReturnDraft.id == draft_id)
    return session.scalars(_held(query) if lock else query).one_or_none()


def draft_for(
    session: Session, taxpayer_id: UUID, sheet: str, period: Period, *, lock: bool = False
) -> ReturnDraft | None:
    """The open draft for a sheet and period, or None; `lock` as above."""
    query = select(ReturnDraft).where(
        ReturnDraft.taxpayer_id == taxpayer_id,
        ReturnDraft.sheet == sheet,
        ReturnDraft.period == str(period),
    )
    return session.scalars(_held(query) if lock else query).one_or_none()


def drafts_of(session: Session, taxpayer_id: UUID) -> Sequence[ReturnDraft]:
    """All open drafts, newest period first."""
    query = select(ReturnDraft).where(ReturnDraft.taxpayer_id == taxpayer_id)
    return session.scalars(query.order_by(ReturnDraft.period.desc())).all()


def own_return(session: Session, taxpayer_id: UUID, return_id: UUID) -> FiledReturn | None:
    """One of the taxpayer's own filed returns, or None."""
    query = select(FiledReturn).where(FiledReturn.taxpayer_id == taxpayer_id, FiledReturn.id == return_id)
    return session.scalars(query).one_or_none()


class Succession(NamedTuple):
    """A filed return between the one it replaced and the one that replaced it."""

    filed: FiledReturn
    earlier: FiledReturn | None
    later: FiledReturn | None


def own_succession(session: Session, taxpayer_id: UUID, return_id: UUID) -> Succession | None:
    """One of the taxpayer's own filed returns with its neighbours, or None. One statement."""
    replaced = select(FiledReturn.replaces).where(FiledReturn.id == return_id).scalar_subquery()
    near = or_(FiledReturn.id == return_id, FiledReturn.id == replaced, FiledReturn.replaces == return_id)
    rows = session.scalars(select(FiledReturn).where(FiledReturn.taxpayer_id == taxpayer_id, near)).all()
    filed = next((row for row in rows if row.id == return_id), None)
    if filed is None:
        return None
    earlier = next((row for row in rows if row.id == filed.replaces), None)
    return Succession(filed, earlier, next((row for row in rows if row.replaces == return_id), None))


def ids_of_period(session: Session, filed: FiledReturn) -> Sequence[UUID]:
    """Every return of the same taxpayer, sheet and period as this one, replaced ones too."""
    return session.scalars(
        select(FiledReturn.id).where(
            FiledReturn.taxpayer_id == filed.taxpayer_id,
            FiledReturn.sheet == filed.sheet,
            FiledReturn.period == filed.period,
        )
    ).all()


def return_of_draft(session: Session, taxpayer_id: UUID, draft_id: UUID) -> FiledReturn | None:
    """What became of a draft that was submitted, or None."""
    query = select(FiledReturn).where(
        FiledReturn.taxpayer_id == taxpayer_id, FiledReturn.draft_id == draft_id
    )
    return session.scalars(query).one_or_none()


def standing_returns(session: Session, taxpayer_id: UUID) -> Sequence[FiledReturn]:
    """The returns that count, one per sheet and period, newest period first."""
    query = select(FiledReturn).where(FiledReturn.taxpayer_id == taxpayer_id, _not_replaced())
    return session.scalars(query.order_by(FiledReturn.period.desc())).all()


def standing_return(session: Session, taxpayer_id: UUID, sheet: str, period: Period) -> FiledReturn | None:
    """The return that counts for a sheet and period, or None."""
    query = select(FiledReturn).where(
        FiledReturn.taxpayer_id == taxpayer_id,
        FiledReturn.sheet == sheet,
        FiledReturn.period == str(period),
    )
    return session.scalars(query.where(_not_replaced())).one_or_none()


def replaced_by(session: Session, filed: FiledReturn) -> FiledReturn | None:
    """The return that replaced this one, or None."""
    query = select(FiledReturn).where(FiledReturn.replaces == filed.id)
    return session.scalars(query).one_or_none()


def _held(query: Select[ReturnDraft]) -> Select[ReturnDraft]:
    """Hold the row against other writers, and read it as it stands now."""
    return query.with_for_update().execution_options(populate_existing=True)


def _not_replaced() -> ColumnElement[bool]:
    later = aliased(FiledReturn)
    return ~exists().where(later.replaces == FiledReturn.id)


def returns_after(session: Session, key: UUID | None, limit: int) -> Sequence[FiledReturn]:
    """Up to `limit` filed returns of everyone, in order, after the one with this key or from the first."""
    query = select(FiledReturn).order_by(FiledReturn.id).limit(limit)
    return session.scalars(query if key is None else query.where(FiledReturn.id > key)).all()


def every_return(session: Session) -> Iterator[FiledReturn]:
    """All filed returns of everyone, for the operator's checks; one that replaces another comes after it."""
    rows = select(FiledReturn).order_by(FiledReturn.id).execution_options(yield_per=500)
    return iter(session.scalars(rows))


def levied_by_return(session: Session) -> Mapping[UUID, Mapping[str, Decimal]]:
    """By id of a return and by levy, what the ledger levied because of it; negative where it gave back."""
    named = session.execute(select(Bill.id, Bill.source_id).where(Bill.source_kind == SOURCE))
    bills = {str(bill_id): return_id for bill_id, return_id in named}
    levied: defaultdict[UUID, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for side, sign in ((Posting.credit_id, 1), (Posting.debit_id, -1)):
        moved = session.execute(
            select(Journal.kind, Journal.source_ref, LedgerAccount.code, func.sum(Posting.amount))
            .join(Posting, Posting.journal_id == Journal.id)
            .join(LedgerAccount, LedgerAccount.id == side)
            .where(LedgerAccount.kind == AccountKind.LEVIED)
            .group_by(Journal.kind, Journal.source_ref, LedgerAccount.code)
        )
        for kind, ref, code, amount in moved:
            if return_id := _return_behind(kind, ref, bills):
                levied[return_id][code.partition(":")[2]] += sign * amount
    return levied


def freed_by_return(session: Session) -> Mapping[UUID, Decimal]:
    """By id of a return, what came to rest because of it: its refund, and what was paid above a lower tax.

    Less what it took of the money that rests, back from a refund or for another levy; so maybe negative.
    """
    freed: defaultdict[UUID, Decimal] = defaultdict(lambda: ZERO)
    for side, sign, kinds in ((Posting.credit_id, 1, FREEING), (Posting.debit_id, -1, TAKING)):
        moved = session.execute(
            select(Journal.kind, Journal.source_ref, func.sum(Posting.amount))
            .join(Posting, Posting.journal_id == Journal.id)
            .join(LedgerAccount, LedgerAccount.id == side)
            .where(LedgerAccount.kind == AccountKind.UNALLOCATED, Journal.kind.in_(kinds))
            .group_by(Journal.kind, Journal.source_ref)
        )
        for kind, ref, amount in moved:
            # Surcharge set free is named by its bill and by the reduction that caused it.
            cause = ref.partition(f":{JournalKind.REDUCE}:")[2] if kind == JournalKind.ACCRUE else ref
            if return_id := _return_behind(kind, cause, {}):
                freed[return_id] += sign * amount
    return freed


def _return_behind(kind: str, source_ref: str, bills: Mapping[str, UUID]) -> UUID | None:
    """The return that a money fact follows from, if it is one."""
    if kind == JournalKind.ASSESS:
        return bills.get(source_ref)
    source, _, rest = source_ref.partition(":")
    return UUID(rest.partition(":")[0]) if source == SOURCE else None


def matters_by_return(session: Session, kinds: Collection[str]) -> Mapping[UUID, Mapping[str, str]]:
    """By id of a return, the kinds of matter it opened, each with its state."""
    opened: defaultdict[UUID, dict[str, str]] = defaultdict(dict)
    for subject_id, kind, state in session.execute(
        select(Matter.subject_id, Matter.kind, Matter.state).where(Matter.kind.in_(kinds))
    ):
        opened[subject_id][kind] = state
    return opened


def periods_owed(session: Session) -> set[tuple[UUID, str, str]]:
    """Taxpayer, tax and period of every bill on which tax or surcharge is owed."""
    owed = (
        select(Bill.taxpayer_id, Bill.tax, Bill.period)
        .join(LedgerAccount, LedgerAccount.bill_id == Bill.id)
        .where(LedgerAccount.kind.in_(RECEIVABLE), LedgerAccount.debits > LedgerAccount.credits)
        .distinct()
    )
    return {(whose, tax, period) for whose, tax, period in session.execute(owed)}


def numbers_in_trail(session: Session, acts: Collection[str]) -> set[str]:
    """The numbers of returns that the trail says were filed."""
    return {
        facts["number"] for facts in session.scalars(select(AuditEntry.facts).where(AuditEntry.act.in_(acts)))
    }


# What firms must file


def obligations_of(session: Session, taxpayer_id: UUID) -> Sequence[Obligation]:
    """Everything a taxpayer must file or has filed by obligation, latest last day first."""
    mine = select(Obligation).where(Obligation.taxpayer_id == taxpayer_id)
    return session.scalars(mine.order_by(Obligation.due_on.desc(), Obligation.tax)).all()


def missed_days(session: Session, taxpayer_id: UUID, on: date) -> Sequence[date]:
    """The last days of what should have been filed before a day and was not, earliest first."""
    missed = select(Obligation.due_on).where(
        Obligation.taxpayer_id == taxpayer_id, Obligation.filed_on.is_(None), Obligation.due_on < on
    )
    return session.scalars(missed.order_by(Obligation.due_on)).all()


def last_filed_on(session: Session, taxpayer_id: UUID) -> date | None:
    """The day on which a taxpayer last met an obligation to file."""
    return session.scalar(select(func.max(Obligation.filed_on)).where(Obligation.taxpayer_id == taxpayer_id))


def owes_fines(session: Session, taxpayer_id: UUID) -> bool:
    """Whether a fine is not paid."""
    open_ = exists().where(
        LedgerAccount.bill_id == Bill.id,
        LedgerAccount.kind.in_(RECEIVABLE),
        LedgerAccount.debits > LedgerAccount.credits,
    )
    fines = select(Bill.id).where(Bill.taxpayer_id == taxpayer_id, Bill.tax == FINE)
    return session.scalar(fines.where(open_).limit(1)) is not None


def firms_after(session: Session, key: UUID | None, limit: int) -> Sequence[UUID]:
    """Up to `limit` firms that are not cleared, by key, after one or from the first."""
    firms = (
        select(Firm.taxpayer_id).where(Firm.tax_status != "cleared").order_by(Firm.taxpayer_id).limit(limit)
    )
    return session.scalars(firms if key is None else firms.where(Firm.taxpayer_id > key)).all()
