"""After clearing: promises are watched, and a debt that comes later reopens."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.rules.mandates import ROLE_NAMES
from portal.audit.services import record as note
from portal.certificates.services import supersede_clearance
from portal.core import clock
from portal.core.db import Database
from portal.core.keys import new_id
from portal.deregistration import queries
from portal.deregistration.models import Clearance, Promise
from portal.deregistration.rules.clearance import (
    ANSWERABLE,
    REMIND_DAYS,
    Kept,
    kept,
    standing_between,
)
from portal.deregistration.services.checking import bring_up_to_date
from portal.deregistration.services.news import revoke
from portal.matters.services import advance
from portal.notices.services import tell
from portal.risk.queries import findings
from portal.risk.rules import Audience
from portal.taxpayers.models import FirmFact, Taxpayer
from portal.taxpayers.queries import held_firm
from portal.taxpayers.rules.firms import OWN_SOURCE, TaxStatus

BROKEN = "broken-promise"
"""The kind of the record at a firm, and at who answered for it."""


def watch_promises(database: Database, _gateways: object, _settings: object, _job: object) -> None:
    """Each night: what was promised is kept, broken with what the law attaches to it, or reminded of."""
    with database.reading() as session:
        waiting = [one.id for one in queries.waiting_promises(session)]
    for key in waiting:
        with database.transaction() as session:
            promise = session.get_one(Promise, key, with_for_update=True)
            if promise.settled_on is None:
                _watch(session, promise, clock.now())


def _watch(session: Session, promise: Promise, at: datetime) -> None:
    on = clock.day_of(at)
    bring_up_to_date(session, promise.taxpayer_id, on)
    found = {hit.finding.code for hit in findings(session, promise.taxpayer_id, on, Audience.STAFF)}
    outcome = kept(promise.due_on, on, still_found=promise.code in found)
    facts = {"title": promise.title, "due": promise.due_on.isoformat()}
    if outcome is Kept.WAITING:
        if (promise.due_on - on).days in REMIND_DAYS:
            tell(session, promise.taxpayer_id, "promise-due", facts, at=at)
        return
    promise.settled_on, promise.kept = on, outcome is Kept.KEPT
    act = "promise-kept" if promise.kept else "promise-broken"
    note(session, None, act, at=at, taxpayer_id=promise.taxpayer_id, facts=facts)
    tell(session, promise.taxpayer_id, act, facts, at=at)
    if not promise.kept:
        _degrade(session, promise, on)
        _record_answerable(session, promise, facts, at)
    session.flush()


def _degrade(session: Session, promise: Promise, on: date) -> None:
    """Credit grade D, and a record of the broken promise (税总发〔2018〕149号 第二条)."""
    for kind, facts in (
        ("credit-grade", {"grade": "D", "cause": promise.title}),
        (BROKEN, {"what": promise.title, "due": promise.due_on.isoformat()}),
    ):
        session.add(_fact(promise.taxpayer_id, kind, promise, facts, on))


def _record_answerable(session: Session, promise: Promise, facts: Mapping[str, str], at: datetime) -> None:
    """A record at each person who answered for the firm as it promised, on their own trail and told."""
    clearance = session.get_one(Clearance, promise.clearance_id)
    firm = session.get_one(Taxpayer, promise.taxpayer_id)
    for person, role in queries.answerable(session, clearance):
        said = {**facts, "firm": firm.name, "role": ROLE_NAMES[role], "cite": ANSWERABLE.cite}
        known = {**said, "role": role.value, "confidence": ANSWERABLE.confidence}
        session.add(_fact(person, BROKEN, promise, known, clock.day_of(at)))
        because = f"{firm.name}：{promise.title}（{ANSWERABLE.cite}）"
        note(
            session, None, "promise-broken-answerable", at=at, taxpayer_id=person, reason=because, facts=known
        )
        tell(session, person, "promise-broken-answerable", said, at=at)


def _fact(whose: UUID, kind: str, promise: Promise, facts: Mapping[str, str], on: date) -> FirmFact:
    return FirmFact(
        id=new_id(),
        taxpayer_id=whose,
        kind=kind,
        reference=f"promise-{promise.id.hex[:12]}",
        facts=dict(facts),
        source=OWN_SOURCE,
        since=on,
        seq=0,
    )


def debt_after_clearance(
    database: Database, _gateways: object, _settings: object, job: Mapping[str, str]
) -> None:
    """Reopen a clearance where something that blocks has come since: by the book, and the firm is told."""
    with database.transaction() as session:
        firm = held_firm(session, UUID(job["taxpayer"]))
        if firm is None or firm.tax_status != TaxStatus.CLEARED:
            return
        at = clock.now()
        on = clock.day_of(at)
        clearance = queries.last_cleared(session, firm.taxpayer_id)
        promised = {one.code for one in queries.promises_of(session, clearance)} if clearance else set()
        hits = findings(session, firm.taxpayer_id, on, Audience.STAFF)
        if clearance is None or not standing_between(hits, promised):
            return
        matter = queries.matter_of(session, clearance)
        advance(session, matter, "reopened", by=None, at=at)
        clearance.closed_at = clearance.cleared_on = clearance.told_at = matter.closed_at = None
        clearance.reopened_at = at
        revoke(session, clearance, at=at)
        firm.tax_status, firm.tax_status_since = TaxStatus.CLEARING, on
        firm.tax_status_cause = f"reopened:{matter.number}"
        supersede_clearance(session, firm.taxpayer_id, at=at)
        facts = {"number": matter.number}
        note(
            session, None, "clearance-reopened", at=at,
            taxpayer_id=firm.taxpayer_id, matter_id=matter.id, facts=facts,
        )  # fmt: skip
        tell(session, firm.taxpayer_id, "clearance-reopened", facts, at=at)
        session.flush()
