"""What is measured at the desks is what bookable hours hold, and what is said of their waits."""

from datetime import timedelta

from sqlalchemy import select

from portal.appointments.models import Slot
from portal.appointments.services import open_slots
from portal.core.clock import day_of
from portal.core.keys import new_id
from portal.halls.models import Duty, ExpectedWait, HallHours, MeasuredVisit
from portal.halls.rules.capacity import FEWEST_MEASURED
from portal.queue.services.measuring import measure
from tests.queue.halls import MINUTE, TEN, At, booking, hall

DAY = timedelta(days=1)
WEEK = 7 * DAY


def served(given, hall_id, desk, visits, *, minutes):
    """So many visits, one a day, each called five minutes after its time."""
    at = At(given, given.staff("hall-desk"), desk)
    for n in range(visits):
        then = TEN + n * DAY
        at.opens(then)
        number = at.checks_in(booking(given, hall_id, given.person(), then), then)
        assert at.calls(then + 5 * MINUTE) == number
        at.serves(number, then + 5 * MINUTE, minutes)


def measured(given, at):
    with given.database.transaction() as session:
        measure(session, at)
    with given.database.reading() as session:
        return session.scalars(select(MeasuredVisit)).all(), session.scalars(select(ExpectedWait)).all()


def test_visits_are_measured_by_hall_and_kind_of_desk(given):
    where, [desk] = hall(given, ("general",))
    served(given, where, desk, 3, minutes=14)
    [visits], waits = measured(given, TEN + WEEK)
    assert (visits.hall_id, visits.skill, visits.minutes, visits.visits) == (where, "general", 14, 3)
    assert waits == []
    assert measured(given, TEN + 10 * WEEK) == ([], []), "older than eight weeks"


def test_the_wait_of_who_booked_counts_from_their_time(given):
    where, [desk] = hall(given, ("general",))
    served(given, where, desk, 30, minutes=1)
    _, waits = measured(given, TEN + 31 * DAY)
    assert {(one.weekday, one.hour) for one in waits} == {(weekday, 10) for weekday in range(7)}
    assert {(one.low, one.middle, one.high) for one in waits} == {(5, 5, 5)}


def test_measured_minutes_are_what_an_hour_holds_once_there_are_enough(given):
    """Five minutes measured where more were planned: more seats, and the slot says on what they rest."""
    where, [desk] = hall(given, ("general",))
    monday = day_of(TEN) + 6 * DAY
    opened = TEN + 5 * DAY
    with given.database.transaction() as session:
        session.add(
            HallHours(
                id=new_id(), hall_id=where, weekday=0, opens=TEN.time(), closes=(TEN + 60 * MINUTE).time()
            )
        )
        session.add(
            Duty(id=new_id(), desk_id=desk, day=monday, starts=TEN.time(), ends=(TEN + 60 * MINUTE).time())
        )
    planned = opening(given, where, opened)
    assert "measured" not in planned.why
    with given.database.transaction() as session:
        few = MeasuredVisit(
            hall_id=where, skill="general", minutes=5, visits=FEWEST_MEASURED - 1, until=day_of(TEN)
        )
        session.add(few)
    assert opening(given, where, opened).seats == planned.seats, "too few"
    with given.database.transaction() as session:
        session.scalars(select(MeasuredVisit)).one().visits = FEWEST_MEASURED
    found = opening(given, where, opened)
    assert (found.seats, found.why["visit"], found.why["measured"]) == (3, 5, FEWEST_MEASURED)
    assert found.seats > planned.seats


def opening(given, where, at):
    with given.database.transaction() as session:
        open_slots(session, where, at)
    with given.database.reading() as session:
        return session.scalars(select(Slot).where(Slot.skill == "general").order_by(Slot.starts_at)).first()
