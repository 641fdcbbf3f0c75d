"""Findings of one firm, or of all in one pass: the same predicates over the same profile."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Label, Select, or_, select
from sqlalchemy.orm import Session

from portal.risk.queries.evidence import EVIDENCE, Records
from portal.risk.queries.predicates import PREDICATES
from portal.risk.queries.profile import WHOSE, profile
from portal.risk.rules import FINDINGS, Audience, Hit
from portal.risk.rules.catalogue import as_told
from portal.taxpayers.models import Firm

CODES = tuple(finding.code for finding in FINDINGS)
BATCH = 2000


def findings(session: Session, taxpayer_id: UUID, on: date, audience: Audience = Audience.STAFF) -> list[Hit]:
    """What stands open of a firm on a day, in the order of the list, with its evidence.

    At most six statements. Whoever decides asks as `STAFF`; what a firm is shown is asked as `FIRM`. Raises
    `NoResultFound` where the taxpayer is no firm: an empty list must always mean that a firm was looked at.
    """
    row = session.execute(_of_one(), {"whose": taxpayer_id, "on": on}).one()
    records = Records(session, taxpayer_id, on, audience, row)
    hits = [
        Hit(finding, tuple(EVIDENCE[finding.code](records)))
        for finding, holds in zip(FINDINGS, row[: len(FINDINGS)], strict=True)
        if holds
    ]
    secret = records.secret() if any(hit.finding.visibility == "by-record" for hit in hits) else set()
    return as_told(hits, secret, audience)


def open_findings(session: Session, taxpayer_id: UUID, on: date) -> list[Hit]:
    """What stands open of a firm on a day, as the office sees it, without its rows. One statement.

    Raises `NoResultFound` as `findings` does.
    """
    row = session.execute(_of_one(), {"whose": taxpayer_id, "on": on}).one()
    return [Hit(finding, ()) for finding, holds in zip(FINDINGS, row[: len(FINDINGS)], strict=True) if holds]


def scan(session: Session, on: date) -> Iterator[tuple[UUID, tuple[str, ...]]]:
    """Every firm of which anything stands open on a day, with the codes. One statement, one pass."""
    rows = session.execute(_of_all().execution_options(yield_per=BATCH), {"on": on})
    for row in rows:
        yield row[-1], tuple(code for code, holds in zip(CODES, row, strict=False) if holds)


@cache
def _of_one() -> Select[*tuple[Any, ...]]:
    """Built once: building and comparing costs more than asking."""
    columns, source = profile(of_one=True)
    firm = (
        Firm.tax_status_since, Firm.tax_status_cause, Firm.licence, Firm.representative_name,
        columns.unallocated.label("unallocated"),
    )  # fmt: skip
    conditions = [PREDICATES[code](columns).label(code) for code in CODES]
    return select(*conditions, *firm).select_from(source).where(Firm.taxpayer_id == WHOSE)


@cache
def _of_all() -> Select[*tuple[Any, ...]]:
    columns, source = profile(of_one=False)
    conditions: list[Label[bool]] = [PREDICATES[code](columns).label(code) for code in CODES]
    any_of_them = or_(*(PREDICATES[code](columns) for code in CODES))
    return select(*conditions, Firm.taxpayer_id).select_from(source).where(any_of_them)
