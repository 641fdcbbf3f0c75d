"""A day in a hall, on the database: who gets which ticket, who is called, what is measured."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from portal.appointments.models import Booking
from portal.audit.models import AuditEntry
from portal.core.refusal import Refusal
from portal.halls.models import MeasuredVisit
from portal.queue.models import DeskEvent, QueueEvent, Ticket
from portal.queue.queries import line, measures
from portal.queue.rules.states import is_visit
from portal.queue.services import coming
from portal.queue.services.clearing import end_days
from portal.queue.services.measuring import measure
from tests.queue.halls import FILING, GENERAL, MINUTE, TEN, At, booking, hall


@pytest.fixture
def desks(given):
    """Two desks of a hall with their clerks: general first, filing only."""
    _, keys = hall(given, ("general", "filing"), ("filing",))
    return [At(given, given.staff("hall-desk"), key).opens(TEN - 60 * MINUTE) for key in keys]


def rows(database, model=Ticket):
    with database.reading() as session:
        return session.scalars(select(model).order_by(model.id)).all()


def course(database, number):
    [ticket] = [one for one in rows(database) if one.number == number]
    return [one.kind for one in rows(database, QueueEvent) if one.ticket_id == ticket.id]


def refused(code, act, *arguments):
    with pytest.raises(Refusal) as refusal:
        act(*arguments)
    assert refusal.value.reason.code == code


def test_numbers_count_up_and_say_who_booked(given, desks, database):
    desk = desks[0]
    number = booking(given, hall_of(database, desk), given.person(), TEN)
    assert desk.draws(TEN) == "A001"
    assert desk.checks_in(number, TEN) == "B002"
    assert desk.draws(TEN + timedelta(days=1)) == "A001", "a new day begins anew"


def hall_of(database, desk):
    with database.reading() as session:
        return line.desk(session, desk.desk_id).hall_id


def test_a_booking_is_found_by_number_by_its_code_and_by_the_person(given, desks, database):
    desk, person = desks[0], given.person()
    number = booking(given, hall_of(database, desk), person, TEN)
    first = desk.checks_in(number.lower(), TEN - 5 * MINUTE)
    assert desk.checks_in(f"https://portal.example/appointments/{number}", TEN) == first
    assert desk.checks_in(person.number, TEN) == first
    assert [one.state for one in rows(database, Booking)] == ["arrived"]
    trail = [one.act for one in rows(database, AuditEntry) if one.taxpayer_id == person.taxpayer_id]
    assert trail.count("hall-checked-in") == 1


def test_who_has_no_booking_here_today_is_told_and_nothing_is_given(given, desks, database):
    desk, person = desks[0], given.person()
    number = booking(given, hall_of(database, desk), person, TEN + timedelta(days=1))
    for typed in (number, person.number, "YY-20260303-ABCDEFG-X", "nonsense", given.person().number):
        refused("no-booking-today", desk.checks_in, typed, TEN)
    other, [key] = hall(given, ("general",), code="west")
    elsewhere = booking(given, other, given.person(), TEN)
    refused("no-booking-today", desk.checks_in, elsewhere, TEN)
    assert At(given, given.staff("hall-desk"), key).checks_in(elsewhere, TEN) == "B001"
    assert len(rows(database)) == 1


def test_who_has_two_bookings_says_which(given, desks, database):
    desk, person = desks[0], given.person()
    number = booking(given, hall_of(database, desk), person, TEN)
    booking(given, hall_of(database, desk), person, TEN + 60 * MINUTE, FILING)
    refused("several-bookings-today", desk.checks_in, person.number, TEN)
    assert rows(database) == []
    assert desk.checks_in(number, TEN) == "B001"
    assert desk.checks_in(person.number, TEN) == "B002", "one is left"


def test_booked_and_walk_in_are_called_in_the_one_order(given, desks, database):
    desk = desks[0]
    punctual, early, late = (
        booking(given, hall_of(database, desk), given.person(), TEN + shift * MINUTE)
        for shift in (0, 60, -30)
    )
    came = [
        desk.draws(TEN - 14 * MINUTE),
        desk.checks_in(punctual, TEN - 12 * MINUTE),
        desk.checks_in(early, TEN - 11 * MINUTE),
        desk.checks_in(late, TEN - 10 * MINUTE),
        desk.draws(TEN - 16 * MINUTE),
    ]
    walk_in, on_time, too_early, too_late, first = came
    called = []
    for n in range(5):
        called.append(desk.calls(TEN + n * 10 * MINUTE))
        desk.serves(called[-1], TEN + n * 10 * MINUTE, 9)
    assert called == [first, on_time, walk_in, too_early, too_late]
    assert desk.calls(TEN + 55 * MINUTE) is None


def test_a_closed_desk_calls_nobody_and_a_busy_one_not_a_second(given, desks):
    desk, other = desks
    desk.draws(TEN)
    number = desk.calls(TEN)
    refused("desk-is-busy", desk.calls, TEN)
    refused("desk-is-busy", desk.closes, TEN)
    refused("desk-is-open", desk.opens, TEN)
    desk.serves(number, TEN, 5)
    desk.closes(TEN + 6 * MINUTE)
    refused("desk-is-closed", desk.calls, TEN + 7 * MINUTE)
    refused("desk-is-closed", other.calls, TEN + timedelta(days=1))
    desk.opens(TEN + 8 * MINUTE)


def test_what_is_pressed_for_a_ticket_of_another_desk_is_refused(given, desks):
    desk, other = desks
    desk.draws(TEN)
    number = desk.calls(TEN)
    for act in ("recall", "answer", "park"):
        refused("no-ticket-at-desk", other.does, act, number, TEN)
    refused("no-ticket-at-desk", other.does, "finish", number, TEN, ())
    refused("ticket-cannot-become", desk.does, "finish", number, TEN, ())


def test_parked_is_called_again_by_any_desk_and_its_minutes_add_up(given, desks, database):
    desk, other = desks
    number = desk.draws(TEN)
    desk.calls(TEN)
    desk.does("answer", number, TEN + MINUTE)
    desk.does("park", number, TEN + 4 * MINUTE)
    assert desk.calls(TEN + 5 * MINUTE) is None, "set aside is not in line"
    other.does("call_again", number, TEN + 20 * MINUTE)
    other.serves(number, TEN + 21 * MINUTE, 6)
    finished = rows(database, QueueEvent)[-1]
    assert (finished.kind, finished.seconds, finished.errand) == ("finished", 9 * 60, GENERAL)
    answers = [one for one in rows(database, QueueEvent) if one.kind == "serving"]
    assert [one.seconds for one in answers] == [60, None], "a visit waits once"


def test_sent_on_one_keeps_ones_place(given, desks):
    desk, other = desks
    moved = desk.draws(TEN)
    later = desk.draws(TEN + 5 * MINUTE, FILING)
    desk.calls(TEN + 6 * MINUTE)
    desk.does("answer", moved, TEN + 6 * MINUTE)
    refused("transfer-to-same-line", desk.does, "transfer", moved, TEN + 7 * MINUTE, "general")
    refused("transfer-to-same-line", desk.does, "transfer", moved, TEN + 7 * MINUTE, "nowhere")
    desk.does("transfer", moved, TEN + 8 * MINUTE, "filing")
    assert [other.calls(TEN + 9 * MINUTE), desk.calls(TEN + 9 * MINUTE)] == [moved, later]


def test_who_is_sent_on_took_time_of_both_lines(given, desks, database):
    desk, other = desks
    moved = desk.draws(TEN)
    desk.calls(TEN)
    desk.does("answer", moved, TEN)
    desk.does("transfer", moved, TEN + 8 * MINUTE, "filing")
    other.calls(TEN + 20 * MINUTE)
    other.serves(moved, TEN + 20 * MINUTE, 5, (FILING,))
    measured = [(one.kind, one.skill, one.seconds) for one in rows(database, QueueEvent) if one.seconds]
    assert measured == [("transferred", "general", 8 * 60), ("finished", "filing", 5 * 60)]
    with database.transaction() as session:
        measure(session, TEN + timedelta(days=1))
        visits = session.query(MeasuredVisit.skill, MeasuredVisit.minutes).order_by(MeasuredVisit.skill)
        assert visits.all() == [("filing", 5), ("general", 8)]


def test_a_ticket_that_nobody_answered_is_no_visit(given, desks, database):
    desk = desks[0]
    number = desk.draws(TEN)
    desk.calls(TEN)
    desk.does("recall", number, TEN + MINUTE)
    desk.lets_go(number, TEN + 2 * MINUTE)
    assert course(database, number) == ["waiting", "called", "called", "gone"]
    assert not is_visit(course(database, number))
    with database.reading() as session:
        assert measures.tickets(session, TEN.date()) == measures.Tickets(given=1, visits=0)
        assert measures.waits_by_hour(session, TEN.date()) == []


def test_who_came_and_left_has_not_stayed_away(given, desks, database):
    desk = desks[0]
    served, left = (
        booking(given, hall_of(database, desk), given.person(), TEN + n * 30 * MINUTE) for n in (0, 1)
    )
    first, second = desk.checks_in(served, TEN), desk.checks_in(left, TEN)
    desk.calls(TEN)
    desk.serves(first, TEN, 5)
    desk.lets_go(second, TEN + 40 * MINUTE)
    found = {one.number: one for one in rows(database, Booking)}
    assert found[served].state == "served"
    assert found[served].excused_at is None
    assert found[left].state == "missed"
    assert found[left].excused_at is not None, "it counts nowhere"


def test_only_errands_that_exist_are_done(given, desks):
    desk = desks[0]
    number = desk.draws(TEN)
    desk.calls(TEN)
    desk.does("answer", number, TEN)
    refused("no-such-errand", desk.does, "finish", number, TEN, ("dragon-taming",))
    refused("no-errand-chosen", draw_nothing, desk)


def draw_nothing(desk):
    with desk.given.database.transaction() as session:
        hall_id = line.desk(session, desk.desk_id).hall_id
        coming.draw(session, desk.acting, hall_id, (), at=TEN)


def test_a_night_ends_what_nobody_ended(given, desks, database):
    desk = desks[0]
    waiting, at_desk = desk.draws(TEN), desk.draws(TEN)
    assert desk.calls(TEN) == waiting
    desk.does("answer", waiting, TEN)
    tomorrow = TEN + timedelta(days=1)
    today = desk.draws(tomorrow)
    with database.transaction() as session:
        assert end_days(session, tomorrow.date(), at=tomorrow) == 2
        assert end_days(session, tomorrow.date(), at=tomorrow) == 0
    states = {(one.day, one.number): one.state for one in rows(database)}
    assert states[TEN.date(), waiting] == states[TEN.date(), at_desk] == "gone"
    assert states[tomorrow.date(), today] == "waiting"
    assert desk.opens(tomorrow).calls(tomorrow) == today, "yesterday takes up no desk"


def test_what_was_told_is_kept_scored_and_published(given, desks, database):
    """Forty like visits wait ten minutes each; then a band can be said, and it is scored by what came."""
    desk = desks[0]
    for n in range(40):
        at = TEN + timedelta(days=n // 5) + (n % 5) * 12 * MINUTE
        if n % 5 == 0 and n:
            desk.opens(at)
        number = desk.draws(at - 10 * MINUTE)
        assert desk.calls(at) == number
        desk.serves(number, at, 6 if n % 2 else 8)
    tickets = rows(database)
    assert [one.told_low for one in tickets[:30]] == [None] * 30, "nothing is said of too few"
    assert {(one.told_low, one.told_high) for one in tickets[31:]} == {(10, 10)}
    with database.reading() as session:
        weeks = measures.weeks(session, TEN.date())
        [hour] = [one for one in measures.waits_by_hour(session, TEN.date()) if one.hour == 10]
        taken = measures.measured_minutes(session, TEN.date())
    assert (
        sum(week.visits for week in weeks)
        == sum(week.inside for week in weeks)
        == sum(one.told_low is not None for one in tickets)
    )
    assert hour.minutes == pytest.approx(10)
    assert hour.short == 100
    assert taken == {GENERAL: pytest.approx(7)}


def test_events_cannot_be_changed(desks, database):
    desks[0].draws(TEN)
    for model in (QueueEvent, DeskEvent):
        with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
            session.scalars(select(model)).first().kind = "changed"


def test_many_desks_at_once_call_each_ticket_once_and_nobody_stays(given, database):
    _, keys = hall(given, *[("general",)] * 8)
    desks = [At(given, given.staff("hall-desk"), key).opens(TEN) for key in keys]
    drawn = [desks[0].draws(TEN) for _ in range(20)]

    def work(desk):
        called = []
        while (number := desk.calls(TEN)) is not None:
            called.append(number)
            desk.serves(number, TEN, 1)
        return called

    with ThreadPoolExecutor(len(desks)) as hands:
        called = [number for numbers in hands.map(work, desks) for number in numbers]
    assert sorted(called) == sorted(drawn)


def test_two_presses_at_one_desk_call_one(given, database):
    _, [key] = hall(given, ("general",))
    desk = At(given, given.staff("hall-desk"), key).opens(TEN)
    desk.draws(TEN)
    desk.draws(TEN)

    def press(_):
        try:
            return desk.calls(TEN)
        except Refusal as refusal:
            return refusal.reason.code

    with ThreadPoolExecutor(6) as hands:
        answers = list(hands.map(press, range(6)))
    assert sorted(answers) == ["A001"] + ["desk-is-busy"] * 5


def test_many_draw_at_once_and_every_number_is_given_once(given, desks):
    with ThreadPoolExecutor(8) as hands:
        numbers = list(hands.map(lambda _: desks[0].draws(TEN), range(24)))
    assert sorted(numbers) == [f"A{n:03d}" for n in range(1, 25)]


def test_one_booking_checked_in_by_two_clerks_at_once_is_one_ticket(given, desks, database):
    number = booking(given, hall_of(database, desks[0]), given.person(), TEN)
    with ThreadPoolExecutor(4) as hands:
        tickets = set(hands.map(lambda n: desks[n % 2].checks_in(number, TEN), range(4)))
    assert tickets == {"B001"}
    assert len(rows(database)) == 1
