"""What somebody who searches their matters means by their words."""

from portal.matters.rules import standards
from portal.matters.rules.searching import LONGEST, MOST_WORDS, is_year, kinds_named, names, words_of


def test_a_year_is_found_as_people_write_it():
    assert words_of("2025年度 退税 2025年 退税") == ["2025", "退税"]
    assert is_year("2025")
    assert not is_year("20255")
    assert not is_year("退税退税")


def test_a_lone_year_mark_is_a_word():
    assert words_of("年") == ["年"]


def test_no_search_is_endless():
    assert len(words_of(" ".join(str(n) for n in range(1000)))) <= MOST_WORDS
    assert words_of("x" * (LONGEST + 9)) == ["x" * LONGEST]


def test_a_kind_is_named_in_either_language_whatever_the_case():
    english = {kind: f"{kind} in English" for kind in standards()}
    assert names("REF", ["a refund"])
    assert kinds_named("退税", english) == ["refund"]
    assert "refund" in kinds_named("Refund", english)
