"""Many at once, in threads: a seat goes to one, nobody holds two, an offer goes to one."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from portal.appointments import services
from portal.appointments.rules.fairness import BACK_AFTER
from portal.core.acting import Acting
from tests.appointments.hall import AT, DAY, MINUTE, MONDAY, TaxHall, refused
from tests.appointments.test_services import delegates
from tests.given import Given

SEATS, CLIENTS, THREADS = 7, 60, 12


@pytest.fixture
def hall(given: Given) -> TaxHall:
    return TaxHall(given)


def at_once(acts: Sequence[Callable[[], object]]) -> list[str]:
    """How each ended: the code of its refusal, or ""; they begin together. Any other error is raised."""
    gate = threading.Barrier(min(len(acts), THREADS))
    waiting = threading.local()

    def one(act: Callable[[], object]) -> str:
        if not hasattr(waiting, "passed"):
            waiting.passed = True
            gate.wait(timeout=30)
        return refused(act)

    with ThreadPoolExecutor(gate.parties) as threads:
        return list(threads.map(one, acts))


def test_so_many_seats_are_booked_and_not_one_more(hall: TaxHall) -> None:
    slot, crowd = hall.slot(seats=SEATS), [hall.someone() for _ in range(CLIENTS)]
    ends = at_once([lambda who=who: hall.book(who, slot) for who in crowd])
    assert ends.count("") == SEATS
    assert ends.count("slot-full") == CLIENTS - SEATS
    assert (len(hall.bookings("booked")), hall.left(slot)) == (SEATS, 0)
    assert len({one.person_id for one in hall.bookings("booked")}) == SEATS
    hall.whole()


def test_two_windows_of_one_person_hold_one_seat(hall: TaxHall) -> None:
    for hour in range(9, 14):
        me, slots = (
            hall.someone(),
            [hall.slot(seats=9, hour=hour), hall.slot(seats=9, hour=hour, day=MONDAY + 2 * DAY)],
        )
        at_once([lambda slot=slot, me=me: hall.hold(me, slot) for slot in slots * 3])
        assert len([one for one in hall.bookings("held") if one.person_id == me.person_id]) == 1
    hall.whole()


def test_two_windows_of_one_person_book_one_seat(hall: TaxHall) -> None:
    for hour in range(9, 14):
        me, slots = (
            hall.someone(),
            [hall.slot(seats=9, hour=hour), hall.slot(seats=9, hour=hour, day=MONDAY + 2 * DAY)],
        )
        at_once([lambda slot=slot, me=me: hall.book(me, slot) for slot in slots * 3])
        mine = [one for one in hall.bookings("held", "booked") if one.person_id == me.person_id]
        assert len(mine) == 1
    hall.whole()


def test_two_delegates_of_a_firm_hold_one_seat(hall: TaxHall) -> None:
    for hour in range(9, 13):
        several = delegates(hall, 4)
        slots = [hall.slot(seats=9, hour=hour), hall.slot(seats=9, hour=hour, day=MONDAY + 2 * DAY)]
        ends = at_once(
            [
                lambda who=who, one=one: hall.hold(who, one)
                for who, one in zip(several, slots * 2, strict=True)
            ]
        )
        assert sorted(ends) == ["", *["booking-open-already"] * 3]
    assert len(hall.bookings("held")) == 4
    hall.whole()


def test_the_last_seat_of_two_who_move_to_it_goes_to_one(hall: TaxHall) -> None:
    wanted, old = hall.slot(hour=15), hall.slot(seats=6, hour=10)
    people = [hall.someone() for _ in range(6)]
    booked = [hall.book(who, old) for who in people]
    moves = zip(people, booked, strict=True)
    ends = at_once([lambda who=who, had=had: hall.book(who, wanted, moves=had.id) for who, had in moves])
    assert (ends.count(""), ends.count("slot-full")) == (1, 5)
    assert len(hall.bookings("booked")) == 6
    hall.whole()


def test_a_seat_given_back_is_offered_to_one_and_nobody_is_offered_two(hall: TaxHall) -> None:
    slots = [hall.slot(seats=2, hour=hour) for hour in (10, 11, 15)]
    had = [(who, hall.book(who, slot)) for slot in slots for who in _people(hall, 2)]
    waiting = _people(hall, 9)
    for n, who in enumerate(waiting):
        hall.wish(who, at=AT + n * timedelta(seconds=1))
    later = AT + MINUTE
    cancels = [lambda who=who, one=one: hall.cancel(who, one, at=later) for who, one in had]
    places = [lambda: services.place_seats(hall.database, later)] * 6
    assert set(at_once([*cancels, *places])) == {""}
    at_once(places)
    offers = hall.bookings("held")
    assert len(offers) == len(had)
    assert {one.person_id for one in offers} == {who.person_id for who in waiting[: len(had)]}, (
        "in their order"
    )
    assert sum(hall.left(slot) for slot in slots) == 0
    hall.whole()


def test_who_stops_waiting_while_a_seat_is_offered_keeps_none(hall: TaxHall) -> None:
    for hour in range(9, 18):
        slot, has_it, me = hall.slot(hour=hour), hall.someone(), hall.someone()
        booked, wish = hall.book(has_it, slot), hall.wish(me)
        hall.cancel(has_it, booked)
        places = [lambda: services.place_seats(hall.database, AT)] * 3
        assert set(at_once([*places, lambda me=me, wish=wish: hall.withdraw(me, wish)])) == {""}
        assert hall.wishes()[wish.id] == "withdrawn"
        assert not hall.bookings("held")
    hall.whole()


def test_a_seat_that_comes_back_is_freed_once_by_however_many_workers(hall: TaxHall) -> None:
    slot, people = hall.slot(seats=4), _people(hall, 4)
    for who in people:
        hall.hold(who, slot)
    over = AT + 10 * MINUTE
    assert set(at_once([lambda: hall.minute(over)] * 5)) == {""}
    free = over + timedelta(seconds=BACK_AFTER[1] + 1)
    assert set(at_once([lambda: hall.minute(free)] * 5)) == {""}
    assert hall.left(slot) == 4
    hall.whole()


def test_confirming_races_with_the_hold_running_out_and_one_of_them_wins(hall: TaxHall) -> None:
    slot, people = hall.slot(seats=8), _people(hall, 8)
    held = [hall.hold(who, slot) for who in people]
    over = AT + 10 * MINUTE
    last = over - timedelta(seconds=1)
    confirms = [
        lambda who=who, one=one: hall.confirm(who, one, at=last)
        for who, one in zip(people, held, strict=True)
    ]
    at_once([*confirms, *[lambda: hall.minute(over)] * 4])
    states = [hall.again(one).state for one in held]
    assert set(states) <= {"booked", "lapsed"}
    hall.minute(over + timedelta(seconds=BACK_AFTER[1] + 1))
    assert hall.left(slot) == states.count("lapsed")
    hall.whole()


def test_cancelling_and_moving_the_same_booking_at_once_gives_its_seat_back_once(hall: TaxHall) -> None:
    for hour in range(9, 14):
        me, old, new = hall.someone(), hall.slot(hour=hour), hall.slot(hour=hour, day=MONDAY + 2 * DAY)
        booked = hall.book(me, old)
        held = hall.hold(me, new, moves=booked.id)
        at_once(
            [lambda me=me, held=held: hall.confirm(me, held), lambda me=me, one=booked: hall.cancel(me, one)]
        )
        assert hall.again(held).state == "booked"
        assert hall.again(booked).state == "cancelled"
    hall.whole()


def test_a_day_is_closed_while_people_book_it(hall: TaxHall) -> None:
    slots = [hall.slot(seats=3, hour=hour) for hour in (10, 11)]
    people = _people(hall, 12)
    books = [lambda who=who, n=n: hall.book(who, slots[n % 2]) for n, who in enumerate(people)]
    at_once([*books[:6], lambda: hall.close(MONDAY + DAY), *books[6:]])
    assert not hall.bookings("held", "booked")
    assert [hall.left(slot) for slot in slots] == [0, 0]
    hall.whole()


def _people(hall: TaxHall, number: int) -> list[Acting]:
    return [hall.someone() for _ in range(number)]
