"""What stands on the paper, word by word: a record in the form that its template prints."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from portal.certificates.rules.record import Kind, Line, Record, Wording
from portal.core.clock import day_of
from portal.core.money import in_capitals, show

TITLES = {Kind.TAX_PAYMENT: Wording("税收完税证明", "Tax Payment Certificate")}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def fields(record: Record, *, complete_code: bool) -> Mapping[str, Any]:
    """Everything the template of the record's kind asks for, as JSON values."""
    facts = record.facts
    issued_on = day_of(record.issued_at)
    return {
        "language": facts.language,
        "title": _both(TITLES[facts.kind]),
        "number": record.number,
        "code": " ".join(record.code[i : i + 4] for i in range(0, len(record.code), 4)),
        "issued_on": {"zh": chinese_day(issued_on), "en": english_day(issued_on)},
        "office": _both(facts.office),
        "payer": {
            "name": facts.payer.name,
            "id_kind": _both(facts.payer.id_kind),
            "id_number": facts.payer.id_number,
        },
        "lines": [_line(line) for line in facts.lines],
        "total": show(facts.amount),
        "capitals": in_capitals(facts.amount),
        "remark": _both(facts.remark),
        "check_address": record.check_address,
        "complete_code": complete_code,
        "worthless": facts.worthless,
    }


def chinese_day(day: date) -> str:
    """2026年3月9日."""
    return f"{day.year}年{day.month}月{day.day}日"


def english_day(day: date) -> str:
    """9 March 2026, independent of any locale."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _line(line: Line) -> Mapping[str, Any]:
    return {
        "voucher": line.voucher,
        "tax": _both(line.tax),
        "item": _both(line.item),
        "period_from": line.period_from.isoformat(),
        "period_to": line.period_to.isoformat(),
        "paid_on": line.paid_on.isoformat(),
        "amount": show(line.amount).replace("¥", ""),
    }


def _both(wording: Wording) -> Mapping[str, str]:
    return {"zh": wording.zh, "en": wording.en}
