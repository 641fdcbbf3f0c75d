"""What an assistance is tied to, how long a request waits, and what exactly a taxpayer agrees to."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.assisting.rules import Tie, digest_of, slip_of, tie_of, waits, with_facts
from portal.core.acting import Deed
from portal.core.wording import Phrase

NOON = datetime(2026, 3, 3, 4, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=10)
DEED = Deed(Phrase("提交 {title}"), {"title": "年度汇算"})


@pytest.mark.parametrize(
    ("typed", "tie", "number"),
    [
        ("b042", Tie.TICKET, "B042"),
        (" A 1000 ", Tie.TICKET, "A1000"),
        ("m-20260303-abcdefg-h", Tie.MATTER, "M-20260303-ABCDEFG-H"),
        ("M20260303ABCDEFGH", Tie.MATTER, "M-20260303-ABCDEFG-H"),
        ("yy-20260303-abcdefg-h", Tie.BOOKING, "YY-20260303-ABCDEFG-H"),
        ("C042", Tie.BOOKING, "C042"),
        ("", Tie.BOOKING, ""),
    ],
)
def test_a_number_says_itself_what_it_is_of(typed, tie, number):
    assert tie_of(typed) == (tie, number)


def test_a_paper_is_the_same_however_its_number_is_typed():
    assert slip_of("xb 0001-7") == slip_of("XB00017") == "XB00017"


def test_a_request_waits_until_it_is_decided_or_its_time_is_over():
    assert waits(LATER, (None, None), NOON)
    assert not waits(LATER, (None, NOON), NOON)
    assert not waits(LATER, (None, None), LATER)


def agreed_to(endpoint="filing.submit", path="/file/1/submit", posted=(("seen", "3"),), deed=DEED):
    return digest_of(endpoint, path, posted, deed)


def test_who_agrees_to_one_thing_agrees_to_nothing_else():
    others = [
        agreed_to(endpoint="filing.discarded"),
        agreed_to(path="/file/2/submit"),
        agreed_to(posted=(("seen", "4"),)),
        agreed_to(posted=(("seen", "3"), ("declared", "y"))),
        agreed_to(deed=Deed(DEED.words, {"title": "月度申报"})),
        agreed_to(deed=Deed(Phrase("放弃 {title}"), DEED.facts)),
    ]
    assert len({agreed_to(), *others}) == len(others) + 1


def test_the_order_of_answers_makes_no_other_thing():
    assert agreed_to(posted=(("a", "1"), ("b", "2"))) == agreed_to(posted=(("b", "2"), ("a", "1")))


def test_facts_are_kept_as_they_were_said():
    assert with_facts({"title": Phrase("年度汇算")}) == {"title": "年度汇算"}
