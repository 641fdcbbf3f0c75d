"""Money in the ledger for tests of certificates: bills that were paid, and paid money that came free."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy import select

from portal.billing.models import Bill, Journal
from portal.billing.rules import chart
from portal.billing.rules.chart import JournalKind, Leg
from portal.billing.services import raise_bill, reduce_bill
from portal.billing.services.ledger import Fact, book
from portal.core.clock import start_of
from portal.core.db import Database
from portal.core.wording import Phrase


class Books:
    """Writes through the billing room, in transactions of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def bill(
        self,
        taxpayer_id: UUID,
        amount: str,
        *,
        period: str = "2024",
        on: date = date(2025, 3, 1),
        tax: str = "iit-annual",
        levy: str = "",
    ) -> Bill:
        """An assessed annual return."""
        with self.database.transaction() as session:
            return raise_bill(
                session,
                taxpayer_id=taxpayer_id,
                tax=tax,
                levy=levy,
                period=period,
                title=Phrase("汇算"),
                amount=Decimal(amount),
                due_on=date(on.year, 6, 30),
                source=("filed-return", uuid4()),
                at=start_of(on),
            )

    def pay(self, bill: Bill, amount: str, on: date) -> UUID:
        """A payment of a bill through the gateway; its journal."""
        return self.pay_together({bill.id: amount}, bill.taxpayer_id, on)

    def pay_together(self, parts: Mapping[UUID, str], whose: UUID, on: date) -> UUID:
        """One payment of several bills of a taxpayer; its journal."""
        fact = Fact(JournalKind.PAYMENT, f"pi_{uuid4().hex}", on, whose)
        money = chart.clearing("test")
        legs = [Leg(money, chart.tax_due(whose, bill), Decimal(amount)) for bill, amount in parts.items()]
        places = (money, *(leg.credit for leg in legs))
        with self.database.transaction() as session:
            book(session, fact, places, lambda _: [(fact, legs)], at=start_of(on))
            journal = session.scalars(select(Journal).where(Journal.source_ref == fact.source_ref)).one()
            return journal.id

    def paid(self, taxpayer_id: UUID, amount: str, on: date = date(2025, 4, 1), period: str = "2024") -> UUID:
        """A bill and its payment in full."""
        return self.pay(self.bill(taxpayer_id, amount, period=period), amount, on)

    def lower(self, bill: Bill, by: str, at: datetime) -> None:
        """A correction lowers a bill; what was paid above it comes free."""
        with self.database.transaction() as session:
            reduce_bill(session, bill, Decimal(by), source=("filed-return", uuid4()), at=at)
