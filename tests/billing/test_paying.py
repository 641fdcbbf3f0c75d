"""Paying through the gateway, whatever happens on the way."""

from decimal import Decimal

from portal.billing.rules.states import OrderState
from tests.billing.conftest import Till

D = Decimal


def test_a_payment_told_by_callback_pays_the_bills(till: Till) -> None:
    till.bill("1000.00")
    till.bill("234.56")
    order = till.order()
    till.pay(till.session_of(order))
    for event in till.events():
        till.hear(event)
    till.work()
    paid = till.now(order)
    assert (paid.state, till.owed(), till.wrong()) == (OrderState.PAID, D("0.00"), [])
    assert paid.receipt_number is not None
