"""Named reads of bills, ledger and payments."""

from portal.billing.queries.debts import OpenBill, bills_of, debts_of, open_bills
from portal.billing.queries.payments import open_orders, own_order, own_receipt
from portal.billing.queries.statement import Booked, Resting, resting, statement

__all__ = [
    "Booked",
    "OpenBill",
    "Resting",
    "bills_of",
    "debts_of",
    "open_bills",
    "open_orders",
    "own_order",
    "own_receipt",
    "resting",
    "statement",
]
