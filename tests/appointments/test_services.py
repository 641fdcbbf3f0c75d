"""Seats: held, booked, moved, given back, waited for; what is told, and what the trail says."""

from datetime import time, timedelta

import pytest
from sqlalchemy import select

from portal.accounts.rules.mandates import Role
from portal.appointments import queries, services
from portal.appointments.models import Booking, Slot
from portal.appointments.rules.fairness import BACK_AFTER, MISSED, OPEN_OF_PERSON, RECENT_OF_PERSON
from portal.core.acting import Acting
from portal.core.clock import SHANGHAI
from portal.halls.rules.hours import instant
from tests.appointments.hall import AT, CERTIFICATE, DAY, MINUTE, MONDAY, SETTLEMENT, VAT, TaxHall, refused
from tests.given import Given

LATER = timedelta(seconds=BACK_AFTER[1] + 1)


@pytest.fixture
def hall(given: Given) -> TaxHall:
    return TaxHall(given)


def test_a_seat_is_held_ten_minutes_then_confirmed_with_a_number(hall: TaxHall) -> None:
    me, slot = hall.someone(), hall.slot(seats=2)
    held = hall.hold(me, slot)
    assert (held.state, held.held_until, hall.left(slot)) == ("held", AT + 10 * MINUTE, 1)
    booked = hall.confirm(me, held, at=AT + 9 * MINUTE)
    assert booked.state == "booked"
    assert booked.number is not None
    assert hall.confirm(me, held, at=AT + 60 * MINUTE).number == booked.number, "said twice, done once"
    assert hall.told(me) == ["appointment-booked"]
    assert hall.trail(me)[-2:] == ["seat-held", "appointment-booked"]
    hall.whole()


def test_a_hold_that_is_not_confirmed_goes_back_and_is_free_after_a_random_while(hall: TaxHall) -> None:
    me, slot = hall.someone(), hall.slot()
    held = hall.hold(me, slot)
    over = AT + 10 * MINUTE
    assert refused(lambda: hall.confirm(me, held, at=over)) == "hold-lapsed"
    hall.minute(over)
    assert (hall.again(held).state, hall.left(slot)) == ("lapsed", 0)
    assert refused(lambda: hall.confirm(me, held, at=over)) == "hold-lapsed"
    hall.minute(over + timedelta(seconds=BACK_AFTER[0] - 1))
    assert hall.left(slot) == 0, "nobody knows yet when it will be free"
    hall.minute(over + LATER)
    assert hall.left(slot) == 1
    hall.minute(over + LATER)
    assert hall.left(slot) == 1, "a seat comes back once"
    hall.whole()


def test_a_full_slot_and_one_that_begins_too_soon_are_refused(hall: TaxHall) -> None:
    full, soon = hall.slot(), hall.slot(day=MONDAY, hour=11)
    hall.book(hall.someone(), full)
    other = hall.someone()
    assert refused(lambda: hall.hold(other, full)) == "slot-full"
    assert refused(lambda: hall.hold(other, soon, at=AT + 31 * MINUTE)) == "slot-over"
    assert refused(lambda: hall.hold(other, other.person_id)) == "slot-over", "no slot at all"


def test_the_full_slot_is_refused_once_more_where_it_counts(hall: TaxHall) -> None:
    """The look without a lock may be old by the time the seat is asked for."""
    slot, other = hall.slot(), hall.someone()
    with hall.database.reading() as session:
        services.look(session, other, slot, at=AT)
    hall.book(hall.someone(), slot)

    def too_late() -> None:
        with hall.database.transaction() as session:
            services.hold(session, other, slot, VAT, at=AT)

    assert refused(too_late) == "slot-full"


def test_errands_must_be_those_of_the_desk(hall: TaxHall) -> None:
    me, slot = hall.someone(), hall.slot()
    assert refused(lambda: hall.hold(me, slot, CERTIFICATE)) == "slot-of-another-desk"
    assert refused(lambda: hall.hold(me, slot, [])) == "no-errand-chosen"
    assert refused(lambda: hall.hold(me, slot, [*VAT, *CERTIFICATE])) == "errands-of-several-desks"


def test_another_choice_gives_up_the_first_which_was_not_confirmed(hall: TaxHall) -> None:
    me, one, two = hall.someone(), hall.slot(hour=10), hall.slot(hour=11)
    first = hall.hold(me, one)
    second = hall.hold(me, two)
    assert (hall.again(first).state, second.state) == ("cancelled", "held")
    hall.whole()


def test_one_open_booking_for_a_kind_of_desk_and_taxpayer(hall: TaxHall) -> None:
    me, one, two = hall.someone(), hall.slot(hour=10), hall.slot(hour=11)
    hall.book(me, one)
    assert refused(lambda: hall.hold(me, two, SETTLEMENT)) == "booking-open-already"
    other_desk = hall.slot(hour=11, skill="general")
    assert hall.book(me, other_desk, CERTIFICATE).state == "booked"
    hall.whole()


def test_one_person_is_not_in_two_places_at_once(hall: TaxHall) -> None:
    me = hall.someone()
    hall.book(me, hall.slot(hour=10))
    same_hour = hall.slot(hour=10, skill="general")
    assert refused(lambda: hall.hold(me, same_hour, CERTIFICATE)) == "booking-at-this-time"


def test_a_firm_has_one_booking_whichever_delegate_asks(hall: TaxHall) -> None:
    first, second = delegates(hall, 2)
    hall.book(first, hall.slot(hour=10))
    assert refused(lambda: hall.hold(second, hall.slot(hour=11))) == "booking-open-already"


def delegates(hall: TaxHall, number: int) -> list[Acting]:
    """So many people who act for one firm."""
    firm = hall.given.firm()
    found = []
    for _ in range(number):
        person = hall.given.person()
        mandate = hall.given.mandate(firm, person, role=Role.TAX_HANDLER)
        found.append(hall.given.acting(hall.given.acting_for(person, mandate)))
    return found


def test_a_person_has_so_many_open_bookings_over_all_they_act_for(hall: TaxHall) -> None:
    person = hall.given.person()
    for hour in range(OPEN_OF_PERSON.number + 1):
        person = hall.given.acting_for(person, hall.given.mandate(hall.given.firm(), person))
        acting, slot = hall.given.acting(person), hall.slot(hour=9 + hour)
        if hour < OPEN_OF_PERSON.number:
            hall.book(acting, slot)
    assert refused(lambda: hall.hold(acting, slot)) == "too-many-bookings"


def test_so_many_bookings_in_thirty_days_cancelled_ones_included(hall: TaxHall) -> None:
    me = hall.someone()
    slot = hall.slot(seats=RECENT_OF_PERSON.number + 2)
    for _ in range(RECENT_OF_PERSON.number):
        hall.cancel(me, hall.book(me, slot))
    assert refused(lambda: hall.hold(me, slot)) == "too-many-bookings-lately"


def test_moving_keeps_the_old_seat_until_the_new_one_is_confirmed(hall: TaxHall) -> None:
    me, old_slot, new_slot = hall.someone(), hall.slot(hour=10), hall.slot(hour=11)
    old = hall.book(me, old_slot, [*VAT, *SETTLEMENT])
    held = hall.hold(me, new_slot, [], moves=old.id)
    assert (held.errands, hall.again(old).state) == ([*VAT, *SETTLEMENT], "booked")
    new = hall.confirm(me, held)
    assert (new.state, new.moves, new.moved_from) == ("booked", None, old.id)
    ended = hall.again(old)
    assert (ended.state, ended.ended_by) == ("cancelled", "move")
    assert (new.visit_id, new.sequence) == (old.visit_id, 1), "one entry of a calendar, moved"
    assert hall.told(me) == ["appointment-booked", "appointment-moved"]
    hall.minute(AT + LATER)
    assert (hall.left(old_slot), hall.left(new_slot)) == (1, 0)
    hall.whole()


def test_a_move_that_is_let_go_leaves_the_booking_as_it_was(hall: TaxHall) -> None:
    me, old_slot, new_slot = hall.someone(), hall.slot(hour=10), hall.slot(hour=11)
    old = hall.book(me, old_slot)
    hall.hold(me, new_slot, moves=old.id)
    hall.minute(AT + 10 * MINUTE)
    hall.minute(AT + 10 * MINUTE + LATER)
    assert (hall.again(old).state, hall.left(old_slot), hall.left(new_slot)) == ("booked", 0, 1)


def test_a_booking_that_was_cancelled_meanwhile_is_not_moved_but_made_anew(hall: TaxHall) -> None:
    me, old_slot, new_slot = hall.someone(), hall.slot(hour=10), hall.slot(hour=11)
    old = hall.book(me, old_slot)
    held = hall.hold(me, new_slot, moves=old.id)
    hall.cancel(me, old)
    new = hall.confirm(me, held)
    assert (new.state, new.moved_from) == ("booked", None)
    hall.minute(AT + LATER)
    assert hall.left(old_slot) == 1, "given back once"
    hall.whole()


def test_what_cannot_be_moved(hall: TaxHall) -> None:
    me, slot = hall.someone(), hall.slot(hour=10)
    booked = hall.book(me, slot)
    near = booked.starts_at - 119 * MINUTE
    assert refused(lambda: hall.hold(me, slot, moves=booked.id)) in {"slot-full", "moved-to-the-same-slot"}
    two = hall.slot(hour=15)
    assert refused(lambda: hall.hold(me, two, moves=booked.id, at=near)) == "too-late-to-change"
    other_desk = hall.slot(hour=16, skill="general")
    assert refused(lambda: hall.hold(me, other_desk, CERTIFICATE, moves=booked.id)) == "slot-of-another-desk"
    hall.cancel(me, booked)
    assert refused(lambda: hall.hold(me, two, moves=booked.id)) == "booking-cannot-become"


def test_the_same_slot_is_no_move(hall: TaxHall) -> None:
    me, slot = hall.someone(), hall.slot(seats=2)
    booked = hall.book(me, slot)
    assert refused(lambda: hall.hold(me, slot, moves=booked.id)) == "moved-to-the-same-slot"


def test_cancelling_until_two_hours_before(hall: TaxHall) -> None:
    me = hall.someone()
    booked = hall.book(me, hall.slot())
    assert (
        refused(lambda: hall.cancel(me, booked, at=booked.starts_at - 119 * MINUTE)) == "too-late-to-change"
    )
    in_time = booked.starts_at - 120 * MINUTE
    hall.cancel(me, booked, at=in_time)
    hall.cancel(me, booked, at=in_time)
    assert hall.told(me) == ["appointment-booked", "appointment-cancelled"], "said twice, done once"
    assert hall.again(booked).sequence == 1
    hall.whole()


def test_nobody_finds_the_booking_of_another(hall: TaxHall) -> None:
    me, other = hall.someone(), hall.someone()
    booked = hall.book(me, hall.slot())
    with hall.database.reading() as session:
        mine = queries.own_booking(session, me.taxpayer_id, booked.id)
        assert mine is not None
        assert mine.hall.name == "东区办税服务厅"
        assert queries.own_booking(session, other.taxpayer_id, booked.id) is None
        assert [one.id for one in queries.own_bookings(session, me.taxpayer_id)] == [booked.id]
        assert not queries.own_bookings(session, other.taxpayer_id)


# --- waiting ---------------------------------------------------------------------------------------------


def test_a_seat_given_back_is_offered_to_who_asked_first(hall: TaxHall) -> None:
    slot, has_it, first, second = hall.slot(), hall.someone(), hall.someone(), hall.someone()
    booked = hall.book(has_it, slot)
    wish = hall.wish(first)
    later = hall.wish(second, at=AT + MINUTE)
    hall.cancel(has_it, booked, at=AT + 2 * MINUTE)
    services.place_seats(hall.database, AT + 2 * MINUTE)
    [offer] = hall.bookings("held")
    assert (offer.person_id, offer.held_until) == (first.person_id, AT + 22 * MINUTE)
    assert hall.wishes() == {wish.id: "offered", later.id: "waiting"}
    assert hall.left(slot) == 0, "nobody else sees it free"
    assert hall.told(first) == ["seat-offered"]
    hall.confirm(first, offer, at=AT + 20 * MINUTE)
    assert hall.wishes()[wish.id] == "granted"
    hall.whole()


def test_an_offer_that_is_not_taken_up_goes_to_the_next_and_ends_the_wish(hall: TaxHall) -> None:
    slot, has_it, first, second = hall.slot(), hall.someone(), hall.someone(), hall.someone()
    booked = hall.book(has_it, slot)
    wish, later = hall.wish(first), hall.wish(second, at=AT + MINUTE)
    hall.cancel(has_it, booked, at=AT + 2 * MINUTE)
    hall.minute(AT + 2 * MINUTE)
    hall.minute(AT + 22 * MINUTE)
    assert hall.wishes() == {wish.id: "over", later.id: "offered"}
    assert "offer-lapsed" in hall.trail(first)
    assert [one.person_id for one in hall.bookings("held")] == [second.person_id]
    hall.whole()


def test_who_declines_an_offer_or_waits_no_more_passes_it_on(hall: TaxHall) -> None:
    slot, has_it, first, second = hall.slot(), hall.someone(), hall.someone(), hall.someone()
    booked = hall.book(has_it, slot)
    wish, later = hall.wish(first), hall.wish(second, at=AT + MINUTE)
    hall.cancel(has_it, booked)
    hall.minute(AT)
    hall.withdraw(first, wish)
    hall.withdraw(first, wish)
    hall.minute(AT)
    assert hall.wishes() == {wish.id: "withdrawn", later.id: "offered"}
    [offer] = hall.bookings("held")
    hall.cancel(second, offer)
    assert hall.wishes()[later.id] == "withdrawn"
    hall.whole()


def test_a_wish_that_waits_is_withdrawn_and_noted(hall: TaxHall) -> None:
    me = hall.someone()
    hall.book(hall.someone(), hall.slot())
    wish = hall.wish(me)
    hall.withdraw(me, wish)
    assert hall.wishes() == {wish.id: "withdrawn"}
    assert hall.trail(me)[-1] == "wish-withdrawn"


def test_who_has_a_booking_is_offered_to_move_it(hall: TaxHall) -> None:
    full, mine = hall.slot(), hall.slot(day=MONDAY + 3 * DAY)
    has_it, me = hall.someone(), hall.someone()
    booked, have = hall.book(has_it, full), hall.book(me, mine)
    hall.wish(me)
    hall.cancel(has_it, booked)
    hall.minute(AT)
    [offer] = hall.bookings("held")
    assert offer.moves == have.id
    hall.confirm(me, offer)
    assert hall.again(have).state == "cancelled"
    hall.whole()


def test_seats_are_not_offered_at_night_but_kept_for_the_morning(hall: TaxHall) -> None:
    slot, has_it, me = hall.slot(hour=15), hall.someone(), hall.someone()
    booked = hall.book(has_it, slot)
    hall.wish(me)
    night = instant(MONDAY, time(22))
    hall.cancel(has_it, booked, at=night)
    hall.minute(night + LATER)
    assert (hall.left(slot), len(hall.bookings("held"))) == (0, 0)
    hall.minute(instant(MONDAY + DAY, time(8)))
    assert len(hall.bookings("held")) == 1


def test_a_seat_given_back_at_night_that_nobody_waits_for_is_free_in_minutes(hall: TaxHall) -> None:
    slot, has_it = hall.slot(hour=15), hall.someone()
    booked = hall.book(has_it, slot)
    night = instant(MONDAY, time(22))
    hall.cancel(has_it, booked, at=night)
    hall.minute(night + LATER)
    assert hall.left(slot) == 1


def test_seats_that_open_later_go_to_who_waits_before_anybody_sees_them(hall: TaxHall) -> None:
    hall.book(hall.someone(), hall.slot(hour=10))
    me = hall.someone()
    wish = hall.wish(me)
    opened = hall.slot(hour=11, seats=2)
    hall.minute(AT)
    assert (hall.wishes()[wish.id], hall.left(opened)) == ("offered", 1)
    hall.whole()


def test_who_cannot_take_a_seat_is_passed_over_and_goes_on_waiting(hall: TaxHall) -> None:
    slot, has_it = hall.slot(hour=10), hall.someone()
    booked = hall.book(has_it, slot)
    busy, free = hall.someone(), hall.someone()
    hall.book(busy, hall.slot(hour=10, skill="general"), CERTIFICATE)
    wish, later = hall.wish(busy), hall.wish(free, at=AT + MINUTE)
    hall.cancel(has_it, booked, at=AT + 2 * MINUTE)
    hall.minute(AT + 2 * MINUTE)
    assert hall.wishes() == {wish.id: "waiting", later.id: "offered"}
    hall.whole()


def test_what_cannot_be_wished_for(hall: TaxHall) -> None:
    me = hall.someone()
    hall.slot(hour=15)
    assert refused(lambda: hall.wish(me)) == "wish-seats-free"
    assert refused(lambda: hall.wish(me, day=MONDAY - DAY)) == "wish-days-not-open"
    for offset in (2, 3):
        hall.wish(me, day=MONDAY + offset * DAY)
    assert list(hall.wishes().values()) == ["waiting"], "asked again, the days change"
    for errands in (CERTIFICATE, ["hand-in-invoices"]):
        hall.wish(me, errands, day=MONDAY + 2 * DAY)
    assert refused(lambda: hall.wish(me, ["clearance"], day=MONDAY + 2 * DAY)) == "too-many-wishes"


def test_who_was_offered_a_seat_answers_that_first(hall: TaxHall) -> None:
    slot, has_it, me = hall.slot(), hall.someone(), hall.someone()
    booked = hall.book(has_it, slot)
    hall.wish(me)
    hall.cancel(has_it, booked)
    hall.minute(AT)
    assert refused(lambda: hall.wish(me)) == "booking-open-already"


def test_wishes_end_with_their_last_day(hall: TaxHall) -> None:
    hall.book(hall.someone(), hall.slot())
    wish = hall.wish(hall.someone())
    hall.minute(AT + DAY)
    assert hall.wishes() == {wish.id: "waiting"}
    hall.minute(AT + 2 * DAY)
    assert hall.wishes() == {wish.id: "over"}


# --- coming, and not coming ------------------------------------------------------------------------------


def test_three_missed_visits_in_a_month_bar_for_the_rest_of_it_and_an_excuse_lifts_it(hall: TaxHall) -> None:
    me, at = hall.someone(), AT + 7 * DAY
    missed = [hall.miss(me, MONDAY + n * DAY) for n in range(MISSED.number - 1)]
    assert {one.state for one in missed} == {"missed"}
    next_week = hall.slot(day=MONDAY + 8 * DAY)
    hall.cancel(me, hall.book(me, next_week, at=at), at=at)
    last = hall.miss(me, MONDAY + 3 * DAY)
    free = hall.slot(day=MONDAY + 9 * DAY)
    assert refused(lambda: hall.hold(me, free, at=at)) == "missed-too-often"
    assert refused(lambda: hall.wish(me, day=MONDAY + 10 * DAY, at=at)) == "missed-too-often"
    clerk = hall.given.acting(hall.given.staff())
    with hall.database.transaction() as session:
        services.appeal(session, me, session.get_one(Booking, last.id), "孩子住院", at=at)
    with hall.database.transaction() as session:
        services.excuse(session, clerk, session.get_one(Booking, last.id), "医院证明", at=at)
    assert hall.hold(me, free, at=at).state == "held"
    assert hall.told(me)[-1] == "absence-excused"
    assert {"appointment-missed", "absence-appealed", "absence-excused"} <= set(hall.trail(me))


def test_a_new_month_begins_without_missed_visits(hall: TaxHall) -> None:
    me = hall.someone()
    for n in range(MISSED.number):
        hall.miss(me, MONDAY + n * DAY)
    april = AT + 30 * DAY
    assert hall.hold(me, hall.slot(day=MONDAY + 31 * DAY), at=april).state == "held"


def test_a_visit_is_missed_a_quarter_of_an_hour_after_its_slot(hall: TaxHall) -> None:
    me = hall.someone()
    booked = hall.book(me, hall.slot())
    hall.minute(booked.starts_at + 44 * MINUTE)
    assert hall.again(booked).state == "booked"
    hall.minute(booked.starts_at + 45 * MINUTE)
    assert hall.again(booked).state == "missed"


def test_an_appeal_is_heard_once_about_a_missed_visit_and_in_time(hall: TaxHall) -> None:
    me = hall.someone()
    missed, at = hall.miss(me, MONDAY), AT + DAY

    def appeal(booking: Booking, words: str = "堵车", when=at) -> str:
        def act() -> None:
            with hall.database.transaction() as session:
                services.appeal(session, me, session.get_one(Booking, booking.id), words, at=when)

        return refused(act)

    assert appeal(missed, "  ") == "appeal-without-words"
    assert appeal(missed, when=at + 15 * DAY) == "nothing-to-appeal"
    assert appeal(missed) == ""
    assert appeal(missed) == "appealed-already"
    assert appeal(hall.book(me, hall.slot(day=MONDAY + 2 * DAY), at=at)) == "nothing-to-appeal"


def test_what_was_not_missed_is_not_excused_and_twice_is_once(hall: TaxHall) -> None:
    me, clerk = hall.someone(), hall.given.acting(hall.given.staff())

    def excuse(booking: Booking) -> str:
        def act() -> None:
            with hall.database.transaction() as session:
                services.excuse(session, clerk, session.get_one(Booking, booking.id), "医院证明", at=AT)

        return refused(act)

    assert excuse(hall.book(me, hall.slot())) == "nothing-to-appeal"
    missed = hall.miss(hall.someone(), MONDAY)
    assert (excuse(missed), excuse(missed)) == ("", "")


def test_people_are_reminded_once_on_the_working_day_before(hall: TaxHall) -> None:
    me, friday = hall.someone(), MONDAY + 4 * DAY
    hall.book(me, hall.slot(day=MONDAY + 7 * DAY))
    for day in (friday - DAY, friday, friday, friday + DAY, MONDAY + 7 * DAY):
        services.remind_all(hall.database, instant(day, time(9)))
    assert hall.told(me) == ["appointment-booked", "appointment-tomorrow"]


# --- opening and closing ---------------------------------------------------------------------------------


def test_slots_open_for_twenty_working_days_with_what_the_desk_can_take(hall: TaxHall) -> None:
    hall.open()
    opened = {f"{slot.starts_at.astimezone(SHANGHAI):%H:%M}": slot.seats for slot in hall.slots()}
    assert opened == dict.fromkeys(("09:30", "10:00", "10:30", "11:30"), 1), "18 minutes each, 23 a visit"
    assert hall.slots()[0].why == {"minutes": 30, "share": 60, "visit": 23, "carried": 18}
    assert not hall.slots(MONDAY + 5 * DAY), "Saturday"
    assert hall.slots(MONDAY + 25 * DAY)
    assert not hall.slots(MONDAY + 30 * DAY), "beyond what can be booked"


def test_opening_again_changes_nothing_and_never_takes_a_seat_from_anybody(hall: TaxHall) -> None:
    hall.open()
    before = [(slot.id, slot.seats, slot.left) for slot in hall.slots()]
    hall.open(AT + 5 * MINUTE)
    assert [(slot.id, slot.seats, slot.left) for slot in hall.slots()] == before
    taken = next(slot for slot in hall.slots() if slot.left)
    hall.book(hall.someone(), taken.id)
    clerk = hall.given.acting(hall.given.staff())
    with hall.database.transaction() as session:
        services.cap(session, clerk, session.get_one(type(taken), taken.id), 0, "培训", at=AT)
    [capped] = [slot for slot in hall.slots() if slot.id == taken.id]
    assert (capped.seats, capped.left, capped.why["cap_why"]) == (1, 0, "培训")
    with hall.database.transaction() as session:
        services.cap(session, clerk, session.get_one(type(taken), taken.id), None, "", at=AT + MINUTE)
    [free] = [slot for slot in hall.slots() if slot.id == taken.id]
    assert "cap" not in free.why
    hall.whole()


def test_closing_a_day_calls_its_bookings_off_and_tells_everybody(hall: TaxHall) -> None:
    hall.open()
    day = MONDAY + DAY
    slots = [slot.id for slot in hall.slots() if slot.left]
    booked, held, gone = hall.someone(), hall.someone(), hall.someone()
    made = hall.book(booked, slots[0])
    hall.hold(held, slots[1])
    hall.cancel(gone, hall.book(gone, slots[2]))
    assert hall.close(day) == 2
    assert (hall.again(made).state, hall.again(made).ended_by) == ("cancelled", "office")
    assert hall.told(booked)[-1] == "appointment-called-off"
    assert all((slot.seats, slot.left) == (0, 0) for slot in hall.slots())
    hall.minute(AT + LATER)
    hall.open()
    assert all((slot.seats, slot.left) == (0, 0) for slot in hall.slots())
    assert hall.close(day, "还是停电") == 0
    hall.whole()


def test_a_day_closed_after_its_first_visits_keeps_what_was(hall: TaxHall) -> None:
    early, late = hall.slot(hour=9), hall.slot(hour=15)
    hall.book(hall.someone(), early)
    hall.book(hall.someone(), late)
    noon = instant(MONDAY + DAY, time(12))
    hall.minute(noon)
    assert hall.close(MONDAY + DAY, at=noon) == 1
    assert {one.state for one in hall.bookings()} == {"missed", "cancelled"}
    hall.whole()


def test_a_seat_that_was_lost_or_given_twice_is_named(hall: TaxHall) -> None:
    hall.book(hall.someone(), hall.slot(seats=2))
    hall.whole()
    with hall.database.transaction() as session:
        session.scalars(select(Slot)).one().left = 2
    with hall.database.reading() as session:
        [wrong] = services.verify_seats(session)
    assert "has 2 seats and tells for 3" in wrong
