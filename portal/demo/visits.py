"""The weeks behind the demo's halls: who came, what they were told, how long they waited and were served.

Simulated (`demo.simulated`) and written as the rows that the hall's own services write, so that predictions,
measured minutes and the public figures of the demo come from events like any other.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.accounts.queries.staff import member
from portal.appointments.models import Booking, Slot
from portal.appointments.rules.states import EndedBy
from portal.appointments.rules.states import State as BookingState
from portal.appointments.services import open_slots
from portal.core.clock import day_of, start_of
from portal.core.db import Database
from portal.core.keys import new_id, public_number
from portal.demo.office import CLERKS
from portal.demo.simulated import HOUR, MINUTE, Guest, Line, Plan, at, simulate
from portal.halls.queries import desks_of, hall_with_code
from portal.halls.rules.errands import errands
from portal.queue.models import DayRoll, QueueEvent, Ticket
from portal.queue.rules.coming import ticket_number
from portal.queue.rules.states import State
from portal.queue.services.measuring import measure
from portal.taxes.calendar import is_working_day

DAYS = 30
"""Working days behind that are told."""
EXPECTED = 12
"""Bookings of the hours to come."""
SEED = 20260105
HALLS = (
    Plan(
        "binhai",
        (
            Line("general", (10, 14, 12, 0, 5, 11, 10, 5), 2, 9.0),
            Line("filing", (7, 10, 8, 0, 4, 8, 7, 3), 1, 11.0),
            Line("invoices", (3, 5, 4, 0, 2, 3, 3, 1), 1, 8.0),
            Line("clearance", (1, 1, 1, 0, 0, 1, 1, 0), 1, 14.0),
        ),
        (
            ("general", "filing"),
            ("filing", "general"),
            ("filing", "general"),
            ("invoices", "general"),
            ("clearance", "invoices"),
        ),
        lunch=(12 * HOUR, 13 * HOUR + 30 * MINUTE),
    ),
    Plan(
        "gangkou",
        (
            Line("general", (4, 5, 4, 3, 3, 4, 2), 1, 9.0),
            Line("filing", (2, 3, 3, 2, 2, 2, 1), 1, 11.0),
        ),
        (("general", "invoices"), ("filing", "general", "clearance")),
    ),
)
"""The halls of halls.toml, with the people that came to them."""


def tell_visits(database: Database, people: Sequence[UUID], now: datetime) -> None:
    """Write down the visits of the days before today, those with a booking by `people`, and measure them."""
    days = list(_days_before(day_of(now)))[::-1]
    year = simulate(HALLS, days, SEED)
    with database.transaction() as session:
        clerks = [found.account_id for one in CLERKS if (found := member(session, one.number))]
        for plan in HALLS:
            written = _Written(session, plan, people, clerks)
            for day in days:
                written.day(day, year.days[plan.name, day])
            written.flush()
        measure(session, now)
        for plan in HALLS:
            hall = hall_with_code(session, plan.name)
            assert hall is not None
            open_slots(session, hall.id, now)  # once more: what was measured is known now
        _expect(session, people, now)


def _expect(session: Session, people: Sequence[UUID], now: datetime) -> None:
    """Whom the first hall expects in the hours to come, so that its list of the day has somebody."""
    hall = hall_with_code(session, HALLS[0].name)
    assert hall is not None
    to_come = select(Slot).where(Slot.hall_id == hall.id, Slot.starts_at > now, Slot.left > 0)
    slots = session.scalars(to_come.order_by(Slot.starts_at, Slot.skill).limit(EXPECTED)).all()
    for slot, who in zip(slots, people, strict=False):
        slot.left -= 1
        booking = Booking(
            id=new_id(),
            taxpayer_id=who,
            person_id=who,
            slot_id=slot.id,
            hall_id=hall.id,
            skill=slot.skill,
            starts_at=slot.starts_at,
            errands=[next(one.code for one in errands().values() if one.skill == slot.skill)],
            state=BookingState.BOOKED,
            number=public_number("YY", slot.day),
            visit_id=new_id(),
            made_at=now - timedelta(days=1),
            booked_at=now - timedelta(days=1),
        )
        session.add(booking)


def _days_before(today: date) -> Iterator[date]:
    found = 0
    while found < DAYS:
        today -= timedelta(days=1)
        if is_working_day(today):
            found += 1
            yield today


class _Written:
    """The rows of one hall, gathered day by day and inserted table by table."""

    def __init__(self, session: Session, plan: Plan, people: Sequence[UUID], clerks: Sequence[UUID]) -> None:
        hall = hall_with_code(session, plan.name)
        assert hall is not None, "the halls of halls.toml"
        self.session, self.hall, self.people, self.clerks = session, hall.id, people, clerks
        self.desks = [one.id for one in desks_of(session, hall.id)]
        self.chance = random.Random(f"{SEED} {plan.name} people")  # noqa: S311 - the same town every time
        self.seats = {line.skill: line.seats for line in plan.lines}
        self.errands = {
            skill: [one.code for one in errands().values() if one.skill == skill] for skill in self.seats
        }
        self.slots: dict[tuple[str, datetime], dict[str, Any]] = {}
        self.rows: dict[type, list[dict[str, Any]]] = {
            kind: [] for kind in (DayRoll, Booking, Ticket, QueueEvent)
        }

    def day(self, day: date, guests: list[Guest]) -> None:
        """Everybody of a day, the first to come first."""
        self.rows[DayRoll].append({"hall_id": self.hall, "day": day, "given": len(guests)})
        for count, guest in enumerate(sorted(guests, key=lambda one: one.came), start=1):
            errand = self.chance.choice(self.errands[guest.skill])
            booking_id = None if guest.slot is None else self._booking(day, guest, errand)
            self._ticket(day, guest, ticket_number(count, booked=guest.slot is not None), errand, booking_id)

    def _booking(self, day: date, guest: Guest, errand: str) -> UUID:
        assert guest.slot is not None
        starts, who, key = _at(day, guest.slot), self.chance.choice(self.people), new_id()
        made = starts - timedelta(days=self.chance.randrange(1, 9))
        self.rows[Booking].append(
            {
                "id": key,
                "taxpayer_id": who,
                "person_id": who,
                "slot_id": self._slot(day, guest.skill, starts),
                "hall_id": self.hall,
                "skill": guest.skill,
                "starts_at": starts,
                "errands": [errand],
                "state": BookingState.MISSED if guest.answered is None else BookingState.SERVED,
                "number": public_number("YY", day),
                "visit_id": new_id(),
                "made_at": made,
                "booked_at": made,
                "ended_at": _at(day, _leaves(guest)),
                "ended_by": EndedBy.OFFICE,
                "excused_at": _at(day, _leaves(guest)) if guest.answered is None else None,
            }
        )
        return key

    def _slot(self, day: date, skill: str, starts: datetime) -> UUID:
        seats = self.seats[skill]
        row = self.slots.setdefault(
            (skill, starts),
            {
                "id": new_id(),
                "hall_id": self.hall,
                "skill": skill,
                "day": day,
                "starts_at": starts,
                "seats": seats,
                "left": seats,
                "why": {},
            },
        )
        row["left"] -= 1
        key: UUID = row["id"]
        return key

    def _ticket(self, day: date, guest: Guest, number: str, errand: str, booking_id: UUID | None) -> None:
        assert guest.called is not None
        assert guest.claim is not None
        assert guest.desk is not None
        key, answered = new_id(), guest.answered
        low, high = (guest.told.low, guest.told.high) if guest.told else (None, None)
        told = {"load": guest.load, "low": low, "high": high}
        course: list[tuple[State, int, dict[str, Any]]] = [
            (State.WAITING, guest.came, {}),
            (State.CALLED, guest.called, {}),
        ]
        if answered is None:
            course.append((State.GONE, _leaves(guest), {}))
        else:
            waited = {"seconds": answered - guest.came, "hour": guest.came // HOUR, **told}
            done = {"errands": [errand], "matters": []}
            course += [
                (State.SERVING, answered, waited),
                (
                    State.FINISHED,
                    answered + guest.takes,
                    {"seconds": guest.takes, "errand": errand, "facts": done},
                ),
            ]
        self.rows[Ticket].append(
            {
                "id": key,
                "hall_id": self.hall,
                "day": day,
                "number": number,
                "skill": guest.skill,
                "errands": [errand],
                "state": course[-1][0],
                "booking_id": booking_id,
                "came_at": _at(day, guest.came),
                "claim_at": start_of(day) + (guest.claim - at(day, 0)),
                "load": guest.load,
                "told_low": low,
                "told_high": high,
                "desk_id": self.desks[guest.desk],
                "called_at": _at(day, guest.called),
                "answered_at": None,
                "served": guest.takes if answered is not None else 0,
                "visited": answered is not None,
                "events": len(course),
            }
        )
        nothing = dict.fromkeys(("seconds", "hour", "load", "low", "high", "errand"))
        for n, (kind, second, measured) in enumerate(course, start=1):
            self.rows[QueueEvent].append(
                {
                    "id": new_id(),
                    "ticket_id": key,
                    "n": n,
                    "kind": kind,
                    "at": _at(day, second),
                    "day": day,
                    "hall_id": self.hall,
                    "skill": guest.skill,
                    "desk_id": None if kind == State.WAITING else self.desks[guest.desk],
                    "by": self.clerks[guest.desk % len(self.clerks)],
                    "facts": {},
                    **nothing,
                    **measured,
                }
            )

    def flush(self) -> None:
        """Insert everything; the tables that others lean on first."""
        self.session.execute(insert(Slot), list(self.slots.values()))
        for kind, rows in self.rows.items():
            self.session.execute(insert(kind), rows)


def _at(day: date, second: int) -> datetime:
    return start_of(day) + timedelta(seconds=second)


def _leaves(guest: Guest) -> int:
    """When somebody left: served, or a minute and a half after a call that nobody answered."""
    assert guest.called is not None
    return guest.called + 90 if guest.answered is None else guest.answered + guest.takes
