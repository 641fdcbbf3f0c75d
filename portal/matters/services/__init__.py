"""Opening a matter, moving it along its standard, and what the office does on it."""

from portal.matters.services.moving import advance, lower, open_matter
from portal.matters.services.working import decide, hand_back, record_step, send_back, take, write_note

__all__ = [
    "advance",
    "decide",
    "hand_back",
    "lower",
    "open_matter",
    "record_step",
    "send_back",
    "take",
    "write_note",
]
