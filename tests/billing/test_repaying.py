"""Money of an approved refund goes back, whatever fails on the way."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.billing import services
from portal.billing.models import Bill, LedgerAccount, ReconciliationBreak, Repayment
from portal.billing.queries.repayments import account_named, returnable_by_gateway
from portal.core import clock
from portal.core.keys import new_id
from portal.core.refusal import Refusal
from portal.counter import services as counter
from portal.deregistration.services import Office
from portal.matters import services as work
from portal.matters.models import Matter
from portal.matters.rules import Finding
from portal.notices.models import Notice
from tests.billing.conftest import Till, books
from tests.given import Given
from tests.live import Outside

D = Decimal
CARD = "6212345678901232"
"""Sixteen digits whose last is right."""
NOTHING = D("0.00")


@pytest.fixture
def payee(till: Till, given: Given, sandbox: Outside) -> Iterator["Payee"]:
    yield Payee(till, given, sandbox)
    sandbox.identity.forget("refunds")
    sandbox.identity.forget("faults")


class Payee:
    """A taxpayer with money that rests here, who asks for it."""

    def __init__(self, till: Till, given: Given, outside: Outside) -> None:
        self.till = till
        self.given = given
        self.treasury = outside.identity
        self.bill: Bill | None = None

    def paid_too_much(self, amount: str = "300.00", **how: Any) -> str:
        """A payment of which so much came too much; the payment at the gateway."""
        bill = self.bill = self.till.bill("1000.00")
        paid = self.till.pay(self.till.session_of(self.till.order()), **how)
        self.till.reconcile()
        self.is_reduced(bill, amount)
        self.till.bills.clear()
        return str(paid["intent"]["id"])

    def is_reduced(self, bill: Bill | None, amount: str) -> None:
        """A correction sets so much of a paid bill free."""
        with self.till.database.transaction() as session:
            source = ("test", new_id())
            services.reduce_bill(session, session.merge(bill), D(amount), source=source, at=clock.now())

    def was_withheld_too_much(self, amount: str = "80.00") -> None:
        """Money that never came through the gateway."""
        with self.till.database.transaction() as session:
            services.credit_refund_due(
                session, taxpayer_id=self.till.acting.taxpayer_id, tax="iit-annual", period="2025",
                amount=D(amount), source=("test", new_id()), at=clock.now(),
            )  # fmt: skip

    def asks(self) -> UUID:
        with self.till.database.transaction() as session:
            asked = services.request_refund(session, self.till.acting, decision=new_id(), at=clock.now())
            return asked.id

    def names(self, number: str = CARD, bank: str = "滨海银行") -> None:
        till = self.till
        with till.database.transaction() as session:
            services.name_account(session, till.settings.keyring, till.acting, bank, number, at=clock.now())

    def approved(self) -> UUID:
        """A refund of everything, which two of the office approved."""
        matter = self.asks()
        self.office_approves(matter)
        return matter

    def office_approves(self, key: UUID, *, people: int = 2) -> None:
        """Each does their step; the last of them decides."""
        till = self.till
        for code in ("review", "approve")[:people]:
            clerk = self.given.acting(self.given.staff(f"refund-{code}"))
            with till.database.transaction() as session:
                matter = counter.held(session, ["refund"], key)
                assert matter is not None
                work.record_step(session, clerk, matter, code, Finding.MET, "已核对", at=clock.now())
        with till.database.transaction() as session:
            matter = counter.held(session, ["refund"], key)
            assert matter is not None
            office = Office.of(till.settings)
            counter.decide(session, office, clerk, matter, "approved", "", at=clock.now())

    def state(self, matter: UUID) -> tuple[str, Decimal | None]:
        with self.till.database.reading() as session:
            found = session.get_one(Matter, matter)
            return found.state, found.amount

    def repayments(self) -> list[tuple[str, str, Decimal]]:
        with self.till.database.reading() as session:
            rows = session.scalars(select(Repayment).order_by(Repayment.id))
            return [(one.way, one.state, one.amount) for one in rows]

    def balance(self, code: str) -> Decimal:
        """Of one of the taxpayer's tracked accounts, by the kind."""
        with self.till.database.reading() as session:
            mine = select(LedgerAccount).where(LedgerAccount.taxpayer_id == self.till.acting.taxpayer_id)
            rows = session.scalars(mine.where(LedgerAccount.kind == code))
            return sum((one.credits - one.debits for one in rows), NOTHING)

    @property
    def rests(self) -> Decimal:
        return self.balance("unallocated")

    @property
    def on_its_way(self) -> Decimal:
        return self.balance("refund-transit")

    def told(self) -> list[str]:
        with self.till.database.reading() as session:
            mine = select(Notice.kind).where(Notice.taxpayer_id == self.till.acting.taxpayer_id)
            return [kind for kind in session.scalars(mine.order_by(Notice.id)) if kind.startswith("refund-")]

    def given_there(self) -> list[int]:
        """What the gateway gave back, in fen."""
        return [row["refunded"] for row in self.till.sandbox.ask("journal") if row["act"] == "refund_asked"]

    def breaks(self) -> list[str]:
        with self.till.database.reading() as session:
            return list(session.scalars(select(ReconciliationBreak.kind)))


def test_money_that_came_through_the_gateway_goes_back_there(payee: Payee) -> None:
    payee.paid_too_much("300.00")
    matter = payee.approved()
    assert (payee.rests, payee.on_its_way) == (NOTHING, D("300.00"))
    payee.till.work()
    assert payee.repayments() == [("gateway", "paid", D("300.00"))]
    assert payee.given_there() == [30000]
    assert (payee.rests, payee.on_its_way, payee.state(matter)[0]) == (NOTHING, NOTHING, "paid")
    assert (payee.told(), payee.till.wrong()) == (["refund-paid"], [])


def test_one_member_of_the_office_lets_no_money_go(payee: Payee) -> None:
    payee.paid_too_much()
    matter = payee.asks()
    with pytest.raises(Refusal):
        payee.office_approves(matter, people=1)
    payee.till.work()
    assert (payee.repayments(), payee.given_there(), payee.rests) == ([], [], D("300.00"))


def test_what_several_payments_brought_goes_back_by_each(payee: Payee) -> None:
    payee.paid_too_much("100.00")
    payee.paid_too_much("250.00")
    payee.approved()
    payee.till.work()
    assert sorted(payee.given_there()) == [10000, 25000]
    assert payee.till.wrong() == []


def test_what_a_payment_did_not_bring_never_goes_back_by_it(payee: Payee) -> None:
    payee.paid_too_much("300.00")
    payee.was_withheld_too_much("80.00")
    matter = payee.approved()
    payee.till.work()
    assert (payee.given_there(), payee.rests) == ([30000], D("80.00"))
    assert payee.state(matter) == ("approved", D("380.00"))
    assert payee.told() == ["refund-needs-account", "refund-paid"]
    assert payee.till.wrong() == []


def test_what_waits_for_an_account_sets_out_when_it_is_named(payee: Payee) -> None:
    payee.was_withheld_too_much("80.00")
    matter = payee.approved()
    payee.till.work()
    assert (payee.repayments(), payee.rests) == ([], D("80.00"))
    payee.names()
    payee.till.work()
    payee.till.later(seconds=20)
    payee.till.work()
    assert payee.repayments() == [("treasury", "paid", D("80.00"))]
    assert payee.state(matter) == ("paid", D("80.00"))
    assert payee.till.wrong() == []


def test_the_account_is_sealed_and_the_treasury_hears_whose_it_is(payee: Payee) -> None:
    payee.was_withheld_too_much("80.00")
    payee.names()
    payee.approved()
    payee.till.work()
    [order] = payee.treasury.ask("refunds")
    assert (order["holder"], order["bank"], order["account"], order["amount"]) == (
        "许清和",
        "滨海银行",
        CARD,
        8000,
    )
    with payee.till.database.reading() as session:
        account = account_named(session, payee.till.acting.taxpayer_id)
    assert account is not None
    assert CARD.encode() not in account.number_sealed
    assert account.ending == CARD[-4:]


def test_money_in_transit_is_neither_asked_for_nor_used_again(payee: Payee) -> None:
    payee.paid_too_much("300.00")
    payee.approved()
    payee.till.bill("500.00")
    with pytest.raises(Refusal):
        payee.asks()
    with payee.till.database.transaction() as session, pytest.raises(Refusal):
        services.offset_all(session, payee.till.acting, decision=new_id(), at=clock.now())
    assert payee.till.wrong() == []


# What comes back.


def test_a_refund_that_fails_rests_again_and_is_decided_on_anew(payee: Payee) -> None:
    payee.paid_too_much("300.00", method="wechat_pay")
    payee.till.sandbox.tell("refunding", outcome=None)
    matter = payee.approved()
    payee.till.work()
    assert payee.repayments() == [("gateway", "sent", D("300.00"))]
    end(payee, "failed")
    assert (payee.rests, payee.on_its_way) == (D("300.00"), NOTHING)
    assert payee.state(matter) == ("requested", D("300.00"))
    assert payee.told() == ["refund-came-back"]
    assert payee.till.wrong() == []
    with payee.till.database.reading() as session:
        found = session.get_one(Matter, matter)
        assert found.round == 2, "what the office found before must not count again"


def test_what_failed_at_the_gateway_goes_to_an_account_next(payee: Payee) -> None:
    payee.paid_too_much("300.00", method="wechat_pay")
    payee.till.sandbox.tell("refunding", outcome=None)
    matter = payee.approved()
    payee.till.work()
    end(payee, "failed")
    payee.names()
    payee.office_approves(matter)
    payee.till.work()
    payee.till.later(seconds=20)
    payee.till.work()
    assert payee.repayments() == [("gateway", "returned", D("300.00")), ("treasury", "paid", D("300.00"))]
    assert (payee.state(matter), payee.rests, payee.till.wrong()) == (("paid", D("300.00")), NOTHING, [])


def test_a_payment_that_once_failed_to_go_back_is_not_tried_again(payee: Payee) -> None:
    payee.paid_too_much("300.00", method="wechat_pay")
    payee.till.sandbox.tell("refunding", outcome=None)
    payee.approved()
    payee.till.work()
    end(payee, "failed")
    payee.is_reduced(payee.bill, "100.00")
    with payee.till.database.reading() as session:
        assert returnable_by_gateway(session, payee.till.acting.taxpayer_id) == []


def test_only_the_part_that_came_back_is_decided_on_anew(payee: Payee) -> None:
    payee.paid_too_much("100.00")
    payee.paid_too_much("250.00", method="wechat_pay")
    payee.till.sandbox.tell("refunding", outcome=None)
    matter = payee.approved()
    payee.till.work()
    end(payee, "failed")
    assert (payee.state(matter), payee.rests) == (("requested", D("250.00")), D("250.00"))
    assert payee.till.wrong() == []


def test_what_was_called_paid_and_came_back_reopens_the_refund(payee: Payee) -> None:
    payee.paid_too_much("300.00", card="4000000000005126")
    matter = payee.approved()
    payee.till.work()
    assert payee.state(matter)[0] == "paid"
    payee.till.later(seconds=60)
    payee.till.sandbox.ask("idle?seconds=5")
    payee.till.reconcile()
    assert (payee.state(matter), payee.rests, payee.on_its_way) == (
        ("requested", D("300.00")),
        D("300.00"),
        NOTHING,
    )
    assert payee.till.wrong() == []


def test_a_payment_too_old_to_be_refunded_is_refused_and_rests(payee: Payee) -> None:
    payee.paid_too_much("300.00", method="alipay")
    payee.till.sandbox.tell("clock", jump=timedelta(days=100).total_seconds())
    matter = payee.approved()
    payee.till.work()
    assert (payee.state(matter)[0], payee.rests, payee.given_there()) == ("requested", D("300.00"), [])


def test_a_bank_that_knows_another_holder_sends_it_back(payee: Payee) -> None:
    payee.was_withheld_too_much("80.00")
    payee.names(number="6212345600020119")
    matter = payee.approved()
    payee.till.work()
    payee.till.later(seconds=20)
    payee.till.work()
    assert payee.repayments() == [("treasury", "returned", D("80.00"))]
    assert (payee.state(matter)[0], payee.rests, payee.till.wrong()) == ("requested", D("80.00"), [])


def test_what_the_treasury_paid_and_a_bank_sends_back_days_later_is_noticed(payee: Payee) -> None:
    payee.was_withheld_too_much("80.00")
    payee.names()
    matter = payee.approved()
    payee.till.work()
    payee.till.later(seconds=20)
    payee.till.work()
    [order] = payee.treasury.ask("refunds")
    payee.treasury.tell(f"refunds/{order['id']}", state="returned")
    payee.till.later(days=3)
    sweep(payee)
    assert (payee.state(matter)[0], payee.rests, payee.till.wrong()) == ("requested", D("80.00"), [])


# Losses, copies, any order.


def end(payee: Payee, outcome: str) -> None:
    """The gateway's refunds that are under way end so, and it tells."""
    rows = payee.till.sandbox.ask("journal")
    done = {row["refund"] for row in rows if row["act"] in {"refunded", "refund_failed"}}
    for row in rows:
        if row["act"] == "refund_asked" and row["refund"] not in done:
            payee.till.sandbox.tell(f"refunds/{row['refund']}", outcome=outcome)
    hear(payee, "refund.updated", "refund.failed")


def hear(payee: Payee, *types: str) -> None:
    for event in payee.till.events(*types):
        payee.till.hear(event)
    payee.till.work()


def sweep(payee: Payee) -> None:
    till = payee.till
    services.sweep_repayments(till.database, till.gateways, till.settings, {})


NEWS = ("refund.created", "charge.refunded", "refund.updated")


@pytest.mark.parametrize("news", [*permutations(NEWS), (*NEWS, *NEWS), ()], ids="-".join)
def test_every_order_of_the_news_ends_in_the_same_books(payee: Payee, news: tuple[str, ...]) -> None:
    payee.paid_too_much("300.00")
    payee.approved()
    payee.till.work()
    before = books(payee.till.database)
    for kind in news:
        hear(payee, kind)
    payee.till.reconcile()
    assert books(payee.till.database) == before
    assert [row[0] for row in before if row[0].startswith("repa")] == ["repaid", "repay"]
    assert (set(payee.till.outcomes()) <= {"applied"}, payee.breaks(), payee.till.wrong()) == (True, [], [])


@pytest.mark.parametrize(
    "finder", [lambda p: hear(p, "charge.refunded"), lambda p: p.till.reconcile(), sweep]
)
def test_the_answer_is_lost_and_the_money_goes_once(payee: Payee, finder: Callable[[Payee], None]) -> None:
    payee.paid_too_much("300.00")
    payee.approved()
    payee.till.sandbox.tell("faults", kind="cut_after", path="/v1/refunds", method="POST", times=3)
    once(payee)
    assert (payee.repayments()[0][1], payee.given_there()) == ("asked", [30000])
    payee.till.later(minutes=6)
    finder(payee)
    assert (payee.repayments()[0][1], payee.given_there(), payee.till.wrong()) == ("paid", [30000], [])


def once(payee: Payee) -> None:
    """The job runs once and fails."""
    till = payee.till
    with till.database.reading() as session:
        key = session.scalars(select(Repayment.id)).one()
    with pytest.raises(Exception, match="payments"):
        services.repay(till.database, till.gateways, till.settings, {"repayment": str(key)})


@pytest.mark.parametrize("fault", ["error_before", "error_after"])
def test_a_failure_kept_under_the_key_is_followed_by_another_key(payee: Payee, fault: str) -> None:
    """Whether the money moved before the gateway failed or not."""
    payee.paid_too_much("300.00")
    payee.approved()
    payee.till.sandbox.tell("faults", kind=fault, path="/v1/refunds", method="POST", times=3)
    with payee.till.database.reading() as session:
        before = session.scalars(select(Repayment.idempotency_key)).one()
    once(payee)
    payee.till.later(minutes=6)
    sweep(payee)
    with payee.till.database.reading() as session:
        assert session.scalars(select(Repayment.idempotency_key)).one() != before
    assert (payee.repayments()[0][1], payee.given_there(), payee.till.wrong()) == ("paid", [30000], [])


def test_the_gateway_is_down_and_the_money_waits(payee: Payee) -> None:
    payee.paid_too_much("300.00")
    payee.approved()
    payee.till.sandbox.tell("faults", kind="outage", path="/v1/refunds")
    once(payee)
    assert (payee.on_its_way, payee.till.wrong()) == (D("300.00"), [])
    payee.till.sandbox.forget("faults")
    payee.till.later(minutes=6)
    sweep(payee)
    assert (payee.on_its_way, payee.repayments()[0][1]) == (NOTHING, "paid")


def test_the_treasury_takes_an_order_whose_answer_was_lost_once(payee: Payee) -> None:
    payee.was_withheld_too_much("80.00")
    payee.names()
    payee.approved()
    payee.treasury.tell("faults", kind="cut_after", path="/refunds", method="POST")
    till = payee.till
    till.work()
    till.later(minutes=6)
    till.work()
    sweep(payee)
    assert [order["times"] for order in payee.treasury.ask("refunds")] == [1]
    assert (payee.repayments()[0][1], payee.on_its_way, till.wrong()) == ("paid", NOTHING, [])


def test_a_refund_of_another_amount_is_put_before_a_person(payee: Payee) -> None:
    payee.paid_too_much("300.00")
    payee.approved()
    with payee.till.database.reading() as session:
        [one] = session.scalars(select(Repayment))
    payee.till.sandbox.tell(
        "refund", payment_intent=one.intent_id, amount=29999, metadata={"repayment": str(one.id)}
    )
    payee.till.reconcile()
    assert (payee.breaks(), payee.on_its_way) == (["refund-amount"], D("300.00"))


# What the proof of the books sees.


@pytest.mark.parametrize("state", ["sent", "returned"])
def test_a_repayment_that_is_not_what_the_ledger_says_is_named(payee: Payee, state: str) -> None:
    payee.paid_too_much("300.00")
    payee.approved()
    payee.till.work()
    with payee.till.database.transaction() as session:
        session.scalars(select(Repayment)).one().state = state
    assert any("repayment" in line for line in payee.till.wrong())


def test_only_what_came_to_rest_goes_back_by_a_payment(payee: Payee) -> None:
    payment = payee.paid_too_much("300.00")
    with payee.till.database.reading() as session:
        found = returnable_by_gateway(session, payee.till.acting.taxpayer_id)
    assert found == [(payment, D("300.00"))], "700 of the 1,000 paid for something"
