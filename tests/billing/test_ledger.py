"""The ledger refuses what it must, on both databases, and agrees with a plain model of itself."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from portal.billing import services
from portal.billing.models import Bill, Journal, LedgerAccount, Posting
from portal.billing.queries import resting
from portal.billing.queries.debts import debts_of
from portal.billing.rules import chart
from portal.billing.rules.allocation import Debt, distribute
from portal.billing.rules.chart import JournalKind, Leg
from portal.billing.rules.surcharge import Movement
from portal.billing.services import bills as bill_services
from portal.billing.services.ledger import Fact, book
from portal.core.db import Database
from portal.core.keys import new_id
from portal.core.money import ZERO, from_fen
from tests.billing.conftest import NOON, books, new_bill, new_taxpayer

D = Decimal
TODAY = date(2026, 7, 10)


@pytest.fixture
def bill(database: Database) -> Bill:
    """1,000 yuan, assessed and unpaid."""
    return new_bill(database, new_taxpayer(database), "1000.00")


def pay(session: Session, bill: Bill, amount: str, ref: str = "pi_1") -> bool:
    """Book a payment to the tax of a bill, whatever its balance."""
    fact = Fact(JournalKind.PAYMENT, ref, TODAY, bill.taxpayer_id)
    leg = Leg(chart.clearing("gateway"), chart.tax_due(bill.taxpayer_id, bill.id), D(amount))
    return book(session, fact, (leg.debit, leg.credit), lambda _: [(fact, [leg])], at=NOON)


def header(bill: Bill, **changed: Any) -> dict[str, Any]:
    """A journal's row."""
    row = {
        "id": new_id(),
        "taxpayer_id": bill.taxpayer_id,
        "kind": JournalKind.PAYMENT,
        "source_ref": "pi_x",
        "reason": "",
        "period": "",
        "legs": 1,
        "total": D("5.00"),
        "effective_on": TODAY,
        "recorded_at": NOON,
    }
    return row | changed


def posting(session: Session, bill: Bill, journal_id: UUID, **changed: Any) -> dict[str, Any]:
    """A posting's row between two accounts that are there."""
    ids = list(session.scalars(select(LedgerAccount.id).order_by(LedgerAccount.code)))
    row = {
        "id": new_id(),
        "journal_id": journal_id,
        "leg": 1,
        "debit_id": ids[0],
        "credit_id": ids[1],
        "amount": D("5.00"),
    }
    return row | changed


# What the table of refusals names; each is tried on a ledger that holds one journal.


def update_posting(session: Session, bill: Bill) -> None:
    session.execute(update(Posting).values(amount=D("1.00")))


def update_journal(session: Session, bill: Bill) -> None:
    session.execute(update(Journal).values(total=D("1.00")))


def delete_posting(session: Session, bill: Bill) -> None:
    session.execute(delete(Posting))


def delete_journal(session: Session, bill: Bill) -> None:
    session.execute(text("DELETE FROM ledger_journals"))


def empty_the_table(session: Session, bill: Bill) -> None:
    sqlite = session.get_bind().dialect.name == "sqlite"
    session.execute(text("DELETE FROM ledger_postings" if sqlite else "TRUNCATE ledger_postings CASCADE"))


def replace_by_upsert(session: Session, bill: Bill) -> None:
    """INSERT OR REPLACE on SQLite, DO UPDATE on PostgreSQL: an upsert that changes what stands."""
    known = session.execute(select(Posting)).scalars().first()
    assert known is not None
    row = posting(session, bill, known.journal_id, id=known.id, leg=known.leg)
    if session.get_bind().dialect.name == "sqlite":
        session.execute(insert(Posting).prefix_with("OR REPLACE"), [row])
        return
    from sqlalchemy.dialects.postgresql import insert as upsert

    session.execute(
        upsert(Posting).values(**row).on_conflict_do_update(index_elements=["id"], set_={"leg": 9})
    )


def a_float_amount(session: Session, bill: Bill) -> None:
    journal = new_id()
    row = posting(session, bill, journal)
    values = {**row, "id": row["id"].hex, "amount": 10.5}
    values |= {name: row[name].hex for name in ("journal_id", "debit_id", "credit_id")}
    columns = "(id, journal_id, leg, debit_id, credit_id, amount)"
    marks = "(:id, :journal_id, :leg, :debit_id, :credit_id, :amount)"
    session.execute(text(f"INSERT INTO ledger_postings {columns} VALUES {marks}"), values)  # noqa: S608
    session.execute(insert(Journal), [header(bill, id=journal, total=D("0.11"))])


def a_zero_amount(session: Session, bill: Bill) -> None:
    session.execute(insert(Posting), [posting(session, bill, new_id(), amount=ZERO)])


def a_transfer_to_itself(session: Session, bill: Bill) -> None:
    row = posting(session, bill, new_id())
    session.execute(insert(Posting), [row | {"credit_id": row["debit_id"]}])


def a_second_journal_for_one_fact(session: Session, bill: Bill) -> None:
    journal = new_id()
    session.execute(insert(Posting), [posting(session, bill, journal)])
    session.execute(insert(Journal), [header(bill, id=journal, kind="assess", source_ref=str(bill.id))])


def one_fen_more_than_due(session: Session, bill: Bill) -> None:
    pay(session, bill, "1000.01")


def legs_without_a_header(session: Session, bill: Bill) -> None:
    session.execute(insert(Posting), [posting(session, bill, new_id())])


def a_header_without_legs(session: Session, bill: Bill) -> None:
    session.execute(insert(Journal), [header(bill)])


def a_wrong_total(session: Session, bill: Bill) -> None:
    journal = new_id()
    session.execute(insert(Posting), [posting(session, bill, journal)])
    session.execute(insert(Journal), [header(bill, id=journal, total=D("5.01"))])


def a_wrong_number_of_legs(session: Session, bill: Bill) -> None:
    journal = new_id()
    session.execute(insert(Posting), [posting(session, bill, journal)])
    session.execute(insert(Journal), [header(bill, id=journal, legs=2)])


def a_leg_for_a_sealed_journal(session: Session, bill: Bill) -> None:
    sealed = session.scalars(select(Journal.id)).first()
    assert sealed is not None
    session.execute(insert(Posting), [posting(session, bill, sealed, leg=2)])


def a_balance_taken_back(session: Session, bill: Bill) -> None:
    session.execute(update(LedgerAccount).values(debits=ZERO))


def a_floor_taken_away(session: Session, bill: Bill) -> None:
    session.execute(update(LedgerAccount).values(tracked=False))


def an_account_deleted(session: Session, bill: Bill) -> None:
    session.execute(text("DELETE FROM ledger_accounts"))


REFUSED: Sequence[Callable[[Session, Bill], None]] = (
    update_posting,
    update_journal,
    delete_posting,
    delete_journal,
    empty_the_table,
    replace_by_upsert,
    a_float_amount,
    a_zero_amount,
    a_transfer_to_itself,
    a_second_journal_for_one_fact,
    one_fen_more_than_due,
    legs_without_a_header,
    a_header_without_legs,
    a_wrong_total,
    a_wrong_number_of_legs,
    a_leg_for_a_sealed_journal,
    a_balance_taken_back,
    a_floor_taken_away,
    an_account_deleted,
)


@pytest.mark.parametrize("attempt", REFUSED, ids=lambda attempt: attempt.__name__)
def test_the_ledger_refuses(database: Database, bill: Bill, attempt: Callable[[Session, Bill], None]) -> None:
    before = books(database)
    with pytest.raises(DBAPIError), database.transaction() as session:
        attempt(session, bill)
    assert books(database) == before
    with database.reading() as session:
        assert services.verify_books(session) == []


def test_a_leg_from_before_the_seal_is_refused_at_commit(database: Database, bill: Bill) -> None:
    """One adds a leg to a journal that another seals in the meantime; SQLite makes the other wait."""
    journal, sealed = new_id(), []

    def seal() -> None:
        with database.transaction() as other:
            other.execute(insert(Posting), [posting(other, bill, journal, leg=1)])
            other.execute(insert(Journal), [header(bill, id=journal)])
        sealed.append(journal)

    def add_a_leg() -> None:
        with database.transaction() as session:
            session.execute(insert(Posting), [posting(session, bill, journal, leg=2)])
            sealing = Thread(target=seal)
            sealing.start()
            sealing.join(timeout=0.5 if database.is_sqlite else 30)
            threads.append(sealing)

    threads: list[Thread] = []
    with pytest.raises(DBAPIError):
        add_a_leg()
    threads[0].join(timeout=30)
    with database.reading() as session:
        legs = select(Journal.legs, func.count(Posting.id)).join(Posting).where(Journal.id == journal)
        assert session.execute(legs.group_by(Journal.legs)).all() == [(1, 1)]
    assert sealed == [journal]


def test_a_fact_is_booked_once(database: Database, bill: Bill) -> None:
    with database.transaction() as session:
        assert [pay(session, bill, "1.00"), pay(session, bill, "1.00")] == [True, False]


def test_a_plan_that_would_break_the_floor_is_made_again(database: Database, bill: Bill) -> None:
    """What the balances allowed a moment ago may be too much now; the excess then goes to unallocated."""
    due, rests = chart.tax_due(bill.taxpayer_id, bill.id), chart.unallocated(bill.taxpayer_id)
    fact = Fact(JournalKind.PAYMENT, "pi_1", TODAY, bill.taxpayer_id)
    seen: list[Decimal] = []

    def plan(balances: Any) -> Any:
        seen.append(balances[due])
        share = D("1500.00") if len(seen) == 1 else balances[due]
        legs = [Leg(chart.clearing("gateway"), due, share)]
        rest = D("1500.00") - share
        yield fact, [*legs, Leg(chart.clearing("gateway"), rests, rest)] if rest else legs

    with database.transaction() as session:
        assert book(session, fact, (due, rests, chart.clearing("gateway")), plan, at=NOON)
    assert seen == [D("1000.00")] * 2
    with database.reading() as session:
        assert resting(session, bill.taxpayer_id).balance == D("500.00")
        assert services.verify_books(session) == []


def test_two_plans_below_the_floor_are_a_defect(database: Database, bill: Bill) -> None:
    with pytest.raises(IntegrityError, match="floor"), database.transaction() as session:
        pay(session, bill, "1000.01")


# The ledger against a plain model.

AMOUNTS = st.integers(1, 500_000).map(from_fen)
DAYS = st.integers(0, 400).map(lambda n: date.fromordinal(date(2025, 1, 1).toordinal() + n))


class Books(RuleBasedStateMachine):
    """Bills, payments on any day, reductions and offsets, kept by the ledger and by plain numbers."""

    database: Database

    @initialize()
    def open(self) -> None:
        self.taxpayer_id = new_taxpayer(self.database)
        self.bills: dict[UUID, Bill] = {}
        self.model: dict[UUID, Debt] = {}
        self.rests = ZERO
        self.received = ZERO

    @rule(amount=AMOUNTS, due_on=DAYS)
    def assess(self, amount: Decimal, due_on: date) -> None:
        bill = new_bill(self.database, self.taxpayer_id, str(amount), due_on)
        self.bills[bill.id] = bill
        self.model[bill.id] = Debt(bill.id, due_on, amount, amount)

    @rule(amount=AMOUNTS, on=DAYS, twice=st.booleans())
    def pay(self, amount: Decimal, on: date, twice: bool) -> None:
        fact = Fact(JournalKind.PAYMENT, f"pi_{new_id()}", on, self.taxpayer_id)
        bills = list(self.bills.values())
        for _ in range(1 + twice):
            with self.database.transaction() as session:
                self._book(session, fact, bills, amount)
        self.received += amount
        self._apply(amount, on)

    def _book(self, session: Session, fact: Fact, bills: list[Bill], amount: Decimal) -> None:
        source, rests = chart.clearing("gateway"), chart.unallocated(self.taxpayer_id)

        def plan(balances: Any) -> Any:
            debts = debts_of(session, self.taxpayer_id, set(self.bills))
            split = distribute(debts, amount, fact.effective_on)
            yield from bill_services.fixings(bills, split, balances, fact)
            legs = [
                Leg(source, bill_services.due_place(bills, s.bill_id, s.component), s.amount)
                for s in split.shares
            ]
            yield fact, [*legs, Leg(source, rests, split.rest)] if split.rest else legs

        places = [source, rests, *bill_services.places_of(bills)]
        book(session, fact, places, plan, at=NOON)

    def _apply(self, amount: Decimal, on: date) -> None:
        split = distribute(sorted(self.model.values(), key=lambda d: (d.due_on, d.bill_id)), amount, on)
        for key, change in split.fixed.items():
            self._fix(key, change)
        for share in split.shares:
            known = self.model[share.bill_id]
            if share.component == "tax":
                self.model[share.bill_id] = known.paid(share.amount, on)
            else:
                left = known.surcharge_left - share.amount
                self.model[share.bill_id] = replace(known, surcharge_left=left)
        self.rests += split.rest

    def _fix(self, key: UUID, change: Decimal) -> None:
        known = self.model[key]
        left = known.surcharge_left + change
        self.rests += max(-left, ZERO)
        self.model[key] = replace(
            known, surcharge_fixed=known.surcharge_fixed + change, surcharge_left=max(left, ZERO)
        )

    @precondition(lambda self: any(debt.principal for debt in self.model.values()))
    @rule(part=st.integers(1, 100), which=st.integers(0, 99))
    def reduce(self, part: int, which: int) -> None:
        assessed = [key for key, debt in self.model.items() if debt.principal > ZERO]
        key = assessed[which % len(assessed)]
        debt = self.model[key]
        by = from_fen(max(int(debt.principal * 100) * part // 100, 1))
        with self.database.transaction() as session:
            services.reduce_bill(session, self.bills[key], by, source=("return", new_id()), at=NOON)
        free = max(by - debt.tax_left, ZERO)
        moved = (*debt.movements, Movement(TODAY, -free)) if free else debt.movements
        lower = replace(
            debt, principal=debt.principal - by, tax_left=debt.tax_left - by + free, movements=moved
        )
        self.model[key] = lower
        self.rests += free
        if lower.surcharge_fixed:
            self._fix(key, lower.accrued(lower.last_moved) - lower.surcharge_fixed)

    @invariant()
    def the_ledger_says_what_the_model_says(self) -> None:
        with self.database.reading() as session:
            found = {debt.bill_id: debt for debt in debts_of(session, self.taxpayer_id, set(self.bills))}
            rests = resting(session, self.taxpayer_id).balance
            wrong = services.verify_books(session)
        assert {key: self._plain(debt) for key, debt in found.items()} == {
            key: self._plain(debt) for key, debt in self.model.items()
        }
        assert (rests, wrong) == (self.rests, [])

    @staticmethod
    def _plain(debt: Debt) -> tuple[Decimal, ...]:
        return debt.principal, debt.tax_left, debt.surcharge_fixed, debt.surcharge_left


def test_the_ledger_agrees_with_a_plain_model(database: Database) -> None:
    class OverThis(Books):
        pass

    OverThis.database = database
    short = settings(
        max_examples=12, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(OverThis, settings=short)
    assert issubclass(OverThis, Books)


@pytest.mark.soak
def test_the_ledger_agrees_with_a_plain_model_for_long(database: Database) -> None:
    class OverThis(Books):
        pass

    OverThis.database = database
    long = settings(
        max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(OverThis, settings=long)
    assert issubclass(OverThis, Books)
