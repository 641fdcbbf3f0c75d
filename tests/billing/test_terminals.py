"""Money taken at a terminal: two clerks, one credit, whatever is pressed twice or at once."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from portal.billing import queries, services
from portal.billing.models import Bill, Journal, Slip
from portal.billing.queries.debts import debts_of
from portal.billing.queries.slips import paid_by_slip, totals_of
from portal.billing.queries.treasury import payments_of_year
from portal.billing.rules.terminals import MOST_MISMATCHES, SlipState
from portal.core import clock
from portal.core.db import Database
from portal.core.keys import new_id
from portal.core.refusal import Refusal
from portal.halls.models import Duty
from portal.matters.queries import matter_about
from portal.notices.models import Notice
from tests.billing.cashiers import Counter, at_the_counter
from tests.billing.conftest import Till, books, new_bill
from tests.given import Firm, Given, Person
from tests.reliability.in_step import at_once

D = Decimal
KEYED, CREDITED = SlipState.KEYED, SlipState.CREDITED


@pytest.fixture
def counter(given: Given) -> Counter:
    return at_the_counter(given)


@pytest.fixture
def debtor(given: Given, database: Database) -> Person:
    """Owes 100.00 since long ago for nobody's fault, and nothing else."""
    person = given.person()
    new_bill(database, person.taxpayer_id, "100.00", at=clock.now())
    return person


def owed(given: Given, whose: Person | Firm) -> Decimal:
    with given.database.reading() as session:
        found = queries.open_bills(session, whose.taxpayer_id, clock.today())
    return sum((one.total for one in found), D("0.00"))


def rests(given: Given, whose: Person | Firm) -> Decimal:
    with given.database.reading() as session:
        return queries.resting(session, whose.taxpayer_id).balance


def wrong(given: Given) -> list[str]:
    with given.database.reading() as session:
        return [*services.verify_books(session), *services.verify_payments(session)]


def pos_journals(database: Database) -> list[tuple[str, str, Decimal]]:
    rows = select(Journal.kind, Journal.source_ref, Journal.total).where(Journal.kind.like("pos%"))
    with database.reading() as session:
        return [tuple(row) for row in session.execute(rows.order_by(Journal.id))]  # type: ignore[misc]


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.reason.code


def acts(given: Given, whose: Person) -> list[tuple[str, str]]:
    """What stands on the trail about slips, with who did it."""
    return [
        (entry.act, entry.actor_name)
        for entry in given.trail_of(whose.taxpayer_id)
        if entry.act.startswith(("pos-", "payment-"))
    ]


def told(given: Given, whose: Person) -> set[str]:
    with given.database.reading() as session:
        return set(session.scalars(select(Notice.kind).where(Notice.taxpayer_id == whose.taxpayer_id)))


# Two clerks


def test_what_one_clerk_keyed_pays_for_nobody(given: Given, counter: Counter, debtor: Person) -> None:
    counter.keyed(debtor)
    assert (owed(given, debtor), pos_journals(given.database), wrong(given)) == (D("100.00"), [], [])


def test_what_two_clerks_key_alike_pays_the_bill_once(given: Given, counter: Counter, debtor: Person) -> None:
    slip = counter.keyed(debtor, trace="000345")
    assert counter.confirmed(slip) is CREDITED
    assert (owed(given, debtor), rests(given, debtor), wrong(given)) == (D("0.00"), D("0.00"), [])
    assert pos_journals(given.database) == [("pos", counter.name("000345"), D("100.00"))]
    assert books(given.database, debtor.taxpayer_id)[1][5] == "clearing:pos"
    assert acts(given, debtor) == [
        ("pos-slip-keyed", counter.first.name),
        ("payment-received", counter.second.name),
    ]
    assert "payment-received" in told(given, debtor)


def test_the_first_clerk_is_never_the_second(given: Given, counter: Counter, debtor: Person) -> None:
    slip = counter.keyed(debtor)
    assert refused(lambda: counter.confirmed(slip, by=counter.first)) == "pos-same-clerk"
    assert owed(given, debtor) == D("100.00")


@pytest.mark.parametrize("column", ["confirmed_by", "ended_by"])
def test_nor_in_the_database(given: Given, counter: Counter, debtor: Person, column: str) -> None:
    """A hand at the table cannot write that one clerk did both."""
    slip = counter.slip(counter.taken(debtor))
    state = {} if column == "confirmed_by" else {"state": "reversed"}
    change = update(Slip).where(Slip.id == slip.id).values({column: slip.keyed_by, **state})
    with pytest.raises(IntegrityError, match=r"ck_pos_slips|CHECK"), given.database.transaction() as session:
        session.execute(change)


def test_nobody_takes_their_own_money(given: Given, counter: Counter) -> None:
    for clerk, key in ((counter.first, True), (counter.second, False)):
        new_bill(given.database, clerk.taxpayer_id, "10.00", at=clock.now())
        if key:
            assert refused(lambda who=clerk: counter.keyed(who)) == "pos-own-slip"  # type: ignore[misc]
        else:
            slip = counter.keyed(clerk)
            assert refused(lambda one=slip: counter.confirmed(one)) == "pos-own-slip"  # type: ignore[misc]


@pytest.mark.parametrize("differs", [{"amount": "1000.00"}, {"trace": "000999"}, {"on": clock.today()}])
def test_what_differs_credits_nothing(
    given: Given, counter: Counter, debtor: Person, differs: dict[str, Any]
) -> None:
    if "on" in differs:
        differs = {"on": clock.today() - timedelta(days=1)}
    slip = counter.keyed(debtor)
    assert counter.confirmed(slip, **differs) is KEYED
    assert (counter.slip(slip).mismatches, owed(given, debtor)) == (1, D("100.00"))
    assert counter.confirmed(slip) is CREDITED


def test_after_a_few_that_differ_only_a_supervisor_clears_it(
    given: Given, counter: Counter, debtor: Person
) -> None:
    slip = counter.keyed(debtor, trace="000007")
    became = [counter.confirmed(slip, amount="99.00") for _ in range(MOST_MISMATCHES)]
    assert became == [KEYED] * (MOST_MISMATCHES - 1) + [SlipState.SET_ASIDE]
    assert refused(lambda: counter.confirmed(slip)) == "pos-slip-not-waiting"
    assert refused(lambda: counter.withdrawn(slip)) == "pos-one-of-the-two"
    counter.withdrawn(slip, by=counter.boss)
    assert counter.confirmed(counter.keyed(debtor, trace="000007")) is CREDITED
    assert (owed(given, debtor), wrong(given)) == (D("0.00"), [])


def test_who_keyed_wrongly_withdraws_it_and_keys_it_anew(
    given: Given, counter: Counter, debtor: Person
) -> None:
    slip = counter.keyed(debtor, "10.00", trace="000007")
    assert refused(lambda: counter.withdrawn(slip, by=counter.second)) == "pos-slip-not-waiting"
    counter.withdrawn(slip)
    assert refused(lambda: counter.confirmed(slip)) == "pos-slip-not-waiting"
    counter.taken(debtor, trace="000007")
    assert acts(given, debtor)[1] == ("pos-slip-withdrawn", counter.first.name)


# The same slip


def test_the_same_press_again_finds_the_slip(counter: Counter, debtor: Person) -> None:
    at = clock.now().replace(microsecond=0)
    assert counter.keyed(debtor, trace="000001", at=at) == counter.keyed(debtor, trace="000001", at=at)


def test_a_slip_is_keyed_once_for_whomever(given: Given, counter: Counter, debtor: Person) -> None:
    other = given.person()
    counter.keyed(debtor, trace="000001")
    assert refused(lambda: counter.keyed(other, trace="000001")) == "pos-trace-known"
    assert refused(lambda: counter.keyed(debtor, "5.00", trace="000001")) == "pos-trace-known"


def test_the_number_is_unique_in_the_table_too(given: Given, counter: Counter, debtor: Person) -> None:
    slip = counter.slip(counter.taken(debtor))
    row = {c.name: getattr(slip, c.name) for c in Slip.__table__.columns}
    row |= {"id": new_id(), "receipt_number": "R-20260101-AAAAAAA-2", "source_ref": "another"}
    with pytest.raises(IntegrityError, match=r"pos_slips"), given.database.transaction() as session:
        session.execute(insert(Slip).values(row))


def test_two_first_clerks_at_once_key_one_slip(given: Given, counter: Counter, debtor: Person) -> None:
    at = clock.now().replace(microsecond=0)
    one, other = at_once(
        given.database.engine,
        lambda: counter.keyed(debtor, trace="000001", at=at),
        lambda: counter.keyed(debtor, trace="000001", at=at),
    )
    assert one == other


def test_two_second_clerks_at_once_credit_once(given: Given, counter: Counter, debtor: Person) -> None:
    slip, third = counter.keyed(debtor), given.staff("cashier")

    def confirm(by: Any) -> str:
        try:
            return counter.confirmed(slip, by=by)
        except Refusal as no:
            return no.reason.code

    became = at_once(given.database.engine, lambda: confirm(counter.second), lambda: confirm(third))
    assert sorted(became) == ["credited", "pos-slip-not-waiting"]
    assert (len(pos_journals(given.database)), rests(given, debtor), wrong(given)) == (1, D("0.00"), [])


# Where the money goes


def test_late_surcharge_is_that_of_the_day_on_the_slip(given: Given) -> None:
    """Paid on the last day, keyed the day after: on time."""
    person, yesterday = given.person(), clock.now() - timedelta(days=1)
    new_bill(given.database, person.taxpayer_id, "1000.00", clock.day_of(yesterday), clock.now())
    counter = at_the_counter(given, since=timedelta(days=1, hours=1))
    assert owed(given, person) == D("1000.50")
    counter.taken(person, "1000.00", paid_at=yesterday.replace(microsecond=0))
    assert (owed(given, person), wrong(given)) == (D("0.00"), [])


def test_more_than_is_due_rests(given: Given, counter: Counter, debtor: Person) -> None:
    counter.taken(debtor, "130.00")
    assert (owed(given, debtor), rests(given, debtor), wrong(given)) == (D("0.00"), D("30.00"), [])
    assert {"payment-received", "money-unallocated"} <= told(given, debtor)


def test_less_than_is_due_pays_the_oldest_tax_first(given: Given, counter: Counter, debtor: Person) -> None:
    new_bill(given.database, debtor.taxpayer_id, "50.00", clock.today(), clock.now())
    counter.taken(debtor, "60.00")
    assert (owed(given, debtor), rests(given, debtor), wrong(given)) == (D("90.00"), D("0.00"), [])


def test_money_for_what_was_paid_meanwhile_is_not_refused(
    given: Given, counter: Counter, debtor: Person
) -> None:
    bills = given.bills(debtor)
    counter.taken(debtor)
    counter.taken(debtor, bills=bills)
    assert (owed(given, debtor), rests(given, debtor), wrong(given)) == (D("0.00"), D("100.00"), [])


def test_26_at_the_counter_and_online_for_one_debt_at_once(given: Given, till: Till) -> None:
    """One of the two pays it; the other's money rests with the taxpayer, and both are told of."""
    counter = at_the_counter(given)
    bill = till.bill("100.00")
    order = till.order()
    till.pay(till.session_of(order))
    whose = Firm(till.acting.taxpayer_id, "", "")
    slip = counter.keyed(whose, bills=[bill.id])
    payments = till.gateways.payments
    _, became = at_once(
        till.database.engine,
        lambda: services.ask(till.database, payments, order.id, at=clock.now()),
        lambda: counter.confirmed(slip),
    )
    assert (became, till.owed(), till.resting().balance, till.wrong()) == (
        CREDITED, D("0.00"), D("100.00"), [],
    )  # fmt: skip
    assert [arrival.reason for arrival in till.resting().arrivals] == ["over"]


def test_paid_online_while_the_slip_waited(given: Given, till: Till) -> None:
    counter = at_the_counter(given)
    bill = till.bill("100.00")
    slip = counter.keyed(Firm(till.acting.taxpayer_id, "", ""), bills=[bill.id])
    order = till.order()
    till.pay(till.session_of(order))
    services.ask(till.database, till.gateways.payments, order.id, at=clock.now())
    assert counter.confirmed(slip) is CREDITED
    assert (till.owed(), till.resting().balance, till.wrong()) == (D("0.00"), D("100.00"), [])


def test_the_return_is_done_when_its_tax_is_paid_at_the_counter(given: Given, counter: Counter) -> None:
    person, filed = indebted(given)
    counter.taken(person, str(owed(given, person)))
    assert state_of(given, person, filed) == "done"


def indebted(given: Given) -> tuple[Person, UUID]:
    """Somebody whose annual return makes something due."""
    person = given.person()
    given.income(person, clock.today().year - 1, income="20000.00", tax_withheld="0.00")
    return person, given.filed(person)


def state_of(given: Given, person: Person, filed: UUID) -> str:
    with given.database.reading() as session:
        matter = matter_about(session, person.taxpayer_id, "annual-return", filed)
        assert matter is not None
        return matter.state


def test_what_a_certificate_attests_names_the_receipt(given: Given, counter: Counter, debtor: Person) -> None:
    slip = counter.slip(counter.taken(debtor))
    with given.database.reading() as session:
        [entry] = payments_of_year(session, debtor.taxpayer_id, clock.today().year)
        paid = paid_by_slip(session, str(slip.source_ref))
        totals = totals_of(session, [str(slip.source_ref)])
    assert (entry.voucher, entry.amount) == (slip.receipt_number, D("100.00"))
    assert [one.amount for one in paid] == [D("100.00")]
    assert totals == [("个人所得税综合所得年度汇算", False, D("100.00"))]


def test_both_desks_are_kept(given: Given, counter: Counter, debtor: Person) -> None:
    """The first's is where the terminal stands; the second's what the roster says."""
    now, beside = clock.now().astimezone(clock.SHANGHAI), at_the_counter(given)
    with given.database.transaction() as session:
        session.add(
            Duty(
                id=new_id(), desk_id=beside.desk, day=now.date(), account_id=counter.second.account_id,
                starts=now.replace(minute=0, second=0, microsecond=0).time(),
                ends=now.replace(minute=59, second=59).time(),
            )
        )  # fmt: skip
    slip = counter.slip(counter.taken(debtor))
    assert (slip.keyed_desk_id, slip.confirmed_desk_id) == (counter.desk, beside.desk)


# Reversal


def test_a_slip_reversed_by_a_third_is_owed_again(given: Given, counter: Counter, debtor: Person) -> None:
    slip = counter.taken(debtor, trace="000001")
    for one in (counter.first, counter.second):
        assert refused(lambda who=one: counter.reversed(slip, by=who)) == "pos-one-of-the-two"  # type: ignore[misc]
    counter.reversed(slip)
    assert refused(lambda: counter.reversed(slip)) == "pos-slip-not-credited"
    assert (owed(given, debtor), wrong(given)) == (D("100.00"), [])
    paid, back = journals = pos_journals(given.database)
    assert [kind for kind, *_ in journals] == ["pos", "pos-reversed"]
    assert (paid[1:], back[1:]) == ((counter.name("000001"), D("100.00")),) * 2
    assert acts(given, debtor)[-1] == ("pos-slip-reversed", counter.boss.name)
    assert "payment-reversed" in told(given, debtor)


def test_the_paper_is_then_credited_to_whom_it_is(given: Given, counter: Counter, debtor: Person) -> None:
    right = given.person()
    new_bill(given.database, right.taxpayer_id, "100.00", at=clock.now())
    counter.reversed(counter.taken(debtor, trace="000001"))
    counter.taken(right, trace="000001")
    assert (owed(given, debtor), owed(given, right), wrong(given)) == (D("100.00"), D("0.00"), [])
    assert pos_journals(given.database)[-1][1] == counter.name("000001/2")
    assert counter.closed(1, "100.00")


def test_no_surcharge_runs_while_the_office_called_it_paid(given: Given, counter: Counter) -> None:
    """1,000.00 are ten days late when a slip is credited by mistake; five days later it is reversed."""
    person, now = given.person(), clock.now()
    due_on = clock.today() - timedelta(days=10)
    new_bill(given.database, person.taxpayer_id, "1000.00", due_on, now)
    slip = counter.taken(person, "1005.00")
    assert owed(given, person) == D("0.00")
    later = now + timedelta(days=5)
    counter.reversed(slip, at=later)
    with given.database.reading() as session:
        [debt] = debts_of(session, person.taxpayer_id, given.bills(person))
    on = clock.day_of(later)
    assert [debt.surcharge_owed(on + timedelta(days=n)) for n in (0, 1)] == [D("5.00"), D("5.50")]
    assert wrong(given) == []


def test_a_bill_paid_in_part_goes_on_bearing_surcharge_on_the_rest(given: Given, counter: Counter) -> None:
    person, now = given.person(), clock.now()
    due_on = clock.today() - timedelta(days=10)
    new_bill(given.database, person.taxpayer_id, "1000.00", due_on, now)
    slip = counter.taken(person, "400.00")
    later = now + timedelta(days=10)
    counter.reversed(slip, at=later)
    with given.database.reading() as session:
        [debt] = debts_of(session, person.taxpayer_id, given.bills(person))
    assert debt.surcharge_owed(clock.day_of(later)) == D("5.00") + D("3.00")
    assert wrong(given) == []


def test_what_rested_of_it_is_gone_and_asked_back_no_more(
    given: Given, counter: Counter, debtor: Person
) -> None:
    slip = counter.taken(debtor, "130.00")
    with given.database.transaction() as session:
        services.request_refund(session, given.acting(debtor), decision=new_id(), at=clock.now())
    counter.reversed(slip)
    assert (owed(given, debtor), rests(given, debtor), wrong(given)) == (D("100.00"), D("0.00"), [])


def test_money_that_moved_on_is_not_reversed(given: Given, counter: Counter, debtor: Person) -> None:
    slip = counter.taken(debtor, "130.00")
    new_bill(given.database, debtor.taxpayer_id, "20.00", at=clock.now())
    with given.database.transaction() as session:
        services.offset_all(session, given.acting(debtor), decision=new_id(), at=clock.now())
    assert refused(lambda: counter.reversed(slip)) == "pos-money-moved-on"
    assert wrong(given) == []


def test_nor_where_a_correction_set_it_free(given: Given, counter: Counter, debtor: Person) -> None:
    bills = given.bills(debtor)
    slip = counter.taken(debtor)
    with given.database.transaction() as session:
        [bill] = session.scalars(select(Bill).where(Bill.id.in_(bills)))
        services.reduce_bill(session, bill, D("40.00"), source=("test", new_id()), at=clock.now())
    assert refused(lambda: counter.reversed(slip)) == "pos-money-moved-on"
    assert (rests(given, debtor), wrong(given)) == (D("40.00"), [])


def test_the_return_waits_for_money_again(given: Given, counter: Counter) -> None:
    person, filed = indebted(given)
    slip = counter.taken(person, str(owed(given, person)))
    counter.reversed(slip)
    assert state_of(given, person, filed) == "submitted"
    counter.taken(person, str(owed(given, person)))
    assert (state_of(given, person, filed), wrong(given)) == ("done", [])


def test_two_reversals_at_once_take_back_once(given: Given, counter: Counter, debtor: Person) -> None:
    slip, other = counter.taken(debtor), given.staff("supervisor")

    def reverse(by: Any) -> str:
        try:
            counter.reversed(slip, by=by)
        except Refusal as no:
            return no.reason.code
        return "reversed"

    became = at_once(given.database.engine, lambda: reverse(counter.boss), lambda: reverse(other))
    assert sorted(became) == ["pos-slip-not-credited", "reversed"]
    assert (owed(given, debtor), wrong(given)) == (D("100.00"), [])


# Shifts


def test_a_terminal_has_one_open_shift(given: Given, counter: Counter) -> None:
    assert counter.opened() == counter.opened()
    assert refused(lambda: counter.opened("2")) == "pos-terminal-busy"
    assert refused(lambda: counter.opened(by=counter.second)) == "pos-terminal-busy"
    assert counter.closed(0, "0.00")
    assert refused(lambda: counter.opened()) == "pos-batch-known"
    counter.opened("2", by=counter.second)


def test_only_whose_shift_it_is_keys_slips(given: Given, counter: Counter, debtor: Person) -> None:
    assert refused(lambda: counter.keyed(debtor, by=counter.second)) == "pos-no-shift"
    assert counter.closed(0, "0.00")
    assert refused(lambda: counter.keyed(debtor)) == "pos-no-shift"


def test_a_slip_of_another_day_is_not_of_this_shift(given: Given, counter: Counter, debtor: Person) -> None:
    long_ago = clock.now() - timedelta(days=9)
    assert refused(lambda: counter.keyed(debtor, paid_at=long_ago)) == "pos-day-outside"
    tomorrow = clock.now() + timedelta(days=1)
    assert refused(lambda: counter.keyed(debtor, paid_at=tomorrow)) == "pos-day-outside"


def test_a_slip_that_waits_blocks_the_close(given: Given, counter: Counter, debtor: Person) -> None:
    slip = counter.keyed(debtor)
    assert refused(lambda: counter.closed(1, "100.00")) == "pos-slips-wait"
    assert refused(lambda: counter.explained()) == "pos-slips-wait"
    counter.confirmed(slip)
    assert counter.closed(1, "100.00")
    assert refused(lambda: counter.closed(1, "100.00")) == "pos-shift-over"


def test_the_terminals_totals_must_be_ours_or_be_explained_by_another(
    given: Given, counter: Counter, debtor: Person
) -> None:
    counter.taken(debtor)
    assert refused(lambda: counter.explained()) == "pos-never-counted"
    assert [counter.closed(1, "100.01"), counter.closed(2, "100.00")] == [False, False]
    assert counter.standing().closed_at is None
    assert refused(lambda: counter.explained(by=counter.first)) == "pos-one-of-the-two"
    counter.explained()
    shift = counter.standing()
    assert (shift.slips, shift.total, shift.closed_by) == (2, D("100.00"), counter.boss.account_id)
    assert shift.why
    assert wrong(given) == []


def test_keying_and_closing_at_once_leave_no_slip_behind(
    given: Given, counter: Counter, debtor: Person
) -> None:
    def key() -> str:
        try:
            counter.keyed(debtor)
        except Refusal as no:
            return no.reason.code
        return "keyed"

    def close() -> str:
        try:
            return f"closed {counter.closed(0, '0.00')}"
        except Refusal as no:
            return no.reason.code

    became = set(at_once(given.database.engine, key, close))
    assert became in ({"keyed", "pos-slips-wait"}, {"pos-no-shift", "closed True"})
