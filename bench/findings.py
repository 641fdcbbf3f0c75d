"""What the findings of one firm cost, and of all firms in one pass; and how the pass grows with the town.

    python -m bench.findings [sqlite|postgresql] [SMALL LARGE]

The town is the demo's: so many people with three years of reported income each, a firm to every fifty, the
periods of each worked out up to today. In the way of one of its firms everything is put that can stand there;
beside it, the firm of which least is found. One firm: processor time of this process (on PostgreSQL the
server's is not in it), a new session each time, evidence included. The other side is a query per finding for
the same answer, as twenty-odd separate checks would ask. All firms: by the wall, the best of five.
"""

import io
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select, text

from portal.core import clock
from portal.core.acting import Acting, Level, Right
from portal.core.db import Database
from portal.core.keys import new_id
from portal.demo import town
from portal.demo.services import build
from portal.demo.stories import account_of
from portal.filing import services as filing
from portal.risk.queries import CODES, findings, scan
from portal.risk.queries.predicates import PREDICATES
from portal.risk.queries.profile import WHOSE, profile
from portal.taxpayers.models import Firm, Taxpayer
from portal.taxpayers.queries import by_code
from tests.databases import migrate
from tests.postgresql import Cluster
from tests.risk.obstacles import SPARE, Ground, put_up
from tests.statement_count import listening

TIMES, TURNS = 200, 5


GOAL_MS, GOAL_STATEMENTS = 20, 6


def main(engine: str = "sqlite", small: str = "10000", large: str = "100000") -> None:
    """Print both sides for one firm in the large town, and the pass over each town."""
    print(f"{engine}, load {os.getloadavg()[0]:.1f}")
    seconds = {}
    for people in (int(small), int(large)):
        with _town(engine, people) as (database, laden):
            seconds[people] = _scan(database, people)
            if people == int(large):
                _one(database, "everything stands open", laden)
                _one(database, "as the town has it", _quiet(database))
    growth, wider = seconds[int(large)] / seconds[int(small)], int(large) / int(small)
    print(f"the pass takes {growth:.1f} times as long for {wider:.0f} times the town")


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
    print(f"  list of findings       {us:7.2f} ms; goal: {GOAL_MS} ms, {GOAL_STATEMENTS} statements")
    print(f"  a query per finding    {them:7.2f} ms, {len(queries)} statements, without evidence")
    print(f"  ratio                  {us / them:7.2f}")


def _median(ask: Callable[[], int]) -> float:
    spent = []
    for _ in range(TIMES):
        before = time.process_time()
        ask()
        spent.append(time.process_time() - before)
    return statistics.median(spent) * 1000


def _scan(database: Database, people: int) -> float:
    with database.reading() as session:
        firms = session.scalar(select(func.count()).select_from(Firm)) or 0
    walls, spent, hits = list[float](), list[float](), list[int]()
    for _ in range(TURNS):
        started, before = time.perf_counter(), time.process_time()
        with database.reading() as session:
            hits = [len(held) for _, held in scan(session, clock.today())]
        walls.append(time.perf_counter() - started)
        spent.append(time.process_time() - before)
    best = min(walls)
    print(f"{people:>8,} people, {firms:,} firms: pass of {best * 1000:.1f} ms,", end=" ")
    print(f"{min(spent) * 1000:.1f} ms of processor time, {best / firms * 1e6:.1f} µs a firm;", end=" ")
    print(f"{len(hits):,} with {sum(hits):,} findings")
    return best


def _quiet(database: Database) -> UUID:
    """A firm of the town of which least is found."""
    with database.reading() as session:
        found = {whose: len(held) for whose, held in scan(session, clock.today())}
        firms = session.scalars(select(Firm.taxpayer_id).order_by(Firm.code)).all()
    return min(firms, key=lambda one: found.get(one, 0))


@contextmanager
def _town(engine: str, people: int) -> Iterator[tuple[Database, UUID]]:
    """The demo town in a migrated database of its own, and the firm in whose way everything stands."""
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(PORTAL_HOME=home, PORTAL_ENV="test")
        from portal.settings import Settings

        cluster = Cluster() if engine == "postgresql" else None
        url = cluster.url("postgres") if cluster else f"sqlite:///{Path(home) / 'town.db'}"
        migrate(url)
        database = Database(url)
        try:
            started = time.perf_counter()
            for _ in build(
                database, Settings.from_environment(os.environ), people, clock.now(), progress=io.StringIO()
            ):
                pass
            laden = _laden(database)
            filing.derive_all(database, None, None, None)
            with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("ANALYZE"))
            print(f"{people:>8,} people moved in within {time.perf_counter() - started:.0f} s")
            yield database, laden
        finally:
            database.dispose()
            if cluster:
                cluster.stop()


def _laden(database: Database) -> UUID:
    """The firm whose representative the demo's first person is, with everything in its way."""
    employers = town.firms(4, clock.today())
    with database.transaction() as session:
        firm, spare = by_code(session, employers[0].code), by_code(session, employers[-1].code)
        assert firm is not None
        assert spare is not None
        spare.parent_code = SPARE
        who = session.scalars(
            select(Taxpayer).where(Taxpayer.number_index == firm.representative_index)
        ).one()
        account = account_of(session, who.id)
        rights = frozenset(Right)
        acting = Acting(account.id, who.id, who.name, firm.taxpayer_id, "", Level.PROVEN, rights, new_id())
        put_up(Ground(session, firm, acting, clock.today()), set(CODES) - {"unfiled"})  # has that anyway
        return firm.taxpayer_id


if __name__ == "__main__":
    main(*sys.argv[1:])
