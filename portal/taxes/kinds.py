"""The kinds of values that questions ask for and lines come to: how each is read, written and shown."""

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, TypeAlias

from portal.core.money import LARGEST, ZERO, round_fen, show, yuan
from portal.core.wording import N_, Phrase
from portal.taxes.months import Month

Value: TypeAlias = Any
"""Decimal, int, bool, str, date, Month, a tuple of these (one per row of a group), or None for no answer."""
Json: TypeAlias = Any
Say: TypeAlias = Callable[[str], str]
"""Translates source text; `str` leaves it as it is."""

_PLAIN_AMOUNT = set("0123456789.-")
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


class WrongValue(ValueError):
    """What was given is not of the kind that was asked for. The text says what would be."""


@dataclass(frozen=True)
class Kind(ABC):
    """How values of one kind are read from JSON or Python, written to JSON, shown and described."""

    code: ClassVar[str]
    empty: ClassVar[Value] = None
    """What the computation takes while there is no answer."""

    @abstractmethod
    def read(self, raw: Json) -> Value:
        """The value; raises WrongValue. Reading a value that is already of the kind gives it back."""

    def write(self, value: Value) -> Json:
        """As JSON holds it; `read` gives the same value back."""
        return value

    def show(self, value: Value, say: Say = str) -> str:  # noqa: ARG002 - kinds with words translate them
        """For people, in the language of `say`."""
        return str(value)

    def formula(self, value: Value, say: Say = str) -> str:
        """Inside a sentence that says how something was worked out."""
        return self.show(value, say)

    def bounds(self) -> Mapping[str, Json]:
        """What may be answered, for programs."""
        return {}


@dataclass(frozen=True)
class Yuan(Kind):
    """Money: exact yuan with two places."""

    at_least: Decimal = ZERO
    at_most: Decimal = LARGEST
    code: ClassVar[str] = "yuan"
    empty: ClassVar[Value] = ZERO

    def read(self, raw: Json) -> Decimal:
        if not isinstance(raw, (str, Decimal)):
            raise WrongValue("an amount of yuan is written as text with at most two decimals, like '1234.50'")
        if isinstance(raw, str) and not (raw and set(raw) <= _PLAIN_AMOUNT):
            raise WrongValue(f"{raw!r} is not an amount of yuan: digits with at most two decimals")
        try:
            amount = yuan(raw)
        except ValueError as error:
            raise WrongValue(str(error)) from None
        if not self.at_least <= amount <= self.at_most:
            raise WrongValue(f"{amount} is not between {self.at_least} and {self.at_most}")
        return amount

    def write(self, value: Decimal) -> str:
        """Exact: a line may hold more than two places before the one rounding the law asks for."""
        return f"{value:.2f}" if value == round_fen(value) else f"{value.normalize():f}"

    def show(self, value: Decimal, say: Say = str) -> str:  # noqa: ARG002 - amounts look the same in both languages
        return show(value)

    def formula(self, value: Decimal, say: Say = str) -> str:  # noqa: ARG002
        return f"{round_fen(value):,.2f}".replace("-", "\u2212")

    def bounds(self) -> Mapping[str, Json]:
        return {"at_least": self.write(self.at_least), "at_most": self.write(self.at_most)}


@dataclass(frozen=True)
class Percent(Kind):
    """A rate, held as a fraction: 0.03 is three per cent."""

    code: ClassVar[str] = "percent"

    def read(self, raw: Json) -> Decimal:
        return Decimal(raw)

    def write(self, value: Decimal) -> str:
        return str(value)

    def show(self, value: Decimal, say: Say = str) -> str:  # noqa: ARG002
        return f"{(value * 100).normalize():f}%"


@dataclass(frozen=True)
class Whole(Kind):
    """A whole number between two bounds, both allowed."""

    at_least: int = 0
    at_most: int = 1_000_000
    unit: Phrase | None = None
    code: ClassVar[str] = "whole"
    empty: ClassVar[Value] = 0

    def read(self, raw: Json) -> int:
        if isinstance(raw, bool) or not isinstance(raw, int):
            raise WrongValue(f"{raw!r} is not a whole number")
        if not self.at_least <= raw <= self.at_most:
            raise WrongValue(f"{raw} is not between {self.at_least} and {self.at_most}")
        return raw

    def bounds(self) -> Mapping[str, Json]:
        return {"at_least": self.at_least, "at_most": self.at_most}


MONTHS = Whole(0, 12, N_("个月"))
"""A number of months of one year."""


YES, NO = N_("是"), N_("否")


@dataclass(frozen=True)
class Tick(Kind):
    """Yes or no; `yes` and `no` are what it means inside a sentence."""

    yes: Phrase = YES
    no: Phrase = NO
    code: ClassVar[str] = "tick"

    def read(self, raw: Json) -> bool:
        if not isinstance(raw, bool):
            raise WrongValue(f"{raw!r} is neither true nor false")
        return raw

    def show(self, value: bool, say: Say = str) -> str:
        return say(YES if value else NO)

    def formula(self, value: bool, say: Say = str) -> str:
        return say(self.yes if value else self.no)


@dataclass(frozen=True)
class Choice(Kind):
    """One of a few codes, each with the words a person chooses by."""

    options: Mapping[str, Phrase] = field(hash=False)
    code: ClassVar[str] = "choice"

    def read(self, raw: Json) -> str:
        if not isinstance(raw, str) or raw not in self.options:
            raise WrongValue(f"{raw!r} is not one of {', '.join(self.options)}")
        return raw

    def show(self, value: str, say: Say = str) -> str:
        return say(self.options[value])

    def bounds(self) -> Mapping[str, Json]:
        return {"options": dict(self.options)}


@dataclass(frozen=True)
class Day(Kind):
    """A calendar day."""

    code: ClassVar[str] = "day"

    def read(self, raw: Json) -> date:
        try:
            day = raw if type(raw) is date else date.fromisoformat(raw)
        except (TypeError, ValueError):
            raise WrongValue(f"{raw!r} is not a day like 2025-12-31") from None
        if str(day) != str(raw) or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            raise WrongValue(f"{raw!r} is not a day like 2025-12-31")
        return day

    def write(self, value: date) -> str:
        return value.isoformat()


@dataclass(frozen=True)
class YearMonth(Kind):
    """A month of a year."""

    code: ClassVar[str] = "year-month"

    def read(self, raw: Json) -> Month:
        try:
            month = raw if isinstance(raw, Month) else Month.parse(raw)
        except (TypeError, ValueError):
            raise WrongValue(f"{raw!r} is not a month like 2025-12") from None
        if not _FIRST_YEAR <= month.year <= _LAST_YEAR or not 1 <= month.month <= 12:
            raise WrongValue(f"{raw!r} is not a month like 2025-12")
        return month

    def write(self, value: Month) -> str:
        return str(value)


@dataclass(frozen=True)
class Text(Kind):
    """A short text on one line: a name, a number of a paper."""

    at_most: int = 100
    code: ClassVar[str] = "text"
    empty: ClassVar[Value] = ""

    def read(self, raw: Json) -> str:
        if not isinstance(raw, str) or not raw.strip():
            raise WrongValue("a text is needed")
        if len(raw) > self.at_most:
            raise WrongValue(f"the text is longer than {self.at_most} characters")
        if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in raw):
            raise WrongValue("the text holds characters that cannot be printed")
        return raw

    def bounds(self) -> Mapping[str, Json]:
        return {"at_most": self.at_most}
