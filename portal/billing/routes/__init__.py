"""The billing room's doors: dues, payments, the account, and the gateway's callbacks."""

from portal.billing.routes import account, dues, gateway, orders
from portal.billing.routes.door import bp

__all__ = ["account", "bp", "dues", "gateway", "orders"]
