"""滞纳金: late surcharge as a pure function of a bill's balance history and the day.

征管法第三十二条: five ten-thousandths a day; 实施细则第七十五条: from the day after the due date to the day
of actual payment. Simple, never on surcharge itself. Day-weighted balances are exact; the rate and one
rounding to the fen, half up, come last.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from portal.core.money import ZERO, round_fen

RATE_PER_DAY = Decimal("0.0005")
"""征管法第三十二条 (2001-05-01 to the present)."""


@dataclass(frozen=True)
class Movement:
    """What a day's payment took from a bill's tax; negative where a correction set paid money free again."""

    on: date
    amount: Decimal


@dataclass(frozen=True)
class Stretch:
    """Days, both included, over which the same tax was in arrears."""

    first: date
    last: date
    base: Decimal

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def stretches(
    principal: Decimal, due_on: date, movements: Iterable[Movement], until: date
) -> tuple[Stretch, ...]:
    """The arrears from the day after `due_on` to `until`, cut where a payment changed them.

    `principal` is the tax that was due from the first, after every correction.
    """
    ordered = sorted(movements, key=lambda moved: moved.on)
    cuts = sorted({moved.on for moved in ordered if due_on < moved.on < until} | {until})
    found: list[Stretch] = []
    first = due_on + timedelta(days=1)
    for last in cuts:
        base = principal - sum((m.amount for m in ordered if m.on < first), ZERO)
        if base > ZERO and first <= last:
            found.append(Stretch(first, last, base))
        first = last + timedelta(days=1)
    return tuple(found)


def late_surcharge(arrears: Sequence[Stretch]) -> Decimal:
    """Yuan of surcharge over the arrears, rounded once."""
    return round_fen(sum((a.base * a.days for a in arrears), ZERO) * RATE_PER_DAY)
