"""What the accounts room does, one function per act; here, the background work that other parts name."""

from portal.accounts.services.messages import deliver_notice, send_message
from portal.accounts.services.retention import forget_stale

__all__ = ["deliver_notice", "forget_stale", "send_message"]
