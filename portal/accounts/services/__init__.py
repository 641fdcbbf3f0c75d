"""What the accounts room does, one function per act; here, the background work that other parts name."""

from portal.accounts.services.messages import deliver_notice, send_message

__all__ = ["deliver_notice", "send_message"]
