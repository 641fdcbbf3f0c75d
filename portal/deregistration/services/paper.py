"""体检表: a health check on paper, in one language. The same check in the same language is the same bytes."""

import hashlib
from typing import Any

from portal.core.language import Language
from portal.core.refusal import Refusal
from portal.deregistration.models import HealthCheck
from portal.deregistration.rules import CANNOT_PRINT, Shown, compare, in_order, read
from portal.deregistration.services.telling import said
from portal.gateways.printing import CannotPrint, Printer, Sheet
from portal.risk.rules import OFFICES, SEVERITIES, Visit
from portal.settings import Office

TEMPLATE = "health-check"


def sheet_of(
    speech: Language, check: HealthCheck, previous: HealthCheck | None, firm: str, code: str, office: Office
) -> Sheet:
    """What is printed of a run. `firm` and `code` are the firm's name and credit code."""
    now = in_order(read(check.findings))
    cured = compare(read(previous.findings), now).cured if previous else ()
    return Sheet(
        template=TEMPLATE,
        fields={
            "language": speech.code,
            "number": check.number,
            "firm": firm,
            "code": code,
            "run_at": speech.moment(check.at),
            "run_by": check.by_name,
            "previous_at": speech.moment(previous.at) if previous else "",
            "office": {"zh": office.name_zh, "en": office.name_en},
            "standing": sum(one.stands_between for one in now),
            "findings": [_told(speech, one) for one in now],
            "cured": [_told(speech, one) for one in cured],
        },
        made_at=check.at,
        identifier=hashlib.sha256(f"{check.id}{speech.code}".encode()).digest()[:16],
    )


def print_check(printer: Printer, sheet: Sheet) -> bytes:
    """The PDF. Raises `Refusal` where our faces or the paper do not suffice, `Unavailable` while busy."""
    try:
        return printer.print(sheet).pdf
    except CannotPrint as failure:
        raise Refusal(CANNOT_PRINT) from failure


def _told(speech: Language, one: Shown) -> dict[str, Any]:
    finding = one.finding
    columns = finding.evidence if finding else ()
    return {
        "title": speech.phrase(one.title),
        "weight": speech.phrase(SEVERITIES[one.severity]),
        "cite": one.cite,
        "office": speech.phrase(OFFICES[finding.owner]) if finding else "",
        "cure": speech.phrase(finding.cure.words) if finding else "",
        "papers": [speech.phrase(paper) for paper in finding.cure.papers]
        if finding and isinstance(finding.cure, Visit)
        else [],
        "heads": [speech.phrase(column.words) for column in columns],
        "rows": [[said(speech, column, row.get(column.name)) for column in columns] for row in one.rows],
    }
