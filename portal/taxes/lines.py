"""What a worksheet works out: lines with words, clause and rule, and the scope that selects the law."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from portal.core.wording import N_, Phrase
from portal.taxes.kinds import Day, Kind, Value, Whole
from portal.taxes.periods import Period, PeriodKind, PeriodSaid


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
class Levy:
    """A tax or fee that a sheet makes payable apart from its others, and the line that says how much of it.

    The line is positive to pay and negative to be refunded; the levies of a sheet add up to its result.
    """

    code: str
    title: Phrase
    line: str


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


On: TypeAlias = date | int | Period
"""What a sheet is worked out for: a period, a year as a number, or a day, as its scope takes it."""


@dataclass(frozen=True)
class Scope:
    """What a sheet is worked out for. `of` reads what is given, `law_day` is the day whose law applies to it.

    `of` raises ValueError for what the sheet is not filed for. `kinds` are the kinds of period it is filed
    for; none where it is filed for a day.
    """

    name: str
    label: Phrase
    kind: Kind
    of: Callable[[On], On]
    law_day: Callable[[On], date]
    kinds: tuple[PeriodKind, ...] = ()


def _year(on: On) -> int:
    if isinstance(on, Period) and on.kind is not PeriodKind.YEAR:
        raise ValueError(f"a year is needed, not {on}")
    return on if isinstance(on, int) else on.year


def _end_of_year(on: On) -> date:
    return date(_year(on), 12, 31)


def _day(on: On) -> date:
    if not isinstance(on, date):
        raise ValueError(f"a day is needed, not {on}")
    return on


Year = Scope("year", N_("所属年度"), Whole(1900, 2100), _year, _end_of_year, (PeriodKind.YEAR,))
"""A calendar year; the law of its last day applies to the whole of it (rises in mid-year reach back)."""
TheDay = Scope("day", N_("纳税义务发生日"), Day(), _day, _day)
"""The day on which the liability arose."""


def filed_by(*kinds: PeriodKind) -> Scope:
    """A period of one of these kinds; the law of its last day applies to the whole of it."""

    def period(on: On) -> Period:
        if not isinstance(on, Period) or on.kind not in kinds:
            raise ValueError(f"a period is needed ({', '.join(kinds)}), not {on}")
        return on

    return Scope("period", N_("所属期"), PeriodSaid(), period, lambda on: period(on).last, kinds)
