"""Web, worker and gateway as processes of their own: the news comes by itself, often, and in any order."""

from contextlib import closing

from portal.billing import queries
from portal.core import clock
from portal.core.db import Database
from portal.settings import Settings
from tests.billing.conftest import new_bill
from tests.distant import DistantVisitor
from tests.given import Given
from tests.live import LivePortal
from tests.visitor import Left
from tests.waiting import until


def test_a_payment_reaches_a_running_portal_by_its_callbacks(live_portal: LivePortal) -> None:
    """Each event three times, shuffled and in parallel."""
    live_portal.payments.tell("webhooks", duplicate=3, shuffle=1.0)
    database = Database(live_portal.database_url)
    payer = Given(database, Settings.from_environment(live_portal.environ)).person()
    new_bill(database, payer.taxpayer_id, "1000.00", at=clock.now())
    visitor = DistantVisitor(live_portal.url).carry(payer.token)

    def paid() -> bool:
        """the bill is paid"""
        with database.reading() as session:
            return not queries.open_bills(session, payer.taxpayer_id, clock.today())

    with closing(visitor.client):
        away = visitor.open("/billing/").press_and_leave("缴款")
        assert isinstance(away, Left)
        live_portal.payments.tell("pay", session=away.url.rpartition("/")[2], method="wechat_pay")
        until(paid)
        live_portal.payments.tell("flush")
        assert visitor.open("/billing/").heading == "没有需要缴纳的款项"
    answers = {status for row in live_portal.payments.ask("deliveries") for status in row["answers"]}
    assert answers == {200}
    assert "broken" not in live_portal.run("verify", "books")
    database.dispose()
