"""Whether what was filed still comes out as filed and is wholly there."""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from portal.billing.services import REFUND
from portal.core import clock
from portal.core.db import Database
from portal.core.jobs import enqueue
from portal.core.keys import number_is_sound
from portal.core.money import ZERO
from portal.filing import queries
from portal.filing.models import FiledReturn
from portal.filing.rules.replay import Mismatch, mismatches
from portal.filing.services.submitting import FILED_ACTS, RETURNS
from portal.filing.services.working import work
from portal.gateways import Gateways
from portal.settings import Settings
from portal.taxes.working import Working

SLICE = 500
"""Returns replayed by one job; a replay takes a millisecond or two, a lease lasts a minute."""

log = structlog.get_logger()


def replay(filed: FiledReturn) -> list[Mismatch]:
    """Work a filed return out again with the law of its year; empty when it comes out equal to the fen."""
    return mismatches(filed.lines, filed.law, filed.digest, work(filed))


def replay_all(session: Session) -> Iterator[tuple[FiledReturn, list[Mismatch]]]:
    """Every filed return that no longer comes out as it was filed, with what differs."""
    for filed in queries.every_return(session):
        found = replay(filed)
        if found:
            yield filed, found


def replay_by_night(
    database: Database, _gateways: Gateways, _settings: Settings, payload: Mapping[str, Any]
) -> None:
    """The job that replays all filed returns, a slice at a time so that each is done within its lease.

    `payload` names the night, from the second slice on the last return that was seen (`after`), and maybe how
    many a slice has at most (`most`). What no longer
    comes out is written to the log, as an error an operator is to be woken by: each return by its receipt,
    with the names of what differs and no amounts. Nothing is changed.
    """
    after = UUID(payload["after"]) if "after" in payload else None
    most = payload.get("most", SLICE)
    with database.reading() as session:
        slice_ = queries.returns_after(session, after, most)
        for filed in slice_:
            found = replay(filed)
            if found:
                log.error(
                    "a filed return no longer comes out as filed",
                    receipt=filed.number,
                    differs=[one.what for one in found],
                )
    if len(slice_) < most:
        log.info("filed returns replayed", night=payload["night"])
        return
    last = str(slice_[-1].id)
    with database.transaction() as session:
        further = {**payload, "after": last}
        dedupe = f"replay-filings:{payload['night']}:{last}"
        enqueue(session, "replay-filings", further, run_at=clock.now(), dedupe=dedupe)


def verify_filings(session: Session) -> list[str]:
    """Every filed return that is not wholly there, in words for the operator; empty when all are.

    Whole is: it works out as it was filed, what it changed of each levy is what the ledger levied because
    of it, its matters and its place in the trail exist, and its matter waits exactly while something is owed.
    """
    levied = dict(queries.levied_by_return(session))
    freed = queries.freed_by_return(session)
    opened = queries.matters_by_return(session, (*RETURNS.values(), REFUND))
    owed = queries.periods_owed(session)
    noted = queries.numbers_in_trail(session, FILED_ACTS)
    came_to: dict[UUID, Mapping[str, Decimal]] = {}
    wrong: list[str] = []
    for filed in queries.every_return(session):
        working = work(filed)
        came_to[filed.id] = working.levied
        before = came_to.get(filed.replaces, {}) if filed.replaces else {}
        faults = [
            *_told_otherwise(filed, working),
            *_levied_otherwise(working.levied, before, levied.pop(filed.id, {})),
            *_missing(filed, opened.get(filed.id, {}), freed.get(filed.id, ZERO)),
            *_waits(filed, opened.get(filed.id, {}), owed),
        ]
        if filed.number not in noted:
            faults.append("is not in the trail")
        wrong += [f"return {filed.number} {fault}" for fault in faults]
    return wrong + [f"the ledger levied for return {key}, which is not there" for key in levied]


def _told_otherwise(filed: FiledReturn, working: Working) -> Iterator[str]:
    found = mismatches(filed.lines, filed.law, filed.digest, working)
    if found:
        yield f"no longer comes out as filed: {', '.join(one.what for one in found)}"
    if filed.outcome != working.result:
        yield f"says {filed.outcome}; its answers come to {working.result}"
    if not number_is_sound(filed.number):
        yield "has a wrong check character"
    if sum(working.levied.values(), ZERO) != working.result:
        yield f"divides {working.result} into levies that come to {sum(working.levied.values(), ZERO)}"


def _levied_otherwise(
    now: Mapping[str, Decimal], before: Mapping[str, Decimal], booked: Mapping[str, Decimal]
) -> Iterator[str]:
    """Levy by levy: what a return changes, and what the ledger has of it."""
    for levy in sorted(now.keys() | booked.keys()):
        change = now.get(levy, ZERO) - before.get(levy, ZERO)
        if booked.get(levy, ZERO) != change:
            yield f"changes the tax by {change} ({levy}); the ledger says {booked.get(levy, ZERO)}"


def _missing(filed: FiledReturn, opened: Collection[str], freed: Decimal) -> Iterator[str]:
    if RETURNS[filed.sheet] not in opened:
        yield "has no matter"
    if (REFUND in opened) != (freed > ZERO):
        yield "has no refund matter" if REFUND not in opened else "has a refund matter and set nothing free"


def _waits(
    filed: FiledReturn, opened: Mapping[str, str], owed: Collection[tuple[UUID, str, str]]
) -> Iterator[str]:
    state = opened.get(RETURNS[filed.sheet])
    owes = (filed.taxpayer_id, filed.sheet, filed.period) in owed
    if state == "submitted" and not owes:
        yield "waits for money and nothing is owed"
    if state == "done" and owes:
        yield "is done and something is owed"
