"""The code on the paper: what is certified, small enough to print and readable without us.

A payload is deflated CBOR with integer keys. The complete form holds every line, so the paper alone proves
them; the brief form, for long lists, holds digests that a reader compares with what the paper shows. A
signed payload travels as `TC1:` and base44: base45 (RFC 9285) without the space, which forms and people run
together; three characters still hold two bytes, and a QR symbol packs them best. It is no web address on
purpose: what the symbol holds would then stand in the access logs of every reader.
"""

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import cbor2

from portal.certificates.rules.record import Clearance, Line, Record
from portal.core.clock import day_of

PREFIX = "TC1:"
MOST_CHARACTERS = 1451
"""Of a complete code: QR version 25 at error correction M, about 24 lines; modules of 0.38 mm at 44 mm."""
LARGEST_CONTENT = 64 * 1024
"""Bytes after inflating; a hostile code may not grow beyond it."""
SIGNED_OVERHEAD = 86
"""Bytes that signing adds to a payload of more than 255 bytes."""

_NUMBER, _CODE, _DAY, _TOTAL, _OFFICE, _NAME, _ID, _LINES, _HOLDER, _DIGEST, _CLEARANCE = range(1, 12)
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$%*+-./:"
_WEIGHTS = (1, 44, 44**2)
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_EPOCH = date(2000, 1, 1)


class Unreadable(Exception):
    """The text or payload is not in the form of our codes."""


@dataclass(frozen=True, slots=True)
class CodeLine:
    """One line of the paper as its code tells it."""

    voucher: str
    tax: str
    item: str
    period_from: date
    period_to: date
    paid_on: date
    fen: int


@dataclass(frozen=True, slots=True)
class CodePromise:
    """What is to be done after clearing, and its last day."""

    what: str
    by: date


@dataclass(frozen=True, slots=True)
class CodeClearance:
    """A clearance as its code tells it."""

    matter: str
    reason: str
    route: str
    cleared_on: date
    promises: tuple[CodePromise, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """What a code says. The brief form has no name, no identity number and no lines, but digests of them.

    Of a clearance there is no total; its brief form has a digest of what the complete one says.
    """

    number: str
    code: str
    issued_on: date
    total: int | None
    office: str = ""
    name: str = ""
    id_number: str = ""
    lines: tuple[CodeLine, ...] = ()
    holder_digest: bytes = b""
    lines_digest: bytes = b""
    clearance: CodeClearance | None = None

    @property
    def complete(self) -> bool:
        """Whether all of the paper is here."""
        return bool(self.lines) or self.clearance is not None

    def is_of(self, name: str, id_number: str) -> bool:
        """Whether the paper was made out to this person or firm."""
        if self.complete:
            return (self.name, self.id_number) == (name, id_number)
        return self.holder_digest == holder_digest(self.code, name, id_number)


def payload(record: Record) -> bytes:
    """The complete form where the signed code still prints legibly, else the brief one."""
    complete = _packed(_complete(record))
    length = len(PREFIX) + (3 * (len(complete) + SIGNED_OVERHEAD) + 1) // 2
    return complete if length <= MOST_CHARACTERS else _packed(_brief(record))


def read(packed: bytes) -> Content:
    """What a payload says; only for one whose signature was checked. Raises `Unreadable`."""
    try:
        content = cbor2.loads(_inflated(packed))
        return _content(content)
    except (zlib.error, cbor2.CBORDecodeError, LookupError, TypeError, ValueError, OverflowError) as failure:
        raise Unreadable("not the content of a code") from failure


def as_text(message: bytes) -> str:
    """The text of a QR symbol for a signed message."""
    return PREFIX + "".join(
        _ALPHABET[number // weight % 44] for number, width in _pairs(message) for weight in _WEIGHTS[:width]
    )


def from_text(text: str) -> bytes:
    """The signed message in the text of a symbol. Raises `Unreadable` for any other text."""
    body = text.strip().removeprefix(PREFIX)
    try:
        message = b"".join(_bytes(body[i : i + 3]) for i in range(0, len(body), 3))
    except (KeyError, OverflowError):
        raise Unreadable("a character or group that no code has") from None
    if as_text(message) != text.strip():
        raise Unreadable("not the text of a code")
    return message


def holder_digest(code: str, name: str, id_number: str) -> bytes:
    """Eight bytes for name and number, salted with the certificate's code against tables of all numbers."""
    parts = (part.encode() for part in (code, id_number, name))
    return hashlib.sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).digest()[:8]


def lines_digest(lines: Sequence[Line]) -> bytes:
    """Sixteen bytes for the lines in their order."""
    return _digest([_row(line) for line in lines])


def clearance_digest(clearance: Clearance) -> bytes:
    """Sixteen bytes for what a clearance says."""
    return _digest(_cleared(clearance))


def _complete(record: Record) -> Mapping[int, Any]:
    facts = record.facts
    return {
        **_always(record),
        _OFFICE: facts.office.zh,
        _NAME: facts.payer.name,
        _ID: facts.payer.id_number,
        **(
            {_CLEARANCE: _cleared(facts.clearance)}
            if facts.clearance
            else {_LINES: [_row(line) for line in facts.lines]}
        ),
    }


def _brief(record: Record) -> Mapping[int, Any]:
    facts = record.facts
    return {
        **_always(record),
        _HOLDER: holder_digest(record.code, facts.payer.name, facts.payer.id_number),
        _DIGEST: clearance_digest(facts.clearance) if facts.clearance else lines_digest(facts.lines),
    }


def _always(record: Record) -> Mapping[int, Any]:
    """Number, code and day; the total where there are payments."""
    total = {} if record.facts.clearance else {_TOTAL: record.facts.total}
    return {
        _NUMBER: record.number,
        _CODE: record.code,
        _DAY: _days(day_of(record.issued_at)),
        **total,
    }


def _cleared(clearance: Clearance) -> list[Any]:
    """Dates as days since 2000, those of promises as days since clearing."""
    day = clearance.cleared_on
    promises = [[promise.what.zh, (promise.by - day).days] for promise in clearance.promises]
    return [clearance.matter, clearance.reason.zh, clearance.route.zh, _days(day), promises]


def _digest(rows: list[Any]) -> bytes:
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).digest()[:16]


def _row(line: Line) -> list[str | int]:
    """Dates as days since 2000; the end of the period and the payment count from its beginning."""
    start = line.period_from
    return [
        line.voucher,
        line.tax.zh,
        line.item.zh,
        _days(start),
        (line.period_to - start).days,
        (line.paid_on - start).days,
        line.fen,
    ]


def _packed(content: Mapping[int, Any]) -> bytes:
    """Raw deflate: no header and no checksum, for the signature covers every byte."""
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    return squeezed.compress(cbor2.dumps(content, canonical=True)) + squeezed.flush()


def _inflated(packed: bytes) -> bytes:
    inflating = zlib.decompressobj(-15)
    content: bytes = inflating.decompress(packed, LARGEST_CONTENT)
    if not inflating.eof or inflating.unused_data:
        raise ValueError("too large, cut off or followed by something")
    return content


def _content(content: Mapping[int, Any]) -> Content:
    return Content(
        number=content[_NUMBER],
        code=content[_CODE],
        issued_on=_day(content[_DAY]),
        total=content.get(_TOTAL) if _CLEARANCE in content or _DIGEST in content else content[_TOTAL],
        office=content.get(_OFFICE, ""),
        name=content.get(_NAME, ""),
        id_number=content.get(_ID, ""),
        lines=tuple(_code_line(*row) for row in content.get(_LINES, ())),
        holder_digest=content.get(_HOLDER, b""),
        lines_digest=content.get(_DIGEST, b""),
        clearance=_code_clearance(*content[_CLEARANCE]) if _CLEARANCE in content else None,
    )


def _code_line(voucher: str, tax: str, item: str, start: int, length: int, paid: int, fen: int) -> CodeLine:
    return CodeLine(voucher, tax, item, _day(start), _day(start + length), _day(start + paid), fen)


def _code_clearance(
    matter: str, reason: str, route: str, cleared: int, promises: Sequence[tuple[str, int]]
) -> CodeClearance:
    promised = tuple(CodePromise(what, _day(cleared + days)) for what, days in promises)
    return CodeClearance(matter, reason, route, _day(cleared), promised)


def _days(day: date) -> int:
    return (day - _EPOCH).days


def _day(days: int) -> date:
    return _EPOCH + timedelta(days=days)


def _pairs(message: bytes) -> list[tuple[int, int]]:
    """Two bytes as a number of three base44 digits; a last single byte as one of two."""
    pairs = [message[i : i + 2] for i in range(0, len(message), 2)]
    return [(int.from_bytes(pair, "big"), len(pair) + 1) for pair in pairs]


def _bytes(group: str) -> bytes:
    """Raises KeyError for a strange character, OverflowError for a value no bytes have."""
    value = sum(_VALUES[character] * weight for character, weight in zip(group, _WEIGHTS, strict=False))
    return value.to_bytes(len(group) - 1, "big")
