"""What shows a finding: by its code, the rows behind it. Rows of one table are read once for all findings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, cached_property, partial
from typing import Any
from uuid import UUID

from sqlalchemy import Row as Result
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.billing.queries.debts import OpenBill, open_bills
from portal.billing.rules.chart import FINE
from portal.core.clock import day_of
from portal.core.money import ZERO
from portal.filing.models import Obligation
from portal.matters.models import Matter
from portal.risk.queries.profile import ON, WHOSE, is_open, standing_branches
from portal.risk.rules import CATALOGUE, Audience, Row
from portal.risk.rules.facts import FactKind
from portal.risk.rules.own import (
    CIT_ANNUAL,
    CIT_LIQUIDATION,
    DISPUTE,
    OF_THEIR_OWN,
    REFUND,
    WITHHOLDING,
)
from portal.taxes.duties import DUTIES
from portal.taxpayers.models import FirmFact, Taxpayer
from portal.taxpayers.rules.firms import LICENCES, Licence

SILENCE = "unfiled-since:"
TITLES = {duty.code: duty.title for duty in DUTIES}


@dataclass
class Records:
    """One firm's records on one day; a table is read when a finding first asks for it, five at most."""

    session: Session
    taxpayer_id: UUID
    on: date
    audience: Audience
    firm: Result[Any]
    """The row of the profile: what the firm's own record says."""

    @cached_property
    def periods(self) -> Sequence[Obligation]:
        """Periods open for filing and not filed."""
        return self._rows(_open_periods())

    @cached_property
    def bills(self) -> list[OpenBill]:
        """Bills on which something is unpaid."""
        return open_bills(self.session, self.taxpayer_id, self.on)

    @cached_property
    def matters(self) -> Sequence[Matter]:
        """Refunds and disputes not closed."""
        return self._rows(_open_matters())

    @cached_property
    def facts(self) -> Sequence[FirmFact]:
        """All open facts, secret ones too."""
        return self._rows(_open_facts())

    @cached_property
    def branches(self) -> Sequence[Any]:
        """Code and name of every branch with a standing licence."""
        return self.session.execute(_branches(), {"whose": self.taxpayer_id}).all()

    def secret(self) -> set[str]:
        """Codes of findings with records that a firm may not be told of."""
        return {fact.kind for fact in self.facts if fact.secret}

    def _rows(self, query: Select[*tuple[Any, ...]]) -> Sequence[Any]:
        return self.session.scalars(query, {"whose": self.taxpayer_id, "on": self.on}).all()


@cache
def _open_periods() -> Select[*tuple[Any, ...]]:
    mine = (Obligation.taxpayer_id == WHOSE, Obligation.filed_on.is_(None), Obligation.opens_on <= ON)
    return select(Obligation).where(*mine).order_by(Obligation.due_on, Obligation.tax, Obligation.period)


@cache
def _open_matters() -> Select[*tuple[Any, ...]]:
    mine = (Matter.taxpayer_id == WHOSE, Matter.closed_at.is_(None), Matter.kind.in_((REFUND, DISPUTE)))
    return select(Matter).where(*mine).order_by(Matter.id)


@cache
def _open_facts() -> Select[*tuple[Any, ...]]:
    return (
        select(FirmFact)
        .where(FirmFact.taxpayer_id == WHOSE, is_open())
        .order_by(FirmFact.since, FirmFact.kind, FirmFact.reference)
    )


@cache
def _branches() -> Select[*tuple[Any, ...]]:
    found = standing_branches(of_one=True)
    branch = found.selected_columns
    return (
        found.join(Taxpayer, Taxpayer.id == branch.taxpayer_id)
        .with_only_columns(branch.code, Taxpayer.name)
        .order_by(branch.code)
    )


def _yuan(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _period(records: Records, *, wanted: Callable[[str], bool]) -> list[Row]:
    return [
        {"tax": TITLES.get(one.tax, one.tax), "period": one.period, "due_on": one.due_on.isoformat()}
        for one in records.periods
        if wanted(one.tax)
    ]


def _bill(one: OpenBill, amount: Decimal) -> Row:
    bill = one.bill
    return {
        "title": bill.title,
        "period": bill.period,
        "due_on": bill.due_on.isoformat(),
        "amount": _yuan(amount),
    }


def _arrears(records: Records) -> list[Row]:
    return [
        {**_bill(one, one.tax), "surcharge": _yuan(one.surcharge)}
        for one in _of_tax(records)
        if one.bill.due_on < records.on
    ]


def _bill_open(records: Records) -> list[Row]:
    return [_bill(one, one.tax) for one in _of_tax(records) if one.bill.due_on >= records.on]


def _of_tax(records: Records) -> list[OpenBill]:
    return [one for one in records.bills if one.tax > ZERO and one.bill.tax not in {FINE, WITHHOLDING}]


def _fines(records: Records) -> list[Row]:
    return [_bill(one, one.tax) for one in records.bills if one.tax > ZERO and one.bill.tax == FINE]


def _surcharges(records: Records) -> list[Row]:
    return [_bill(one, one.debt.surcharge_left) for one in records.bills if one.debt.surcharge_left > ZERO]


def _withheld(records: Records) -> list[Row]:
    return [_bill(one, one.tax) for one in records.bills if one.tax > ZERO and one.bill.tax == WITHHOLDING]


def _liquidation(records: Records) -> list[Row]:
    """The period if one was set; else that there will be one, with no day yet."""
    unset: Row = {"tax": TITLES[CIT_LIQUIDATION], "period": None, "due_on": None}
    return _period(records, wanted=CIT_LIQUIDATION.__eq__) or [unset]


def _matter(kind: str, records: Records) -> list[Row]:
    return [
        {"number": one.number, "about": one.about or None, "since": day_of(one.opened_at).isoformat()}
        for one in records.matters
        if one.kind == kind
    ]


def _fact(kind: FactKind, records: Records) -> list[Row]:
    more = [column.name for column in CATALOGUE[kind].evidence[3:]]
    return [
        {
            "reference": fact.reference,
            "since": fact.since.isoformat(),
            "source": fact.source,
            **{name: str(fact.facts[name]) if name in fact.facts else None for name in more},
        }
        for fact in records.facts
        if fact.kind == kind and not (fact.secret and records.audience is Audience.FIRM)
    ]


def _abnormal(records: Records) -> list[Row]:
    """Since when, and the last day that passed first (`filing.services.review` writes it into the cause)."""
    firm = records.firm
    missed = firm.tax_status_cause.removeprefix(SILENCE)
    return [{"since": firm.tax_status_since.isoformat(), "missed": missed or None}]


EVIDENCE: dict[str, Callable[[Records], list[Row]]] = {
    "unfiled": partial(_period, wanted=lambda tax: tax not in OF_THEIR_OWN),
    "withholding": partial(_period, wanted=WITHHOLDING.__eq__),
    "withholding-unpaid": _withheld,
    "cit-annual": partial(_period, wanted=CIT_ANNUAL.__eq__),
    "cit-liquidation": _liquidation,
    "arrears": _arrears,
    "bill-open": _bill_open,
    "surcharge": _surcharges,
    "fine": _fines,
    "unallocated": lambda records: [{"amount": _yuan(records.firm.unallocated)}],
    "refund-open": partial(_matter, REFUND),
    "dispute": partial(_matter, DISPUTE),
    "abnormal": _abnormal,
    "branch": lambda records: [{"name": name, "code": code} for code, name in records.branches],
    "representative-unproven": lambda records: [{"name": records.firm.representative_name}],
    "licence-revoked": lambda records: [{"licence": LICENCES[Licence(records.firm.licence)]}],
    **{kind.value: partial(_fact, kind) for kind in FactKind},
}
