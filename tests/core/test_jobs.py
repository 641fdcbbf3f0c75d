"""Background work is done at least once, and a stalled worker overwrites nothing."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from portal.core.db import Database
from portal.core.jobs import LEASE, MOST_TRIES, Job, claim, enqueue, finish, run_due
from portal.gateways import Gateways
from portal.jobs import NIGHTLY, RECURRING, ask_recurring, handlers
from portal.settings import Settings

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)


def ask(database: Database, **more: object) -> None:
    with database.transaction() as session:
        enqueue(session, "greet", {"name": "王䶮"}, run_at=NOON, **more)  # type: ignore[arg-type]


def jobs(database: Database) -> list[Job]:
    with database.reading() as session:
        return list(session.scalars(select(Job)))


def test_a_due_job_is_done_once(database: Database) -> None:
    done: list[object] = []
    ask(database)
    assert run_due(database, {"greet": done.append}, lambda: NOON) == 1
    assert run_due(database, {"greet": done.append}, lambda: NOON) == 0
    assert done == [{"name": "王䶮"}]


def test_the_same_request_twice_is_one_job(database: Database) -> None:
    ask(database, dedupe="one")
    ask(database, dedupe="one")
    assert len(jobs(database)) == 1


def test_a_job_is_not_done_before_its_time(database: Database) -> None:
    ask(database)
    assert run_due(database, {}, lambda: NOON - timedelta(seconds=1)) == 0


def test_two_workers_never_hold_the_same_job(database: Database) -> None:
    ask(database)
    with database.transaction() as session:
        assert len(claim(session, NOON)) == 1
        assert claim(session, NOON) == []


def test_a_killed_workers_job_is_taken_up_when_its_lease_runs_out(database: Database) -> None:
    ask(database)
    with database.transaction() as session:
        claim(session, NOON)
    with database.transaction() as session:
        assert claim(session, NOON + LEASE) == []
        assert len(claim(session, NOON + LEASE + timedelta(seconds=1))) == 1


def test_a_stalled_worker_cannot_close_a_job_that_another_took_over(database: Database) -> None:
    ask(database)
    with database.transaction() as session:
        (stalled,) = claim(session, NOON)
        session.expunge(stalled)
    with database.transaction() as session:
        (newer,) = claim(session, NOON + 2 * LEASE)
        session.expunge(newer)
    with database.transaction() as session:
        assert not finish(session, stalled)
        assert finish(session, newer)


def test_a_failing_job_is_tried_again_later_and_finally_set_aside_for_a_person(database: Database) -> None:
    def stumble(_: object) -> None:
        raise RuntimeError("the printer is on fire")

    ask(database)
    now = NOON
    for _ in range(MOST_TRIES):
        assert run_due(database, {"greet": stumble}, lambda at=now: at) == 1  # type: ignore[misc]
        now += timedelta(days=1)
    (job,) = jobs(database)
    assert (job.state, job.tries) == ("failed", MOST_TRIES)
    assert "the printer is on fire" in (job.error or "")


def test_a_kind_that_nobody_does_is_kept_with_its_error(database: Database) -> None:
    ask(database)
    run_due(database, {}, lambda: NOON)
    (job,) = jobs(database)
    assert job.state == "waiting"
    assert "KeyError" in (job.error or "")


def test_a_nightly_job_is_asked_for_once_a_night_and_made_up_for_if_missed(database: Database) -> None:
    """00:10 in Beijing on 10 March: each job has its hour of that night, whoever asks again."""
    at = datetime(2026, 3, 9, 16, 10, tzinfo=UTC)
    for minutes in (0, 1, 600, 1429):
        ask_recurring(database, at + timedelta(minutes=minutes))
    midnight = datetime(2026, 3, 9, 16, tzinfo=UTC)
    hours = sorted((midnight + after, kind) for kind, after in NIGHTLY.items())
    assert [(job.run_at, job.kind) for job in nightly(database)] == hours
    missed = at + timedelta(days=2, hours=12)
    ask_recurring(database, missed)
    assert nightly(database)[-1].run_at < missed


def test_whatever_recurs_is_work_that_somebody_does(database: Database, settings: Settings) -> None:
    assert {*RECURRING, *NIGHTLY} <= handlers(database, Gateways.connect(settings), settings).keys()


def nightly(database: Database) -> list[Job]:
    return sorted((job for job in jobs(database) if job.kind in NIGHTLY), key=lambda job: job.run_at)
