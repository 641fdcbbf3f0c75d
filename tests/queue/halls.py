"""A hall with desks, its staff, and who has booked there: what tests of the queue begin with."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from portal.accounts.queries import acting_by_token
from portal.appointments.models import Booking, Slot
from portal.core.clock import SHANGHAI, day_of
from portal.core.keys import new_id, public_number
from portal.halls.models import Desk, Hall
from portal.queue.models import Ticket
from portal.queue.queries import line
from portal.queue.services import coming, serving
from tests.given import Given, Person

TEN = datetime(2026, 3, 3, 10, 0, tzinfo=SHANGHAI)
"""A Tuesday morning in Beijing."""
MINUTE = timedelta(minutes=1)
GENERAL, FILING = "tax-payment-certificate", "annual-settlement"


def hall(given: Given, *desks: tuple[str, ...], code: str = "east") -> tuple[UUID, list[UUID]]:
    """A hall with desks of these skills, the first number one: its key and theirs."""
    made, keys = new_id(), [new_id() for _ in desks]
    with given.database.transaction() as session:
        session.add(
            Hall(
                id=made,
                code=code,
                name="城东办税服务厅",
                name_en="East Tax Service Hall",
                address="文澜路1号",
                address_en="1 Wenlan Road",
                booked_share=50,
            )
        )
        session.flush()
        for number, (key, skills) in enumerate(zip(keys, desks, strict=True), start=1):
            session.add(Desk(id=key, hall_id=made, number=number, skills=list(skills)))
    return made, keys


def booking(given: Given, hall_id: UUID, who: Person, starts: datetime, errand: str = GENERAL) -> str:
    """A confirmed booking of a person; its number."""
    skill = "general" if errand == GENERAL else "filing"
    number = public_number("YY", day_of(starts))
    with given.database.transaction() as session:
        slot = Slot(
            id=new_id(),
            hall_id=hall_id,
            skill=skill,
            day=day_of(starts),
            starts_at=starts,
            seats=2,
            left=1,
            why={},
        )
        session.add(slot)
        session.flush()
        session.add(
            Booking(
                id=new_id(),
                taxpayer_id=who.taxpayer_id,
                person_id=who.taxpayer_id,
                slot_id=slot.id,
                hall_id=hall_id,
                skill=skill,
                starts_at=starts,
                errands=[errand],
                state="booked",
                number=number,
                visit_id=new_id(),
                made_at=starts - timedelta(days=2),
                booked_at=starts - timedelta(days=2),
            )
        )
    return number


@dataclass
class At:
    """A desk with its clerk, as tests press its buttons; every press is a transaction of its own."""

    given: Given
    clerk: Person
    desk_id: UUID

    def __post_init__(self) -> None:
        with self.given.database.reading() as session:
            found = acting_by_token(self.given.database, session, self.clerk.token)
        assert found is not None
        self.acting = found

    def _with(self, what: str, at: datetime, number: str | None, *more: object) -> Ticket | None:
        with self.given.database.transaction() as session:
            desk = line.desk(session, self.desk_id, lock=True)
            found = () if number is None else (ticket(session, desk.hall_id, number, at),)
            return getattr(serving, what)(session, self.acting, desk, *found, *more, at=at)

    def opens(self, at: datetime) -> "At":
        self._with("open_desk", at, None)
        return self

    def closes(self, at: datetime) -> None:
        self._with("close_desk", at, None)

    def calls(self, at: datetime) -> str | None:
        found = self._with("call_next", at, None)
        return found.number if found else None

    def does(self, what: str, number: str, at: datetime, *more: object) -> None:
        self._with(what, at, number, *more)

    def serves(self, number: str, at: datetime, minutes: int, done: tuple[str, ...] = (GENERAL,)) -> None:
        """The called person comes, is served so long, and goes."""
        self.does("answer", number, at)
        self.does("finish", number, at + minutes * MINUTE, done)

    def lets_go(self, number: str, at: datetime) -> None:
        with self.given.database.transaction() as session:
            desk = line.desk(session, self.desk_id)
            serving.gone(session, self.acting, ticket(session, desk.hall_id, number, at), at=at)

    def draws(self, at: datetime, *errands: str) -> str:
        with self.given.database.transaction() as session:
            desk = line.desk(session, self.desk_id)
            return coming.draw(session, self.acting, desk.hall_id, errands or (GENERAL,), at=at).number

    def checks_in(self, typed: str, at: datetime) -> str:
        keys = self.given.settings.keyring
        with self.given.database.transaction() as session:
            desk = line.desk(session, self.desk_id)
            return coming.check_in(session, keys, self.acting, desk.hall_id, typed, at=at).number


def ticket(session, hall_id: UUID, number: str, at: datetime) -> Ticket:
    """The ticket of this number today, held."""
    rows = session.query(Ticket.id).filter_by(hall_id=hall_id, number=number, day=day_of(at))
    return line.held_ticket(session, hall_id, rows.scalar())


@dataclass(frozen=True)
class Staffed:
    """A hall at work: a desk that serves, one that called, one that waits, one that is shut; a ticket set
    aside, one in line, and a booking of this very minute."""

    hall: UUID
    busy: UUID
    calling: UUID
    free: UUID
    shut: UUID
    serving: UUID
    code: UUID
    called: UUID
    parked: UUID
    booking: str

    def with_called(self) -> dict[str, UUID]:
        """The desk that called, and whom."""
        return {"desk_id": self.calling, "ticket_id": self.called}

    def with_parked(self) -> dict[str, UUID]:
        """The desk that waits, and the ticket that was set aside."""
        return {"desk_id": self.free, "ticket_id": self.parked}


def staffed(given: Given, clerk: Person, at: datetime) -> Staffed:
    """A hall in the middle of its day; `code` is of the ticket that waits."""
    made, keys = hall(given, *[("general", "filing")] * 4, code="staffed")
    busy, calling, free, _ = desks = [At(given, clerk, key) for key in keys]
    for one in desks[:3]:
        one.opens(at)
    numbers = [free.draws(at) for _ in range(4)]
    serving_, parked, called, waiting = numbers
    busy.calls(at)
    busy.does("answer", serving_, at)
    calling.calls(at)
    calling.does("park", parked, at)
    calling.calls(at)
    number = booking(given, made, given.person(), at)
    with given.database.transaction() as session:
        ids = {one: ticket(session, made, one, at) for one in numbers}
        return Staffed(
            made,
            *keys,
            ids[serving_].id,
            ids[waiting].code,
            ids[called].id,
            ids[parked].id,
            number,
        )
