"""A notice says what happened in the reader's words."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from portal.core.language import language
from portal.notices.rules import KINDS, words_of

FACTS = {
    "moment": "2026-03-09T12:00:00+00:00",
    "device": "Firefox",
    "title": "个人所得税综合所得年度汇算",
    "period": "2025Q3",
    "number": "R-1",
    "amount": "1234.50",
    "why": "姓名中有字库没有的字",
    "firm": "海潮软件有限公司",
    "who": "李静怡",
    "role": "财务负责人",
    "certificate": "QS-2026-440399-TESTTEST-X",
    "reasons": "账簿不全",
    "due": "2026-12-24",
    "hall": "滨海新区办税服务厅",
    "until": "2026-03-09T12:20:00+00:00",
    "ending": "0005",
    "cite": "税总发〔2018〕149号 第二条",
}


def test_amounts_and_moments_come_back_as_what_they_are() -> None:
    seen: dict[str, Any] = {}

    def say(_phrase: str, facts: Mapping[str, Any]) -> str:
        seen.update(facts)
        return ""

    words_of("payment-received", {"amount": "1234.50", "number": "R-1"}, say, "zh")
    words_of("new-device", {"moment": FACTS["moment"], "device": "Firefox"}, say, "zh")
    assert seen["amount"] == Decimal("1234.50")
    assert seen["moment"] == datetime.fromisoformat(FACTS["moment"])


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("code", ["zh", "en"])
def test_every_kind_can_be_said_in_both_languages(kind: str, code: str) -> None:
    title, body = words_of(kind, FACTS, language(code).say, code)
    assert title
    assert "{" not in body


def test_a_reader_of_english_reads_english() -> None:
    title, body = words_of("payment-received", FACTS, language("en").say, "en")
    assert (title, "¥1,234.50" in body) == ("Payment received", True)


def test_a_hall_is_named_in_the_language_of_the_reader() -> None:
    facts = {**FACTS, "hall": "城东办税服务厅", "hall_en": "East Tax Service Hall"}
    said = {code: words_of("seat-offered", facts, language(code).say, code)[1] for code in ("zh", "en")}
    assert "城东办税服务厅" in said["zh"]
    assert "East Tax Service Hall" in said["en"]
    assert "城东" not in said["en"]
