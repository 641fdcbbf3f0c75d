"""The probe: pages are served or not; of the rest it tells how it stands, and who asks learns no reasons."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from flask import Flask
from sqlalchemy import select

from portal import cli
from portal.app import create_app
from portal.core import clock, logs
from portal.core.db import Database
from portal.core.jobs import Job, run_due
from portal.gateways import Gateways
from portal.gateways.market import read_change
from portal.jobs import RECURRING, ask_recurring, handlers
from portal.settings import Settings
from portal.taxpayers import services as taxpayers
from tests.daytime import SHIFT

UNKNOWN = {"database": "ready", "worker": "unknown", "certificates": "unknown", "register": "unknown"}


def asked(app: Flask) -> dict[str, str]:
    answer = app.test_client().get("/ready")
    assert answer.status_code == 200
    return dict(answer.get_json())


def work(database: Database, settings: Settings, *kinds: str) -> None:
    """A worker's turn at these kinds, with the real functions; the others do nothing."""
    real = handlers(database, Gateways.connect(settings), settings)
    done = {kind: real[kind] if kind in kinds else lambda _: None for kind in real}
    while run_due(database, done, clock.now):
        pass


def later(minutes: float) -> None:
    clock.run_from(clock.now() + timedelta(minutes=minutes))


@pytest.fixture(autouse=True)
def _time_goes_back() -> object:
    yield
    clock.run_from(SHIFT)


def test_pages_are_served_where_nobody_works_in_the_background(app: Flask) -> None:
    assert asked(app) == UNKNOWN


def test_a_worker_that_swept_is_there_until_it_misses_a_turn(
    app: Flask, database: Database, settings: Settings
) -> None:
    ask_recurring(database, clock.now())
    assert asked(app)["worker"] == "unknown"
    work(database, settings)
    assert asked(app) == UNKNOWN | {"worker": "ready"}
    later(3)
    assert asked(app)["worker"] == "unknown"


def test_certificates_are_ready_when_one_was_rehearsed(
    app: Flask, database: Database, settings: Settings
) -> None:
    ask_recurring(database, clock.now())
    later(2.5)
    work(database, settings, "rehearse-certificates")
    assert asked(app)["certificates"] == "ready"
    later(RECURRING["rehearse-certificates"].total_seconds() / 60 * 2)
    assert asked(app)["certificates"] == "unknown"


def test_certificates_are_not_ready_when_the_rehearsal_failed_and_the_reason_is_for_the_operator(
    app: Flask, database: Database, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.install()
    ask_recurring(database, clock.now())
    later(2.5)
    work(database, replace(settings, trust=tmp_path), "rehearse-certificates")
    structlog.reset_defaults()
    assert asked(app)["certificates"] == "not-ready"
    told = json.loads(capsys.readouterr().err.splitlines()[0])
    assert (told["level"], told["event"]) == ("error", "certificates cannot be issued")
    with database.reading() as session:
        [error] = session.scalars(select(Job.error).where(Job.kind == "rehearse-certificates"))
    assert str(told["why"][0]) in str(error)


def test_the_register_is_followed_until_it_sends_what_nobody_can_read(
    app: Flask, database: Database, settings: Settings
) -> None:
    def sent(seq: int, kind: str) -> None:
        with database.transaction() as session:
            change = read_change({"seq": seq, "kind": kind, "uscc": "91440399MAD900019M", "fact": {}})
            taxpayers.follow(session, settings.keyring, [change], at=clock.now())

    with database.transaction() as session:
        taxpayers.follow(session, settings.keyring, [], at=clock.now())
    assert asked(app)["register"] == "ready"
    sent(1, "pledge")
    assert asked(app)["register"] == "not-ready"
    cli.install(app)
    said = app.test_cli_runner().invoke(args=["verify", "register"])
    assert (said.exit_code, said.stdout) == (
        1,
        "change 1 cannot be read: kind 'pledge', about 91440399MAD900019M\n",
    )
    assert app.test_cli_runner().invoke(args=["register", "skip", "2", "--why", "none"]).exit_code == 1
    skipped = app.test_cli_runner().invoke(args=["register", "skip", "1", "--why", "told by telephone"])
    assert skipped.exit_code == 0
    assert app.test_cli_runner().invoke(args=["verify", "register"]).exit_code == 0
    assert asked(app)["register"] == "ready"
    told = app.test_cli_runner().invoke(args=["register", "tell-again"])
    assert told.stdout == "0 to be told; the worker does it\n"


def test_without_its_database_a_process_is_not_ready(settings: Settings, tmp_path: Path) -> None:
    nowhere = Database(f"sqlite:///{tmp_path}/absent/portal.db")
    answer = create_app(settings, nowhere).test_client().get("/ready")
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
