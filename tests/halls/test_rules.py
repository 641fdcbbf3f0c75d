"""Errands, hours, seats and the file of halls."""

from datetime import date, time

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st

from portal.core.refusal import Refusal
from portal.halls.rules import errands as rules
from portal.halls.rules.capacity import FEWEST_MEASURED, Measured, Seats, capped, seats_of, visit_of
from portal.halls.rules.errands import (
    Errand,
    chosen,
    cure_for,
    errands,
    papers_of,
    skill_of,
    skills,
    visit_minutes,
)
from portal.halls.rules.hours import (
    Stretch,
    half_hour_after,
    instant,
    open_stretches,
    plan_of,
    reminded_of,
    working_days,
)
from portal.halls.rules.plan import NotAPlan, read
from portal.risk.rules import CATALOGUE, Office, Visit
from portal.taxes.calendar import is_working_day

MORNING, AFTERNOON = Stretch(time(9), time(12)), Stretch(time(13, 30), time(17, 30))
HOURS = {day: [AFTERNOON, MORNING] for day in range(5)}
NOT_AT_OUR_HALLS = {"advance-elsewhere", "credit-grade"}
"""Cured at the office of another area, and by an application that the office decides on paper."""


# --- errands ---------------------------------------------------------------------------------------------


def test_every_errand_says_what_to_bring_and_how_long_it_takes() -> None:
    assert len(errands()) >= 8
    for one in errands().values():
        assert one.papers
        assert one.skill in skills()
        assert 0 < one.minutes <= 60
        assert one.online is None or one.online.minutes < one.minutes


def test_every_kind_of_desk_has_errands() -> None:
    assert {one.skill for one in errands().values()} == set(skills())


def test_whatever_a_health_check_sends_to_our_office_for_can_be_booked() -> None:
    visits = {
        code
        for code, one in CATALOGUE.items()
        if isinstance(one.cure, Visit) and one.cure.office in {Office.TAX_OFFICE, Office.PREMIUMS}
    }
    assert {code for code in visits if cure_for(code) is None} == NOT_AT_OUR_HALLS


def test_every_cure_named_is_that_of_a_finding() -> None:
    assert {code for one in errands().values() for code in one.cures} <= set(CATALOGUE)


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ([], "no-errand-chosen"),
        (["juggling"], "no-such-errand"),
        (["vat-return", "juggling"], "no-such-errand"),
        (["vat-return", "clearance"], "errands-of-several-desks"),
    ],
)
def test_errands_that_cannot_share_a_visit(codes: list[str], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        chosen(codes)
    assert refused.value.reason.code == code


def test_so_many_errands_share_a_visit() -> None:
    filing = [one.code for one in errands().values() if one.skill == "filing"]
    assert len(chosen(filing[: rules.MOST])) == rules.MOST
    with pytest.raises(Refusal) as refused:
        chosen(filing[: rules.MOST + 1])
    assert (refused.value.reason.code, refused.value.facts) == ("too-many-errands", {"most": rules.MOST})


def test_a_visit_of_several_errands_needs_each_paper_once() -> None:
    codes = ["withholding", "vat-return", "vat-return"]
    assert [one.code for one in chosen(codes)] == ["vat-return", "withholding"]
    assert skill_of(codes) == "filing"
    assert papers_of(codes).count("经办人身份证件") == 1


def test_the_minutes_of_a_visit_are_the_mean_rounded_up() -> None:
    minutes = [one.minutes for one in errands().values() if one.skill == "filing"]
    assert visit_minutes("filing") - 1 < sum(minutes) / len(minutes) <= visit_minutes("filing")


def test_an_errand_of_an_unknown_desk_or_without_minutes_is_no_errand() -> None:
    good = Errand("x", "X", "general", 5, ())
    assert rules.sound([good], {"general"}) == {"x": good}
    for bad in (Errand("x", "X", "magic", 5, ()), Errand("x", "X", "general", 0, ())):
        with pytest.raises(ValueError, match="x"):
            rules.sound([bad], {"general"})


# --- hours -----------------------------------------------------------------------------------------------


def test_a_hall_is_open_in_its_stretches_on_working_days() -> None:
    monday, saturday = date(2026, 3, 2), date(2026, 3, 7)
    assert open_stretches(monday, HOURS, ()) == [MORNING, AFTERNOON]
    assert open_stretches(saturday, HOURS, ()) == []
    assert open_stretches(monday, HOURS, {monday}) == []
    assert open_stretches(monday, {}, ()) == []


def test_a_weekend_day_worked_for_a_holiday_runs_as_a_friday() -> None:
    made_up = [day for day in (date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28)) if is_working_day(day)]
    assert made_up
    assert {plan_of(day) for day in made_up} == {4}
    assert plan_of(date(2026, 10, 1)) is None, "a holiday on a Thursday"


def test_half_hours_lie_wholly_inside_a_stretch() -> None:
    assert MORNING.half_hours() == [time(9), time(9, 30), time(10), time(10, 30), time(11), time(11, 30)]
    assert Stretch(time(9), time(9, 50)).half_hours() == [time(9)]
    assert half_hour_after(time(11, 30)) == time(12)


@pytest.mark.parametrize(
    ("opens", "closes", "minutes"),
    [(time(8), time(9), 0), (time(8), time(9, 10), 10), (time(11), time(13), 60), (time(12), time(13), 0)],
)
def test_minutes_on_duty_inside_a_stretch(opens: time, closes: time, minutes: int) -> None:
    assert MORNING.minutes_with(opens, closes) == minutes


def test_days_that_can_be_booked_are_working_days_the_present_one_included() -> None:
    monday, saturday = date(2026, 3, 2), date(2026, 3, 7)
    assert working_days(monday, 2) == [date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)]
    assert working_days(saturday, 2) == [date(2026, 3, 9), date(2026, 3, 10)]


def test_people_are_reminded_on_the_working_day_before() -> None:
    assert reminded_of(date(2026, 3, 6)) == date(2026, 3, 9)
    assert reminded_of(date(2026, 3, 7)) is None


def test_an_hour_in_beijing_is_an_instant() -> None:
    assert instant(date(2026, 3, 2), time(9)).isoformat() == "2026-03-02T01:00:00+00:00"


# --- capacity --------------------------------------------------------------------------------------------


def test_seats_are_the_minutes_for_bookings_divided_by_those_of_a_visit() -> None:
    [seats] = seats_of([90], share=60, visit=20)
    assert seats == Seats(2, {"minutes": 90, "share": 60, "visit": 20, "carried": 0})


def test_what_is_left_of_a_half_hour_counts_in_the_next() -> None:
    assert [seats.number for seats in seats_of([30] * 6, share=60, visit=23)] == [0, 1, 1, 1, 0, 1]


@any_of(
    st.lists(st.integers(0, 300), max_size=16),
    st.integers(0, 100),
    st.integers(1, 60),
)
def test_never_more_is_booked_than_was_on_duty_and_never_a_visit_less_than_could_be(
    minutes: list[int], share: int, visit: int
) -> None:
    found = seats_of(minutes, share=share, visit=visit)
    for n in range(len(minutes) + 1):
        booked, there = sum(seats.number for seats in found[:n]) * visit, sum(minutes[:n]) * share / 100
        assert booked <= there < booked + visit


def test_a_cap_limits_and_says_why() -> None:
    seats = Seats(3, {"minutes": 90})
    assert capped(seats, None, "") is seats
    assert capped(seats, 5, "x").number == 3
    assert capped(seats, 1, "培训") == Seats(1, {"minutes": 90, "cap": 1, "cap_why": "培训"})


# --- the file --------------------------------------------------------------------------------------------

PLAN = """
[[halls]]
code = "east"
name = "东区"
name_en = "East"
address = "东路"
address_en = "East Road"
booked_share = 60
hours = [{ weekdays = [0, 4], opens = 09:00:00, closes = 12:00:00 }]
closures = [{ day = 2026-10-09, why = "搬迁" }]
[[halls.desks]]
number = 1
skills = ["filing"]
roster = [{ weekdays = [0], starts = 09:00:00, ends = 12:00:00, staff = "0317" }]
[[halls.desks]]
number = 2
skills = ["general"]
"""


def test_a_file_of_halls() -> None:
    [hall] = read(PLAN, skills())
    assert hall.hours == ((0, MORNING), (4, MORNING))
    assert hall.closures == {date(2026, 10, 9): "搬迁"}
    [shift] = hall.desks[0].shifts
    assert (shift.weekday, shift.stretch, shift.staff) == (0, MORNING, "0317")
    assert hall.desks[1].shifts == ()


@pytest.mark.parametrize(
    ("there", "instead", "complaint"),
    [
        ("booked_share = 60", "booked_share = 101", "percentage"),
        ("booked_share = 60", 'booked_share = "x"', "percentage"),
        ("weekdays = [0, 4]", "weekdays = [7]", "no stretch"),
        ("opens = 09:00:00", "opens = 12:00:00", "no stretch"),
        ("starts = 09:00:00", 'starts = "nine"', "no stretch"),
        ('skills = ["general"]', 'skills = ["magic"]', "skill"),
        ('skills = ["general"]', "skills = []", "skill"),
        ("number = 2", "number = 1", "one number"),
        ('name = "东区"', "", "KeyError"),
        ("[[halls]]", "[[halls", "TOMLDecodeError"),
        ("weekdays = [0, 4]", "weekdays = 0", "TypeError"),
    ],
)
def test_a_file_that_is_wrong_is_refused_whole(there: str, instead: str, complaint: str) -> None:
    assert there in PLAN
    with pytest.raises(NotAPlan, match=complaint):
        read(PLAN.replace(there, instead, 1), skills())


def test_a_visit_takes_what_was_measured_once_there_are_enough() -> None:
    until = date(2026, 3, 3)
    assert visit_of(20, None) == (20, {})
    assert visit_of(20, Measured(12, FEWEST_MEASURED - 1, until)) == (20, {})
    minutes, rests_on = visit_of(20, Measured(12, FEWEST_MEASURED, until))
    assert (minutes, rests_on) == (12, {"measured": FEWEST_MEASURED, "until": "2026-03-03"})
