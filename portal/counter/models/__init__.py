"""What the office did to find and open the files of taxpayers, and what its supervisor is told of it."""

from portal.counter.models.browsing import BrowsingDay
from portal.counter.models.finding import FileOpening, FileRefusal, FileSearch
from portal.counter.models.guarding import FileRelease, GuardChange

__all__ = [
    "FileRelease",
    "GuardChange",
    "BrowsingDay",
    "FileOpening",
    "FileRefusal",
    "FileSearch",
]
