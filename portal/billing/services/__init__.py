"""What billing does: bills, booking, payment, settling, reconciling, checking the books."""

from portal.billing.services.bills import adjust, credit_refund_due, offset, raise_bill, reduce_bill

__all__ = ["adjust", "credit_refund_due", "offset", "raise_bill", "reduce_bill"]
