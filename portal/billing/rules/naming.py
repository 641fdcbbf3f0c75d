"""How the period of a bill is said beside its title."""

from portal.taxes.periods import Period

YEAR = 4
"""Characters of a period that is a whole year; its number says enough beside a title."""


def period_of(period: str) -> Period | str:
    """A period as a bill keeps it (2025, 2025Q3, 2025-07), to be put into words where it is no whole year.

    A bill that follows from no return may name its time in another way, and keeps it as written.
    """
    try:
        return period if len(period) <= YEAR else Period.parse(period)
    except ValueError:
        return period
