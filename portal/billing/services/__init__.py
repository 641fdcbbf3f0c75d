"""What billing does: bills, booking, payment, settling, reconciling, checking the books."""

from portal.billing.services.bills import credit_refund_due, raise_bill, reduce_bill
from portal.billing.services.carrying import repay, settle_refund, settle_repayment, sweep_repayments
from portal.billing.services.checking import verify_books, verify_payments
from portal.billing.services.closing import close_paid
from portal.billing.services.correcting import Change, Correction, adjust
from portal.billing.services.inbox import apply_inbox, receive
from portal.billing.services.paying import (
    Door,
    ask,
    cancel,
    lead_to_gateway,
    make_way,
    open_order,
    quote_for,
)
from portal.billing.services.reconciling import reconcile, sweep
from portal.billing.services.refunds import (
    REFUND,
    asked_back,
    at_rest,
    lower_refunds,
    offset_all,
    open_refund,
    request_refund,
    undecided,
)
from portal.billing.services.repaying import APPROVED, name_account, pay_out
from portal.billing.services.settling import settle
from portal.billing.services.terminal_files import Loaded, NotAList, explain_break, load_terminal_file
from portal.billing.services.terminal_reversals import reverse_slip
from portal.billing.services.terminal_shifts import add_terminal, close_shift, explain_shift, open_shift
from portal.billing.services.terminal_slips import Keyed, confirm_slip, key_slip, withdraw_slip

__all__ = [
    "APPROVED",
    "REFUND",
    "Change",
    "Correction",
    "Door",
    "Keyed",
    "Loaded",
    "NotAList",
    "add_terminal",
    "adjust",
    "apply_inbox",
    "ask",
    "asked_back",
    "at_rest",
    "cancel",
    "close_paid",
    "close_shift",
    "confirm_slip",
    "credit_refund_due",
    "explain_break",
    "explain_shift",
    "key_slip",
    "lead_to_gateway",
    "load_terminal_file",
    "lower_refunds",
    "make_way",
    "name_account",
    "offset_all",
    "open_order",
    "open_refund",
    "open_shift",
    "pay_out",
    "quote_for",
    "raise_bill",
    "receive",
    "reconcile",
    "reduce_bill",
    "repay",
    "request_refund",
    "reverse_slip",
    "settle",
    "settle_refund",
    "settle_repayment",
    "sweep",
    "sweep_repayments",
    "undecided",
    "verify_books",
    "verify_payments",
    "withdraw_slip",
]
