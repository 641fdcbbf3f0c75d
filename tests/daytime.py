"""Keeps a run of the tests away from midnight in Beijing, where quotes are for tomorrow and days change."""

from datetime import UTC, datetime, time, timedelta

from portal.core.clock import SHANGHAI


def _shift(now: datetime) -> timedelta:
    late = now.astimezone(SHANGHAI).time() >= time(22, 30)
    return timedelta(hours=-3) if late else timedelta(0)


SHIFT = _shift(datetime.now(UTC))
"""How far the clocks of portal and sandbox stand from the machine's, for the whole run."""
