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
    stated,
)
from portal.counter.services.guarding import decide_guard, guard, open_or_ask, release
from portal.counter.services.papers import note_printing
from portal.counter.services.proving import begin_proof
from portal.counter.services.releasing import release_limits
from portal.counter.services.working import decide, held, open_file

__all__ = [
    "FileSeen",
    "Purpose",
    "begin_proof",
    "decide",
    "decide_guard",
    "guard",
    "held",
    "note_look",
    "note_printing",
    "note_refusal",
    "open_file",
    "open_for",
    "open_or_ask",
    "read_file",
    "release",
    "release_limits",
    "search",
    "stated",
    "watch_browsing",
]
