"""Fifty desks of a hall call the next ticket, on PostgreSQL: how long a call takes, and whether any is twice.

    python -m bench.calling [DESKS [TICKETS]]

Two ways: every desk at its own pace (a pause of about a second between calls: some hundred times as often
as people are served), and all of them at the same instant, again and again. A call is the whole transaction:
desk held, line read, ticket taken, event written, committed. The goal is a p99 of 200 ms at their own pace.
Desks are threads of one process with its usual connections; what else the machine does is in the numbers.
"""

import os
import random
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier

from portal.core import clock
from portal.core.db import Database
from portal.settings import Settings
from tests.databases import PostgresqlDatabases
from tests.given import Given
from tests.postgresql import Cluster
from tests.queue.halls import GENERAL, At, hall

GOAL_MS = 200
PAUSE = 1.0
"""Seconds between calls of a desk, in the mean."""


def main(desks: int = 50, tickets: int = 600) -> int:
    """Measure both ways; 1 if a ticket was called twice or the goal was missed."""
    cluster, failed = Cluster(), 0
    try:
        databases = PostgresqlDatabases(cluster.url("{}"), "bench")
        with TemporaryDirectory() as home:
            for all_at_once in (False, True):
                failed += _measure(databases.fresh(), Path(home), desks, tickets, all_at_once)
        databases.close()
    finally:
        cluster.stop()
    return int(failed > 0)


def _measure(url: str, home: Path, desks: int, tickets: int, all_at_once: bool) -> int:
    """Print one way; the number of promises that were broken."""
    database = Database(url)
    settings = Settings.from_environment({"PORTAL_HOME": str(home), "PORTAL_ENV": "test"})
    given = Given(database, settings)
    _, keys = hall(given, *[("general",)] * desks)
    clerk = given.staff("hall-desk")
    workers = [At(given, clerk, key).opens(clock.now()) for key in keys]
    for _ in range(tickets):
        workers[0].draws(clock.now(), GENERAL)
    together, started = Barrier(desks) if all_at_once else None, time.perf_counter()
    with ThreadPoolExecutor(desks) as hands:
        found = list(hands.map(lambda one: _work(one, tickets // desks, together), workers))
    took = time.perf_counter() - started
    called = [number for numbers, _ in found for number in numbers]
    times = sorted(1000 * spent for _, spents in found for spent in spents)
    p99, twice = times[len(times) * 99 // 100], len(called) - len(set(called))
    print(
        f"{'all at once' if all_at_once else 'own pace'}: {desks} desks, load {os.getloadavg()[0]:.1f}, "
        f"{len(times) / took:.0f} calls a second: p50 {statistics.median(times):.0f} ms, p99 {p99:.0f} ms, "
        f"most {times[-1]:.0f} ms; {len(set(called))} of {tickets} tickets called, {twice} twice"
    )
    database.dispose()
    return twice + (not all_at_once and p99 > GOAL_MS)


def _work(desk: At, rounds: int, together: Barrier | None) -> tuple[list[str], list[float]]:
    """One desk's calls and the seconds of each; what it called is served before the next."""
    chance, called, times = random.Random(str(desk.desk_id)), [], []
    for _ in range(rounds):
        if together is None:
            time.sleep(chance.uniform(0, 2 * PAUSE))
        else:
            together.wait()
        before = time.perf_counter()
        number = desk.calls(clock.now())
        times.append(time.perf_counter() - before)
        if number is not None:
            called.append(number)
            desk.serves(number, clock.now(), 1)
    return called, times


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
