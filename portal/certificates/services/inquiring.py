"""Checks on the portal: what a paper, file or number is worth today; nothing is told beyond the paper.

The holder reads in their trail that somebody checked, never who.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.audit.services import record as note
from portal.certificates import queries
from portal.certificates.models import Certificate
from portal.certificates.rules.record import Record
from portal.certificates.rules.state import Answer, State
from portal.certificates.services.checking import check_code
from portal.certificates.services.records import opened
from portal.certificates.services.standing import is_overtaken, stand
from portal.core.crypto import Keyring
from portal.gateways.signing.inspection import Finding
from portal.gateways.signing.trust import Trust


@dataclass(frozen=True, slots=True)
class Inquiry:
    """The answer and, for a certificate of ours, what was issued. `since` dates a change of its standing."""

    answer: Answer
    record: Record | None = None
    since: datetime | None = None


UNKNOWN = Inquiry(Answer.UNKNOWN)
ALTERED = Inquiry(Answer.ALTERED)

_ANSWERS = {
    State.ISSUED: Answer.VALID,
    State.SUPERSEDED: Answer.SUPERSEDED,
    State.WITHDRAWN: Answer.WITHDRAWN,
}
_BY_FINDING = {
    Finding.VALID: ALTERED,  # signed by us, yet not byte for byte a file that we issued
    Finding.ALTERED: ALTERED,
    Finding.FOREIGN: UNKNOWN,
    Finding.NOT_SIGNED: UNKNOWN,
    Finding.UNREADABLE: UNKNOWN,
}


def by_number(session: Session, keys: Keyring, number: str, code: str, *, at: datetime) -> Inquiry:
    """The certificate with this number and code; a wrong code is answered like a number that is not there."""
    found = queries.by_number(session, number)
    kept = found.code_digest if found else ""
    if not hmac.compare_digest(kept, queries.code_digest(number, code)) or found is None:
        return UNKNOWN
    return _answer(session, keys, found, "number", at)


def by_code(session: Session, keys: Keyring, text: str, trust: Trust, *, at: datetime) -> Inquiry:
    """The certificate that a code on paper names, if the code is genuine."""
    verdict = check_code(text, trust)
    if verdict.content is None:
        return Inquiry(verdict.answer)
    found = queries.by_number(session, verdict.number)
    if found is None:
        return UNKNOWN  # genuine by its signature and never issued: a key was misused; nothing to rely on
    return _answer(session, keys, found, "code", at)


def by_file(session: Session, keys: Keyring, content: bytes, *, at: datetime) -> Inquiry | None:
    """The certificate of which these are the very bytes, or None: then only an inspection can say why."""
    found = queries.by_file(session, content)
    return _answer(session, keys, found, "file", at) if found else None


def by_finding(finding: Finding) -> Inquiry:
    """The answer for a file that is not byte for byte one of ours."""
    return _BY_FINDING[finding]


def _answer(session: Session, keys: Keyring, found: Certificate, by: str, at: datetime) -> Inquiry:
    """How a certificate stands today, noted for its holder."""
    if found.standing.state == State.ISSUED and is_overtaken(session, keys, found):
        stand(session, found, State.SUPERSEDED, at=at)
    answer = _ANSWERS.get(State(found.standing.state))
    if answer is None:
        return UNKNOWN  # asked for, but no paper of it exists
    facts = {"number": found.number, "by": by}
    note(session, None, "certificate-checked", at=at, taxpayer_id=found.taxpayer_id, facts=facts)
    return Inquiry(answer, opened(found, keys), found.standing.since)
