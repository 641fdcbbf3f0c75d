"""A hall of one or two desks for tests, people who act there, and a Monday morning on which they do."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select

from portal.appointments import services
from portal.appointments.models import Booking, Slot, Wish
from portal.core.acting import Acting
from portal.core.keys import new_id
from portal.core.refusal import Refusal
from portal.halls.rules.hours import instant
from portal.halls.services import load
from portal.notices.models import Notice
from tests.given import Given

MONDAY = date(2026, 3, 2)
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""Ten in the morning in Beijing."""
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
VAT, SETTLEMENT, CERTIFICATE = ["vat-return"], ["annual-settlement"], ["tax-payment-certificate"]
PLAN = """
[[halls]]
code = "east"
name = "东区办税服务厅"
name_en = "East hall"
address = "东路 1 号"
address_en = "1 East Road"
booked_share = 60
hours = [{ weekdays = [0, 1, 2, 3, 4], opens = 09:00:00, closes = 12:00:00 }]

[[halls.desks]]
number = 1
skills = ["filing", "general"]
roster = [{ weekdays = [0, 1, 2, 3, 4], starts = 09:00:00, ends = 12:00:00 }]
"""


class TaxHall:
    """What happens at a hall, each act in a transaction of its own."""

    def __init__(self, given: Given) -> None:
        self.given, self.database = given, given.database
        with self.database.transaction() as session:
            [hall] = load(session, PLAN, MONDAY - DAY)
            self.id: UUID = hall.id

    def someone(self) -> Acting:
        return self.given.acting(self.given.person())

    def slot(
        self, *, seats: int = 1, day: date = MONDAY + DAY, hour: int = 10, skill: str = "filing"
    ) -> UUID:
        """A slot with so many free seats."""
        with self.database.transaction() as session:
            made = Slot(
                id=new_id(), hall_id=self.id, skill=skill, day=day, starts_at=instant(day, time(hour)),
                seats=seats, left=seats, why={},
            )  # fmt: skip
            session.add(made)
            return made.id

    def hold(
        self,
        acting: Acting,
        slot: UUID,
        errands: Sequence[str] = VAT,
        *,
        at: datetime = AT,
        moves: UUID | None = None,
    ) -> Booking:
        with self.database.reading() as session:
            services.look(session, acting, slot, at=at)
        with self.database.transaction() as session:
            old = session.get_one(Booking, moves) if moves else None
            return services.hold(session, acting, slot, errands, at=at, moves=old)

    def confirm(self, acting: Acting, booking: Booking, *, at: datetime = AT) -> Booking:
        with self.database.transaction() as session:
            return services.confirm(session, acting, session.get_one(Booking, booking.id), at=at)

    def book(
        self,
        acting: Acting,
        slot: UUID,
        errands: Sequence[str] = VAT,
        *,
        at: datetime = AT,
        moves: UUID | None = None,
    ) -> Booking:
        return self.confirm(acting, self.hold(acting, slot, errands, at=at, moves=moves), at=at)

    def cancel(self, acting: Acting, booking: Booking, *, at: datetime = AT) -> None:
        with self.database.transaction() as session:
            services.cancel(session, acting, session.get_one(Booking, booking.id), at=at)

    def wish(
        self, acting: Acting, errands: Sequence[str] = VAT, *, day: date = MONDAY + DAY, at: datetime = AT
    ) -> Wish:
        with self.database.transaction() as session:
            return services.wish(
                session, acting, hall_id=self.id, errands=errands, from_on=day, to_on=day, at=at
            )

    def withdraw(self, acting: Acting, wish: Wish, *, at: datetime = AT) -> None:
        with self.database.transaction() as session:
            services.withdraw_wish(session, acting, session.get_one(Wish, wish.id), at=at)

    def miss(self, acting: Acting, day: date) -> Booking:
        """A visit booked for a day that nobody came to."""
        at = instant(day, time(8))
        booked = self.book(acting, self.slot(day=day, hour=11), at=at)
        self.minute(instant(day, time(11, 45)))
        return self.again(booked)

    def minute(self, at: datetime) -> None:
        services.by_minute(self.database, at)

    def open(self, at: datetime = AT) -> None:
        with self.database.transaction() as session:
            services.open_slots(session, self.id, at)

    def close(self, day: date, why: str = "停电检修", at: datetime = AT) -> int:
        with self.database.transaction() as session:
            return services.close_day(session, None, self.id, day, why, at=at)

    def again(self, booking: Booking) -> Booking:
        """The booking as it stands now."""
        with self.database.reading() as session:
            return session.get_one(Booking, booking.id)

    def bookings(self, *states: str) -> Sequence[Booking]:
        with self.database.reading() as session:
            mine = select(Booking).order_by(Booking.id)
            return session.scalars(mine.where(Booking.state.in_(states)) if states else mine).all()

    def wishes(self) -> dict[UUID, str]:
        """How each wish stands."""
        with self.database.reading() as session:
            return {one.id: one.state for one in session.scalars(select(Wish))}

    def left(self, slot: UUID) -> int:
        with self.database.reading() as session:
            return session.get_one(Slot, slot).left

    def slots(self, day: date = MONDAY + DAY, skill: str = "filing") -> Sequence[Slot]:
        with self.database.reading() as session:
            mine = select(Slot).where(Slot.day == day, Slot.skill == skill)
            return session.scalars(mine.order_by(Slot.starts_at)).all()

    def told(self, acting: Acting) -> list[str]:
        """The kinds of notices somebody got here, the oldest first."""
        with self.database.reading() as session:
            mine = select(Notice).where(Notice.taxpayer_id == acting.taxpayer_id).order_by(Notice.id)
            return [one.kind for one in session.scalars(mine)]

    def trail(self, acting: Acting) -> list[str]:
        return [entry.act for entry in self.given.trail_of(acting.taxpayer_id)]

    def whole(self) -> None:
        """Every slot's seats are free, somebody's, or on their way back: none lost, none given twice."""
        with self.database.reading() as session:
            assert services.verify_seats(session) == []


def refused(act) -> str:
    """The code of the refusal that `act` ends in, or "" where it is done."""
    try:
        act()
    except Refusal as why:
        return why.reason.code
    return ""
