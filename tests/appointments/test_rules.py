"""Which state may follow which, what is fair, and the calendar file to the octet."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st

from portal.appointments.rules import fairness
from portal.appointments.rules.calendar_file import LONGEST, Method, Visit, calendar_file, escaped, folded
from portal.appointments.rules.states import LIVE, NEXT, STATES, WISH_STATES, State, WishState, become
from portal.core.refusal import Refusal
from portal.halls.rules.hours import instant

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
DAY = date(2026, 3, 2)


def code_of(act) -> str:
    with pytest.raises(Refusal) as refused:
        act()
    return refused.value.reason.code


# --- states ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("now", State)
@pytest.mark.parametrize("to", State)
def test_a_booking_goes_only_where_the_table_lets_it(now: State, to: State) -> None:
    if to in NEXT[now]:
        assert become(now, to) is to
    else:
        assert code_of(lambda: become(now, to)) == "booking-cannot-become"


def test_what_is_over_stays_so_and_every_state_has_words() -> None:
    assert {state for state in State if NEXT[state]} == LIVE
    assert (set(STATES), set(WISH_STATES)) == (set(State), set(WishState))


# --- fairness --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("standing", "code"),
    [
        (fairness.Standing(missed=fairness.MISSED.number), "missed-too-often"),
        (fairness.Standing(open=fairness.OPEN_OF_PERSON.number), "too-many-bookings"),
        (fairness.Standing(recent=fairness.RECENT_OF_PERSON.number), "too-many-bookings-lately"),
    ],
)
def test_a_limit_begins_exactly_at_its_figure(standing: fairness.Standing, code: str) -> None:
    assert code_of(lambda: fairness.require_fair(standing, DAY)) == code
    one_less = fairness.Standing(
        *(max(0, getattr(standing, name) - 1) for name in ("open", "recent", "missed"))
    )
    fairness.require_fair(one_less, DAY)


def test_who_is_barred_is_told_until_when() -> None:
    with pytest.raises(Refusal) as refused:
        fairness.require_not_barred(3, date(2026, 12, 31))
    assert refused.value.facts["until"] == date(2027, 1, 1)


def test_a_month_is_one_of_beijing() -> None:
    first, last = fairness.month_of(date(2026, 2, 10))
    assert (first, last) == (instant(date(2026, 2, 1), time()), instant(date(2026, 3, 1), time()))


@pytest.mark.parametrize(("left", "minutes", "code"), [(0, 60, "slot-full"), (1, 29, "slot-over")])
def test_a_seat_is_there_and_its_hour_is_not_too_near(left: int, minutes: int, code: str) -> None:
    starts = AT + timedelta(minutes=minutes)
    assert code_of(lambda: fairness.require_seat(left=left, starts_at=starts, at=AT)) == code


def test_the_last_minute_to_book_and_to_change() -> None:
    fairness.require_seat(left=1, starts_at=AT + timedelta(minutes=30), at=AT)
    fairness.require_time_to_change(AT + timedelta(hours=2), AT)
    too_late = AT + timedelta(minutes=119)
    assert code_of(lambda: fairness.require_time_to_change(too_late, AT)) == "too-late-to-change"


def test_days_to_wait_for_lie_within_what_can_be_booked() -> None:
    open_days = [DAY, DAY + timedelta(days=3)]
    fairness.require_days(open_days[0], open_days[1], open_days)
    for first, last in ((-1, 0), (0, 4), (2, 1)):
        days = (DAY + timedelta(days=first), DAY + timedelta(days=last))
        assert code_of(lambda days=days: fairness.require_days(*days, open_days)) == "wish-days-not-open"


@pytest.mark.parametrize(
    ("missed_at", "said", "words", "code"),
    [
        (None, "", "x", "nothing-to-appeal"),
        (AT - timedelta(days=15, seconds=1), "", "x", "nothing-to-appeal"),
        (AT, "said", "x", "appealed-already"),
        (AT, "", " \n", "appeal-without-words"),
    ],
)
def test_an_appeal_has_its_time_and_its_words(missed_at, said: str, words: str, code: str) -> None:
    act = lambda: fairness.require_appeal(missed_at=missed_at, said=said, words=words, at=AT)  # noqa: E731
    assert code_of(act) == code


def test_an_appeal_on_the_last_day_is_heard() -> None:
    fairness.require_appeal(missed_at=AT - timedelta(days=15), said="", words="x", at=AT)


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999999])
def test_a_seat_comes_back_at_a_time_nobody_can_name(chance: float) -> None:
    first, last = (timedelta(seconds=seconds) for seconds in fairness.BACK_AFTER)
    assert first <= fairness.back_at(AT, chance) - AT <= last


@pytest.mark.parametrize(
    ("hour", "offered", "next_day", "next_hour"),
    [(7, False, 0, 8), (8, True, 0, 8), (19, True, 0, 19), (20, False, 1, 8), (23, False, 1, 8)],
)
def test_seats_are_offered_by_day(hour: int, offered: bool, next_day: int, next_hour: int) -> None:
    at = instant(DAY, time(hour))
    assert fairness.may_offer(at) is offered
    assert fairness.next_offer(at) == instant(DAY + timedelta(days=next_day), time(next_hour))


def test_every_limit_says_why() -> None:
    limits = [one for one in vars(fairness).values() if isinstance(one, fairness.Limit)]
    assert len(limits) > 8
    assert all(one.why and one.source and one.confidence in {"K", "D"} for one in limits)
    assert fairness.HOLD.span == timedelta(minutes=10)


# --- the calendar file -----------------------------------------------------------------------------------

VISIT = Visit(
    uid="visit-1@portal",
    sequence=2,
    starts_at=AT,
    ends_at=AT + timedelta(minutes=30),
    stamped_at=AT,
    summary="办税：增值税申报",
    place="东区办税服务厅, 东路 1 号",
    description="请带：\n身份证件; 营业执照\\副本",
    organizer="noreply@example.invalid",
    organizer_name='税务局"东区"',
)


def unfolded(file: str) -> dict[str, str]:
    """The properties as a calendar reads them; a strict reader, independent of the writer."""
    assert file.endswith("\r\n")
    assert "\n" not in file.replace("\r\n", "")
    lines: list[str] = []
    for line in file.split("\r\n")[:-1]:
        assert len(line.encode()) <= LONGEST
        if line.startswith(" "):
            lines[-1] += line[1:]
        else:
            lines.append(line)
    return {line.partition(":")[0]: line.partition(":")[2] for line in lines}


def test_a_visit_as_a_calendar_reads_it() -> None:
    seen = unfolded(calendar_file(VISIT))
    assert (seen["VERSION"], seen["METHOD"], seen["STATUS"]) == ("2.0", "PUBLISH", "CONFIRMED")
    assert (seen["UID"], seen["SEQUENCE"]) == ("visit-1@portal", "2")
    assert (seen["DTSTART"], seen["DTEND"]) == ("20260302T020000Z", "20260302T023000Z")
    assert seen["DESCRIPTION"] == "请带：\\n身份证件\\; 营业执照\\\\副本"
    assert seen["LOCATION"] == "东区办税服务厅\\, 东路 1 号"
    assert seen['ORGANIZER;CN="税务局东区"'] == "mailto:noreply@example.invalid"


def test_a_visit_called_off_is_taken_out_of_the_calendar() -> None:
    seen = unfolded(calendar_file(replace(VISIT, method=Method.CANCEL, sequence=3)))
    assert (seen["METHOD"], seen["STATUS"], seen["SEQUENCE"]) == ("CANCEL", "CANCELLED", "3")


@any_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_text_goes_in_one_property_and_comes_out_again(text: str) -> None:
    line = folded(f"SUMMARY:{escaped(text)}")
    pieces = line.split("\r\n ")
    assert all(len(piece.encode()) < LONGEST for piece in pieces[1:])
    assert len(pieces[0].encode()) <= LONGEST
    read, value = "", iter("".join(pieces).removeprefix("SUMMARY:"))
    for character in value:
        read += {"n": "\n", "N": "\n"}.get(after := next(value), after) if character == "\\" else character
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    assert read == "".join(c for c in plain if c == "\n" or (c >= " " and c != "\x7f"))


def test_a_long_line_is_folded_between_characters() -> None:
    text = "办" * 60
    pieces = folded(f"SUMMARY:{text}").split("\r\n ")
    assert [len(piece.encode()) for piece in pieces] == [74, 72, 42]
    assert "".join(pieces) == f"SUMMARY:{text}"


def test_an_appeal_is_answered_once_and_never_by_its_own_person() -> None:
    fairness.require_undecided(said="x", decided=False, own=False)
    for said, decided, own, code in (
        ("x", False, True, "appeal-own"),
        ("x", True, False, "appeal-answered"),
        ("", False, False, "appeal-answered"),
    ):
        with pytest.raises(Refusal) as no:
            fairness.require_undecided(said=said, decided=decided, own=own)
        assert no.value.reason.code == code
