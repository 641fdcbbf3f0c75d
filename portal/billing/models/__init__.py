"""Tables of the billing room: bills, the ledger, payments through a gateway and back or at a terminal,
reconciliation."""

from portal.billing.models.bills import Bill
from portal.billing.models.ledger import Journal, LedgerAccount, Posting
from portal.billing.models.payments import Attempt, InboxEvent, OrderItem, PaymentOrder, StateChange
from portal.billing.models.reconciliation import ReconciliationBreak, ReconciliationRun
from portal.billing.models.repayments import RefundAccount, Repayment
from portal.billing.models.terminals import (
    Shift,
    ShiftCount,
    Slip,
    SlipBill,
    SlipReading,
    Terminal,
    TerminalLine,
)

__all__ = [
    "Attempt",
    "Bill",
    "InboxEvent",
    "Journal",
    "LedgerAccount",
    "OrderItem",
    "PaymentOrder",
    "Posting",
    "ReconciliationBreak",
    "ReconciliationRun",
    "RefundAccount",
    "Repayment",
    "Shift",
    "ShiftCount",
    "Slip",
    "SlipBill",
    "SlipReading",
    "StateChange",
    "Terminal",
    "TerminalLine",
]
