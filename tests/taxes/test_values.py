"""Kinds of values, months, tables and answers: what is taken, refused, how it is written and shown."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.wording import N_
from portal.taxes.answers import WrongAnswer, read
from portal.taxes.bands import Band, Bands, BandTable
from portal.taxes.kinds import MONTHS, Choice, Day, Percent, Text, Tick, Whole, WrongValue, YearMonth, Yuan
from portal.taxes.months import Month, months_within
from portal.taxes.questions import ask, group
from tests.taxes.returns import IIT, RETURNS

WAY = Choice({"a": N_("是"), "b": N_("否")})
TAKEN = [
    (Yuan(), "1234.5", Decimal("1234.50"), "1234.50", "¥1,234.50"),
    (Yuan(), Decimal("7"), Decimal("7.00"), "7.00", "¥7.00"),
    (Yuan(at_least=Decimal(-5)), "-1.00", Decimal("-1.00"), "-1.00", "\u2212¥1.00"),
    (Whole(0, 12), 12, 12, 12, "12"),
    (Tick(), False, False, False, "否"),
    (Tick(), True, True, True, "是"),
    (WAY, "a", "a", "a", "是"),
    (Day(), "2024-02-29", date(2024, 2, 29), "2024-02-29", "2024-02-29"),
    (Day(), date(2024, 2, 29), date(2024, 2, 29), "2024-02-29", "2024-02-29"),
    (YearMonth(), "2024-02", Month(2024, 2), "2024-02", "2024-02"),
    (YearMonth(), Month(2024, 2), Month(2024, 2), "2024-02", "2024-02"),
    (Text(), "王建国", "王建国", "王建国", "王建国"),
]


@pytest.mark.parametrize(("kind", "raw", "value", "written", "shown"), TAKEN)
def test_a_value_is_read_written_and_shown(kind, raw, value, written, shown):
    assert kind.read(raw) == value
    assert (kind.write(value), kind.show(value)) == (written, shown)
    assert kind.read(kind.write(value)) == value


REFUSED = [
    *(
        (Yuan(), raw)
        for raw in (1, 1.5, True, None, "", "1e3", "１２", "1_0", " 1", "1.005", "-1", "--1", "NaN")
    ),
    *((Yuan(), raw) for raw in ("1000000000000.00", Decimal("Infinity"), "9" * 400)),
    *((Whole(0, 12), raw) for raw in (13, -1, True, "3", 1.0, None)),
    *((Tick(), raw) for raw in ("true", 1, None)),
    *((WAY, raw) for raw in ("c", "", None, 1, ["a"])),
    *((Day(), raw) for raw in ("2023-02-29", "20240229", "2024-2-9", "1850-01-01", 20240229, None)),
    (Day(), datetime(2024, 2, 29)),  # noqa: DTZ001 - an instant is not a day
    *((YearMonth(), raw) for raw in ("2024-13", "2024-00", "2024-1", "1850-01", "２０２４-01", 202401, None)),
    *((YearMonth(), raw) for raw in (Month(2024, 13), (2024, 1))),
    *((Text(5), raw) for raw in ("", "  ", "123456", "a\nb", "a\x00", "\ud800", 5, None)),
]


@pytest.mark.parametrize(("kind", "raw"), REFUSED)
def test_what_is_not_of_the_kind_is_refused(kind, raw):
    with pytest.raises(WrongValue):
        kind.read(raw)


def test_amounts_keep_every_place_until_the_one_rounding():
    assert Yuan().write(Decimal("0.0080")) == "0.008"
    assert Yuan().formula(Decimal("-1234.567")) == "\u22121,234.57"


def test_rates_are_shown_as_percentages_and_kept_as_fractions():
    assert (Percent().show(Decimal("0.10")), Percent().write(Decimal("0.10"))) == ("10%", "0.10")
    assert Percent().show(Decimal("0.0005")) == "0.05%"


def test_kinds_tell_programs_their_bounds():
    assert Yuan().bounds() == {"at_least": "0.00", "at_most": "999999999999.99"}
    assert MONTHS.bounds() == {"at_least": 0, "at_most": 12}
    assert WAY.bounds() == {"options": {"a": "是", "b": "否"}}
    assert Text(9).bounds() == {"at_most": 9}
    assert Tick().bounds() == {}


@given(st.integers(1900, 2100), st.integers(1, 12), st.integers(-600, 600))
def test_months_count_forth_and_back(year, month, n):
    here = Month(year, month)
    assert here.plus(n).plus(-n) == here
    assert (here.plus(n) > here) is (n > 0)
    assert Month.parse(str(here)) == here


@given(
    st.integers(2019, 2027),
    st.builds(Month, st.integers(2017, 2029), st.integers(1, 12)),
    st.none() | st.builds(Month, st.integers(2017, 2029), st.integers(1, 12)),
)
def test_months_within_a_year_are_those_between_first_and_last(year, first, last):
    expected = [
        n for n in range(1, 13) if first <= Month(year, n) and (last is None or Month(year, n) <= last)
    ]
    assert list(months_within(year, first, last)) == expected


def table(*rows):
    return BandTable(tuple(Band(up_to and Decimal(up_to), Decimal(r), Decimal(q)) for up_to, r, q in rows))


WRONG_TABLES = {
    "no rows": (),
    "no open end": (("10", "0.1", "0"),),
    "a quick deduction at the bottom": ((None, "0.1", "1"),),
    "an open row in the middle": ((None, "0.1", "0"), (None, "0.2", "1")),
    "falling rows": (("10", "0.1", "0"), ("5", "0.2", "1"), (None, "0.3", "1.5")),
    "a jump": (("10", "0.1", "0"), (None, "0.2", "2")),
}


@pytest.mark.parametrize("rows", WRONG_TABLES.values(), ids=WRONG_TABLES)
def test_a_wrong_table_is_refused(rows):
    with pytest.raises(ValueError, match=r"table|quick deduction"):
        table(*rows)


def test_a_table_is_read_and_written_alike():
    rows = [["10", "0.1", "0"], ["", "0.2", "1"]]
    read_back = Bands().read(rows)
    assert Bands().write(read_back) == rows
    assert Bands().show(read_back) == "≤ 10 10% 0.00; ∞ 20% 1.00"
    assert (read_back.tax(Decimal(10)), read_back.tax(Decimal(20))) == (Decimal("1.0"), Decimal("3.0"))


ASKING = {
    "income": ask("income", Yuan(), N_("问题"), N_("含义")),
    "rows": group(
        "rows", N_("组"), N_("含义"), ask("n", Whole(0, 5), N_("问题"), N_("含义")), row=N_("{n}"), at_most=2
    ),
}

WRONG_ANSWERS = [
    ("[]", "answers are one JSON object"),
    ("{", "not JSON"),
    (b"\xff\xfe\xfa", "not JSON"),
    ("[" * 100_000, "not JSON"),
    ('{"income": ' + "1" * 5000 + "}", "not JSON: Exceeds the limit"),
    ('{"rows": [{"n": 99999999999999999999}]}', r"rows\[0\]\.n: 99999999999999999999 is not between"),
    ('{"income": 1.5}', "1.5 is a number with a fraction"),
    ('{"income": NaN}', "NaN is a number with a fraction"),
    ('{"income": 1e400}', "1e400 is a number with a fraction"),
    ('{"income": 15}', "income: an amount of yuan is written as text"),
    ('{"income": "1.00", "income": "2.00"}', "a name stands twice"),
    ('{"outcome": "1.00"}', "outcome: no such question"),
    ('{"outcome": null}', "outcome: no such question"),
    ('{"rows": "12"}', "rows: a list of at most 2 objects"),
    ('{"rows": {"n": 1}}', "rows: a list of at most 2 objects"),
    ('{"rows": [{}, {}, {}]}', "rows: a list of at most 2 objects"),
    ('{"rows": [{}, 5]}', r"rows\[1\]: an object is needed"),
    ('{"rows": [{}, {"n": 9}]}', r"rows\[1\]\.n: 9 is not between 0 and 5"),
    ('{"rows": [{"m": 1}]}', r"rows\[0\]\.m: no such question"),
]


@pytest.mark.parametrize(("text", "fault"), WRONG_ANSWERS, ids=range(len(WRONG_ANSWERS)))
def test_wrong_answers_are_refused_by_name(text, fault):
    with pytest.raises(WrongAnswer, match=f"^{fault}"):
        read(ASKING, text)


def test_a_wrong_answer_names_its_question():
    with pytest.raises(WrongAnswer) as refused:
        read(ASKING, {"rows": [{"n": 9}]})
    assert (refused.value.question, refused.value.why) == ("rows[0].n", "9 is not between 0 and 5")


def test_no_answer_and_null_are_the_same():
    assert read(ASKING, '{"income": null, "rows": [{"n": null}]}').as_json() == {"rows": [{}]}


@given(RETURNS)
def test_answers_are_written_in_one_way_and_read_back(plain):
    answers = IIT.read_answers(plain)
    shuffled = dict(reversed(plain.items()))
    assert IIT.read_answers(answers.canonical()) == answers
    assert IIT.read_answers(shuffled).canonical() == answers.canonical()
    assert IIT.read_answers(answers.canonical().encode()) == answers
