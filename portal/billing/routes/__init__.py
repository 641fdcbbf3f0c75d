"""The billing room's doors: dues, payments, the account, refunds, and the gateway's callbacks."""

from portal.billing.routes import account, dues, gateway, orders, refunds, slips
from portal.billing.routes.door import bp

__all__ = ["account", "bp", "dues", "gateway", "orders", "refunds", "slips"]
