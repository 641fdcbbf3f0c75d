"""A terminal in a hall, two clerks who take money on it, and a supervisor."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from uuid import UUID

from sqlalchemy import func, select

from portal.billing import services
from portal.billing.models import Shift, Slip
from portal.billing.rules.terminals import Reading, SlipState, padded
from portal.core import clock
from portal.core.keys import new_id
from portal.halls.models import Desk, Hall
from tests.given import Clerk, Firm, Given, Person

SERIALS = count(1)


@dataclass
class Counter:
    """One terminal with a shift of the first clerk; every act commits by itself."""

    given: Given
    first: Clerk
    second: Clerk
    boss: Clerk
    hall: UUID
    desk: UUID
    terminal: UUID
    number: str
    shift: UUID = field(init=False)
    batch: str = "000001"
    traces: Iterator[int] = field(default_factory=lambda: count(1))

    def opened(self, batch: str = "1", by: Clerk | None = None, at: datetime | None = None) -> UUID:
        """A shift."""
        acting = self.given.acting(by or self.first)
        with self.given.database.transaction() as session:
            made = services.open_shift(session, acting, self.terminal, batch, at=at or clock.now())
        self.shift, self.batch = made.id, padded(batch)
        return made.id

    def name(self, trace: str) -> str:
        """How a slip of the present batch is called."""
        return f"{self.number}/{self.batch}/{trace}"

    def keyed(
        self,
        whose: Person | Firm,
        amount: str = "100.00",
        *,
        trace: str = "",
        bills: list[UUID] | None = None,
        by: Clerk | None = None,
        paid_at: datetime | None = None,
        at: datetime | None = None,
    ) -> UUID:
        """A slip that the first clerk keyed, over everything owed unless bills are named."""
        at = at or clock.now()
        paid_at = paid_at or at.replace(microsecond=0)
        reading = Reading(trace or padded(str(next(self.traces))), Decimal(amount), clock.day_of(paid_at))
        asked = self.given.bills(whose) if bills is None else bills  # type: ignore[arg-type]
        keyed = services.Keyed(whose.taxpayer_id, asked, self.shift, reading, paid_at)
        acting = self.given.acting(by or self.first)
        with self.given.database.transaction() as session:
            return services.key_slip(session, acting, keyed, at=at).id

    def confirmed(
        self,
        slip_id: UUID,
        *,
        by: Clerk | None = None,
        amount: str = "",
        trace: str = "",
        on: date | None = None,
        at: datetime | None = None,
    ) -> SlipState:
        """The second clerk keys the same, but for what is said otherwise."""
        slip, acting = self.slip(slip_id), self.given.acting(by or self.second)
        reading = Reading(
            trace or slip.trace,
            Decimal(amount) if amount else slip.amount,
            on or clock.day_of(slip.paid_at),
        )
        with self.given.database.transaction() as session:
            return services.confirm_slip(session, acting, slip_id, reading, at=at or clock.now())

    def taken(self, whose: Person | Firm, amount: str = "100.00", **how: object) -> UUID:
        """A slip that both keyed."""
        slip = self.keyed(whose, amount, **how)  # type: ignore[arg-type]
        assert self.confirmed(slip) is SlipState.CREDITED
        return slip

    def reversed(self, slip_id: UUID, by: Clerk | None = None, at: datetime | None = None) -> None:
        """A slip that the supervisor takes back."""
        acting = self.given.acting(by or self.boss)
        with self.given.database.transaction() as session:
            services.reverse_slip(session, acting, slip_id, "记错了纳税人", at=at or clock.now())

    def withdrawn(self, slip_id: UUID, by: Clerk | None = None) -> None:
        acting = self.given.acting(by or self.first)
        with self.given.database.transaction() as session:
            services.withdraw_slip(session, acting, slip_id, "录错了", at=clock.now())

    def closed(self, slips: int, total: str, by: Clerk | None = None) -> bool:
        """What the cashier keys as the terminal's totals; whether the shift is closed by it."""
        acting = self.given.acting(by or self.first)
        with self.given.database.transaction() as session:
            return services.close_shift(session, acting, self.shift, slips, Decimal(total), at=clock.now())

    def explained(self, why: str = "终端打印纸卡住，重打后多算一笔", by: Clerk | None = None) -> None:
        acting = self.given.acting(by or self.boss)
        with self.given.database.transaction() as session:
            services.explain_shift(session, acting, self.shift, why, at=clock.now())

    def slip(self, slip_id: UUID) -> Slip:
        with self.given.database.reading() as session:
            return session.get_one(Slip, slip_id)

    def standing(self) -> Shift:
        with self.given.database.reading() as session:
            return session.get_one(Shift, self.shift)


def at_the_counter(
    given: Given, first: Clerk | None = None, *, since: timedelta = timedelta(hours=1)
) -> Counter:
    """A new terminal with an open shift, by default since an hour ago."""
    n = next(SERIALS)
    roles = ("counter", "cashier")
    with given.database.transaction() as session:
        hall = session.scalars(select(Hall).where(Hall.code == "pos")).one_or_none()
        if hall is None:
            hall = Hall(
                id=new_id(), code="pos", name="市中心办税服务厅", name_en="Central tax hall",
                address="滨海路 1 号", address_en="1 Binhai Road", booked_share=80,
            )  # fmt: skip
            session.add(hall)
            session.flush()
        numbered = session.scalar(select(func.count(Desk.id)).where(Desk.hall_id == hall.id)) or 0
        desk = Desk(id=new_id(), hall_id=hall.id, number=numbered + 1, skills=["general"])
        session.add(desk)
        session.flush()
        terminal = services.add_terminal(session, f"POS{n:05}", hall.id, desk.id)
    counter = Counter(
        given, first or given.staff(*roles), given.staff(*roles), given.staff("supervisor"),
        hall.id, desk.id, terminal.id, terminal.number,
    )  # fmt: skip
    counter.opened(at=clock.now() - since)
    return counter
