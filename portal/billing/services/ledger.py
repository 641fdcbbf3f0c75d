"""Booking: the one way money moves. A fact is booked once, wholly, against balances held under lock.

The order of the statements is the procedure: lock the tracked accounts in the order of their ids, insert the
postings, change the balances under the floor check, and insert the journal last, which seals it. Core
statements, because a flush of mapped objects would insert the journal first.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import exists, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.billing.models import Journal, LedgerAccount, Posting
from portal.billing.rules.chart import SIDE, JournalKind, Leg, Place
from portal.core.db import upsert
from portal.core.keys import new_id
from portal.core.money import ZERO

FLOOR = "ck_ledger_accounts_floor"


@dataclass(frozen=True)
class Fact:
    """A money fact: `kind` and `source_ref` name it, and it is booked at most once."""

    kind: JournalKind
    source_ref: str
    effective_on: date
    taxpayer_id: UUID | None
    reason: str = ""
    actor_id: UUID | None = None
    corrects_id: UUID | None = None
    period: str = ""


Balances = Mapping[Place, Decimal]
"""Balances of the tracked accounts, each counted on its own side."""
Entries = Iterable[tuple[Fact, Sequence[Leg]]]
Plan = Callable[[Balances], Entries]
"""From balances held under lock to the journals to book, in order. Called again if a floor refuses them."""


def book(session: Session, fact: Fact, places: Iterable[Place], plan: Plan, *, at: datetime) -> bool:
    """Book what `plan` makes of the balances of `places`; False if `fact` was booked before.

    Every account in the plan's legs must be among `places`. Raises IntegrityError when two plans in a row
    would take an account below its floor: a defect, since balances are held.
    """
    accounts = _open(session, places)
    balances = _hold(session, accounts)
    if is_booked(session, fact.kind, fact.source_ref):
        return False
    try:
        with session.begin_nested():
            _write_all(session, accounts, plan(balances), at)
    except IntegrityError as refused:
        if FLOOR not in str(refused.orig):
            raise
        _write_all(session, accounts, plan(_hold(session, accounts)), at)
    return True


def hold(session: Session, places: Iterable[Place]) -> Balances:
    """Lock accounts until the end of the transaction, opening those never used before."""
    return _hold(session, _open(session, places))


def is_booked(session: Session, kind: JournalKind, source_ref: str) -> bool:
    """Whether this money fact stands in the ledger."""
    known = exists().where(Journal.kind == kind, Journal.source_ref == source_ref)
    return bool(session.scalar(select(known)))


def _open(session: Session, places: Iterable[Place]) -> dict[Place, UUID]:
    """The ids of accounts; those never used before are opened, in one order, so that no two writers block."""
    ordered = sorted(set(places), key=lambda place: place.code)
    held = select(LedgerAccount.code, LedgerAccount.id).where(
        LedgerAccount.code.in_([place.code for place in ordered])
    )
    ids: dict[str, UUID] = dict(session.execute(held).all())
    missing = [place for place in ordered if place.code not in ids]
    if missing:
        rows = [_row(place) for place in missing]
        session.execute(upsert(session, LedgerAccount).on_conflict_do_nothing(), rows)
        ids = dict(session.execute(held).all())
    return {place: ids[place.code] for place in ordered}


def _row(place: Place) -> dict[str, object]:
    return {
        "id": new_id(),
        "code": place.code,
        "kind": place.kind,
        "taxpayer_id": place.taxpayer_id,
        "bill_id": place.bill_id,
        "side": SIDE[place.kind],
        "tracked": place.tracked,
        "floor": ZERO,
        "debits": ZERO,
        "credits": ZERO,
    }


def _hold(session: Session, accounts: Mapping[Place, UUID]) -> Balances:
    """Lock the tracked accounts in the order of their ids and read their balances."""
    places = {id_: place for place, id_ in accounts.items() if place.tracked}
    rows = session.execute(
        select(LedgerAccount.id, LedgerAccount.debits, LedgerAccount.credits)
        .where(LedgerAccount.id.in_(places))
        .order_by(LedgerAccount.id)
        .with_for_update(key_share=True)
    )
    return {places[id_]: SIDE[places[id_].kind] * (debits - credits_) for id_, debits, credits_ in rows}


def _write_all(session: Session, accounts: Mapping[Place, UUID], entries: Entries, at: datetime) -> None:
    for fact, legs in entries:
        _write(session, accounts, fact, legs, at)


def _write(
    session: Session, accounts: Mapping[Place, UUID], fact: Fact, legs: Sequence[Leg], at: datetime
) -> None:
    journal_id = new_id()
    postings = [
        {
            "id": new_id(),
            "journal_id": journal_id,
            "leg": n,
            "debit_id": accounts[leg.debit],
            "credit_id": accounts[leg.credit],
            "amount": leg.amount,
        }
        for n, leg in enumerate(legs, 1)
    ]
    session.execute(insert(Posting), postings)
    for place, (debits, credits_) in sorted(_moved(legs).items(), key=lambda item: accounts[item[0]]):
        session.execute(
            update(LedgerAccount)
            .where(LedgerAccount.id == accounts[place])
            .values(debits=LedgerAccount.debits + debits, credits=LedgerAccount.credits + credits_)
            .execution_options(synchronize_session=False)
        )
    header = {
        "id": journal_id,
        "taxpayer_id": fact.taxpayer_id,
        "kind": fact.kind,
        "source_ref": fact.source_ref,
        "reason": fact.reason,
        "period": fact.period,
        "legs": len(legs),
        "total": sum((leg.amount for leg in legs), ZERO),
        "effective_on": fact.effective_on,
        "actor_id": fact.actor_id,
        "corrects_id": fact.corrects_id,
        "recorded_at": at,
    }
    session.execute(insert(Journal), [header])


def _moved(legs: Sequence[Leg]) -> dict[Place, tuple[Decimal, Decimal]]:
    """Sums of debits and credits by tracked account."""
    sums: dict[Place, tuple[Decimal, Decimal]] = {}
    for leg in legs:
        for place, debit, credit in ((leg.debit, leg.amount, ZERO), (leg.credit, ZERO, leg.amount)):
            if place.tracked:
                debits, credits_ = sums.get(place, (ZERO, ZERO))
                sums[place] = (debits + debit, credits_ + credit)
    return sums
