"""A rush on one hour of a hall: so many people at once for so many seats, through the services.

    python -m bench.booking [sqlite|postgresql|both] [ROUNDS]

In each round everybody tries to hold a seat of a slot that has just opened, and confirms what they got. An
attempt is all of it: the look, the hold with its entry in the trail, the confirmation with its notice. The
other side, interleaved, leaves the look without a lock out and asks for the seat straight away. Rates are by
the wall and by processor time of this process (on PostgreSQL the server's is not in it).
"""

import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from uuid import UUID

from sqlalchemy import func, insert, select, update

from portal.accounts.models import Account
from portal.appointments import services
from portal.appointments.models import Booking, Slot
from portal.core.acting import Acting, Level, Right
from portal.core.db import Database
from portal.core.keys import new_id
from portal.core.refusal import Refusal
from portal.halls.models import Hall
from portal.taxpayers.models import Taxpayer
from tests.databases import migrate
from tests.postgresql import Cluster

CLIENTS, SEATS, THREADS, GOAL = 1000, 50, 32, 500
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
ERRANDS = ["vat-return"]


def main(engine: str = "both", rounds: str = "20") -> int:
    """Print attempts a second on each database; the number of rounds that did not come out right."""
    wrong = 0
    for one in ("sqlite", "postgresql") if engine == "both" else (engine,):
        with _hall(one) as (database, hall):
            crowd = _crowd(database)
            wrong += _rush(one, database, hall, crowd, int(rounds))
    return wrong


def _rush(engine: str, database: Database, hall: UUID, crowd: list[Acting], rounds: int) -> int:
    """Interleaved rounds of both sides, every fourth without the look; those that were wrong."""
    rates: dict[bool, list[float]] = {True: [], False: []}
    spent: dict[bool, list[float]] = {True: [], False: []}
    slowest, ends, wrong = [], Counter[str](), 0
    _round(database, hall, crowd, -1, looks=True)
    for number in range(rounds + rounds // 4):
        looks = number % 5 != 4
        processor = time.process_time()
        seconds, found, longest = _round(database, hall, crowd, number, looks=looks)
        spent[looks].append(len(crowd) / (time.process_time() - processor))
        rates[looks].append(len(crowd) / seconds)
        slowest.append(longest)
        ends += found
        wrong += found["booked"] != SEATS or found["slot-full"] != CLIENTS - SEATS
    load = os.getloadavg()[0]
    print(f"{engine}: {CLIENTS} people, {SEATS} seats, {THREADS} threads, {rounds} rounds; load {load:.1f}")
    print(f"  booked {ends['booked']} of {SEATS * len(slowest)} seats, refused {ends['slot-full']}", end=", ")
    print(f"anything else {sum(ends.values()) - ends['booked'] - ends['slot-full']}, wrong rounds {wrong}")
    with_look, without = median(rates[True]), median(rates[False] or [float("nan")])
    spread = f"{min(rates[True]):,.0f} to {max(rates[True]):,.0f}"
    print(f"  with a look first   {with_look:7,.0f} attempts/s ({spread}); goal {GOAL}")
    print(f"  straight to the seat{without:7,.0f} attempts/s; ratio {with_look / without:.1f}")
    by_processor = [median(spent[looks] or [float("nan")]) for looks in (True, False)]
    print(
        f"  a processor second  {by_processor[0]:7,.0f} attempts with a look, {by_processor[1]:,.0f} without"
    )
    longest, usual = max(slowest) * 1000, median(slowest) * 1000
    print(f"  longest attempt     {longest:7,.0f} ms (median of rounds {usual:,.0f})")
    return wrong


def _round(
    database: Database, hall: UUID, crowd: list[Acting], number: int, *, looks: bool
) -> tuple[float, Counter[str], float]:
    """Seconds, how the attempts ended, and the longest of them."""
    slot = _open(database, hall, number)

    def attempt(who: Acting) -> tuple[str, float]:
        began = time.perf_counter()
        end = _try(database, who, slot, looks=looks)
        return end, time.perf_counter() - began

    started = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as threads:
        done = list(threads.map(attempt, crowd))
    seconds = time.perf_counter() - started
    _empty(database, slot)
    return seconds, Counter(end for end, _ in done), max(longest for _, longest in done)


def _try(database: Database, who: Acting, slot: UUID, *, looks: bool) -> str:
    try:
        if looks:
            with database.reading() as session:
                services.look(session, who, slot, at=AT)
        with database.transaction() as session:
            booking = services.hold(session, who, slot, ERRANDS, at=AT)
        with database.transaction() as session:
            services.confirm(session, who, session.get_one(Booking, booking.id), at=AT)
    except Refusal as why:
        return why.reason.code
    except Exception as error:  # noqa: BLE001 - counted and shown beside the rate
        return type(error).__name__
    return "booked"


def _open(database: Database, hall: UUID, number: int) -> UUID:
    starts = AT + timedelta(days=2, minutes=30 * number)
    with database.transaction() as session:
        slot = Slot(
            id=new_id(), hall_id=hall, skill="filing", day=date(2026, 3, 4), starts_at=starts,
            seats=SEATS, left=SEATS, why={},
        )  # fmt: skip
        session.add(slot)
        return slot.id


def _empty(database: Database, slot: UUID) -> None:
    """Check the slot, and let its visits be over, so that everybody may come again."""
    with database.transaction() as session:
        mine = select(func.count()).select_from(Booking).where(Booking.slot_id == slot)
        assert session.scalar(mine.where(Booking.state == "booked")) == SEATS
        assert session.get_one(Slot, slot).left == 0
        session.execute(
            update(Booking)
            .where(Booking.slot_id == slot)
            .values(state="served", booked_at=AT - timedelta(40))
        )


@contextmanager
def _hall(engine: str) -> Iterator[tuple[Database, UUID]]:
    with tempfile.TemporaryDirectory() as home:
        cluster = Cluster() if engine == "postgresql" else None
        url = cluster.url("postgres") if cluster else f"sqlite:///{Path(home) / 'hall.db'}"
        migrate(url)
        database = Database(url)
        try:
            with database.transaction() as session:
                hall = Hall(
                    id=new_id(), code="h", name="h", name_en="h", address="h", address_en="h", booked_share=60
                )
                session.add(hall)
            yield database, hall.id
        finally:
            database.dispose()
            if cluster:
                cluster.stop()


def _crowd(database: Database) -> list[Acting]:
    people = [(new_id(), new_id()) for _ in range(CLIENTS)]
    taxpayers = [
        {
            "id": person,
            "kind": "person",
            "name": f"person {n}",
            "number_kind": "none",
            "number_sealed": b"\0",
            "number_index": f"n{n}",
            "opened_at": AT,
        }
        for n, (person, _) in enumerate(people)
    ]
    accounts = [
        {"id": account, "person_id": person, "role": "taxpayer", "password_hash": "", "opened_at": AT}
        for person, account in people
    ]
    with database.transaction() as session:
        session.execute(insert(Taxpayer), taxpayers)
        session.execute(insert(Account), accounts)
    return [
        Acting(
            account_id=account,
            person_id=person,
            person_name="p",
            taxpayer_id=person,
            taxpayer_name="p",
            level=Level.PROVEN,
            rights=frozenset(Right),
            session_id=new_id(),
        )
        for person, account in people
    ]


if __name__ == "__main__":
    sys.exit(bool(main(*sys.argv[1:])))
