"""What stands on the paper, word by word: a record in the form that its template prints."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from portal.certificates.rules.record import Clearance, Facts, Kind, Line, Record, Wording
from portal.core.clock import day_of
from portal.core.money import in_capitals, show

TITLES = {
    Kind.TAX_PAYMENT: Wording("税收完税证明", "Tax Payment Certificate"),
    Kind.CLEARANCE: Wording("清税证明", "Tax Clearance Certificate"),
}
SEALS = {
    Kind.TAX_PAYMENT: Wording("征税专用章", "seal for tax collection"),
    Kind.CLEARANCE: Wording("业务专用章", "seal for tax services"),
}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def fields(record: Record, *, complete_code: bool) -> Mapping[str, Any]:
    """Everything the template of the record's kind asks for, as JSON values."""
    facts = record.facts
    return {
        "language": facts.language,
        "title": _both(TITLES[facts.kind]),
        "number": record.number,
        "code": " ".join(record.code[i : i + 4] for i in range(0, len(record.code), 4)),
        "issued_on": _day(day_of(record.issued_at)),
        "office": _both(facts.office),
        "payer": {
            "name": facts.payer.name,
            "id_kind": _both(facts.payer.id_kind),
            "id_number": facts.payer.id_number,
        },
        "seal": _both(SEALS[facts.kind]),
        **(_cleared(facts.clearance) if facts.clearance else _paid(facts)),
        "remark": _both(facts.remark),
        "check_address": record.check_address,
        "complete_code": complete_code,
        "worthless": facts.worthless,
    }


def _paid(facts: Facts) -> Mapping[str, Any]:
    return {
        "lines": [_line(line) for line in facts.lines],
        "total": show(facts.amount),
        "capitals": in_capitals(facts.amount),
    }


def _cleared(clearance: Clearance) -> Mapping[str, Any]:
    return {
        "matter": clearance.matter,
        "reason": _both(clearance.reason),
        "route": _both(clearance.route),
        "cleared_on": _day(clearance.cleared_on),
        "promises": [{"what": _both(one.what), "by": _day(one.by)} for one in clearance.promises],
    }


def chinese_day(day: date) -> str:
    """2026年3月9日."""
    return f"{day.year}年{day.month}月{day.day}日"


def english_day(day: date) -> str:
    """9 March 2026, independent of any locale."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _day(day: date) -> Mapping[str, str]:
    return {"zh": chinese_day(day), "en": english_day(day)}


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
