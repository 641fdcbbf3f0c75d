"""A hall that never was: who comes, who is called, how long it took. Seeded, so that the truth is known.

Instants are seconds of a day. People come by a rate of each hour, more on some days than on others; some have
booked and some of them stay away; some leave before they are called; desks have breaks. Which ticket is
called and what is predicted is decided by the rules of the portal and by nothing else.
"""

import heapq
import random
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from portal.queue.rules.order import InLine, ahead_of, calling, claim_of
from portal.queue.rules.waiting import LOOK_BACK, Band, Past, like, load, predict

MINUTE, HOUR = 60, 3600
OPENS = 9 * HOUR
SLOT = 30 * MINUTE


@dataclass(frozen=True)
class Line:
    """One kind of errand: people an hour at each hour from nine, seats a slot, minutes at the desk."""

    skill: str
    rate: tuple[float, ...]
    seats: int
    minutes: float


@dataclass(frozen=True)
class Plan:
    """A hall: its lines and, for each desk, the lines it serves."""

    name: str
    lines: tuple[Line, ...]
    desks: tuple[tuple[str, ...], ...]
    lunch: tuple[int, int] | None = None
    """From when to when the whole hall is shut; None of one whose desks take turns."""


NORTH = Plan(
    "north",
    (
        Line("general", (15, 20, 19, 11, 10, 14, 13, 7), 3, 9.0),
        Line("filing", (9, 13, 12, 7, 7, 9, 8, 4), 2, 11.0),
    ),
    (("general",), ("general",), ("general", "filing"), ("filing",), ("filing", "general")),
)
SOUTH = Plan(
    "south",
    (
        Line("general", (9, 12, 11, 5, 6, 9, 8, 4), 2, 10.0),
        Line("invoices", (4, 6, 5, 3, 3, 4, 4, 2), 1, 8.0),
    ),
    (("general",), ("general", "invoices"), ("invoices", "general")),
)
STAYS_AWAY = 0.12
"""Share of those who booked."""


@dataclass
class Guest:
    """Somebody who comes, and what became of them."""

    skill: str
    came: int
    slot: int | None
    takes: int
    patience: int
    number: str = ""
    claim: datetime | None = None
    booked: bool = False
    load: int | None = None
    told: Band | None = None
    called: int | None = None
    answered: int | None = None
    desk: int | None = None
    ticket: InLine | None = None

    @property
    def standing(self) -> InLine:
        """The ticket in line, of somebody who has come."""
        assert self.ticket is not None
        return self.ticket


@dataclass
class Memory:
    """The visits of one line in the last weeks, found by load."""

    days: list[tuple[date, list[Past]]] = field(default_factory=list)
    sorted: list[tuple[int, int, Past]] = field(default_factory=list)

    def remember(self, day: date, past: list[Past]) -> None:
        self.days = [(on, old) for on, old in self.days if on > day - LOOK_BACK] + [(day, past)]
        kept = [one for _, old in self.days for one in old]
        self.sorted = sorted((one.load, -n, one) for n, one in enumerate(kept))

    def tell(self, hour: int, load_now: int | None) -> Band | None:
        """What the rule says; it is handed only what it would take, so that a year takes seconds."""
        if load_now is None:
            return None
        low, high = like(load_now)
        found = self.sorted[
            bisect_left(self.sorted, low, key=lambda one: one[0]) : bisect_right(
                self.sorted, high, key=lambda one: one[0]
            )
        ]
        return predict([past for _, _, past in sorted(found, key=lambda one: one[1])], hour, load_now)


def at(day: date, second: int) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=second)


def weekdays(first: date, count: int) -> Iterator[date]:
    day = first
    while count:
        if day.weekday() < 5:
            yield day
            count -= 1
        day += timedelta(days=1)


def guests(plan: Plan, day: date, chance: random.Random) -> list[Guest]:
    """Who comes to a hall on a day, the first first."""
    busy = 0.88 * chance.gammavariate(25, 1 / 25) * (1.25 if day.day in range(10, 16) else 1.0)
    shut, again = plan.lunch or (0, 0)
    found = []
    for line in plan.lines:
        closes = OPENS + len(line.rate) * HOUR
        for hour, rate in enumerate(line.rate):
            for _ in range(_poisson(chance, rate * busy)):
                found.append(_guest(line, OPENS + int((hour + chance.random()) * HOUR), None, chance))
        for slot in (one for one in range(OPENS, closes, SLOT) if not shut <= one < again):
            for _ in range(line.seats):
                if chance.random() >= STAYS_AWAY:
                    came = slot - int(chance.gauss(8, 7) * MINUTE)
                    found.append(_guest(line, max(OPENS, came), slot, chance))
    here = [one for one in found if not shut <= one.came < again]
    return sorted(here, key=lambda one: one.came)


def _guest(line: Line, came: int, slot: int | None, chance: random.Random) -> Guest:
    takes = max(90, int(chance.lognormvariate(0, 0.55) * line.minutes * 0.86 * MINUTE))
    return Guest(line.skill, came, slot, takes, int(chance.lognormvariate(0, 0.4) * 90 * MINUTE))


def _poisson(chance: random.Random, mean: float) -> int:
    count, at_ = 0, chance.expovariate(1)
    while at_ < mean:
        count, at_ = count + 1, at_ + chance.expovariate(1)
    return count


class Day:
    """One day of a hall, from its opening until the last is served."""

    def __init__(
        self, plan: Plan, day: date, coming: list[Guest], memory: dict[str, Memory], chance: random.Random
    ) -> None:
        self.plan, self.day, self.memory, self.chance = plan, day, memory, chance
        self.line: list[Guest] = []
        self.at_desk: dict[int, Guest] = {}
        self.open: set[int] = set()
        self.free: list[int] = []
        self.away: set[int] = set()
        self.done: list[Guest] = []
        self._n = 0
        self.events: list[tuple[int, int, str, object]] = []
        for guest in coming:
            self._at(guest.came, "comes", guest)
        for desk in range(len(plan.desks)):
            self._at(OPENS, "opens", desk)
            turn = 12 * HOUR + (desk % 2) * 45 * MINUTE
            shut, again = plan.lunch or (turn, turn + 45 * MINUTE)
            pause = int(chance.uniform(14.5, 16.5) * HOUR)
            for begins, lasts in ((shut, again - shut), (pause, 12 * MINUTE)):
                self._at(begins, "leaves", desk)
                self._at(begins + lasts, "opens", desk)

    def _at(self, second: int, what: str, who: object) -> None:
        self._n += 1
        heapq.heappush(self.events, (second, self._n, what, who))

    def run(self) -> list[Guest]:
        while self.events:
            second, _, what, who = heapq.heappop(self.events)
            getattr(self, f"_{what}")(second, who)
            self._call(second)
        return self.done

    def _opens(self, _second: int, desk: int) -> None:
        self.away.discard(desk)
        self.open.add(desk)
        if desk not in self.at_desk and desk not in self.free:
            insort(self.free, desk)

    def _leaves(self, _second: int, desk: int) -> None:
        self.away.add(desk)
        if desk in self.free:
            self.free.remove(desk)
            self.open.discard(desk)

    def _comes(self, second: int, guest: Guest) -> None:
        guest.number = f"{len(self.done) + len(self.line):04}-{self._n}"
        slot = None if guest.slot is None else at(self.day, guest.slot)
        claim = claim_of(at(self.day, second), slot)
        guest.claim, guest.booked = claim.at, claim.booked
        guest.ticket = InLine(guest.number, guest.skill, claim.at, at(self.day, second))
        ahead = ahead_of((one.standing for one in self.line), guest.ticket)
        serving = [desk for desk in self.open if guest.skill in self.plan.desks[desk]]
        busy = sum(desk in self.at_desk for desk in serving)
        guest.load = load(ahead, busy, len(serving))
        guest.told = self.memory[guest.skill].tell(second // HOUR, guest.load)
        self.line.append(guest)

    def _frees(self, _second: int, desk: int) -> None:
        self.done.append(self.at_desk.pop(desk))
        if desk in self.away:
            self.open.discard(desk)
        else:
            insort(self.free, desk)

    def _call(self, second: int) -> None:
        for desk in list(self.free):
            found = calling((one.standing for one in self.line), self.plan.desks[desk])
            if not found:
                continue
            [guest] = [one for one in self.line if one.ticket is found[0]]
            self.line.remove(guest)
            self.free.remove(desk)
            self.at_desk[desk] = guest
            guest.called, guest.desk = second, desk
            if second - guest.came > guest.patience or self.chance.random() < 0.01:
                self._at(second + 90, "frees", desk)  # nobody answers
                continue
            guest.answered = second + self.chance.randrange(15, 60)
            self._at(guest.answered + guest.takes, "frees", desk)


@dataclass
class Year:
    """What a simulated stretch of days brought: everybody, by hall and day."""

    days: dict[tuple[str, date], list[Guest]]

    def visits(self) -> Iterator[tuple[str, date, Guest]]:
        """Everybody who was called and answered."""
        for (hall, day), all_of in self.days.items():
            for guest in all_of:
                if guest.answered is not None:
                    yield hall, day, guest


@dataclass(frozen=True)
class Advice:
    """What people do who are told before they come: a share asks; some errands can be done online."""

    asks: float = 0.4
    online: float = 0.25
    """Of those who ask: their errand can be done online, and they do it there."""
    long: int = 15
    """Minutes: told a usual wait of at least this, they come at the hour of that day with the shortest."""


def simulate(plans: tuple[Plan, ...], days: Iterable[date], seed: int, advice: Advice | None = None) -> Year:
    """These days of these halls."""
    year, days = Year({}), list(days)
    for plan in plans:
        chance = random.Random(f"{seed} {plan.name}")  # noqa: S311 - seeded, so that it can be told again
        memory: dict[str, Memory] = defaultdict(Memory)
        for day in days:
            coming = guests(plan, day, random.Random(f"{seed} {plan.name} {day}"))  # noqa: S311 - seeded, so that it can be told again
            if advice:
                coming = _advised(coming, advice, memory, random.Random(f"{seed} {day} asks"))  # noqa: S311 - seeded, so that it can be told again
            seen = Day(plan, day, coming, memory, chance).run()
            year.days[plan.name, day] = seen
            for line in plan.lines:
                memory[line.skill].remember(day, [_past(one) for one in seen if _counts(one, line.skill)])
    return year


def _counts(guest: Guest, skill: str) -> bool:
    return guest.skill == skill and guest.answered is not None and guest.load is not None


def _past(guest: Guest) -> Past:
    assert guest.answered is not None
    assert guest.load is not None
    return Past(guest.came // HOUR, guest.load, guest.answered - guest.came)


def _advised(
    coming: list[Guest], advice: Advice, memory: dict[str, Memory], chance: random.Random
) -> list[Guest]:
    """The same people, of whom some looked at the advice first and stay at home, or come at another hour."""
    stay: list[Guest] = []
    usual = {skill: _usual(memory[skill]) for skill in {one.skill for one in coming}}
    for guest in coming:
        asks, online, when = chance.random() < advice.asks, chance.random() < advice.online, chance.random()
        if guest.slot is None and asks:
            if online:
                continue
            waits = usual[guest.skill]
            if waits.get(guest.came // HOUR, 0) >= advice.long:
                # Not all at the one best hour: of the three best, so that the advice does not move the crowd.
                best = sorted(waits, key=lambda hour: waits[hour])[:3]
                guest.came = int((best[int(when * 3)] + (when * 3) % 1) * HOUR)
        stay.append(guest)
    return sorted(stay, key=lambda one: one.came)


def _usual(memory: Memory) -> dict[int, int]:
    """Hour → the middle of the waits, minutes."""
    by_hour = defaultdict(list)
    for _, _, past in memory.sorted:
        by_hour[past.hour].append(past.waited)
    return {hour: sorted(waits)[len(waits) // 2] // 60 for hour, waits in by_hour.items()}
