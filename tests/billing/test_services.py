"""Bills, corrections and offsets as the ledger shows them."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from uuid import UUID

from portal.billing import services
from portal.billing.queries.debts import open_bills
from portal.core.db import Database
from portal.core.keys import new_id
from portal.core.wording import N_
from tests.billing.conftest import NOON

D = Decimal


def test_a_bill_is_raised_once_for_its_source(database: Database, taxpayer: Callable[[], UUID]) -> None:
    whose, source = taxpayer(), ("return", new_id())
    for _ in range(2):
        with database.transaction() as session:
            services.raise_bill(
                session,
                taxpayer_id=whose,
                tax="iit-annual",
                period="2025",
                title=N_("个人所得税综合所得年度汇算"),
                amount=D("1234.56"),
                due_on=date(2026, 6, 30),
                source=source,
                at=NOON,
            )
    with database.reading() as session:
        [bill] = open_bills(session, whose, date(2026, 7, 10))
    assert (bill.tax, bill.surcharge, bill.total) == (D("1234.56"), D("6.17"), D("1240.73"))
