"""Identity numbers: the golden cases, every slip of the pen, and the documents without a check digit."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from portal.core.refusal import Refusal
from portal.demo.town import credit_code
from portal.taxpayers import rules
from portal.taxpayers.rules import (
    FirmNumber,
    IdKind,
    IdNumber,
    age,
    area_is_known,
    check_digit,
    fault,
    firms,
    normalise,
)

TODAY = date(2026, 3, 9)
RESIDENT = IdKind.RESIDENT
CHECK_WRONG = "证件号码有误：最后一位校验码与前17位不符，请对照证件核对"
NO_SUCH_DAY = "证件号码有误：第7至14位不是真实的日期，请对照证件核对"
FUTURE = "证件号码有误：其中的出生日期晚于今天，请对照证件核对"


@pytest.mark.parametrize(
    ("number", "wrong"),
    [
        ("440300190001010015", None),
        ("440300190001010031", None),
        ("440300190001010016", CHECK_WRONG),
        ("440300190002290039", NO_SUCH_DAY),
    ],
)
def test_open_case_25(number, wrong):
    assert fault(RESIDENT, number, TODAY) == wrong


def sound(first_17: str) -> str:
    return first_17 + check_digit(first_17)


@st.composite
def sound_numbers(draw):
    area = draw(st.sampled_from(["110101", "440399", "440303", "659001", "440310"]))
    born = draw(st.dates(date(1900, 1, 1), TODAY))
    return sound(f"{area}{born:%Y%m%d}{draw(st.integers(0, 999)):03d}")


@given(sound_numbers())
def test_a_sound_number_passes_whatever_its_county_and_year(number):
    assert fault(RESIDENT, number, TODAY) is None


@given(sound_numbers(), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_every_wrong_character_shows(number, place, character):
    assume(number[place] != character)
    assert fault(RESIDENT, number[:place] + character + number[place + 1 :], TODAY) is not None


@given(sound_numbers(), st.integers(0, 16))
def test_every_swap_of_neighbours_shows(number, place):
    assume(number[place] != number[place + 1])
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert fault(RESIDENT, swapped, TODAY) is not None


def test_somebody_born_today_has_a_sound_number_and_tomorrow_has_not():
    assert fault(RESIDENT, sound("44039920260309001"), TODAY) is None
    assert fault(RESIDENT, sound("44039920260310001"), TODAY) == FUTURE


@pytest.mark.parametrize(
    "typed",
    [
        "440300 19000101 0015",
        "440300-19000101-0015",
        "４４０３００１９０００１０１００１５",
        " 440300\u3000190001010015\t",
        "440300·19000101·0015",
        "440300\u201319000101\u20130015",
    ],
)
def test_a_number_may_be_written_in_groups_and_full_width(typed):
    assert normalise(typed) == "440300190001010015"


def test_a_small_x_is_the_same_check_digit():
    number = next(n for n in (sound(f"44039919800101{i:03d}") for i in range(30)) if n.endswith("X"))
    assert normalise(number.lower()) == number
    assert fault(RESIDENT, normalise(number.replace("X", "ｘ")), TODAY) is None


@given(st.text(max_size=30))
def test_no_text_at_all_confuses_the_check(text):
    for kind in IdKind:
        if fault(kind, normalise(text), TODAY) is None:
            assert normalise(text).isascii()


@pytest.mark.parametrize("area", ["810000", "820000", "830000"])
def test_a_residence_permit_has_its_own_areas_and_the_same_check(area):
    number = sound(f"{area}19900203001")
    assert fault(IdKind.HMT_RESIDENCE, number, TODAY) is None
    assert fault(RESIDENT, number, TODAY) == "这是港澳台居民居住证号码，请选择对应的证件类型"
    wrong = number[:-1] + ("1" if number[-1] != "1" else "2")
    assert fault(IdKind.HMT_RESIDENCE, wrong, TODAY) == CHECK_WRONG


def test_a_resident_number_is_no_residence_permit():
    assert fault(IdKind.HMT_RESIDENCE, "440300190001010015", TODAY) is not None


@pytest.mark.parametrize(
    ("kind", "number", "passes"),
    [
        (IdKind.FOREIGN_RESIDENCE, sound("94484019900203001"), True),
        (IdKind.FOREIGN_RESIDENCE, "944840199002030010", False),
        (IdKind.FOREIGN_RESIDENCE, sound("94484019900230001"), False),
        (IdKind.FOREIGN_RESIDENCE, "USA440399020300", True),
        (IdKind.FOREIGN_RESIDENCE, "US4403990203001", False),
        (IdKind.HM_TRAVEL, "H12345678", True),
        (IdKind.HM_TRAVEL, "M1234567801", True),
        (IdKind.HM_TRAVEL, "K12345678", False),
        (IdKind.HM_TRAVEL, "H123456789", False),
        (IdKind.TAIWAN_TRAVEL, "12345678", True),
        (IdKind.TAIWAN_TRAVEL, "1234567890A", True),
        (IdKind.TAIWAN_TRAVEL, "123456789", False),
        (IdKind.PASSPORT, "E1234", True),
        (IdKind.PASSPORT, "E123", False),
        (IdKind.PASSPORT, "1" * 21, False),
        (IdKind.PASSPORT, "440300190001010016", True),
    ],
)
def test_other_documents_by_their_format(kind, number, passes):
    assert (fault(kind, number, TODAY) is None) is passes


def test_an_area_nobody_knows_is_only_a_hint():
    assert area_is_known("440399190001010015")
    number = sound("99039919900203001")
    assert not area_is_known(number)
    assert fault(RESIDENT, number, TODAY) is None
    assert not area_is_known("H12345678")


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(2008, 3, 9), date(2026, 3, 8), 17),
        (date(2008, 3, 9), date(2026, 3, 9), 18),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
    ],
)
def test_age_is_counted_in_full_years(born, on, years):
    assert age(born, on) == years


def test_a_minor_is_refused_with_the_way_to_go():
    with pytest.raises(Refusal) as refused:
        rules.require_adult(sound("44039920080310001"), TODAY)
    assert refused.value.reason is rules.UNDER_AGE
    rules.require_adult(sound("44039920080309001"), TODAY)
    rules.require_adult("H12345678", TODAY)


def test_passports_of_two_countries_may_share_a_number():
    first, second = (IdNumber(IdKind.PASSPORT, "E123456", country) for country in ("GBR", "FRA"))
    assert first.key != second.key


def test_a_number_alone_tells_which_kinds_it_can_be():
    assert rules.kinds_fitting("440300190001010015") == (IdKind.RESIDENT,)
    assert rules.kinds_fitting("12345678") == (IdKind.TAIWAN_TRAVEL,)
    assert rules.kinds_fitting("19900000001") == ()


# Credit codes


@pytest.mark.parametrize(
    "typed", ["91440300ma5text12c", "９１４４０３００MA5-TEXT12C", " 9144 0300 MA5T EXT1 2C "]
)
def test_a_credit_code_is_read_as_people_write_it(typed):
    assert firms.code_fault(rules.normalise(typed)) is None


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("91440300MA5TEXT12", "18位"),
        ("91440300MA5TEXT12O", "没有字母"),
        ("91440300MA5TEXT12D", "校验码"),
        ("91440300MA5TEXT21C", "校验码"),
    ],
)
def test_what_is_wrong_with_a_credit_code_is_said(code, wrong):
    assert wrong in firms.code_fault(code)


def test_an_unusual_organisation_code_is_a_hint_and_no_fault():
    assert firms.code_fault("91440300MA5TEXT12C") is None
    assert firms.code_doubt("91440300MA5TEXT12C") is not None
    assert firms.code_doubt(credit_code(7)) is None


def test_every_single_slip_in_a_credit_code_is_found():
    code = credit_code(7)
    for place, right in enumerate(code):
        for other in set("0123456789ABCDEFGHJKLMNPQRTUWXY") - {right}:
            assert firms.code_fault(code[:place] + other + code[place + 1 :]) is not None


def test_a_number_is_read_back_as_the_registers_write_it():
    for number in (IdNumber(RESIDENT, "440300190001010015"), IdNumber(IdKind.PASSPORT, "E1234567", "GB")):
        assert rules.from_register(number.kind, number.as_registered) == number
    assert rules.number_kind("credit-code") is rules.FirmNumber.CREDIT_CODE
    assert rules.number_kind("passport") is IdKind.PASSPORT


def test_a_credit_code_is_the_number_of_a_firm():
    number = firms.credit_code("91440399MAD000000F")
    assert (number.kind, number.number, number.country) == (
        FirmNumber.CREDIT_CODE,
        "91440399MAD000000F",
        None,
    )


def test_a_cause_is_said_in_words_and_never_as_its_code():
    assert firms.cause_of("unfiled-since:2025-04-18") == (firms.CAUSES["unfiled-since"], date(2025, 4, 18))
    assert firms.cause_of("clearance:M-1") == (firms.CAUSES["clearance"], "M-1")
    assert firms.cause_of("all-filed") == (firms.CAUSES["all-filed"], "")
    assert firms.cause_of("of another kind") == ("", "")
