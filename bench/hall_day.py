"""The busiest hour of a hall at three times its load, in a hurry: who comes, is called, served, and looks.

    python -m bench.hall_day [DESKS [HURRY]]

The load is that of the halls of `bench.queue`: the northern one serves five desks with 33 people without
and 10 with a booking in its busiest hour, 8.6 an hour and desk. Three times that for fifty desks are 1,290
visits an hour. The hour is walked HURRY times as fast as it would pass, every visit in full: a ticket at
the door (10 of 43 check in with a booking), the call, the answer, the end, each a transaction of its own;
everybody looks at their place twice, the wall loads itself every ten seconds of the hour. Threads of one
process with its usual connections stand for desks, door and phones; a call waits for nobody but the
database. A call that found nobody in line is told apart: it is the cheaper one. The goal is a p99 of 200 ms
on PostgreSQL.
"""

import os
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from queue import Queue
from tempfile import TemporaryDirectory
from threading import Event
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select

from portal.app import create_app
from portal.core import clock
from portal.core.db import Database
from portal.queue.models import Ticket
from portal.settings import Settings
from tests.databases import Databases, PostgresqlDatabases, SqliteDatabases
from tests.given import Given
from tests.postgresql import Cluster
from tests.queue.halls import GENERAL, At, booking, hall

GOAL_MS = 200
HOUR = 3600.0
VISITS = 3 * 8.6
"""An hour and desk."""
BOOKED = 10 / 43
"""Of those who come."""
LOOKS = 2
WALL = 10.0
"""Seconds of the hour between two looks of the wall."""
Result = TypeVar("Result")


class Times:
    """Seconds by what was done, and what went wrong."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = defaultdict(list)
        self.wrong: list[str] = []

    def of(self, what: str, act: Callable[[], Result]) -> Result | None:
        """Do it and keep how long it took."""
        before = time.perf_counter()
        try:
            return act()
        except Exception as error:  # noqa: BLE001 - counted and shown
            self.wrong.append(f"{what}: {error!r}"[:200])
            return None
        finally:
            self.spent[what].append(time.perf_counter() - before)

    def say(self, what: str) -> float:
        """Print what was done how fast; the p99 in milliseconds."""
        times = sorted(1000 * one for one in self.spent[what])
        p99 = times[len(times) * 99 // 100]
        print(f"  {what:8} {len(times):5,}: p50 {statistics.median(times):.0f} ms, p99 {p99:.0f} ms")
        return p99


class Hour:
    """One hall on one database."""

    def __init__(self, database: Database, home: Path, desks: int, hurry: float) -> None:
        known = {"PORTAL_HOME": str(home), "PORTAL_ENV": "test", "PORTAL_RATE": "1000000 per minute"}
        settings = Settings.from_environment(known | {"PORTAL_BASE_URL": "http://localhost"})
        self.given, self.app = Given(database, settings), create_app(settings, database)
        self.hall, keys = hall(self.given, *[("general",)] * desks)
        clerk = self.given.staff("hall-desk")
        self.door, *self.desks = [At(self.given, clerk, key) for key in (keys[0], *keys)]
        for desk in self.desks:
            desk.opens(clock.now())
        self.visits, self.hurry = round(VISITS * desks), hurry
        self.booked = [
            booking(self.given, self.hall, self.given.person(), clock.now() + timedelta(seconds=n))
            for n in range(round(BOOKED * self.visits))
        ]
        self.phones: Queue[str | None] = Queue()
        self.times, self.closed = Times(), Event()
        self.served: list[str] = []

    def passes(self) -> float:
        """The hour; how many seconds it took."""
        started = time.perf_counter()
        with ThreadPoolExecutor(len(self.desks) + 4) as hands:
            doing = [hands.submit(self._call, desk, n) for n, desk in enumerate(self.desks)]
            doing += [hands.submit(one) for one in (self._wall, self._look, self._look)]
            hands.submit(self._come).result()
            while len(self.served) < self.visits and not self.times.wrong:
                time.sleep(0.05)
            self.closed.set()
            for _ in range(2):
                self.phones.put(None)
            for one in doing:
                one.result()
        return time.perf_counter() - started

    def _come(self) -> None:
        chance = random.Random(1)
        for _ in range(self.visits):
            time.sleep(chance.expovariate(self.visits * self.hurry / HOUR))
            if self.booked and chance.random() < BOOKED:
                mine = self.booked.pop()
                number = self.times.of("check-in", lambda mine=mine: self.door.checks_in(mine, clock.now()))
            else:
                number = self.times.of("ticket", lambda: self.door.draws(clock.now(), GENERAL))
            for _ in range(LOOKS):
                self.phones.put(number)

    def _call(self, desk: At, seed: int) -> None:
        chance = random.Random(seed)
        while not self.closed.is_set():
            number = self._calls(desk)
            if number:
                self.times.of("answer", lambda n=number: desk.does("answer", n, clock.now()))
                time.sleep(chance.expovariate(self.hurry / 60))
                self.times.of("end", lambda n=number: desk.does("finish", n, clock.now(), (GENERAL,)))
                self.served.append(number)
            time.sleep(chance.uniform(0, 60 / self.hurry))

    def _calls(self, desk: At) -> str | None:
        tried = Times()
        number = tried.of("call", lambda: desk.calls(clock.now()))
        self.times.wrong += tried.wrong
        self.times.spent["call" if number else "nobody"] += tried.spent["call"]
        return number

    def _wall(self) -> None:
        while not self.closed.is_set():
            self.times.of("wall", lambda: self._page(f"/halls/{self.hall}/screen"))
            time.sleep(WALL / self.hurry)

    def _look(self) -> None:
        while number := self.phones.get():
            code = self._code(number)
            self.times.of("place", lambda c=code: self._page(f"/queue/{c}"))

    def _code(self, number: str) -> UUID | None:
        wanted = select(Ticket.code).where(Ticket.hall_id == self.hall, Ticket.number == number)
        with self.given.database.reading() as session:
            return session.scalar(wanted)

    def _page(self, path: str) -> None:
        answer = self.app.test_client().get(path)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}")


def main(desks: int = 50, hurry: float = 30) -> int:
    """Both databases; 1 if anything went wrong, was served twice, or PostgreSQL missed the goal."""
    cluster, failed = Cluster(), 0
    try:
        with TemporaryDirectory() as home:
            postgresql = PostgresqlDatabases(cluster.url("{}"), "bench")
            failed += _measure(postgresql, "PostgreSQL", Path(home), desks, hurry) > GOAL_MS
            failed += _measure(SqliteDatabases(Path(home)), "SQLite", Path(home), desks, hurry) == float(
                "inf"
            )
            postgresql.close()
    finally:
        cluster.stop()
    return int(failed > 0)


def _measure(databases: Databases, name: str, home: Path, desks: int, hurry: float) -> float:
    """Print one database; the p99 of a call in milliseconds, without an end if a promise was broken."""
    database = databases.opened(databases.fresh())
    hour = Hour(database, home, desks, hurry)
    took = hour.passes()
    wrong, twice = len(hour.times.wrong), len(hour.served) - len(set(hour.served))
    print(
        f"{name}: {desks} desks, {hour.visits:,} visits in {took:.0f} s ({HOUR / took:.0f} times as fast), "
        f"load {os.getloadavg()[0]:.1f}; {len(hour.served):,} served, {twice} twice, {wrong} errors"
    )
    for line in hour.times.wrong[:3]:
        print(f"  {line}")
    p99 = {what: hour.times.say(what) for what in hour.times.spent}
    database.dispose()
    return float("inf") if wrong or twice else p99["call"]


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
