"""Money is exact, or it is refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.money import LARGEST, ZERO, from_fen, in_capitals, round_fen, show, to_fen, yuan

AMOUNTS = st.decimals(min_value=-LARGEST, max_value=LARGEST, places=2)


@given(AMOUNTS)
def test_fen_and_back_is_the_same_amount(amount: Decimal) -> None:
    assert from_fen(to_fen(amount)) == amount


@pytest.mark.parametrize("wrong", [1, 1.5, True, None])
def test_what_might_be_fen_or_is_inexact_is_refused(wrong: object) -> None:
    with pytest.raises(TypeError):
        yuan(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", ["", "NaN", "Infinity", "1e400", "0.001", "1000000000000.00", "一百"])
def test_what_is_no_amount_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError):
        yuan(wrong)


@pytest.mark.parametrize(
    ("amount", "rounded"), [("0.005", "0.01"), ("0.0049", "0.00"), ("-0.005", "-0.01"), ("2.675", "2.68")]
)
def test_half_a_fen_rounds_away_from_zero(amount: str, rounded: str) -> None:
    assert round_fen(Decimal(amount)) == Decimal(rounded)


def test_nothing_is_never_shown_as_minus_nothing() -> None:
    assert show(round_fen(Decimal("-0.001"))) == "¥0.00"


@pytest.mark.parametrize(
    ("amount", "shown"), [("1234.5", "¥1,234.50"), ("-60000", "\u2212¥60,000.00"), ("0", "¥0.00")]
)
def test_pages_show_commas_two_decimals_and_a_true_minus(amount: str, shown: str) -> None:
    assert show(Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("amount", "capitals"),
    [
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("1.05", "壹元零伍分"),
        ("10", "壹拾元整"),
        ("107000.53", "壹拾万零柒仟元伍角叁分"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("100010000.10", "壹亿零壹万元壹角整"),
        ("20000005", "贰仟万零伍元整"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
    ],
)
def test_documents_write_amounts_in_capitals(amount: str, capitals: str) -> None:
    assert in_capitals(Decimal(amount)) == capitals


def test_a_negative_amount_has_no_capitals() -> None:
    with pytest.raises(ValueError):
        in_capitals(Decimal("-1"))


@given(st.decimals(min_value=0, max_value=LARGEST, places=2))
def test_capitals_tell_any_two_amounts_apart_by_reading_back(amount: Decimal) -> None:
    assert _read_back(in_capitals(amount)) == amount


def _read_back(words: str) -> Decimal:
    total, section, digit = 0, 0, 0
    places = {"拾": 10, "佰": 100, "仟": 1000}
    for letter in words:
        if letter in "零壹贰叁肆伍陆柒捌玖":
            digit = "零壹贰叁肆伍陆柒捌玖".index(letter)
        elif letter in places:
            section, digit = section + digit * places[letter], 0
        elif letter in "亿万":
            total, section, digit = total + (section + digit) * {"亿": 10**10, "万": 10**6}[letter], 0, 0
        elif letter == "元":
            total, section, digit = total + (section + digit) * 100, 0, 0
        elif letter in "角分":
            total, digit = total + digit * {"角": 10, "分": 1}[letter], 0
    return Decimal(total).scaleb(-2) + ZERO
