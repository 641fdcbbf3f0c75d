"""Paying through the gateway, whatever fails on the way. The numbers are those of docs/payments.md."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.billing import services
from portal.billing.models import (
    Attempt,
    Journal,
    LedgerAccount,
    OrderItem,
    PaymentOrder,
    ReconciliationBreak,
    ReconciliationRun,
)
from portal.core import clock
from portal.core.clock import SHANGHAI
from portal.core.keys import new_id
from portal.core.refusal import Refusal, Unavailable
from portal.gateways.payments import Line, Request
from tests.billing.conftest import DOOR, Till, acting_for, books, new_taxpayer
from tests.live import forget

D = Decimal
PAID = ("charge.succeeded", "payment_intent.succeeded", "checkout.session.completed")


def paid(till: Till, amount: str = "1000.00") -> PaymentOrder:
    """An order that was paid at the gateway, of which nobody has told us yet."""
    till.bill(amount)
    order = till.order()
    till.pay(till.session_of(order))
    return order


def breaks(till: Till) -> list[str]:
    with till.database.reading() as session:
        return list(session.scalars(select(ReconciliationBreak.kind).order_by(ReconciliationBreak.found_at)))


def journals(till: Till) -> Counter[str]:
    with till.database.reading() as session:
        return Counter(session.scalars(select(Journal.kind)))


def sessions_there(till: Till) -> int:
    return len([e for e in till.sandbox.ask("journal") if e["act"] == "paid"])


def test_a_payment_told_by_callback_pays_the_bills(till: Till) -> None:
    till.bill("234.56")
    order = paid(till)
    for event in till.events():
        till.hear(event)
    till.work()
    now = till.now(order)
    assert (now.state, till.owed(), till.wrong()) == ("paid", D("0.00"), [])
    assert now.receipt_number is not None


# 1, 2: the same news often, and in any order.


def test_1_the_same_event_three_times(till: Till) -> None:
    order = paid(till)
    [event] = till.events("checkout.session.completed")
    assert [till.hear(event) for _ in range(3)] == [True, False, False]
    till.work()
    assert (till.states(order)[0], journals(till)) == ("paid", {"assess": 1, "payment": 1})


def anonymous(till: Till, order: PaymentOrder) -> list[tuple[Any, ...]]:
    """The books of one taxpayer, with names in place of keys."""
    [attempt] = till.now(order).attempts
    names = {str(bill.id): f"bill {n}" for n, bill in enumerate(till.bills)}
    names |= {str(till.acting.taxpayer_id): "taxpayer", str(attempt.intent_id): "payment"}

    def named(cell: object) -> object:
        text = str(cell)
        for key, name in names.items():
            text = text.replace(key, name)
        return text

    return [tuple(named(cell) for cell in row) for row in books(till.database, till.acting.taxpayer_id)]


def told(till: Till, order_of_news: Sequence[str]) -> list[tuple[Any, ...]]:
    """The books after one payment was told in this order, by a taxpayer of their own."""
    forget(till.sandbox)
    till.acting, till.bills = acting_for(new_taxpayer(till.database)), []
    till.bill("200.00", clock.today() - timedelta(days=10))
    order = paid(till)
    for kind in order_of_news:
        [event] = till.events(kind)
        till.hear(event)
        till.work()
    assert (till.states(order), till.owed(), till.wrong()) == (("paid", ["succeeded"]), D("0.00"), [])
    return anonymous(till, order)


def test_2_every_order_of_the_news_ends_in_the_same_books(till: Till) -> None:
    ends = {tuple(told(till, news)) for news in permutations(PAID)}
    assert len(ends) == 1
    assert len(ends.pop()) == 6


def any_repetition(till: Till, examples: int) -> None:
    """One payment told in random ways, the same way more than once; the books are those of the plain way."""
    expected = told(till, PAID)
    run = settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))

    @run
    @given(st.lists(st.sampled_from((*PAID, "payment_intent.created")), min_size=1, max_size=8))
    def repeated(news: list[str]) -> None:
        assert told(till, [*news, PAID[len(news) % 3]]) == expected

    repeated()
    assert expected


def test_2_so_does_every_repetition(till: Till) -> None:
    any_repetition(till, 10)


@pytest.mark.soak
def test_2_so_do_a_thousand_repetitions(till: Till) -> None:
    any_repetition(till, 1000)


# 3: news before our own rows.


def test_3_an_event_before_its_order_waits_for_it(till: Till) -> None:
    order_id, attempt_id = new_id(), new_id()
    bill = till.bill("500.00")
    request = Request(
        order_id, attempt_id, "P-1", "key-1", [Line("税", D("500.00"))],
        clock.now() + timedelta(hours=1), DOOR.return_url, DOOR.cancel_url, "zh",
    )  # fmt: skip
    opened = till.gateways.payments.open(request)
    till.pay(str(opened.session_id))
    [event] = till.events("payment_intent.succeeded")
    till.hear(event)
    till.work()
    assert till.outcomes() == ["parked"]
    insert_order(till, order_id, attempt_id, bill.id, "500.00")
    till.later(seconds=5)
    till.work()
    assert (till.outcomes(), till.owed(), till.wrong()) == (["applied"], D("0.00"), [])


def insert_order(till: Till, order_id: UUID, attempt_id: UUID, bill_id: UUID, amount: str) -> None:
    """The rows that a slow transaction commits at last."""
    whose, at = till.acting.taxpayer_id, clock.now()
    with till.database.transaction() as session:
        session.add(
            PaymentOrder(
                id=order_id,
                taxpayer_id=whose,
                number="P-1",
                payer_account_id=till.acting.account_id,
                amount=D(amount),
                quote_day=clock.day_of(at),
                quote_hash="",
                state="open",
                expires_at=at + timedelta(hours=1),
                created_at=at,
            )
        )
        session.flush()
        item = {"taxpayer_id": whose, "order_id": order_id, "bill_id": bill_id, "amount": D(amount)}
        session.add(OrderItem(n=1, component="tax", **item))
        session.add(
            Attempt(
                id=attempt_id,
                taxpayer_id=whose,
                order_id=order_id,
                n=1,
                state="creating",
                idempotency_key="key-1",
                expires_at=at + timedelta(hours=1),
                created_at=at,
            )
        )


def test_3_money_for_nobody_is_kept_in_suspense_in_the_end(till: Till) -> None:
    request = Request(
        new_id(), new_id(), "P-1", "key-1", [Line("税", D("500.00"))],
        clock.now() + timedelta(hours=1), DOOR.return_url, DOOR.cancel_url, "zh",
    )  # fmt: skip
    till.pay(str(till.gateways.payments.open(request).session_id))
    [event] = till.events("checkout.session.completed")
    till.hear(event)
    for _ in range(9):
        till.work()
        till.later(hours=48)
    assert (till.outcomes(), breaks(till)) == (["quarantined"], ["unknown-order"])
    with till.database.reading() as session:
        codes = set(session.scalars(select(LedgerAccount.code)))
    assert codes == {"clearing:gateway", "suspense:unknown"}
    assert till.wrong() == []


# 4, 5, 6: the return page first, the callback never, the event never made.


def test_4_back_before_the_callback_settles_and_the_callback_changes_nothing(till: Till) -> None:
    order = paid(till)
    services.ask(till.database, till.gateways.payments, order.id, at=clock.now())
    assert till.states(order) == ("paid", ["succeeded"])
    before = books(till.database)
    for event in till.events():
        till.hear(event)
    till.work()
    assert books(till.database) == before
    assert set(till.outcomes()) <= {"applied", "ignored"}


def test_4_back_without_having_paid(till: Till) -> None:
    till.bill()
    order = till.order()
    till.session_of(order)
    services.ask(till.database, till.gateways.payments, order.id, at=clock.now())
    assert till.states(order) == ("open", ["open"])


@pytest.mark.parametrize("told_nothing_by", ["5 no delivery", "6 no event"])
def test_reconciliation_finds_what_nobody_told(till: Till, told_nothing_by: str) -> None:
    if told_nothing_by.startswith("6"):
        till.sandbox.tell("webhooks", never_generate=["*"])
    order = paid(till)
    till.reconcile()
    assert (till.states(order)[0], till.owed(), till.wrong()) == ("paid", D("0.00"), [])
    till.reconcile()
    with till.database.reading() as session:
        runs = session.scalars(select(ReconciliationRun).order_by(ReconciliationRun.until)).all()
    assert [(run.seen, run.settled, run.total_there, run.total_here) for run in runs] == [
        (1, 1, D("1000.00"), D("1000.00")),
        (1, 0, D("1000.00"), D("1000.00")),
    ]


def test_reconciliation_looks_far_back_once_a_day_and_not_every_time(till: Till) -> None:
    for _ in range(3):
        till.reconcile()
        till.later(minutes=5)
    till.later(hours=2)
    till.reconcile()
    with till.database.reading() as session:
        runs = session.scalars(select(ReconciliationRun).order_by(ReconciliationRun.until)).all()
    assert [(run.until - run.since) for run in runs] == [
        timedelta(days=35),
        timedelta(hours=2),
        timedelta(hours=2),
        timedelta(hours=72),
    ]


def test_what_is_booked_here_and_not_known_there_is_a_break(till: Till) -> None:
    paid(till)
    till.reconcile()
    forget(till.sandbox)
    till.later(seconds=2)
    till.reconcile()
    assert breaks(till) == ["missing-there"]


# 8, 9, 10: the gateway fails while a payment is opened.


def test_8_a_session_that_was_made_without_an_answer_is_adopted(till: Till) -> None:
    till.bill()
    order = till.order()
    till.sandbox.tell("faults", kind="cut_after", path="/v1/checkout/sessions", method="POST", times=3)
    assert (
        services.lead_to_gateway(till.database, till.gateways.payments, order.id, DOOR, at=clock.now())
        is None
    )
    assert till.states(order) == ("open", ["unknown"])
    with pytest.raises(Refusal):
        services.cancel(till.database, till.gateways.payments, till.acting, order.id, at=clock.now())
    till.sweep()
    assert till.states(order) == ("open", ["open"])
    till.pay(till.session_of(order))
    till.reconcile()
    assert (till.states(order), sessions_there(till)) == (("paid", ["succeeded"]), 1)


def test_9_a_kept_failure_does_not_stand_in_the_way_for_ever(till: Till) -> None:
    till.bill()
    order = till.order()
    till.sandbox.tell("faults", kind="error_before", path="/v1/checkout/sessions", method="POST", times=3)
    assert (
        services.lead_to_gateway(till.database, till.gateways.payments, order.id, DOOR, at=clock.now())
        is None
    )
    till.sweep()
    assert till.states(order) == ("open", ["unknown"])
    till.later(minutes=3)
    till.sweep()
    assert till.states(order) == ("open", ["absent"])
    till.pay(till.session_of(order))
    till.reconcile()
    assert till.states(order) == ("paid", ["absent", "succeeded"])


def test_10_while_the_gateway_is_down_nothing_is_lost(till: Till) -> None:
    order = paid(till)
    [event] = till.events("checkout.session.completed")
    till.sandbox.tell("faults", kind="outage")
    till.hear(event)
    till.work()
    with pytest.raises(Unavailable):
        till.reconcile()
    assert till.states(order) == ("open", ["open"])
    till.sandbox.forget("faults")
    till.later(hours=1)
    till.work()
    assert (till.states(order)[0], till.outcomes()) == ("paid", ["applied"])


# 13, 14: what the gateway says does not fit.


def test_13_another_amount_goes_to_unallocated(till: Till) -> None:
    till.bill("1000.00")
    order = till.order()
    till.pay(till.session_of(order), amount=99999)
    for event in till.events():
        till.hear(event)
    till.work()
    assert (till.states(order)[0], till.owed()) == ("open", D("1000.00"))
    assert (till.resting().balance, till.wrong()) == (D("999.99"), [])
    assert "amount" in breaks(till)
    assert "quarantined" in till.outcomes()


def test_13_another_currency_is_held(till: Till) -> None:
    till.bill("1000.00")
    order = till.order()
    till.pay(till.session_of(order), currency="usd")
    till.reconcile()
    assert (breaks(till), journals(till)) == (["currency"], {"assess": 1})
    assert till.states(order)[0] == "open"


def test_14_money_of_the_other_mode_is_none(till: Till) -> None:
    order = paid(till)
    [event] = till.events("checkout.session.completed")
    event["livemode"] = True
    till.hear(event)
    till.work()
    assert (till.outcomes(), breaks(till)) == (["quarantined"], ["livemode"])
    assert till.states(order)[0] == "open"


def test_a_genuine_event_that_contradicts_the_gateway_is_set_aside(till: Till) -> None:
    """What was paid is booked as the gateway says when asked; a person looks at the event."""
    order = paid(till)
    [event] = till.events("checkout.session.completed")
    event["data"]["object"]["amount_total"] += 1
    till.hear(event)
    till.work()
    assert (till.outcomes(), till.states(order)[0]) == (["quarantined"], "paid")
    assert till.wrong() == []


# 15, 16, 17: paid too late, twice, or for less than was due.


def test_15_paid_after_it_was_cancelled(till: Till) -> None:
    till.bill("1000.00")
    order = till.order()
    session = till.session_of(order)
    services.cancel(till.database, till.gateways.payments, till.acting, order.id, at=clock.now())
    till.pay(session, force=True)
    till.reconcile()
    assert till.states(order) == ("cancelled", ["succeeded"])
    assert (till.owed(), till.resting().balance) == (D("1000.00"), D("1000.00"))
    assert [one.reason for one in till.resting().arrivals] == ["late"]
    assert till.wrong() == []


def test_15_an_order_past_its_time_is_closed_there_first(till: Till) -> None:
    till.bill("1000.00")
    order, another = till.order(), None
    session = till.session_of(order)
    till.later(hours=3)
    till.sweep()
    assert till.states(order) == ("expired", ["expired"])
    with pytest.raises(RuntimeError, match="no longer open"):
        till.pay(session)
    another = till.order()
    assert another.id != order.id


def test_15_paid_in_the_last_moment_is_paid(till: Till) -> None:
    order = paid(till)
    till.later(hours=3)
    till.sweep()
    assert (till.states(order), till.owed()) == (("paid", ["succeeded"]), D("0.00"))


def test_16_two_sessions_of_one_order_are_paid(till: Till) -> None:
    till.bill("1000.00")
    order = till.order()
    first = till.session_of(order)
    till.gateways.payments.close(first)
    services.ask(till.database, till.gateways.payments, order.id, at=clock.now())
    second = till.session_of(order)
    assert first != second
    till.pay(second)
    till.pay(first, force=True)
    till.reconcile()
    assert till.states(order) == ("paid", ["succeeded", "succeeded"])
    assert (till.owed(), till.resting().balance) == (D("0.00"), D("1000.00"))
    assert [one.reason for one in till.resting().arrivals] == ["double"]
    assert till.wrong() == []


def test_17_the_bill_was_lowered_between_quote_and_payment(till: Till) -> None:
    bill = till.bill("1000.00")
    order = till.order()
    session = till.session_of(order)
    with till.database.transaction() as writing:
        services.reduce_bill(writing, bill, D("300.00"), source=("return", new_id()), at=clock.now())
    till.pay(session)
    till.reconcile()
    assert (till.states(order)[0], till.owed(), till.resting().balance) == ("paid", D("0.00"), D("300.00"))
    assert till.wrong() == []


# 18: delayed methods.


def test_18_a_delayed_payment_that_fails_can_be_paid_again(till: Till) -> None:
    till.bill("1000.00")
    order = till.order()
    session = till.session_of(order)
    till.pay(session, delayed=True)
    tell(till, "checkout.session.completed")
    assert till.states(order) == ("processing", ["processing"])
    till.sandbox.tell("finish", session=session, outcome="failed")
    tell(till, "checkout.session.async_payment_failed")
    assert till.states(order) == ("open", ["failed"])
    till.pay(till.session_of(order))
    till.reconcile()
    assert till.states(order) == ("paid", ["failed", "succeeded"])


def test_18_a_delayed_payment_that_succeeds(till: Till) -> None:
    till.bill("1000.00")
    order = till.order()
    session = till.session_of(order)
    till.pay(session, delayed=True)
    tell(till, "checkout.session.completed")
    till.sandbox.tell("finish", session=session, outcome="succeeded")
    tell(till, "checkout.session.async_payment_succeeded")
    assert (till.states(order), till.owed()) == (("paid", ["succeeded"]), D("0.00"))


def test_a_refused_card_ends_nothing(till: Till) -> None:
    till.bill("1000.00")
    order = till.order()
    session = till.session_of(order)
    till.pay(session, outcome="declined")
    tell(till, "payment_intent.payment_failed")
    assert till.states(order) == ("open", ["open"])
    till.pay(session)
    tell(till, "checkout.session.completed")
    assert till.states(order) == ("paid", ["succeeded"])


def tell(till: Till, kind: str) -> None:
    for event in till.events(kind):
        till.hear(event)
    till.work()


def test_20_a_refund_made_at_the_gateway_is_put_before_a_person(till: Till) -> None:
    order = paid(till)
    till.reconcile()
    [attempt] = till.now(order).attempts
    till.sandbox.tell("refund", payment_intent=attempt.intent_id, amount=1000)
    tell(till, "refund.created")
    assert breaks(till) == ["money-back"]


# 23, 24: midnight.


def beijing(day: date, hour: int, minute: int, second: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=SHANGHAI)


def stand_at(till: Till, instant: datetime) -> None:
    clock.run_from(instant)
    till.sandbox.tell("clock", to=instant.timestamp())


def test_23_a_quote_does_not_outlive_its_day(till: Till) -> None:
    today = clock.today() + timedelta(days=1)
    stand_at(till, beijing(today, 23, 0))
    till.bill("1000.00", today)
    order = till.order()
    session = till.session_of(order)
    stand_at(till, beijing(today + timedelta(days=1), 0, 1))
    till.sweep()
    assert till.states(order) == ("expired", ["expired"])
    with pytest.raises(RuntimeError, match="no longer open"):
        till.pay(session)
    assert till.order().amount == D("1000.50")


def test_24_an_outage_over_midnight_costs_no_day(till: Till) -> None:
    today = clock.today() + timedelta(days=1)
    stand_at(till, beijing(today, 23, 0))
    till.bill("1000.00", today)
    order = till.order()
    session = till.session_of(order)
    stand_at(till, beijing(today, 23, 59, 50))
    till.pay(session)
    stand_at(till, beijing(today + timedelta(days=3), 9, 0))
    till.reconcile()
    assert (till.owed(), till.now(order).paid_on) == (D("0.00"), today)
    assert journals(till) == {"assess": 1, "payment": 1}


def test_paid_before_midnight_for_tomorrow_leaves_the_extra_day(till: Till) -> None:
    today = clock.today() + timedelta(days=1)
    stand_at(till, beijing(today, 23, 40))
    till.bill("1000.00", today - timedelta(days=10))
    order = till.order()
    assert order.amount == D("1005.50")
    till.pay(till.session_of(order))
    till.reconcile()
    assert (till.owed(), till.resting().balance, till.wrong()) == (D("0.00"), D("0.50"), [])
    assert [one.reason for one in till.resting().arrivals] == ["over"]


def test_29_an_event_that_makes_no_sense_is_set_aside_and_the_rest_flow(till: Till) -> None:
    order = paid(till)
    [event] = till.events("checkout.session.completed")
    till.hear(event | {"id": "evt_odd", "data": {"object": ["?"]}})
    till.hear(event)
    for _ in range(9):
        till.work()
        till.later(hours=48)
    assert (till.states(order)[0], till.outcomes()) == ("paid", ["quarantined", "applied"])


def test_two_orders_over_one_bill_do_not_stand_together(till: Till) -> None:
    till.bill("1000.00")
    first = till.order()
    till.bill("1.00")
    with pytest.raises(Refusal) as refused:
        till.order()
    assert refused.value.facts["number"] == first.number
