"""Somebody whose refund is on its way while the portal is killed."""

from decimal import Decimal

from portal.billing import services as billing
from portal.core import clock
from portal.core.db import Database
from portal.core.keys import new_id
from portal.core.wording import N_
from portal.gateways import Gateways
from portal.settings import Settings
from tests.given import Given
from tests.live import LivePortal

DOOR = billing.Door("http://localhost/back", "http://localhost/cancelled", "zh")
PAID, TOO_MUCH = Decimal("12.00"), Decimal("7.00")


def give_back(given: Given, database: Database, portal: LivePortal) -> None:
    """A person paid too much and the office lets it go: rows and a job stand, the worker does the rest."""
    person = given.person()
    gateway = Gateways.connect(Settings.from_environment(portal.environ)).payments
    acting, at = given.acting(person), clock.now()
    with database.transaction() as session:
        bill = billing.raise_bill(
            session, taxpayer_id=person.taxpayer_id, tax="iit-annual", period="2020", amount=PAID,
            title=N_("个人所得税综合所得年度汇算"), due_on=clock.today(), source=("test", new_id()), at=at,
        )  # fmt: skip
        seen = billing.quote_for(session, person.taxpayer_id, [bill.id], at)
        order = billing.open_order(session, acting, [bill.id], seen.digest, at=at)
    url = billing.lead_to_gateway(database, gateway, order.id, DOOR, at=at)
    assert url is not None
    portal.payments.tell("pay", session=url.rpartition("/")[2])
    billing.ask(database, gateway, order.id, at=clock.now())
    with database.transaction() as session:
        source = ("test", new_id())
        billing.reduce_bill(session, session.merge(bill), TOO_MUCH, source=source, at=clock.now())
        matter = billing.request_refund(session, acting, decision=new_id(), at=clock.now())
        matter.state = billing.APPROVED
        billing.pay_out(session, matter, by=None, at=clock.now())
