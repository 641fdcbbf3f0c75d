"""The only place that reads the clock. Days are Beijing days; instants are UTC."""

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_offset = 0.0


def now() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.fromtimestamp(time.time() + _offset, UTC)


def today() -> date:
    """The day it is in Asia/Shanghai, by which every legal deadline counts."""
    return day_of(now())


def day_of(instant: datetime) -> date:
    """The Beijing day on which an instant falls."""
    return instant.astimezone(SHANGHAI).date()


def time_of(instant: datetime) -> str:
    """The Beijing time of day of an instant, to the minute."""
    return f"{instant.astimezone(SHANGHAI):%H:%M}"


def start_of(day: date) -> datetime:
    """The first instant (UTC) of a Beijing day."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).astimezone(UTC)


def run_from(start: datetime | timedelta | None) -> None:
    """Let the clock run from another instant, or so far beside the machine's; None: with the machine's.

    For development and tests; settings refuse it in production.
    """
    global _offset
    if isinstance(start, timedelta):
        _offset = start.total_seconds()
    else:
        _offset = 0.0 if start is None else start.timestamp() - time.time()
