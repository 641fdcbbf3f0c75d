"""What the findings of one firm cost, and of all firms in one pass; and how the pass grows with the town.

    python -m bench.findings [sqlite|postgresql] [SMALL LARGE]

The town is made by SQL: of every firm its representative with account and proof, six periods filed, two bills
paid, and of one in so many each kind of obstacle. Among them stand a firm in whose way everything stands and
one in whose way nothing does. One firm: processor time of this process (on PostgreSQL the server's is not in
it), a new session each time, evidence included. The other side is a query per finding for the same answer, as
twenty-odd separate checks would ask. All firms: seconds by the wall.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from bench._town import load
from portal.core import clock
from portal.core.db import Database
from portal.risk.queries import CODES, findings, scan
from portal.risk.queries.predicates import PREDICATES
from portal.risk.queries.profile import WHOSE, profile
from portal.taxpayers.models import Firm
from tests.databases import migrate
from tests.given import Given
from tests.postgresql import Cluster
from tests.risk.obstacles import clean_firm, ground, put_up, spare_branch
from tests.statement_count import listening

TIMES = 200


def main(engine: str = "sqlite", small: str = "10000", large: str = "100000") -> None:
    """Print both sides for one firm in the large town, and the pass over each town."""
    print(f"{engine}, load {os.getloadavg()[0]:.1f}")
    seconds = {}
    for firms in (int(small), int(large)):
        with _database(engine) as (database, given):
            laden, clean = _special(database, given)
            started = time.perf_counter()
            load(database.engine, firms)
            print(f"{firms:>8,} firms made in {time.perf_counter() - started:.0f} s")
            seconds[firms] = _scan(database, firms)
            if firms == int(large):
                for name, whose in {"everything stands open": laden, "nothing stands open": clean}.items():
                    _one(database, name, whose)
    growth, wider = seconds[int(large)] / seconds[int(small)], int(large) / int(small)
    print(f"the pass takes {growth:.1f} times as long for {wider:.0f} times the firms")


def _one(database: Database, name: str, whose: UUID) -> None:
    today = clock.today()

    def ours() -> int:
        with database.reading() as session:
            return len(findings(session, whose, today))

    def apiece() -> int:
        with database.reading() as session:
            asked = {"whose": whose, "on": today}
            return sum(bool(session.scalar(query, asked)) for query in queries)

    columns, source = profile(of_one=True)
    queries = [
        select(PREDICATES[code](columns)).select_from(source).where(Firm.taxpayer_id == WHOSE)
        for code in CODES
    ]
    assert ours() == apiece()
    with listening() as statements:
        ours()
    us, them = _median(ours), _median(apiece)
    print(f"one firm, {name}: {ours()} findings, {len(statements)} statements")
    print(f"  list of findings       {us:7.2f} ms")
    print(f"  a query per finding    {them:7.2f} ms, {len(queries)} statements, without evidence")
    print(f"  ratio                  {us / them:7.2f}")


def _median(ask: Callable[[], int]) -> float:
    spent = []
    for _ in range(TIMES):
        before = time.process_time()
        ask()
        spent.append(time.process_time() - before)
    return statistics.median(spent) * 1000


def _scan(database: Database, firms: int) -> float:
    times, found, codes = [], 0, 0
    for _ in range(3):
        started = time.perf_counter()
        with database.reading() as session:
            hits = [len(held) for _, held in scan(session, clock.today())]
        times.append(time.perf_counter() - started)
        found, codes = len(hits), sum(hits)
    best = min(times)
    print(f"{firms:>8,} firms: pass of {best:.2f} s, {best / firms * 1e6:.1f} µs a firm;", end=" ")
    print(f"{found:,} with {codes:,} findings")
    return best


@contextmanager
def _database(engine: str) -> Iterator[tuple[Database, Given]]:
    """A migrated database of its own, and what builds special firms in it."""
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(PORTAL_HOME=home, PORTAL_ENV="test")
        from portal.settings import Settings

        cluster = Cluster() if engine == "postgresql" else None
        url = cluster.url("postgres") if cluster else f"sqlite:///{Path(home) / 'town.db'}"
        migrate(url)
        database = Database(url)
        try:
            yield database, Given(database, Settings.from_environment(os.environ))
        finally:
            database.dispose()
            if cluster:
                cluster.stop()


def _special(database: Database, given: Given) -> tuple[UUID, UUID]:
    """A firm in whose way everything stands, and one in whose way nothing does."""
    spare_branch(given)
    laden, clean = clean_firm(given), clean_firm(given)
    with database.transaction() as session:
        put_up(ground(session, *laden, clock.today()), set(CODES))
    return laden[0].taxpayer_id, clean[0].taxpayer_id


if __name__ == "__main__":
    main(*sys.argv[1:])
