"""Background work: which function does each kind of job, and what recurs by itself."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import services as accounts
from portal.accounts.services.mandates import follow_representative
from portal.appointments import services as appointments
from portal.audit import services as audit
from portal.billing import services as billing
from portal.certificates import services as certificates
from portal.core import clock
from portal.core.db import Database
from portal.core.jobs import Handler, Job, enqueue, run_due
from portal.counter import services as counter
from portal.deregistration import services as deregistration
from portal.filing import services as filing
from portal.gateways import Gateways
from portal.queue.services import clearing as queue
from portal.queue.services.measuring import measure_all
from portal.settings import Settings
from portal.taxpayers import services as taxpayers
from portal.taxpayers.models import Firm
from portal.taxpayers.queries import feed_standing

IDLE_SECONDS = 0.5
RECURRING: dict[str, timedelta] = {
    "sweep-orders": timedelta(minutes=1),
    "keep-appointments": timedelta(minutes=1),
    "follow-register": timedelta(minutes=1),
    "sweep-repayments": timedelta(minutes=1),
    "reconcile": timedelta(minutes=5),
    "rehearse-certificates": timedelta(minutes=10),
    "anchor-trail": timedelta(days=1),
    "forget-stale": timedelta(hours=1),
}
"""Kind → how often. The dedupe key is the stretch of time, so any number of workers asks once."""

NOT_AT_ONCE: dict[str, timedelta] = {"rehearse-certificates": timedelta(minutes=2)}
"""Kind → how long it waits, so that a worker that has just started first does what people wait for."""
NIGHTLY: dict[str, timedelta] = {
    "derive-obligations": timedelta(minutes=5),
    "measure-halls": timedelta(minutes=10),
    "open-slots": timedelta(minutes=15),
    "watch-browsing": timedelta(minutes=30),
    "end-hall-days": timedelta(minutes=20),
    "replay-filings": timedelta(hours=2, minutes=30),
    "watch-promises": timedelta(hours=7),
    "remind-of-visits": timedelta(hours=9),
}
"""Kind → how long after midnight in Beijing. A night without a worker is made up for when one starts."""

log = structlog.get_logger()


def handlers(database: Database, gateways: Gateways, settings: Settings) -> dict[str, Handler]:
    """Every kind of job and the function that does it, given the parts it needs."""
    kinds: dict[str, Callable[..., None]] = {
        "deliver-notice": accounts.deliver_notice,
        "send-message": accounts.send_message,
        "forget-stale": accounts.forget_stale,
        "apply-event": billing.apply_inbox,
        "sweep-orders": billing.sweep,
        "repay": billing.repay,
        "sweep-repayments": billing.sweep_repayments,
        "reconcile": billing.reconcile,
        "render-certificate": certificates.issue,
        "rehearse-certificates": certificates.rehearse,
        "anchor-trail": anchor_trail,
        "follow-register": follow_register,
        "derive-obligations": filing.derive_all,
        "derive-obligations-of": filing.derive_one,
        "measure-halls": _now(measure_all),
        "open-slots": _now(appointments.open_all),
        "keep-appointments": _now(appointments.by_minute),
        "place-seats": _now(appointments.place_seats),
        "remind-of-visits": _now(appointments.remind_all),
        "watch-browsing": _now(counter.watch_browsing),
        "tell-market": deregistration.tell_market,
        "watch-promises": deregistration.watch_promises,
        "debt-after-clearance": deregistration.debt_after_clearance,
        "replay-filings": filing.replay_by_night,
        "end-hall-days": end_hall_days,
    }
    return {kind: partial(work, database, gateways, settings) for kind, work in kinds.items()}


def _now(act: Callable[[Database, datetime], None]) -> Callable[..., None]:
    """A job that asks for nothing but the database and the time it is."""

    def work(database: Database, _gateways: Gateways, _settings: Settings, _payload: object) -> None:
        act(database, clock.now())

    return work


def anchor_trail(database: Database, _gateways: Gateways, _settings: Settings, _payload: object) -> None:
    """Fix the day's heads of the trail, once."""
    now = clock.now()
    with database.transaction() as session:
        audit.anchor(session, clock.day_of(now), now)


def end_hall_days(database: Database, _gateways: Gateways, _settings: Settings, _payload: object) -> None:
    """Take back the tickets of earlier days that nobody ended."""
    now = clock.now()
    with database.transaction() as session:
        queue.end_days(session, clock.day_of(now), at=now)


def follow_register(database: Database, gateways: Gateways, settings: Settings, _payload: object) -> None:
    """Read what changed about firms: who left loses the right at once, duties follow too."""
    now = clock.now()

    def then(session: Session, firm: Firm) -> None:
        follow_representative(session, firm, at=now)
        filing.derive(session, firm.taxpayer_id, on=clock.day_of(now))

    taxpayers.follow_register(database, settings.keyring, gateways.market, then, at=now)


def ask_recurring(database: Database, now: datetime) -> None:
    """Enqueue each recurring job once per stretch of its time, each nightly one once a night."""
    with database.transaction() as session:
        for kind, every in RECURRING.items():
            run_at = now + NOT_AT_ONCE.get(kind, timedelta())
            enqueue(session, kind, {}, run_at=run_at, dedupe=_turn(kind, every, now))
        night = clock.day_of(now)
        for kind, after_midnight in NIGHTLY.items():
            run_at = clock.start_of(night) + after_midnight
            enqueue(session, kind, {"night": str(night)}, run_at=run_at, dedupe=f"{kind}:{night}")


def _turn(kind: str, every: timedelta, at: datetime) -> str:
    """The name of the turn of a recurring job that an instant falls into."""
    return f"{kind}:{int(at.timestamp() // every.total_seconds())}"


def standings(session: Session, now: datetime) -> dict[str, str]:
    """How background work stands, for the probe: `ready`, `not-ready`, or `unknown` where nothing was tried.

    Told by what the latest turns of two recurring jobs came to, so that asking starts nothing:
    a worker is there if it swept, and certificates can be issued if one was rehearsed to the end. The market
    register is followed if no change of it is missing for long and all that came could be read.
    """
    swept = _latest(session, "sweep-orders", now)
    rehearsed = _latest(session, "rehearse-certificates", now)
    return {
        "worker": "unknown" if swept == "unknown" else "ready",
        "certificates": rehearsed,
        "register": _register(session, now),
    }


def _register(session: Session, now: datetime) -> str:
    """Whether the market register's feed is followed without anything that a person has to look at."""
    standing = feed_standing(session)
    if standing is None:
        return "unknown"
    return "ready" if standing.is_well(now) else "not-ready"


def _latest(session: Session, kind: str, now: datetime) -> str:
    """What the present turn of a recurring job came to, or if it was not tried yet the one before."""
    every = RECURRING[kind]
    turns = [_turn(kind, every, at) for at in (now, now - every)]
    tried = session.execute(select(Job.dedupe, Job.state, Job.error).where(Job.dedupe.in_(turns)))
    became = {
        turn: "ready" if state == "done" else "not-ready"
        for turn, state, error in tried
        if state == "done" or error
    }
    return next((became[turn] for turn in turns if turn in became), "unknown")


def work(database: Database, gateways: Gateways, settings: Settings, stop: Callable[[], bool]) -> None:
    """The worker's loop: until `stop`, do what is due; sleep only when nothing was."""
    kinds = handlers(database, gateways, settings)
    asked = datetime.min.replace(tzinfo=clock.now().tzinfo)
    while not stop():
        now = clock.now()
        if now - asked >= min(RECURRING.values()) / 2:
            ask_recurring(database, now)
            asked = now
        if not run_due(database, kinds, clock.now):
            time.sleep(IDLE_SECONDS)
