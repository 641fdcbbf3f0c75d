"""A rehearsal: whether this machine could issue a certificate now, tried out to the end and thrown away."""

from datetime import date

import structlog

from portal.certificates.rules import code
from portal.certificates.rules.record import EDITION, Facts, Kind, Line, Payer, Record, Wording
from portal.certificates.rules.state import Answer
from portal.certificates.services.checking import check_code
from portal.certificates.services.issuing import sheet_of
from portal.core import clock
from portal.core.db import Database
from portal.gateways import Gateways
from portal.gateways.printing import CannotPrint
from portal.gateways.signing import BadTrust, UnusableKey
from portal.gateways.signing.inspection import Finding
from portal.gateways.signing.trust import Trust
from portal.settings import Settings

NAME = "王䶮堃"
"""Not to be set without the full face."""


log = structlog.get_logger()


class CannotIssue(Exception):
    """Certificates cannot be issued here; the message says why, to the operator."""


def rehearse(_database: Database, gateways: Gateways, settings: Settings, _payload: object) -> None:
    """The job that tries out where certificates are made whether they can be. Raises `CannotIssue`.

    A failed rehearsal is an error in the log, is tried again, and keeps its words in the row of the job.
    """
    found = problems(gateways, settings)
    if found:
        log.error("certificates cannot be issued", why=found)
        raise CannotIssue("; ".join(found))


def problems(gateways: Gateways, settings: Settings) -> list[str]:
    """What keeps certificates from being issued, in words for the operator; empty when nothing does."""
    found = gateways.printing.problems()
    if found:
        return found
    try:
        return _rehearse(gateways, Trust.load(settings.trust))
    except (BadTrust, UnusableKey, CannotPrint) as failure:
        return [str(failure)]


def _rehearse(gateways: Gateways, trust: Trust) -> list[str]:
    record = _specimen()
    payload = code.payload(record)
    message = gateways.signing.sign_code(payload)
    printed = gateways.printing.print(sheet_of(record, message, payload))
    inspection = gateways.inspection.inspect(gateways.signing.sign_document(printed.pdf), trust.root)
    verdict = check_code(code.as_text(message), trust)
    found = []
    if inspection.finding is not Finding.VALID:
        found.append(f"a signed document is {inspection.finding} under the published root")
    if verdict.answer is not Answer.VALID:
        found.append("the key for codes is not in the published list, or not for today: publish it")
    return found


def _specimen() -> Record:
    """Facts about nobody, dated today."""
    nothing = Wording("样张", "Specimen")
    day = date(2000, 1, 1)
    facts = Facts(
        kind=Kind.TAX_PAYMENT,
        edition=EDITION,
        language="zh",
        office=nothing,
        area="000000",
        payer=Payer("", NAME, nothing, ""),
        lines=(Line("", nothing, nothing, day, day, day, 0),),
        remark=nothing,
        worthless=True,
    )
    return Record(facts, "WS-0", "", clock.now(), "")
