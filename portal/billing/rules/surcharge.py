"""滞纳金: which tax of a bill was in arrears on which days, from the bill's balance history.

What the arrears cost is the law's matter (`portal.taxes.surcharge`). 实施细则第七十五条: from the day after
the due date to the day of actual payment.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from portal.core.money import ZERO
from portal.taxes.surcharge import Stretch

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Movement:
    """What a day's payment took from a bill's tax; negative where a correction set paid money free again."""

    on: date
    amount: Decimal


def stretches(
    principal: Decimal, due_on: date, movements: Iterable[Movement], until: date
) -> tuple[Stretch, ...]:
    """The arrears from the day after `due_on` to `until`, cut where a payment changed them.

    `principal` is the tax that was due from the first, after every correction.
    """
    ordered = sorted(movements, key=lambda moved: moved.on)
    cuts = sorted({moved.on for moved in ordered if due_on < moved.on < until} | {until})
    found: list[Stretch] = []
    first = due_on + DAY
    for last in cuts:
        base = principal - sum((moved.amount for moved in ordered if moved.on < first), ZERO)
        if base > ZERO and first <= last:
            found.append(Stretch(first, last, base))
        first = last + DAY
    return tuple(found)
