"""When a hall is open: the stretches of a day, their half hours, and the days that can be booked."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from portal.core.clock import SHANGHAI
from portal.taxes.calendar import is_working_day, working_day_after

HALF_HOUR = timedelta(minutes=30)
FRIDAY = 4


@dataclass(frozen=True, order=True)
class Stretch:
    """From one time of a day to another, Beijing time."""

    opens: time
    closes: time

    def minutes_with(self, opens: time, closes: time) -> int:
        """How many minutes of this stretch lie between two other times."""
        return max(0, _minute(min(self.closes, closes)) - _minute(max(self.opens, opens)))

    def half_hours(self) -> list[time]:
        """The beginnings of the half hours that lie wholly inside."""
        first, last = _minute(self.opens), _minute(self.closes)
        return [_time(minute) for minute in range(first, last - 29, 30)]


def plan_of(day: date) -> int | None:
    """The weekday (0 is Monday) whose plan holds on a day; None on a rest day.

    A weekend day that is worked to make up for a holiday runs as a Friday: the notices of holidays name such
    days and not their hours, and Friday is the working day that every plan has next to them.
    """
    return min(day.weekday(), FRIDAY) if is_working_day(day) else None


def open_stretches(
    day: date, hours: Mapping[int, Sequence[Stretch]], closed: Collection[date]
) -> list[Stretch]:
    """When a hall is open on a day, by hours per weekday; not at all on rest days and days of closure."""
    plan = plan_of(day)
    return [] if plan is None or day in closed else sorted(hours.get(plan, ()))


def working_days(on: date, number: int) -> list[date]:
    """`on` if it is worked, and so many working days after it."""
    days = [on] if is_working_day(on) else []
    while len(days) < number + is_working_day(on):
        days.append(working_day_after(days[-1] if days else on, 1))
    return days


def reminded_of(on: date) -> date | None:
    """The day of whose visits people are reminded on `on`: the next working day. None on a rest day."""
    return working_day_after(on, 1) if is_working_day(on) else None


def instant(day: date, clock: time) -> datetime:
    """The instant (UTC) at which a clock in Beijing shows this time."""
    return datetime.combine(day, clock, SHANGHAI).astimezone(UTC)


def half_hour_after(clock: time) -> time:
    """The end of a half hour that begins then."""
    return _time(_minute(clock) + 30)


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _time(minute: int) -> time:
    return time(minute // 60, minute % 60)
