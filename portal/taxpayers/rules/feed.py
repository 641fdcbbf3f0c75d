"""How the market register's feed stands, and when somebody has to be told."""

from dataclasses import dataclass
from datetime import datetime, timedelta

GAP_ALARM = timedelta(minutes=15)
"""How long a number may be missing. It is asked for every minute: what the register was still writing when a
later number went out has come by then, and the nearest thing that hangs on a change, a right that ends with
the representative's office, is still the same day's."""


@dataclass(frozen=True)
class FeedStanding:
    """`waiting_since`: when the first number beyond a missing one came; None while none is missing.

    `unread` counts changes kept that nobody could read when they came.
    """

    followed_to: int
    waiting_since: datetime | None
    unread: int = 0

    def misses(self, at: datetime) -> int | None:
        """The number that has been missing for too long, if one has."""
        if self.waiting_since is None or at - self.waiting_since < GAP_ALARM:
            return None
        return self.followed_to + 1

    def is_well(self, at: datetime) -> bool:
        """Whether nobody has to look."""
        return self.unread == 0 and self.misses(at) is None
