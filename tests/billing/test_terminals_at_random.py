"""Any days at a terminal: slips keyed late, reversed, bills lowered, money used. The books stay whole."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from sqlalchemy import select

from portal.billing import services
from portal.billing.models import Bill, Journal, Slip
from portal.billing.rules.terminals import SlipState, together
from portal.core import clock
from portal.core.keys import new_id
from portal.core.money import from_fen
from portal.core.refusal import Refusal
from tests.billing.cashiers import Counter, at_the_counter
from tests.billing.conftest import new_bill
from tests.given import Given

D = Decimal
AMOUNTS = st.integers(min_value=1, max_value=200_000).map(from_fen)


def ago(days: int) -> date:
    return clock.today() - timedelta(days=days)


class Days(RuleBasedStateMachine):
    """Days of one taxpayer at a terminal of their own; every run is in the same database."""

    given: Given
    slips: Bundle[UUID] = Bundle("slips")

    @initialize()
    def open(self) -> None:
        self.counter: Counter = at_the_counter(self.given, since=timedelta(days=10))
        self.who = self.given.person()
        self.raise_bill(D("1000.00"), 20)

    @rule(amount=AMOUNTS, days=st.integers(min_value=-5, max_value=30))
    def raise_bill(self, amount: Decimal, days: int) -> None:
        new_bill(self.given.database, self.who.taxpayer_id, str(amount), ago(days), clock.now())

    @rule(target=slips, amount=AMOUNTS, days=st.integers(min_value=0, max_value=9))
    def take(self, amount: Decimal, days: int) -> UUID:
        paid_at = clock.now().replace(microsecond=0) - timedelta(days=days)
        return self.counter.taken(self.who, str(amount), paid_at=paid_at)

    @rule(slip=consumes(slips))
    def reverse(self, slip: UUID) -> None:
        with suppress(Refusal):  # the money moved on
            self.counter.reversed(slip)

    @rule(amount=AMOUNTS)
    def lower(self, amount: Decimal) -> None:
        mine = select(Bill).where(Bill.taxpayer_id == self.who.taxpayer_id).order_by(Bill.id)

        def act(session: Any) -> None:
            source = ("test", new_id())
            bill = session.scalars(mine.limit(1)).one()
            services.reduce_bill(session, bill, amount, source=source, at=clock.now())

        self.tried(act)

    @rule()
    def offset(self) -> None:
        acting = self.given.acting(self.who)
        self.tried(lambda session: services.offset_all(session, acting, decision=new_id(), at=clock.now()))

    @rule()
    def ask_back(self) -> None:
        acting = self.given.acting(self.who)
        self.tried(
            lambda session: services.request_refund(session, acting, decision=new_id(), at=clock.now())
        )

    def tried(self, act: Callable[[Any], Any]) -> None:
        with suppress(Refusal), self.given.database.transaction() as session:
            act(session)

    @invariant()
    def the_books_are_whole(self) -> None:
        with self.given.database.reading() as session:
            assert services.verify_books(session) == []

    @invariant()
    def what_terminals_took_and_kept_is_booked(self) -> None:
        if not hasattr(self, "who"):
            return
        with self.given.database.reading() as session:
            slips = session.scalars(select(Slip).where(Slip.taxpayer_id == self.who.taxpayer_id)).all()
            of_them = select(Journal).where(Journal.taxpayer_id == self.who.taxpayer_id)
            journals = session.scalars(of_them.where(Journal.kind.like("pos%"))).all()
        stands = together(one.amount for one in slips if one.state == SlipState.CREDITED)
        assert stands == together(one.total if one.kind == "pos" else -one.total for one in journals)


def test_any_days_at_a_terminal_leave_the_books_whole(given: Given) -> None:
    machine = type("DaysHere", (Days,), {"given": given})
    machine.TestCase.settings = settings(
        max_examples=10, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
    )
    machine.TestCase().runTest()
