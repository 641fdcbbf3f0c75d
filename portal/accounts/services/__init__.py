"""What the accounts room does, one function per act; here, what other parts of the portal name."""

from portal.accounts.services.mandates import follow_representative
from portal.accounts.services.messages import deliver_notice, send_message
from portal.accounts.services.retention import forget_stale

__all__ = ["deliver_notice", "follow_representative", "forget_stale", "send_message"]
