"""What a worksheet works out: lines with words, clause and rule, and the period that selects the law."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.core.wording import N_, Phrase
from portal.taxes.kinds import Day, Kind, Value, Whole


class Role(StrEnum):
    """What a line is for."""

    FIGURE = "figure"
    """A step of the computation."""
    CONFLICT = "conflict"
    """True when answers contradict the law or each other: the return cannot be submitted like this."""
    HINT = "hint"
    """An amount above zero when something is left unused or unclear that the taxpayer should know."""


class Sign(StrEnum):
    """How a line stands in the summary that leads to the result."""

    PLUS = "+"
    MINUS = "-"
    TOTAL = "="


@dataclass(frozen=True)
class Line:
    """One line of a sheet. `uses` are the argument names of `rule`, in order.

    With `each`, the rule is worked out for every row of that group and the value is a tuple. `from_` and `to`
    bound the days of law for which this variant holds; a line with `before` has that value on earlier days.
    """

    name: str
    label: Phrase
    cite: str
    terms: tuple[tuple[Phrase, str], ...]
    """How it comes about: terms of a sum, each with the name without whose value it is left out."""
    kind: Kind
    rule: Callable[..., Value]
    uses: tuple[str, ...]
    each: str | None
    from_: date | None
    to: date | None
    role: Role

    def in_force(self, day: date) -> bool:
        """Whether this variant holds on `day`."""
        return (self.from_ is None or self.from_ <= day) and (self.to is None or day <= self.to)


@dataclass(frozen=True)
class Period:
    """What a sheet is worked out for. `of` reads the period, `law_day` is the day whose law applies to it."""

    name: str
    label: Phrase
    kind: Kind
    of: Callable[[date | int], date | int]
    law_day: Callable[[date | int], date]


def _year(on: date | int) -> int:
    return on.year if isinstance(on, date) else on


def _last_day(on: date | int) -> date:
    return date(_year(on), 12, 31)


def _day(on: date | int) -> date:
    if not isinstance(on, date):
        raise TypeError(f"a day is needed, not {on!r}")
    return on


Year = Period("year", N_("所属年度"), Whole(1900, 2100), _year, _last_day)
"""A calendar year; the law of its last day applies to the whole of it (rises in mid-year reach back)."""
TheDay = Period("day", N_("纳税义务发生日"), Day(), _day, _day)
"""The day on which the liability arose."""
