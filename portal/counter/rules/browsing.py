"""What the supervisor is told."""

from collections.abc import Sequence
from datetime import timedelta

MANY_WITHOUT_MATTER = 5
MANY_REFUSED = 5
TIMES_USUAL = 2
LATELY = timedelta(days=28)
"""The days before, by which somebody's usual is told."""


def usual_of(days: Sequence[int]) -> int | None:
    """Files a day, rounded up, over the days on which any was opened; None without such days."""
    return -(-sum(days) // len(days)) if days else None


def is_unusual(without_matter: int, refused: int, usual: int | None) -> bool:
    """Whether a day is worth a supervisor's look.

    Many files without a matter, and more than twice what is usual for this person; or many files asked for
    without any purpose. The figures are ours, not from a rule of the office.
    """
    many = without_matter >= MANY_WITHOUT_MATTER and without_matter > TIMES_USUAL * (usual or 0)
    return many or refused >= MANY_REFUSED
