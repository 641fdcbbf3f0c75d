"""Putting people and firms on the register of this portal, and following what changes about them."""

from portal.taxpayers.services.firms import apply_event, new_firm, register_firm
from portal.taxpayers.services.following import follow, follow_register
from portal.taxpayers.services.people import new_person, record_detail, register_person, rename
from portal.taxpayers.services.watching import feed_problems, skip

__all__ = [
    "apply_event",
    "feed_problems",
    "follow",
    "follow_register",
    "new_firm",
    "new_person",
    "record_detail",
    "register_firm",
    "register_person",
    "rename",
    "skip",
]
