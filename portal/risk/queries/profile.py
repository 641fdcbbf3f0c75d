"""The profile: one row of facts added up per firm, in one statement, for one firm or for all of them.

Every part is a grouped subquery joined to the firm. The same parts narrowed to one firm by the bound
parameter `whose` are read through that firm's indexes; not narrowed, they are one pass over each table. No
`count(distinct …)`, which sorts whole tables.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from portal.accounts.models import Account, IdentityProof
from portal.billing.models import Bill, LedgerAccount
from portal.billing.rules.chart import FINE, RECEIVABLE, AccountKind
from portal.core.acting import Level
from portal.core.db import Key
from portal.core.money import ZERO
from portal.filing.models import Obligation
from portal.matters.models import Matter
from portal.risk.rules.facts import WORST_GRADE, FactKind
from portal.risk.rules.own import (
    CIT,
    CIT_LIQUIDATION,
    DISPUTE,
    OF_THEIR_OWN,
    REFUND,
    WITHHOLDING,
)
from portal.taxpayers.models import Firm, FirmFact, Taxpayer, TaxRegistration

WHOSE = bindparam("whose", type_=Key)
ON = bindparam("on", type_=Date)
Flag = ColumnElement[bool]


@dataclass(frozen=True)
class Profile:
    """The columns that predicates are made of. Counts are 0 and sums are zero yuan where there is nothing."""

    unfiled: ColumnElement[int]
    """Periods open for filing and not filed, but for those that are findings of their own."""
    unfiled_of: Mapping[str, ColumnElement[int]]
    """The same by tax, of the taxes that are findings of their own."""
    overdue_bills: ColumnElement[int]
    open_bills: ColumnElement[int]
    """Tax not yet due; neither these nor the overdue hold fines or withheld tax."""
    withheld_bills: ColumnElement[int]
    liquidations: ColumnElement[int]
    """Registrations for corporate income tax in force, while no liquidation return was filed."""
    fines: ColumnElement[int]
    surcharges: ColumnElement[int]
    """Bills with booked surcharge that is not paid."""
    unallocated: ColumnElement[Any]
    """Yuan that rest with the firm."""
    refunds: ColumnElement[int]
    disputes: ColumnElement[int]
    known: Mapping[FactKind, ColumnElement[int]]
    """Open facts by kind; of credit grades only the worst."""
    branches: ColumnElement[int]
    """Branches whose licence stands."""
    representative_proven: Flag
    tax_status: ColumnElement[str]
    licence: ColumnElement[str]
    parent_code: ColumnElement[str | None]


Narrow = Callable[[Any], Flag]
"""From the column that holds the firm to the condition that keeps one firm's rows, or all."""


def profile(*, of_one: bool) -> tuple[Profile, FromClause]:
    """The columns and what they are selected from; `of_one` narrows every part to the firm `whose`."""

    def mine(column: Any) -> Flag:
        return column == WHOSE if of_one else true()

    periods, money, matters, known = _periods(mine), _money(mine), _matters(mine), _known(mine)
    liquidations, branches, proven = _liquidations(mine), _branches(of_one=of_one), _proven(of_one=of_one)
    source: Any = Firm.__table__
    for part in (periods, money, matters, known, liquidations):
        source = source.outerjoin(part, part.c.taxpayer_id == Firm.taxpayer_id)
    source = source.outerjoin(branches, branches.c.parent_code == Firm.code)
    source = source.outerjoin(proven, proven.c.number_index == Firm.representative_index)
    columns = Profile(
        unfiled=_none_is_0(periods.c.unfiled),
        unfiled_of={tax: _none_is_0(periods.c[tax]) for tax in OF_THEIR_OWN},
        overdue_bills=_none_is_0(money.c.overdue),
        open_bills=_none_is_0(money.c.open),
        withheld_bills=_none_is_0(money.c.withheld),
        liquidations=_none_is_0(liquidations.c.due),
        fines=_none_is_0(money.c.fines),
        surcharges=_none_is_0(money.c.surcharges),
        unallocated=func.coalesce(money.c.unallocated, ZERO),
        refunds=_none_is_0(matters.c[REFUND]),
        disputes=_none_is_0(matters.c[DISPUTE]),
        known={kind: _none_is_0(known.c[kind]) for kind in FactKind},
        branches=_none_is_0(branches.c.standing),
        representative_proven=proven.c.number_index.is_not(None),
        tax_status=Firm.__table__.c.tax_status,
        licence=Firm.__table__.c.licence,
        parent_code=Firm.__table__.c.parent_code,
    )
    return columns, source


def _none_is_0(column: ColumnElement[Any]) -> ColumnElement[int]:
    return func.coalesce(column, 0)


def _count(condition: Flag, name: str) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0)).label(name)


def _periods(mine: Narrow) -> Subquery:
    """Periods that may be filed now and are not, whether or not the day for it has passed (细则第十六条)."""
    tax = Obligation.tax
    return (
        select(
            Obligation.taxpayer_id,
            _count(tax.not_in(OF_THEIR_OWN), "unfiled"),
            *(_count(tax == one, one) for one in OF_THEIR_OWN),
        )
        .where(Obligation.filed_on.is_(None), Obligation.opens_on <= ON, mine(Obligation.taxpayer_id))
        .group_by(Obligation.taxpayer_id)
        .subquery("periods")
    )


def _liquidations(mine: Narrow) -> Subquery:
    """A liquidation is filed once, on closing; no calendar makes a period of it before."""
    filed = exists().where(
        Obligation.taxpayer_id == TaxRegistration.taxpayer_id,
        Obligation.tax == CIT_LIQUIDATION,
        Obligation.filed_on.is_not(None),
    )
    return (
        select(TaxRegistration.taxpayer_id, func.count().label("due"))
        .where(
            TaxRegistration.tax.in_(CIT),
            TaxRegistration.from_on <= ON,
            or_(TaxRegistration.to_on.is_(None), TaxRegistration.to_on >= ON),
            ~filed,
            mine(TaxRegistration.taxpayer_id),
        )
        .group_by(TaxRegistration.taxpayer_id)
        .subquery("liquidations")
    )


def _money(mine: Narrow) -> Subquery:
    """Open balances of the ledger's tracked accounts."""
    account = LedgerAccount
    left = account.credits - account.debits
    unpaid_tax = account.kind == AccountKind.TAX_DUE
    ordinary = and_(unpaid_tax, Bill.tax.not_in((FINE, WITHHOLDING)))
    owed = and_(account.kind.in_(RECEIVABLE), account.debits > account.credits)
    rests = and_(account.kind == AccountKind.UNALLOCATED, account.credits > account.debits)
    return (
        select(
            account.taxpayer_id,
            _count(and_(ordinary, Bill.due_on < ON), "overdue"),
            _count(and_(ordinary, Bill.due_on >= ON), "open"),
            _count(and_(unpaid_tax, Bill.tax == WITHHOLDING), "withheld"),
            _count(and_(unpaid_tax, Bill.tax == FINE), "fines"),
            _count(account.kind == AccountKind.SURCHARGE_DUE, "surcharges"),
            func.sum(case((account.kind == AccountKind.UNALLOCATED, left), else_=ZERO)).label("unallocated"),
        )
        .outerjoin(Bill, Bill.id == account.bill_id)
        .where(or_(owed, rests), mine(account.taxpayer_id))
        .group_by(account.taxpayer_id)
        .subquery("money")
    )


def _matters(mine: Narrow) -> Subquery:
    kinds = (REFUND, DISPUTE)
    return (
        select(Matter.taxpayer_id, *(_count(Matter.kind == kind, kind) for kind in kinds))
        .where(Matter.closed_at.is_(None), Matter.kind.in_(kinds), mine(Matter.taxpayer_id))
        .group_by(Matter.taxpayer_id)
        .subquery("open_matters")
    )


def is_open() -> Flag:
    """Whether a fact stands on the day `on` and its finding counts it."""
    grade = FirmFact.facts["grade"].as_string()
    counts = or_(FirmFact.kind != FactKind.CREDIT_GRADE, grade == WORST_GRADE)
    return and_(FirmFact.until.is_(None), FirmFact.since <= ON, counts)


def _known(mine: Narrow) -> Subquery:
    return (
        select(FirmFact.taxpayer_id, *(_count(FirmFact.kind == kind, kind) for kind in FactKind))
        .where(is_open(), mine(FirmFact.taxpayer_id))
        .group_by(FirmFact.taxpayer_id)
        .subquery("known")
    )


def standing_branches(*, of_one: bool) -> Select[Any]:
    """Branches with a standing licence, by the code of the firm they belong to."""
    branch, parent = aliased(Firm, name="branch"), aliased(Firm, name="parent")
    found = select(branch).where(branch.licence == "active", branch.parent_code.is_not(None))
    if of_one:
        code = select(parent.code).where(parent.taxpayer_id == WHOSE).scalar_subquery()
        found = found.where(branch.parent_code == code)
    return found


def _branches(*, of_one: bool) -> Subquery:
    found = standing_branches(of_one=of_one)
    parent = found.selected_columns.parent_code
    return (
        found.with_only_columns(parent, func.count().label("standing")).group_by(parent).subquery("branches")
    )


def _proven(*, of_one: bool) -> Subquery:
    """Representatives with an open account whose latest proof says who they are, by their number's index.

    Looked for from the firms: a pass over everybody with an account grows with the town, not with its firms.
    """
    represented = aliased(Firm, name="represented")
    whom = select(represented.representative_index)
    if of_one:
        whom = whom.where(represented.taxpayer_id == WHOSE)
    later = aliased(IdentityProof, name="later")
    newer = or_(later.at > IdentityProof.at, and_(later.at == IdentityProof.at, later.id > IdentityProof.id))
    found = (
        select(Taxpayer.number_index)
        .join(Account, Account.person_id == Taxpayer.id)
        .join(IdentityProof, IdentityProof.account_id == Account.id)
        .where(
            Taxpayer.number_index.in_(whom),
            Account.role == "taxpayer",
            Account.closed_at.is_(None),
            IdentityProof.level >= int(Level.PROVEN),
            ~exists().where(later.account_id == IdentityProof.account_id, newer),
        )
        .group_by(Taxpayer.number_index)
    )
    return found.subquery("proven")
