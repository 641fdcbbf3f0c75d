"""The canonical record of a certificate: everything the paper says, in one form that never varies.

The facts are what a certificate attests; the record adds what one issue of them adds. Equal facts have equal
digests, so the same request finds the same certificate; the content key names one issue and its bytes.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from portal.certificates.rules.tidy import plain
from portal.core.keys import check_character
from portal.core.money import from_fen
from portal.core.refusal import Refusal, reason
from portal.core.wording import N_

MOST_LINES = 400
NOTHING_TO_CERTIFY = reason(
    "certificate-nothing-chosen",
    "所选记录中没有已入库的税款，不能开具完税证明。",
    "请至少选择一笔已缴清的税款。",
)
TOO_MANY_LINES = reason(
    "certificate-too-many-lines",
    "所选记录共 {count} 行，一份完税证明最多列 {most} 行。",
    "请分几次选择开具。",
)
MORE_REFUNDED_THAN_PAID = reason(
    "certificate-negative-total",
    "所选记录中退税多于缴税，不能开具完税证明。",
    "请同时选择被退还的税款所在的缴税记录。",
)


class Kind(StrEnum):
    """Kinds of certificate; the value begins the number."""

    TAX_PAYMENT = "WS"
    """税收完税证明（表格式）: lists payments. Measures for Tax Receipts (税收票证管理办法, STA Order 28)."""
    CLEARANCE = "QS"
    """清税证明: a firm has nothing left to settle. Rules of the Tax Collection Law, art. 15 and 16."""


TEMPLATES = {Kind.TAX_PAYMENT: "tax-payment", Kind.CLEARANCE: "clearance"}
KINDS = {Kind.TAX_PAYMENT: N_("税收完税证明"), Kind.CLEARANCE: N_("清税证明")}
"""How pages call them."""
EDITION = "1"
"""Rises with every change of template, fonts or layout engine; issued papers keep their bytes."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The same words in both languages of the paper."""

    zh: str
    en: str

    def __post_init__(self) -> None:
        _make_plain(self, "zh", "en")


@dataclass(frozen=True, slots=True)
class Issuer:
    """The office that certifies. `worthless`: it signs with a sample key, and its papers say so."""

    office: Wording
    area: str
    check_address: str
    worthless: bool


@dataclass(frozen=True, slots=True)
class Payer:
    """Whose payments they are."""

    taxpayer_id: str
    name: str
    id_kind: Wording
    id_number: str

    def __post_init__(self) -> None:
        _make_plain(self, "name", "id_number")

    @property
    def masked(self) -> str:
        """The name as a check shows it: its ends, enough to compare with a paper at hand."""
        last = self.name[-1] if len(self.name) > 2 else ""
        return self.name[:1] + "*" * (len(self.name) - 1 - len(last)) + last


@dataclass(frozen=True, slots=True)
class Line:
    """One payment into, or refund out of, the treasury. `fen` is negative for a refund."""

    voucher: str
    tax: Wording
    item: Wording
    period_from: date
    period_to: date
    paid_on: date
    fen: int

    def __post_init__(self) -> None:
        _make_plain(self, "voucher")

    @property
    def amount(self) -> Decimal:
        """In yuan."""
        return from_fen(self.fen)

    @property
    def money(self) -> tuple[date, date, date, int]:
        """What the ledger must still say of it, whatever the words of its tax are by then."""
        return (self.paid_on, self.period_from, self.period_to, self.fen)


@dataclass(frozen=True, slots=True)
class Promise:
    """What the firm undertook in writing to do after it was cleared (承诺容缺), and its last day for that."""

    what: Wording
    by: date


@dataclass(frozen=True, slots=True)
class Clearance:
    """That nothing is left to settle: in which matter, why the firm closes, by which route, on which day."""

    matter: str
    reason: Wording
    route: Wording
    cleared_on: date
    promises: tuple[Promise, ...] = ()
    """Open still, and by when the firm settles it; empty by any other route."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is certified: payments, line by line, or a clearance."""

    kind: Kind
    edition: str
    language: str
    office: Wording
    area: str
    payer: Payer
    lines: tuple[Line, ...]
    remark: Wording
    worthless: bool
    """Signed with a sample key: the paper says that it is worth nothing in law."""
    clearance: Clearance | None = None
    """Of a clearance, which has no lines."""

    @property
    def total(self) -> int:
        """The sum of the lines in fen."""
        return sum(line.fen for line in self.lines)

    @property
    def amount(self) -> Decimal:
        """The same in yuan."""
        return from_fen(self.total)

    def digest(self) -> str:
        """The same for the same facts, whenever they are certified."""
        return hashlib.sha256(_canonical(_told(self))).hexdigest()


@dataclass(frozen=True, slots=True)
class Record:
    """One issue of facts: everything on the paper."""

    facts: Facts
    number: str
    code: str
    """The verification code, asked for together with the number."""
    issued_at: datetime
    check_address: str
    """Where the paper says that it can be checked."""

    def to_json(self) -> dict[str, Any]:
        """As it is kept; `from_json` reads it back."""
        kept: dict[str, Any] = _json({**asdict(self), "facts": _told(self.facts)})
        return kept

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """The record that `to_json` wrote."""
        facts = dict(kept["facts"])
        payer = facts["payer"]
        return cls(
            facts=Facts(
                kind=Kind(facts["kind"]),
                edition=facts["edition"],
                language=facts["language"],
                office=Wording(**facts["office"]),
                area=facts["area"],
                payer=Payer(**{**payer, "id_kind": Wording(**payer["id_kind"])}),
                lines=tuple(_line(line) for line in facts["lines"]),
                remark=Wording(**facts["remark"]),
                worthless=facts["worthless"],
                clearance=_clearance(facts.get("clearance")),
            ),
            number=kept["number"],
            code=kept["code"],
            issued_at=datetime.fromisoformat(kept["issued_at"]),
            check_address=kept["check_address"],
        )

    def canonical(self) -> bytes:
        """Sorted keys, fen as integers, ISO dates, UTF-8: one text for one record."""
        return _canonical(self.to_json())

    def content_key(self) -> str:
        """SHA-256 of the canonical text; the signed bytes are kept under it."""
        return hashlib.sha256(self.canonical()).hexdigest()


def sound(facts: Facts) -> Facts:
    """The facts, if they can be certified. Raises `Refusal`."""
    if not facts.lines:
        raise Refusal(NOTHING_TO_CERTIFY)
    if len(facts.lines) > MOST_LINES:
        raise Refusal(TOO_MANY_LINES, count=len(facts.lines), most=MOST_LINES)
    if facts.total < 0:
        raise Refusal(MORE_REFUNDED_THAN_PAID)
    return facts


def number(kind: Kind, year: int, area: str, serial: str) -> str | None:
    """`kind-year-area-serial-check`, or None for a serial whose check has no character: take another."""
    body = f"{kind}-{year}-{area}-{serial}"
    check = check_character(body)
    return check and f"{body}-{check}"


def _make_plain(value: Any, *names: str) -> None:
    """Tidy the texts of a frozen value while it is made, so that none gets onto paper untidied."""
    for name in names:
        object.__setattr__(value, name, plain(getattr(value, name)))


def _line(kept: Mapping[str, Any]) -> Line:
    return Line(
        voucher=kept["voucher"],
        tax=Wording(**kept["tax"]),
        item=Wording(**kept["item"]),
        period_from=date.fromisoformat(kept["period_from"]),
        period_to=date.fromisoformat(kept["period_to"]),
        paid_on=date.fromisoformat(kept["paid_on"]),
        fen=kept["fen"],
    )


def _clearance(kept: Mapping[str, Any] | None) -> Clearance | None:
    if kept is None:
        return None
    return Clearance(
        matter=kept["matter"],
        reason=Wording(**kept["reason"]),
        route=Wording(**kept["route"]),
        cleared_on=date.fromisoformat(kept["cleared_on"]),
        promises=tuple(
            Promise(Wording(**one["what"]), date.fromisoformat(one["by"])) for one in kept["promises"]
        ),
    )


def _told(facts: Facts) -> dict[str, Any]:
    """The facts as values. A clearance that is not there leaves no trace: papers are found by this text."""
    return {name: value for name, value in asdict(facts).items() if name != "clearance" or value is not None}


def _json(value: Any) -> Any:
    """JSON values; every instant UTC to the second."""
    if isinstance(value, dict):
        return {key: _json(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json(each) for each in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return value


def _canonical(value: Any) -> bytes:
    return json.dumps(_json(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
