"""Named reads of bills, ledger and payments."""

from portal.billing.queries.debts import OpenBill, bills_of, debts_of, open_bills
from portal.billing.queries.payments import own_order
from portal.billing.queries.statement import Booked, Paid, Resting, paid_by, resting, statement
from portal.billing.queries.under_way import UnderWay, under_way

__all__ = [
    "Booked",
    "OpenBill",
    "Paid",
    "Resting",
    "UnderWay",
    "bills_of",
    "debts_of",
    "open_bills",
    "own_order",
    "paid_by",
    "resting",
    "statement",
    "under_way",
]
