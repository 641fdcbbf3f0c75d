"""滞纳金: what tax paid late costs, from how much was in arrears on which days."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from portal.core.money import round_fen, to_fen
from portal.taxes.law import Entry, Figure, law


@dataclass(frozen=True)
class Stretch:
    """Days, both included, over which the same tax was in arrears.

    The first stretch begins on the day after the due date, the last ends on the day of payment, so that
    together they have (day of payment - due date) days (征管法实施细则第七十五条).
    """

    first: date
    last: date
    base: Decimal


@dataclass(frozen=True)
class Surcharge:
    """What the arrears cost. `fen_days` is the day-weighted balance; `law` the entries whose rates applied.

    `uncapped` is what it would be without a cap, the same as `amount` where no cap was asked for.
    """

    amount: Decimal
    uncapped: Decimal
    fen_days: int
    law: tuple[Entry, ...]


def days_late(due_on: date, paid_on: date) -> int:
    """From the day after the due date to the day of payment, that day included; 0 when paid on time."""
    return max((paid_on - due_on).days, 0)


def late_surcharge(
    stretches: Iterable[Stretch], *, at_most: Decimal | None = None, rates: Figure | None = None
) -> Surcharge:
    """The surcharge on arrears: simple, by the rate in force on each day, rounded once to the fen, half up.

    Balances are weighted as whole fen, so nothing is rounded before the end. `at_most` caps it (行政强制法
    第四十五条: no more than the principal; whether that binds tax surcharge is disputed, so callers say so).
    `rates` are the dated rates, those of the law unless given.
    Raises NoLawInForce for days on which no rate is in force.
    """
    rates = rates or law("administration").figures["late_surcharge_rate"]
    parts = [part for stretch in stretches for part in _parts(stretch, rates)]
    uncapped = round_fen(sum((weight * entry.value for weight, entry in parts), Decimal(0)) / 100)
    amount = uncapped if at_most is None else min(uncapped, at_most)
    entries = dict.fromkeys(entry for _, entry in parts)
    return Surcharge(amount, uncapped, sum(weight for weight, _ in parts), tuple(entries))


def _parts(stretch: Stretch, rates: Figure) -> Iterator[tuple[int, Entry]]:
    """The fen-days of a stretch, cut where the law changes the rate."""
    first = stretch.first
    while first <= stretch.last:
        entry = rates.on(first)
        last = min(stretch.last, entry.to or stretch.last)
        yield to_fen(stretch.base) * ((last - first).days + 1), entry
        first = last + timedelta(days=1)
