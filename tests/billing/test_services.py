"""Bills, corrections and offsets as the ledger shows them; the checker finds what was tampered with."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from threading import Barrier, Thread
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.billing import queries, services
from portal.billing.models import Bill, Journal
from portal.billing.rules.chart import JournalKind
from portal.core import clock
from portal.core.db import Database
from portal.core.keys import new_id
from portal.core.refusal import Refusal
from portal.core.wording import N_
from portal.gateways.payments import Payment, Standing
from tests.billing.conftest import NOON, Till, acting_for, new_bill, new_taxpayer

D = Decimal
DUE = date(2026, 6, 30)
TODAY = date(2026, 7, 10)


class Ledger:
    """One taxpayer's account, corrected and looked at."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.whose = new_taxpayer(database)

    def adjust(self, old: str, new: str, source: UUID | None = None) -> None:
        """A correction of the return of 2025, of one levy."""
        title = N_("个人所得税综合所得年度汇算")
        self.correct("iit-annual", services.Change("iit-annual", title, D(old), D(new)), source=source)

    def correct(
        self, tax: str, *changes: services.Change, source: UUID | None = None, returnable: str = "0.00"
    ) -> None:
        """A correction of the return of a tax of 2025."""
        of = services.Correction(
            self.whose, tax, "2025", due_on=DUE, source=("return", source or new_id()), at=NOON
        )
        with self.database.transaction() as session:
            services.adjust(session, of, changes, returnable=D(returnable))

    def vat(
        self, *changes: tuple[str, str, str], source: UUID | None = None, returnable: str = "0.00"
    ) -> None:
        """A correction of a VAT return: levy, amount before, amount now."""
        made = [services.Change(levy, N_("增值税"), D(old), D(new)) for levy, old, new in changes]
        self.correct("vat-small-scale", *made, source=source, returnable=returnable)

    @property
    def levied(self) -> dict[str, tuple[Decimal, Decimal]]:
        """By levy, tax and surcharge of the open bills."""
        with self.database.reading() as session:
            dues = queries.open_bills(session, self.whose, TODAY)
        assert len({one.bill.levy for one in dues}) == len(dues)
        return {one.bill.levy: (one.tax, one.surcharge) for one in dues}

    def pay(self, amount: str) -> None:
        """Pay what is due, with money that came to rest just now."""
        with self.database.transaction() as session:
            services.credit_refund_due(
                session,
                taxpayer_id=self.whose,
                tax="iit-annual",
                period="2024",
                amount=D(amount),
                source=("return", new_id()),
                at=NOON,
            )
            services.offset_all(session, acting_for(self.whose), decision=new_id(), at=NOON)

    @property
    def owed(self) -> list[tuple[Decimal, Decimal]]:
        with self.database.reading() as session:
            return [(one.tax, one.surcharge) for one in queries.open_bills(session, self.whose, TODAY)]

    @property
    def rests(self) -> Decimal:
        with self.database.reading() as session:
            return queries.resting(session, self.whose).balance

    @property
    def wrong(self) -> list[str]:
        with self.database.reading() as session:
            return services.verify_books(session)


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)


def test_a_bill_is_raised_once_for_its_source(ledger: Ledger) -> None:
    source = new_id()
    ledger.adjust("0.00", "1234.56", source)
    ledger.adjust("0.00", "1234.56", source)
    assert (ledger.owed, ledger.wrong) == ([(D("1234.56"), D("6.17"))], [])


def test_a_higher_correction_is_a_further_bill_due_since_the_first(ledger: Ledger) -> None:
    ledger.adjust("0.00", "1000.00")
    ledger.pay("1000.00")
    ledger.adjust("1000.00", "1500.00")
    assert ledger.owed == [(D("0.00"), D("5.00")), (D("500.00"), D("2.50"))]


def test_a_lower_correction_lowers_what_is_due_since_the_first(ledger: Ledger) -> None:
    ledger.adjust("0.00", "1000.00")
    ledger.adjust("1000.00", "400.00")
    assert (ledger.owed, ledger.rests) == ([(D("400.00"), D("2.00"))], D("0.00"))


def test_what_was_paid_above_the_lower_tax_is_set_free_with_its_surcharge(ledger: Ledger) -> None:
    ledger.adjust("0.00", "1000.00")
    ledger.pay("1005.00")
    ledger.adjust("1000.00", "400.00")
    assert (ledger.owed, ledger.rests, ledger.wrong) == ([], D("603.00"), [])


def test_a_correction_to_a_refund_takes_the_bill_back_and_rests_the_refund(ledger: Ledger) -> None:
    ledger.adjust("0.00", "1000.00")
    ledger.adjust("1000.00", "-200.00")
    assert (ledger.owed, ledger.rests, ledger.wrong) == ([], D("200.00"), [])


def test_a_correction_lowers_the_youngest_bill_first(ledger: Ledger) -> None:
    ledger.adjust("0.00", "1000.00")
    ledger.adjust("1000.00", "1500.00")
    ledger.adjust("1500.00", "900.00")
    assert [tax for tax, _ in ledger.owed] == [D("900.00")]


def test_a_correction_is_made_once(ledger: Ledger) -> None:
    source = new_id()
    ledger.adjust("0.00", "1000.00")
    for _ in range(2):
        ledger.adjust("1000.00", "400.00", source)
    assert (ledger.owed, ledger.rests, ledger.wrong) == ([(D("400.00"), D("2.00"))], D("0.00"), [])


def test_each_levy_of_a_return_is_a_bill_with_its_own_surcharge(ledger: Ledger) -> None:
    source = new_id()
    for _ in range(2):
        ledger.vat(("vat", "0.00", "4000.00"), ("umct", "0.00", "140.00"), source=source)
    # 10 days at 0.05 % of each.
    assert ledger.levied == {"vat": (D("4000.00"), D("20.00")), "umct": (D("140.00"), D("0.70"))}
    assert ledger.wrong == []


def test_a_correction_lowers_the_bill_of_its_levy_and_no_other(ledger: Ledger) -> None:
    ledger.vat(("vat", "0.00", "4000.00"), ("umct", "0.00", "140.00"))
    ledger.vat(("vat", "4000.00", "4000.00"), ("umct", "140.00", "40.00"))
    assert ledger.levied == {"vat": (D("4000.00"), D("20.00")), "umct": (D("40.00"), D("0.20"))}
    assert ledger.wrong == []


def test_a_levy_turned_to_a_refund_does_not_take_the_bill_of_another_with_it(ledger: Ledger) -> None:
    ledger.vat(("vat", "0.00", "100.00"), ("umct", "0.00", "140.00"))
    ledger.vat(("vat", "100.00", "-60.00"), ("umct", "140.00", "140.00"))
    assert (ledger.levied, ledger.rests) == ({"umct": (D("140.00"), D("0.70"))}, D("60.00"))
    assert ledger.wrong == []


def test_what_one_levy_sets_free_pays_what_the_same_correction_adds_to_another(ledger: Ledger) -> None:
    ledger.vat(("vat", "0.00", "2000.00"), ("education-surcharge", "0.00", "30.00"))
    ledger.pay("2050.15")  # with the surcharge of 10 days, and 10.00 more
    assert (ledger.levied, ledger.rests) == ({}, D("10.00"))
    ledger.vat(("vat", "2000.00", "2990.00"), ("education-surcharge", "30.00", "0.00"))
    # Of what came free, 30.15 with its surcharge; the 10.00 that rested before is not asked for it.
    assert ledger.levied == {"vat": (D("959.85"), D("4.95"))}
    assert (ledger.rests, ledger.wrong) == (D("10.00"), [])


def test_a_refund_taken_back_pays_the_further_bills_of_all_levies_at_once(ledger: Ledger) -> None:
    ledger.vat(("vat", "0.00", "-500.00"), ("umct", "0.00", "0.00"))
    ledger.vat(("vat", "-500.00", "300.00"), ("umct", "0.00", "10.00"), returnable="500.00")
    assert ledger.levied == {"vat": (D("300.00"), D("1.50")), "umct": (D("10.00"), D("0.05"))}
    assert (ledger.rests, ledger.wrong) == (D("0.00"), [])


def test_more_than_was_assessed_is_not_taken_back(database: Database, ledger: Ledger) -> None:
    bill = new_bill(database, ledger.whose, "10.00")
    with pytest.raises(Refusal), database.transaction() as session:
        services.reduce_bill(session, bill, D("10.01"), source=("return", new_id()), at=NOON)


def test_the_reduction_names_the_assessment_it_takes_back(database: Database, ledger: Ledger) -> None:
    bill = new_bill(database, ledger.whose, "10.00")
    with database.transaction() as session:
        services.reduce_bill(session, bill, D("4.00"), source=("return", new_id()), at=NOON)
    with database.reading() as session:
        found = {journal.kind: journal for journal in session.scalars(select(Journal))}
    assert found[JournalKind.REDUCE].corrects_id == found[JournalKind.ASSESS].id


def test_nothing_to_offset_with_and_nothing_to_offset(database: Database, ledger: Ledger) -> None:
    def offset() -> str:
        with pytest.raises(Refusal) as refused, database.transaction() as session:
            services.offset_all(session, acting_for(ledger.whose), decision=new_id(), at=NOON)
        return refused.value.reason.code

    assert offset() == "nothing-to-offset"
    ledger.adjust("0.00", "-5.00")
    assert offset() == "nothing-to-pay"


def test_an_offset_pays_tax_first_and_leaves_the_rest(ledger: Ledger) -> None:
    ledger.adjust("0.00", "1000.00")
    ledger.pay("1003.00")
    assert (ledger.owed, ledger.rests, ledger.wrong) == ([(D("0.00"), D("2.00"))], D("0.00"), [])


# The same at once.


def test_a_payment_settled_by_eight_at_once_is_booked_once(till: Till) -> None:
    till.bill("1000.00")
    order = till.order()
    till.pay(till.session_of(order))
    [attempt] = till.now(order).attempts
    payment = till.gateways.payments.fetch(str(attempt.session_id))
    together, done = Barrier(8), []

    def settle() -> None:
        together.wait()
        with till.database.transaction() as session:
            done.append(services.settle(session, payment, live=False, at=clock.now()))

    threads = [Thread(target=settle) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == ["booked", *["known"] * 7]
    assert (till.owed(), till.resting().balance, till.wrong()) == (D("0.00"), D("0.00"), [])


def test_two_payments_of_one_bill_at_once_never_pay_more_than_is_due(till: Till) -> None:
    till.bill("1000.00")
    order = till.order()
    first = till.session_of(order)
    till.gateways.payments.close(first)
    services.ask(till.database, till.gateways.payments, order.id, at=clock.now())
    second = till.session_of(order)
    payments = []
    for session_id in (first, second):
        till.pay(session_id, force=True)
        payments.append(till.gateways.payments.fetch(session_id))
    together = Barrier(2)

    def settle(payment: Payment) -> None:
        together.wait()
        with till.database.transaction() as session:
            services.settle(session, payment, live=False, at=clock.now())

    threads = [Thread(target=settle, args=(payment,)) for payment in payments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {payment.standing for payment in payments} == {Standing.PAID}
    assert (till.owed(), till.resting().balance, till.wrong()) == (D("0.00"), D("1000.00"), [])


# The checker, on books that somebody altered past all guards.


@pytest.fixture
def tampered(till: Till) -> Callable[[str], list[str]]:
    """Runs a statement with the guards off, on books with one bill that was paid late; what is then found."""
    till.bill("1000.00", clock.today() - timedelta(days=10))
    order = till.order()
    till.pay(till.session_of(order))
    till.reconcile()
    assert till.wrong() == []

    def alter(statement: str) -> list[str]:
        with till.database.transaction() as session:
            _disarm(session)
            session.execute(text(statement))
        return till.wrong()

    return alter


def _disarm(session: Session) -> None:
    if session.get_bind().dialect.name != "sqlite":
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text("ALTER TABLE ledger_accounts DROP CONSTRAINT ck_ledger_accounts_floor"))
        return
    session.execute(text("PRAGMA ignore_check_constraints = ON"))
    session.execute(text("PRAGMA defer_foreign_keys = ON"))
    for trigger in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
        session.execute(text(f"DROP TRIGGER {trigger}"))


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE ledger_postings SET amount = amount + 1 WHERE leg = 1", "does not match its postings"),
        ("DELETE FROM ledger_postings WHERE leg = 2", "does not match its postings"),
        ("UPDATE bills SET levy = 'umct'", "not to its own levy"),
        ("UPDATE ledger_accounts SET credits = credits + 1 WHERE tracked", "postings are"),
        ("UPDATE ledger_accounts SET debits = 1 WHERE NOT tracked", "postings are"),
        ("UPDATE ledger_accounts SET side = -side WHERE tracked", "is not what its code says"),
        ("UPDATE bills SET amount = amount - 1", "is not assessed in the ledger with its amount"),
        ("UPDATE ledger_journals SET source_ref = 'x' WHERE kind = 'assess'", "names no bill"),
        ("UPDATE ledger_journals SET source_ref = 'x' WHERE kind = 'payment'", "is not in the ledger"),
        ("UPDATE bills SET due_on = '2020-01-01'", "the rule says"),
        ("UPDATE payment_orders SET receipt_number = NULL", "with receipt None"),
        ("UPDATE payment_orders SET receipt_number = 'R-20260101-AAAAAAA-A'", "wrong check character"),
        ("UPDATE payment_attempts SET state = 'failed'", "is paid by no attempt"),
        ("UPDATE payment_order_items SET amount = amount + 1", "is not the sum of its items"),
    ],
)
def test_what_was_altered_is_found(tampered: Callable[[str], list[str]], statement: str, found: str) -> None:
    assert any(found in line for line in tampered(statement))


def test_a_bill_is_somebodys(database: Database, ledger: Ledger) -> None:
    bill = new_bill(database, ledger.whose)
    stranger = new_taxpayer(database)
    with database.reading() as session:
        assert [b.id for b in queries.bills_of(session, ledger.whose, [bill.id])] == [bill.id]
        assert queries.bills_of(session, stranger, [bill.id]) == []
        assert session.get(Bill, bill.id) is not None
