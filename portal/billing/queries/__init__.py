"""Named reads of bills, ledger and payments."""

from portal.billing.queries.debts import OpenBill, bills_of, debts_of, open_bills
from portal.billing.queries.payments import open_orders, own_order
from portal.billing.queries.statement import Booked, Paid, Resting, paid_by, resting, statement

__all__ = [
    "Booked",
    "OpenBill",
    "Paid",
    "Resting",
    "bills_of",
    "debts_of",
    "open_bills",
    "open_orders",
    "own_order",
    "paid_by",
    "resting",
    "statement",
]
