"""Taxpayers with bills, and a gateway in the sandbox that they pay through."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.request import Request, urlopen
from uuid import UUID

import pytest
from sqlalchemy import select
from stripe import WebhookSignature

from portal.billing import queries, services
from portal.billing.models import Bill, InboxEvent, Journal, LedgerAccount, PaymentOrder, Posting
from portal.core import clock
from portal.core.acting import Acting, Level, Right
from portal.core.db import Database
from portal.core.jobs import run_due
from portal.core.keys import new_id
from portal.core.wording import N_
from portal.gateways import Gateways
from portal.gateways.payments import callbacks
from portal.settings import Settings
from portal.taxpayers.models import Taxpayer
from sandbox.launch import Running
from tests.daytime import SHIFT
from tests.live import PAYMENTS_KEY, WEBHOOK_SECRET, Outside

NOON = datetime(2026, 7, 10, 4, tzinfo=UTC)
"""12:00 in Beijing on 10 July 2026."""
DOOR = services.Door("http://localhost/back", "http://localhost/cancelled", "zh")


def new_taxpayer(database: Database) -> UUID:
    """A taxpayer nobody has proven anything about."""
    key = new_id()
    with database.transaction() as session:
        session.add(
            Taxpayer(
                id=key,
                name="许清和",
                number_kind="resident",
                number_sealed=b"sealed",
                number_index=key.hex * 2,
                opened_at=NOON,
            )
        )
    return key


@pytest.fixture
def taxpayer(database: Database) -> Callable[[], UUID]:
    """Makes a taxpayer and gives its key."""
    return lambda: new_taxpayer(database)


def new_bill(
    database: Database, whose: UUID, amount: str = "1234.56", due_on: date | None = None, at: datetime = NOON
) -> Bill:
    """A bill of the annual return of 2025; due far ahead unless said."""
    with database.transaction() as session:
        return services.raise_bill(
            session,
            taxpayer_id=whose,
            tax="iit-annual",
            period="2025",
            title=N_("个人所得税综合所得年度汇算"),
            amount=Decimal(amount),
            due_on=due_on or date(2099, 6, 30),
            source=("test", new_id()),
            at=at,
        )


def acting_for(taxpayer_id: UUID) -> Acting:
    """A taxpayer who acts for themselves."""
    return Acting(
        account_id=new_id(),
        person_id=taxpayer_id,
        person_name="许清和",
        taxpayer_id=taxpayer_id,
        taxpayer_name="许清和",
        level=Level.PROVEN,
        rights=frozenset(Right),
        session_id=new_id(),
    )


def books(database: Database, taxpayer_id: UUID | None = None) -> list[tuple[Any, ...]]:
    """The ledger without its keys and times: what must be the same however the news of payments came."""
    with database.reading() as session:
        codes = dict(session.execute(select(LedgerAccount.id, LedgerAccount.code)).all())
        rows = select(Journal, Posting).join(Posting, Posting.journal_id == Journal.id)
        if taxpayer_id is not None:
            rows = rows.where(Journal.taxpayer_id == taxpayer_id)
        return [
            (
                journal.kind,
                journal.source_ref,
                journal.reason,
                journal.effective_on,
                leg.leg,
                codes[leg.debit_id],
                codes[leg.credit_id],
                leg.amount,
            )
            for journal, leg in session.execute(rows.order_by(Journal.kind, Journal.source_ref, Posting.leg))
        ]


@dataclass
class Till:
    """One taxpayer with bills who pays through the sandbox's gateway."""

    database: Database
    gateways: Gateways
    settings: Settings
    sandbox: Running
    acting: Acting
    bills: list[Bill] = field(default_factory=list)

    def bill(self, amount: str = "1234.56", due_on: date | None = None) -> Bill:
        """One more bill, raised now."""
        self.bills.append(new_bill(self.database, self.acting.taxpayer_id, amount, due_on, clock.now()))
        return self.bills[-1]

    def order(self) -> PaymentOrder:
        """An order over all bills."""
        ids = [bill.id for bill in self.bills]
        at = clock.now()
        with self.database.transaction() as session:
            seen = services.quote_for(session, self.acting.taxpayer_id, ids, at)
            return services.open_order(session, self.acting, ids, seen.digest, at=at)

    def session_of(self, order: PaymentOrder) -> str:
        """Go to the gateway with an order; the key of the session there."""
        url = services.lead_to_gateway(self.database, self.gateways.payments, order.id, DOOR, at=clock.now())
        assert url is not None
        return url.rpartition("/")[2]

    def pay(self, session_id: str, **how: Any) -> dict[str, Any]:
        """What the payer does on the hosted page."""
        return dict(self.sandbox.tell("pay", session=session_id, **how))

    def events(self, *types: str) -> list[dict[str, Any]]:
        """What the gateway would tell, oldest first."""
        asked = Request(
            f"{self.sandbox.base_url}/v1/events?limit=100",
            headers={"Authorization": f"Bearer {PAYMENTS_KEY}"},
        )
        with urlopen(asked, timeout=10) as answer:
            events = json.load(answer)["data"][::-1]
        return [event for event in events if not types or event["type"] in types]

    def hear(self, event: dict[str, Any]) -> bool:
        """Receive an event as the gateway signs and sends it; whether it was new."""
        body = json.dumps(event, ensure_ascii=False)
        second = int(clock.now().timestamp())
        signature = WebhookSignature.generate_signature_header(body, WEBHOOK_SECRET, second)
        callback = callbacks.verify(body.encode(), signature, [WEBHOOK_SECRET], clock.now())
        with self.database.transaction() as session:
            return services.receive(
                session, self.settings.keyring, callback, body.encode(), signature, at=clock.now()
            )

    def work(self) -> None:
        """Do all background work that is due."""
        jobs = {
            "apply-event": services.apply_inbox,
            "repay": services.repay,
            "sweep-orders": services.sweep,
            "reconcile": services.reconcile,
        }
        handlers = {
            kind: lambda payload, work=work: work(self.database, self.gateways, self.settings, payload)
            for kind, work in jobs.items()
        }
        handlers["deliver-notice"] = lambda _payload: None
        while run_due(self.database, handlers, clock.now):
            pass

    def states(self, order: PaymentOrder) -> tuple[str, list[str]]:
        """The states of an order and of its attempts."""
        found = self.now(order)
        return found.state, [attempt.state for attempt in found.attempts]

    def later(self, **how_much: float) -> None:
        """Let time pass here and at the gateway."""
        step = timedelta(**how_much)
        clock.run_from(clock.now() + step)
        self.sandbox.tell("clock", jump=step.total_seconds())

    def sweep(self) -> None:
        services.sweep(self.database, self.gateways, self.settings, {})

    def reconcile(self) -> None:
        services.reconcile(self.database, self.gateways, self.settings, {})

    def orders(self) -> list[PaymentOrder]:
        """Every order of the taxpayer, oldest first."""
        mine = select(PaymentOrder).where(PaymentOrder.taxpayer_id == self.acting.taxpayer_id)
        with self.database.reading() as session:
            return list(session.scalars(mine.order_by(PaymentOrder.created_at)))

    def now(self, order: PaymentOrder) -> PaymentOrder:
        """An order as it stands now."""
        with self.database.reading() as session:
            found = queries.own_order(session, self.acting.taxpayer_id, order.id)
        assert found is not None
        return found

    def owed(self, on: date | None = None) -> Decimal:
        """What is payable now."""
        with self.database.reading() as session:
            due = queries.open_bills(session, self.acting.taxpayer_id, on or clock.today())
        return sum((one.total for one in due), Decimal("0.00"))

    def resting(self) -> queries.Resting:
        with self.database.reading() as session:
            return queries.resting(session, self.acting.taxpayer_id)

    def outcomes(self) -> list[str]:
        """What became of the events, in the order in which they came."""
        with self.database.reading() as session:
            return list(session.scalars(select(InboxEvent.outcome).order_by(InboxEvent.id)))

    def wrong(self) -> list[str]:
        """What the checker finds in the books."""
        with self.database.reading() as session:
            return services.verify_books(session)


@pytest.fixture
def till(database: Database, settings: Settings, sandbox: Outside) -> Iterator[Till]:
    """A taxpayer at a gateway that has seen nobody yet."""
    payments = sandbox.payments
    sandbox.forget_payments()
    yield Till(database, Gateways.connect(settings), settings, payments, acting_for(new_taxpayer(database)))
    clock.run_from(SHIFT)
    sandbox.forget_payments()
