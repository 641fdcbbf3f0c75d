"""A simulated year of two halls: whether the bands hold, whether the order does, and what advice changes.

    python -m bench.queue [DAYS [FOLDER]]

With FOLDER the chart of the waits by hour is written there as queue-waits-zh.svg and queue-waits-en.svg.
Everything is seeded: the numbers are the same on every machine but for the seconds.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from portal.demo.simulated import HOUR, NORTH, SOUTH, Advice, Guest, Year, simulate, weekdays
from portal.queue.rules.scoring import AIM, Told, by_week, is_inside
from tests.queue.promises import against_the_order

PLANS = (NORTH, SOUTH)
FIRST = date(2026, 1, 5)
SEED = 20260105
LEARNING = 3
"""Weeks until enough is known; they are predicted too, but their shares are of few."""
LONG = 30
"""Minutes that count as a long wait."""


def main(days: int = 250, folder: str = "") -> int:
    """Print the year with and without advice; 1 if a promise was broken."""
    started = time.perf_counter()
    year = simulate(PLANS, weekdays(FIRST, days), SEED)
    advised = simulate(PLANS, weekdays(FIRST, days), SEED, Advice())
    print(f"{days} working days, two halls, twice, in {time.perf_counter() - started:.0f} s, seed {SEED}")
    faults = _bands(year) + _order(year)
    for name, one in {"without advice": year, "with advice": advised}.items():
        waits = sorted(_waits(one))
        long = sum(wait > LONG for wait in waits) / len(waits)
        print(
            f"{name:15} visits {len(waits):6,}; minutes: mean {sum(waits) / len(waits):.1f}, half up to "
            f"{waits[len(waits) // 2]:.0f}, nine of ten up to {waits[len(waits) * 9 // 10]:.0f}; "
            f"over {LONG}: {long:.1%}"
        )
    if folder:
        for language, words in WORDS.items():
            target = Path(folder) / f"queue-waits-{language}.svg"
            target.write_text(_chart(_by_hour(year), _by_hour(advised), words), encoding="utf-8")
            print(target)
    return 1 if faults else 0


def _bands(year: Year) -> int:
    """Print the share inside the band by hall, line and kind; the number of groups outside the aim."""
    groups: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
    visits, told = 0, []
    for hall, day, one in year.visits():
        visits += 1
        if one.told is None or one.answered is None:
            continue
        waited = one.answered - one.came
        told.append(Told(day, one.told.low, one.told.high, waited))
        inside = is_inside(one.told.low, one.told.high, waited)
        groups[hall, one.skill, "booked" if one.booked else "walk-in"].append(inside)
    weeks = by_week(told)[LEARNING:]
    low, high = AIM
    shares = sorted(week.share for week in weeks if week.share is not None)
    print(f"{len(told):,} of {visits:,} visits were told a band, {sum(w.inside for w in weeks):,} of")
    print(f"{sum(w.visits for w in weeks):,} lay inside; weekly shares from {shares[0]} to {shares[-1]} %")
    faults = sum(not low <= share <= high for share in shares)
    for (hall, skill, kind), inside_ in sorted(groups.items()):
        share = 100 * sum(inside_) / len(inside_)
        faults += not low <= share <= high
        print(f"  {hall:6} {skill:9} {kind:8} {len(inside_):7,} visits, {share:.1f} % inside")
    return faults


def _order(year: Year) -> int:
    plans = {plan.name: plan for plan in PLANS}
    wrong = [fault for (hall, _), seen in year.days.items() for fault in against_the_order(plans[hall], seen)]
    print(f"{sum(map(len, year.days.values())):,} tickets called, {len(wrong)} against the order")
    return len(wrong)


def _waits(year: Year) -> Iterable[float]:
    for _, _, one in year.visits():
        yield _wait(one)


def _wait(one: Guest) -> float:
    assert one.answered is not None
    return (one.answered - one.came) / 60


def _by_hour(year: Year) -> dict[int, float]:
    """Hour of coming → mean wait, minutes."""
    found: dict[int, list[float]] = defaultdict(list)
    for _, _, one in year.visits():
        found[one.came // HOUR].append(_wait(one))
    return {hour: sum(waits) / len(waits) for hour, waits in sorted(found.items())}


WORDS = {
    "zh": ("到达时刻与平均等候（分钟），模拟的一年，两个办税厅", "没有建议", "有建议"),
    "en": (
        "Mean wait (minutes) by hour of coming; a simulated year of two halls",
        "without advice",
        "with advice",
    ),
}


def _chart(before: dict[int, float], after: dict[int, float], words: tuple[str, str, str]) -> str:
    """Two bars for each hour."""
    top, height, left, step = 70, 200, 46, 70
    most = max(*before.values(), *after.values())
    scale = height / (10 * (int(most) // 10 + 1))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 320" role="img" aria-label="{words[0]}" '
        'font-family="sans-serif" font-size="13">',
        '<rect width="640" height="320" fill="#fbf8f1"/>',
        f'<text x="{left}" y="24" font-size="15" fill="#083b45">{words[0]}</text>',
    ]
    for n, (word, colour) in enumerate(zip(words[1:], COLOURS, strict=True)):
        parts.append(f'<rect x="{left + 170 * n}" y="38" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{left + 18 + 170 * n}" y="49" fill="#22313a">{word}</text>')
    for mark in range(0, int(height / scale) + 1, 10):
        y = top + height - mark * scale
        parts.append(f'<path d="M{left} {y:.0f}H620" stroke="#d9d2c2"/>')
        parts.append(f'<text x="{left - 8}" y="{y + 4:.0f}" text-anchor="end" fill="#22313a">{mark}</text>')
    for n, hour in enumerate(before):
        for side, (values, colour) in enumerate(zip((before, after), COLOURS, strict=True)):
            tall, x = values.get(hour, 0) * scale, left + 12 + n * step + side * 24
            parts.append(
                f'<rect x="{x}" y="{top + height - tall:.1f}" width="22" height="{tall:.1f}" '
                f'fill="{colour}"/>'
            )
        parts.append(
            f'<text x="{left + 35 + n * step}" y="{top + height + 20}" text-anchor="middle" fill="#22313a">'
            f"{hour}:00</text>"
        )
    return "\n".join([*parts, "</svg>", ""])


COLOURS = ("#8aa3a3", "#0b5563")

if __name__ == "__main__":
    sys.exit(main(int((sys.argv[1:] or ["250"])[0]), *sys.argv[2:3]))
