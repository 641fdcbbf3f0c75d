"""Opening a matter, moving it along its standard, and what the office does on it."""

from portal.matters.services.moving import advance, lower, open_matter
from portal.matters.services.working import (
    begin_decision,
    decide,
    end_decision,
    hand_back,
    record_step,
    send_back,
    take,
    write_note,
)

__all__ = [
    "advance",
    "begin_decision",
    "decide",
    "end_decision",
    "hand_back",
    "lower",
    "open_matter",
    "record_step",
    "send_back",
    "take",
    "write_note",
]
