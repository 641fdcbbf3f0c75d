"""What explaining costs: a return worked out with its whole trail, against the same arithmetic by hand.

    python -m bench.worksheet [ROUNDS]

Both sides take the same answers and must agree to the fen. They run in turn, so that load falls on both.
"""

import os
import platform
import sys
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from time import process_time_ns
from typing import Any

from portal.taxes.answers import Answers
from portal.taxes.months import months_within
from portal.taxes.sheets import sheet_named
from portal.taxes.working import Working

SHEET = sheet_named("iit-annual")
YEAR = 2025
PER_ROUND = 20
ANSWERS = {
    "wages": "240000.00",
    "bonus": "36000.00",
    "labour": "30000.00",
    "author": "20000.00",
    "royalty": "10000.00",
    "payers": 4,
    "tax_withheld": "14320.00",
    "pension": "24000.00",
    "medical": "6000.00",
    "housing_fund": "12000.00",
    "children": [
        {"child_birth": "2015-03", "child_share": "100"},
        {"child_birth": "2023-06", "child_share": "50"},
    ],
    "housing": "rent",
    "rent_city": "large",
    "rent_months": 12,
    "landlord": "王",
    "no_home_in_city": True,
    "elders": [{"elder_birth": "1950-01"}],
    "elder_sharing": "shared",
    "elder_share": "1500.00",
    "private_pension": "6000.00",
    "donations": [{"recipient": "某基金会", "donated": "2000.00", "extent": "limited"}],
}

ANNUAL = [
    (Decimal(36000), Decimal("0.03"), Decimal(0)),
    (Decimal(144000), Decimal("0.10"), Decimal(2520)),
    (Decimal(300000), Decimal("0.20"), Decimal(16920)),
    (Decimal(420000), Decimal("0.25"), Decimal(31920)),
    (Decimal(660000), Decimal("0.30"), Decimal(52920)),
    (Decimal(960000), Decimal("0.35"), Decimal(85920)),
    (Decimal("Infinity"), Decimal("0.45"), Decimal(181920)),
]
MONTHLY = [(up_to / 12, rate, quick / 12) for up_to, rate, quick in ANNUAL]


def by_table(table: list[tuple[Decimal, Decimal, Decimal]], base: Decimal, tax_on: Decimal) -> Decimal:
    """Tax on an amount by the row in which `base` falls, rounded to the fen."""
    for up_to, rate, quick in table:
        if base <= up_to:
            return (tax_on * rate - quick).quantize(Decimal("0.01"), ROUND_HALF_UP)
    raise AssertionError("the last row is open")


def by_hand(given: dict[str, Any]) -> Decimal:
    """The result for these answers in 2025, with the law of that year in the code, and no reasons."""
    zero, half = Decimal(0), Decimal("0.5")
    income = given["wages"] + (given["labour"] + given["royalty"]) * Decimal("0.8")
    income += given["author"] * Decimal("0.56")
    taken = Decimal(60000) + given["pension"] + given["medical"] + given["housing_fund"]
    for child in given["children"]:
        third = child["child_birth"].plus(36)
        months = len(months_within(YEAR, child["child_birth"], third.plus(-1)))
        months += len(months_within(YEAR, third, None))
        taken += months * Decimal(2000) * (half if child["child_share"] == "50" else 1)
    taken += given["rent_months"] * Decimal(1500)
    longest = max(len(months_within(YEAR, elder["elder_birth"].plus(720), None)) for elder in given["elders"])
    taken += longest * min(given["elder_share"], Decimal(1500))
    taken += min(given["private_pension"], Decimal(12000))
    gifts = sum((gift["donated"] for gift in given["donations"]), zero)

    def tax(amount: Decimal) -> Decimal:
        left = max(amount - taken, zero)
        left -= min(gifts, left * Decimal("0.3"))
        return by_table(ANNUAL, left, left)

    separate = tax(income) + by_table(MONTHLY, given["bonus"] / 12, given["bonus"])
    merged = tax(income + given["bonus"])
    return min(separate, merged) - given["tax_withheld"]


Trail = list[tuple[str, Any, str, list[tuple[str, Any]]]]


def trail(working: Working) -> Trail:
    """Every line with its value, its clause, and the names and values it used."""
    return [
        (line.name, line.value, line.clause, [(used.name, used.value) for used in line.uses])
        for line in working.lines
    ]


def microseconds(work: Callable[[], object]) -> float:
    """The processor time of one call, averaged over a round; other programs on the machine do not count."""
    start = process_time_ns()
    for _ in range(PER_ROUND):
        work()
    return (process_time_ns() - start) / PER_ROUND / 1000


def main(rounds: int) -> None:
    """Print the medians, their ratio, and under which load they were taken."""
    answers: Answers = SHEET.read_answers(ANSWERS)
    plain = dict(answers.values)
    worked_out = SHEET.work_out(answers, on=YEAR)
    if by_hand(plain) != worked_out.result:
        sys.exit(f"the two sides disagree: {by_hand(plain)} and {worked_out.result}")
    sides: dict[str, Callable[[], object]] = {
        "by hand, no reasons": lambda: by_hand(plain),
        "worksheet, reasons kept": lambda: SHEET.work_out(answers, on=YEAR),
        "worksheet, reasons laid out": lambda: trail(SHEET.work_out(answers, on=YEAR)),
        "digest": worked_out.digest,
    }
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, work in sides.items():
            times[name].append(microseconds(work))
    middle = {name: median(found) for name, found in times.items()}
    base = middle["by hand, no reasons"]
    print(f"{len(worked_out.lines)} lines, result {worked_out.result}, {rounds} rounds of {PER_ROUND}")
    for name, value in middle.items():
        print(f"{name:30} {value:8.1f} µs   {value / base:5.1f} x")
    load = ", ".join(f"{part:.2f}" for part in os.getloadavg())
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
