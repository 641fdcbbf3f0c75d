"""Named reads of the counter: files behind matters, taxpayers by what they show, who looked at what."""

from portal.counter.queries.browsing import Looked, browsing, looked, usual
from portal.counter.queries.finding import Opened, found, levels, matter_numbered, opened
from portal.counter.queries.guarding import asked, guard_changes, guarded, releases
from portal.counter.queries.working import READ, File, file, return_behind

__all__ = [
    "asked",
    "guard_changes",
    "guarded",
    "releases",
    "File",
    "Looked",
    "Opened",
    "READ",
    "browsing",
    "file",
    "found",
    "levels",
    "looked",
    "matter_numbered",
    "opened",
    "return_behind",
    "usual",
]
