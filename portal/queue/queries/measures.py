"""What was measured. Every figure comes from the events of tickets alone; no person is in them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Integer, and_, case, func, select
from sqlalchemy.orm import Session

from portal.core.acting import Channel
from portal.core.clock import start_of
from portal.halls.models import Hall
from portal.matters.models import Matter
from portal.queue.models import QueueEvent
from portal.queue.rules.scoring import Week, gather
from portal.queue.rules.states import State

FEW = 10
"""A published figure of fewer visits is left out: it says little, and might say who came."""
SHORT = 15 * 60
"""Seconds of a short wait."""


def _first_answers(since: date) -> ColumnElement[bool]:
    """The event by which a ticket became a visit: only the first answer carries the hour of coming."""
    return and_(QueueEvent.kind == State.SERVING, QueueEvent.day >= since, QueueEvent.hour.is_not(None))


def weeks(session: Session, since: date) -> list[Week]:
    """By week: visits that were told a band, and those inside it; of all halls together."""
    told_minutes = (QueueEvent.seconds + 30) // 60
    inside = case((told_minutes.between(QueueEvent.low, QueueEvent.high), 1), else_=0)
    rows = (
        select(QueueEvent.day, func.count(), func.sum(inside, type_=Integer))
        .where(_first_answers(since), QueueEvent.low.is_not(None))
        .group_by(QueueEvent.day)
    )
    return gather((day, count, int(within)) for day, count, within in session.execute(rows))


@dataclass(frozen=True)
class HourWaits:
    """The waits of those who came to a hall in one hour of the day, over all days since."""

    hall: str
    hall_en: str
    hour: int
    visits: int
    minutes: float
    """Mean."""
    short: int
    """Per cent that waited a quarter of an hour at most."""


def waits_by_hour(session: Session, since: date) -> list[HourWaits]:
    """Waits by hall and Beijing hour of coming."""
    short = case((QueueEvent.seconds <= SHORT, 1), else_=0)
    rows = (
        select(
            Hall.name,
            Hall.name_en,
            QueueEvent.hour,
            func.count(),
            func.avg(QueueEvent.seconds),
            func.sum(short, type_=Integer),
        )
        .join(Hall, Hall.id == QueueEvent.hall_id)
        .where(_first_answers(since))
        .group_by(Hall.code, Hall.name, Hall.name_en, QueueEvent.hour)
        .having(func.count() >= FEW)
        .order_by(Hall.code, QueueEvent.hour)
    )
    return [
        HourWaits(hall, hall_en, hour, count, float(mean) / 60, round(100 * int(within) / count))
        for hall, hall_en, hour, count, mean, within in session.execute(rows)
    ]


@dataclass(frozen=True)
class Tickets:
    """Tickets that were given out, and those of them that became visits."""

    given: int
    visits: int


def tickets(session: Session, since: date) -> Tickets:
    """How many tickets were given out since a day, and how many were called and answered."""
    rows = select(
        func.sum(case((QueueEvent.n == 1, 1), else_=0), type_=Integer),
        func.sum(case((_first_answers(since), 1), else_=0), type_=Integer),
    ).where(QueueEvent.day >= since, QueueEvent.kind.in_((State.WAITING, State.SERVING)))
    given, visits = session.execute(rows).one()
    return Tickets(given or 0, visits or 0)


def measured_minutes(session: Session, since: date, errands: Collection[str] = ()) -> dict[str, float]:
    """Mean minutes at a desk per errand, of visits since a day in which that errand alone was done.

    Errands with fewer than `FEW` such visits are left out; with none named, all that were measured.
    """
    return {one.errand: one.minutes for one in _measured(session, since, errands)}


@dataclass(frozen=True)
class ServiceTime:
    """What an errand takes at the desk where it is done; who was sent on waited anew in between."""

    errand: str
    visits: int
    minutes: float


def service_times(session: Session, since: date) -> list[ServiceTime]:
    """`measured_minutes` with the number of visits, by errand."""
    return _measured(session, since, ())


def _measured(session: Session, since: date, errands: Collection[str]) -> list[ServiceTime]:
    rows = (
        select(QueueEvent.errand, func.count(), func.avg(QueueEvent.seconds))
        .where(QueueEvent.kind == State.FINISHED, QueueEvent.day >= since, QueueEvent.errand.is_not(None))
        .group_by(QueueEvent.errand)
        .having(func.count() >= FEW)
        .order_by(QueueEvent.errand)
    )
    if errands:
        rows = rows.where(QueueEvent.errand.in_(errands))
    return [ServiceTime(errand, count, float(mean) / 60) for errand, count, mean in session.execute(rows)]


@dataclass(frozen=True)
class OnlineShare:
    """Of the matters of a kind that people began since a day, those that they began online."""

    kind: str
    """"" for all published kinds together."""
    online: int
    begun: int

    @property
    def percent(self) -> int:
        """Rounded to a whole one."""
        return round(100 * self.online / self.begun)


def online_shares(session: Session, since: date) -> list[OnlineShare]:
    """By kind of matter, and those published together first. What the system began is nobody's way in.

    The sum is of the kinds that stand beside it: a total of all would tell what the left-out one was.
    """
    online = case((Matter.channel == Channel.WEB, 1), else_=0)
    rows = (
        select(Matter.kind, func.sum(online, type_=Integer), func.count())
        .where(Matter.opened_at >= start_of(since), Matter.channel.in_((Channel.WEB, Channel.COUNTER)))
        .group_by(Matter.kind)
        .order_by(Matter.kind)
    )
    kinds = [OnlineShare(kind, int(count), begun) for kind, count, begun in session.execute(rows)]
    shown = [one for one in kinds if one.begun >= FEW]
    together = OnlineShare("", sum(one.online for one in shown), sum(one.begun for one in shown))
    return [together, *shown] if shown else []
