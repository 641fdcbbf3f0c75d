"""A record has one form, a code is exactly what was printed, and states follow their table."""

import dataclasses
import hashlib
import zlib
from datetime import UTC, date, datetime
from decimal import Decimal

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.certificates.rules import code, paper, state
from portal.certificates.rules.lines import ITEMS, span
from portal.certificates.rules.lines import line as line_of
from portal.certificates.rules.record import (
    MOST_LINES,
    Facts,
    Kind,
    Payer,
    Promise,
    Record,
    Wording,
    number,
    sound,
)
from portal.certificates.rules.tidy import plain
from portal.core.forms.cleaning import clean
from portal.core.keys import number_is_sound
from portal.core.language import language
from portal.core.refusal import Refusal
from portal.taxes.sheets import sheets
from tests.certificates.papers import clearance, facts, line, record


@pytest.mark.parametrize(
    "of", [facts(30), clearance(), clearance(2)], ids=["payments", "cleared", "promised"]
)
def test_a_record_comes_back_from_its_kept_form_as_it_was(of: Facts) -> None:
    issued = record(of)
    assert Record.from_json(issued.to_json()) == issued


def test_the_canonical_text_is_pinned() -> None:
    """Whoever changes it changes the key of every certificate: that needs a new edition, not an accident."""
    issued = record(facts(1))
    assert issued.content_key() == "419525c021b376a55a1fd01fae349ca7ad50142ce521c181aeea9c0a0222b573"
    assert issued.facts.digest() == "f2970ee5d926d056e772100cdbef602ae0bea6aa1c3c8461d0b99f93b6e0b566"
    cleared = record(clearance(1))
    assert cleared.content_key() == "8c1e86cd861387cb63b3c15c4f0d94060981afb729b6e6c9be24c69d60701d6c"
    assert cleared.facts.digest() == "c4cfabebbfbfaff4d3ec4845899ca3b047efd771822ef07739234db317053e95"


def test_equal_facts_have_equal_digests_whenever_they_are_certified() -> None:
    first = record()
    again = dataclasses.replace(
        first,
        number="WS-2026-440399-OTHER234-A",
        code="ABCDEFGHJKLM",
        issued_at=datetime(2027, 1, 1, tzinfo=UTC),
    )
    assert again.facts.digest() == first.facts.digest()
    assert again.content_key() != first.content_key()


@pytest.mark.parametrize(
    "change",
    [
        {"language": "en"},
        {"edition": "2"},
        {"lines": (line(1),)},
        {"payer": Payer("018f", "王一", Wording("号码", "Number"), "440399199003078119")},
        {"worthless": False},
    ],
)
def test_other_facts_have_another_digest(change: dict[str, object]) -> None:
    assert dataclasses.replace(facts(), **change).digest() != facts().digest()  # type: ignore[arg-type]


def test_another_clearance_or_another_promise_has_another_digest() -> None:
    cleared = clearance(1)
    assert cleared.clearance is not None
    other = dataclasses.replace(cleared.clearance, matter="M-20260309-OTHER2")
    digests = {
        each.digest()
        for each in (cleared, clearance(), clearance(2), dataclasses.replace(cleared, clearance=other))
    }
    assert len(digests) == 4


def test_the_number_of_the_paper_catches_a_slip_of_the_pen() -> None:
    good = number(Kind.TAX_PAYMENT, 2026, "440399", "7K3MP9QR")
    assert good is not None
    assert good.startswith("WS-2026-440399-7K3MP9QR-")
    assert number_is_sound(good)
    assert not number_is_sound(good.replace("7K3", "7K4"))
    assert not number_is_sound(good.replace("7K3", "K73"))


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("张\u200b三", "张三"),
        ("A\u2011B\u00a0C", "A-B C"),
        ("阿卜杜拉\u30fb买买提", "阿卜杜拉·买买提"),
        ("  王\u3000 五\n", "王 五"),
        ("Mu\u0308ller", "Müller"),
        ("a\x00b\x07c", "abc"),
    ],
)
def test_text_is_made_plain(written: str, kept: str) -> None:
    assert plain(written) == kept
    assert Wording(written, written) == Wording(kept, kept)


@given(st.text())
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert plain(plain(text)) == plain(text)


def test_only_sound_facts_are_certified() -> None:
    assert sound(facts()) == facts()
    refund = dataclasses.replace(line(0), fen=-1)
    unsound = {
        "certificate-nothing-chosen": (),
        "certificate-negative-total": (refund,),
        "certificate-too-many-lines": (line(0),) * (MOST_LINES + 1),
    }
    for why, lines in unsound.items():
        with pytest.raises(Refusal) as refused:
            sound(dataclasses.replace(facts(), lines=lines))
        assert refused.value.reason.code == why


def test_the_paper_shows_the_record() -> None:
    shown = paper.fields(record(facts(9)), complete_code=True)
    assert shown["seal"]["zh"] == "征税专用章"
    assert shown["total"] == f"¥{facts(9).total / 100:,.2f}"
    assert shown["lines"][8]["amount"].startswith("−")
    assert shown["issued_on"] == {"zh": "2026年3月9日", "en": "9 March 2026"}
    assert shown["code"] == "7K3M P9QR STUV"
    assert shown["capitals"] == "壹万零壹佰玖拾陆元玖角整"


def test_the_paper_of_a_clearance_shows_what_is_promised_by_when_and_no_money() -> None:
    shown = paper.fields(record(clearance(1)), complete_code=True)
    assert shown["title"] == {"zh": "清税证明", "en": "Tax Clearance Certificate"}
    assert shown["cleared_on"] == {"zh": "2026年3月8日", "en": "8 March 2026"}
    assert shown["promises"] == [
        {
            "what": {"zh": "房产税税源没有终止", "en": "A source of property tax is still open"},
            "by": {"zh": "2026年4月8日", "en": "8 April 2026"},
        }
    ]
    assert not {"lines", "total", "capitals"} & set(shown)


def test_a_paper_is_dated_by_the_day_in_beijing() -> None:
    late = dataclasses.replace(record(), issued_at=datetime(2025, 12, 31, 17, tzinfo=UTC))
    assert paper.fields(late, complete_code=True)["issued_on"]["en"] == "1 January 2026"
    assert code.read(code.payload(late)).issued_on == date(2026, 1, 1)


def test_a_complete_code_holds_every_line_of_the_paper() -> None:
    issued = record(facts(20))
    content = code.read(code.payload(issued))
    assert content.complete
    assert (content.number, content.code, content.total) == (issued.number, issued.code, issued.facts.total)
    told = [
        (one.voucher, one.tax, one.item, one.period_from, one.period_to, one.paid_on, one.fen)
        for one in content.lines
    ]
    written = [
        (one.voucher, one.tax.zh, one.item.zh, one.period_from, one.period_to, one.paid_on, one.fen)
        for one in issued.facts.lines
    ]
    assert told == written
    assert content.is_of(issued.facts.payer.name, issued.facts.payer.id_number)
    assert not content.is_of("李四", issued.facts.payer.id_number)


def test_a_brief_code_proves_total_holder_and_lines_without_telling_them() -> None:
    issued = record(facts(60))
    packed = code.payload(issued)
    content = code.read(packed)
    assert not content.complete
    assert content.total == issued.facts.total
    assert content.lines_digest == code.lines_digest(issued.facts.lines)
    assert content.lines_digest != code.lines_digest(issued.facts.lines[1:])
    assert content.is_of(issued.facts.payer.name, issued.facts.payer.id_number)
    assert not content.is_of(issued.facts.payer.name, "440399199003078118")
    assert issued.facts.payer.name.encode() not in zlib.decompress(packed, -15)


@pytest.mark.parametrize("promises", [0, 2])
def test_the_code_of_a_clearance_holds_what_the_paper_says(promises: int) -> None:
    issued = record(clearance(promises))
    content = code.read(code.payload(issued))
    given = issued.facts.clearance
    assert given is not None
    assert content.complete
    assert (content.total, content.lines) == (None, ())
    assert content.is_of(issued.facts.payer.name, issued.facts.payer.id_number)
    assert content.clearance == code.CodeClearance(
        given.matter,
        given.reason.zh,
        given.route.zh,
        given.cleared_on,
        tuple(code.CodePromise(one.what.zh, one.by) for one in given.promises),
    )


def test_many_long_promises_are_proven_by_a_digest() -> None:
    words = [f"承诺 {n} {hashlib.sha256(str(n).encode()).hexdigest()}" for n in range(30)]
    cleared = clearance().clearance
    assert cleared is not None
    long = dataclasses.replace(
        cleared, promises=tuple(Promise(Wording(each, each), date(2026, 4, 8)) for each in words)
    )
    issued = record(dataclasses.replace(clearance(), clearance=long))
    packed = code.payload(issued)
    content = code.read(packed)
    assert not content.complete
    assert content.lines_digest == code.clearance_digest(long)
    assert content.lines_digest != code.clearance_digest(cleared)
    assert content.is_of(issued.facts.payer.name, issued.facts.payer.id_number)
    assert len(code.as_text(packed + bytes(code.SIGNED_OVERHEAD))) <= code.MOST_CHARACTERS


def test_the_holder_digest_differs_between_certificates_of_one_person() -> None:
    one, other = (code.holder_digest(salt, "王一", "4403") for salt in ("AAAA", "BBBB"))
    assert one != other
    assert code.holder_digest("AAAA", "王", "一4403") != one


@pytest.mark.parametrize("lines", [1, 12, 24, 25, 40, 400])
def test_every_code_fits_the_symbol(lines: int) -> None:
    message = code.payload(record(facts(lines))) + bytes(code.SIGNED_OVERHEAD)
    assert len(code.as_text(message)) <= code.MOST_CHARACTERS


@pytest.mark.parametrize(
    ("raw", "text"), [(b"", ""), (b"\x00", "00"), (b"\xff", "Z5"), (b"AB", "UR8"), (b"\xff\xff", "J%X")]
)
def test_two_bytes_are_three_characters_and_one_is_two(raw: bytes, text: str) -> None:
    assert code.as_text(raw) == code.PREFIX + text
    assert code.from_text(code.PREFIX + text) == raw


@given(st.binary(max_size=50))
def test_a_symbol_packs_every_character_and_a_form_keeps_it(message: bytes) -> None:
    text = code.as_text(message)
    assert set(text) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$%*+-./:")
    assert clean(text) == text


@given(st.binary(max_size=300))
def test_every_message_comes_back_from_its_text(message: bytes) -> None:
    assert code.from_text(code.as_text(message)) == message
    assert code.from_text(f"  {code.as_text(message)}\r\n") == message


@pytest.mark.parametrize("body", [":::", "::", "A", "UR8A", "ur8", "U_8", "U 8", "UR8 ", "测试"])
def test_text_that_no_code_has_is_unreadable(body: str) -> None:
    if body.endswith(" "):
        assert code.from_text(code.PREFIX + body) == b"AB", (
            "white space around a pasted code is not part of it"
        )
        return
    with pytest.raises(code.Unreadable):
        code.from_text(code.PREFIX + body)


def packed(content: object) -> bytes:
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    return squeezed.compress(cbor2.dumps(content)) + squeezed.flush()


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x00",
        packed([1, 2]),
        packed({1: "x"}),
        packed({1: "n", 2: "c", 3: 2**70, 4: 1}),
        packed({1: "n", 2: "c", 3: 1, 4: 1, 8: [[1, 2]]}),
        packed({1: "n", 2: "c", 3: 1}),
        packed({1: "n", 2: "c", 3: 1, 11: ["m", "r", "w"]}),
        packed({1: "n", 2: "c", 3: 1, 11: ["m", "r", "w", 1, [["p"]]]}),
        packed({1: "n", 2: "c", 3: 1, 11: 7}),
        packed({1: "n", 2: "c", 3: 1, 4: 1}) + b"more",
        packed({1: "n", 2: "c", 3: 1, 4: 1})[:-1],
        packed({1: "n" * (code.LARGEST_CONTENT + 1), 2: "c", 3: 1, 4: 1}),
    ],
)
def test_a_payload_that_is_not_ours_is_unreadable(payload: bytes) -> None:
    with pytest.raises(code.Unreadable):
        code.read(payload)


def test_a_bomb_is_not_inflated() -> None:
    bomb = packed(bytes(200_000_000))
    assert len(bomb) < 300_000
    with pytest.raises(code.Unreadable):
        code.read(bomb)


@pytest.mark.parametrize("now", list(state.State))
@pytest.mark.parametrize("to", list(state.State))
def test_states_follow_their_table(now: state.State, to: state.State) -> None:
    if to in state.NEXT[now]:
        assert state.become(now, to) is to
    else:
        with pytest.raises(Refusal):
            state.become(now, to)


def test_nothing_follows_a_withdrawal() -> None:
    assert not state.NEXT[state.State.WITHDRAWN]
    assert state.State.WITHDRAWN not in state.CURRENT


def test_a_payer_is_shown_with_the_ends_of_the_name_only() -> None:
    def masked(name: str) -> str:
        return Payer("1", name, Wording("居民身份证", "resident identity card"), "440399195701010010").masked

    assert masked("王建国") == "王*国"
    assert masked("王国") == "王*"


def test_a_line_tells_its_amount_in_yuan_and_what_the_ledger_must_still_say() -> None:
    one = line(0)
    assert one.amount == Decimal(one.fen).scaleb(-2)
    assert one.money == (one.paid_on, one.period_from, one.period_to, one.fen)


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2025", date(2025, 1, 1), date(2025, 12, 31)),
        ("2025Q1", date(2025, 1, 1), date(2025, 3, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
    ],
)
def test_a_period_is_written_out_as_its_first_and_last_day(period: str, first: date, last: date) -> None:
    assert span(period) == (first, last)


@pytest.mark.parametrize("period", ["2025-Q1", "2025Q5", "2025-13", "25", ""])
def test_what_no_bill_writes_is_no_period(period: str) -> None:
    with pytest.raises(ValueError, match=r"period|no "):
        span(period)


def test_every_return_that_the_portal_files_can_be_certified_when_it_is_paid() -> None:
    assert set(ITEMS) == {levy.code for sheet in sheets() for levy in sheet.levies}
    made = line_of(
        "P-1", "umct", "2025Q3", date(2025, 10, 20), Decimal("336.00"), surcharge=False,
        english=language("en").say,
    )  # fmt: skip
    assert (made.period_from, made.period_to) == (date(2025, 7, 1), date(2025, 9, 30))
    assert (made.tax, made.item) == (
        Wording("城市维护建设税", "Urban maintenance and construction tax"),
        Wording("市区（增值税附征）", "Urban district (levied on VAT)"),
    )


def test_a_bill_becomes_a_line_with_its_tax_and_item_in_both_languages() -> None:
    made = line_of(
        "P-1", "iit-annual", "2025", date(2026, 5, 20), Decimal("10.50"), surcharge=True, english=str.upper
    )
    assert (made.fen, made.item.zh, made.tax.en) == (1050, "滞纳金", "个人所得税")


def test_text_that_is_almost_a_code_is_not_one() -> None:
    text = code.as_text(b"abcdef")
    with pytest.raises(code.Unreadable):
        code.from_text(text.removeprefix(code.PREFIX))
