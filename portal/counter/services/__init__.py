"""What the counter does beside the rooms below it: opens files, and decides as each kind of matter wants."""

from portal.counter.services.browsing import watch_browsing
from portal.counter.services.finding import (
    FileSeen,
    Purpose,
    note_look,
    note_refusal,
    open_for,
    read_file,
    search,
)
from portal.counter.services.guarding import decide_guard, guard, open_or_ask, release
from portal.counter.services.papers import note_printing
from portal.counter.services.proving import begin_proof
from portal.counter.services.releasing import release_limits
from portal.counter.services.working import decide, held, open_file

__all__ = [
    "note_printing",
    "release_limits",
    "decide_guard",
    "guard",
    "open_or_ask",
    "release",
    "FileSeen",
    "Purpose",
    "begin_proof",
    "decide",
    "held",
    "note_look",
    "note_refusal",
    "open_file",
    "open_for",
    "read_file",
    "search",
    "watch_browsing",
]
