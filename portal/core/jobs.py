"""Background work: rows written in the business transaction, claimed under a lease, done at least once.

A kill -9 loses nothing (the row stays, its lease runs out) and a stalled worker overwrites nothing
(completion checks the lease token). Handlers must therefore be idempotent.
"""

import traceback
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, Text, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.core.db import Database, Instant, Json, Key, Model, upsert
from portal.core.keys import new_id

LEASE = timedelta(seconds=60)
MOST_TRIES = 8
BACK_OFF = tuple(timedelta(seconds=s) for s in (1, 5, 30, 300, 3600, 4 * 3600, 12 * 3600))

Handler = Callable[[dict[str, Any]], None]


class Job(Model):
    """One thing to do. `state` is waiting, done or failed (given up after `MOST_TRIES`)."""

    __tablename__ = "jobs"
    __table_args__ = (Index("ix_jobs_due", "state", "run_at"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    dedupe: Mapped[str | None] = mapped_column(String(200), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    run_at: Mapped[datetime] = mapped_column(Instant)
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    lease: Mapped[UUID | None] = mapped_column(Key)
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)


def enqueue(
    session: Session, kind: str, payload: dict[str, Any], *, run_at: datetime, dedupe: str | None = None
) -> None:
    """Ask for work inside the caller's transaction. The same `dedupe` a second time changes nothing."""
    row = {"id": new_id(), "kind": kind, "payload": payload, "dedupe": dedupe, "state": "waiting"}
    session.execute(upsert(session, Job).values(**row, run_at=run_at, tries=0).on_conflict_do_nothing())


def claim(session: Session, now: datetime, *, limit: int = 10) -> list[Job]:
    """Take up to `limit` due jobs under a fresh lease. On PostgreSQL rivals skip each other's rows."""
    due = (
        select(Job.id)
        .where(Job.state == "waiting", Job.run_at <= now)
        .where(or_(Job.lease_until.is_(None), Job.lease_until < now))
        .order_by(Job.run_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = (
        update(Job)
        .where(Job.id.in_(due))
        .values(lease=new_id(), lease_until=now + LEASE, tries=Job.tries + 1)
        .returning(Job)
        .execution_options(synchronize_session=False)
    )
    return sorted(session.scalars(taken), key=lambda job: job.run_at)


def finish(session: Session, job: Job) -> bool:
    """Mark a claimed job done, if the lease is still ours."""
    return _close(session, job, state="done", error=None)


def fail(session: Session, job: Job, error: str, now: datetime) -> bool:
    """Put a claimed job back for a later try, or give it up after `MOST_TRIES` for a person to look at."""
    if job.tries >= MOST_TRIES:
        return _close(session, job, state="failed", error=error)
    later = now + BACK_OFF[min(job.tries, len(BACK_OFF)) - 1]
    return _close(session, job, state="waiting", error=error, run_at=later)


def _close(session: Session, job: Job, **values: object) -> bool:
    ours = update(Job).where(Job.id == job.id, Job.lease == job.lease)
    done = session.execute(ours.values(lease=None, lease_until=None, **values))
    return bool(done.rowcount)  # type: ignore[attr-defined]


def run_due(database: Database, handlers: Mapping[str, Handler], now: Callable[[], datetime]) -> int:
    """Claim and run what is due, each job outside any transaction of ours; returns how many were run."""
    with database.transaction() as session:
        jobs = claim(session, now())
        session.expunge_all()
    for job in jobs:
        error = _run(handlers, job)
        with database.transaction() as session:
            if error is None:
                finish(session, job)
            else:
                fail(session, job, error, now())
    return len(jobs)


def _run(handlers: Mapping[str, Handler], job: Job) -> str | None:
    try:
        handlers[job.kind](job.payload)
    except Exception:  # noqa: BLE001 - a worker survives any job; the row keeps what happened
        return traceback.format_exc(limit=8)
    return None
