"""The law's figures, dated and sourced: what was in force on a day, or a refusal; never a guess.

One TOML file under law/ holds the figures of one tax. An entry in force is never edited, only followed by
another; docs/law.md says how they are written.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from portal.core.refusal import Reason, Refusal, reason
from portal.core.wording import Phrase
from portal.taxes.bands import Bands
from portal.taxes.kinds import Kind, Percent, Say, Value, Whole, Yuan

HERE = Path(__file__).parent / "law"

NO_LAW = reason(
    "no-law-in-force",
    "“{label}”在{day}没有可适用的规定，不能计算",
    "请核对所属期。所属期无误的，请向税务机关咨询",
)
NOT_VERIFIED = reason(
    "law-not-verified",
    "“{label}”在{day}的规定尚未核实，不能作为计算依据",
    "请向税务机关咨询",
)


class LawFault(ValueError):
    """A law file is written wrongly. The text names file, figure and fault."""


class NoLawInForce(Refusal, ValueError):
    """No entry of a figure covers the day, or only one that nobody has verified."""

    def __init__(self, why: Reason, *, figure: str, label: str, day: date) -> None:
        super().__init__(why, figure=figure, label=label, day=day)

    def __str__(self) -> str:
        return f"{self.reason.code}: {self.facts['figure']} on {self.facts['day']}"


class _Amount(Yuan):
    """An amount the law names. Round ones are shown without decimals, as the law writes them."""

    def formula(self, value: Decimal, say: Say = str) -> str:
        return super().formula(value, say).removesuffix(".00")


class _Number(Whole):
    """A number of months, days or years."""

    def read(self, raw: Any) -> int:
        return super().read(int(raw))


UNITS: Mapping[str, Kind] = {"yuan": _Amount(), "percent": Percent(), "number": _Number(), "table": Bands()}
CONFIDENCE = ("V", "V2", "K", "U")
"""Read in primary text; read in a secondary text quoting it; professional knowledge; unverified."""


@dataclass(frozen=True)
class Entry:
    """What one instrument says a figure is, from one day to another (both included; no end: still open)."""

    figure: str
    label: Phrase
    kind: Kind
    from_: date
    to: date | None
    source: str
    confidence: str
    value: Value

    def covers(self, day: date) -> bool:
        """Whether the entry is in force on `day`."""
        return self.from_ <= day and (self.to is None or day <= self.to)

    def as_json(self) -> dict[str, Any]:
        """The entry as it stands in a stored return, a digest and the command line's answer."""
        return {
            "figure": self.figure,
            "from": self.from_.isoformat(),
            "to": self.to and self.to.isoformat(),
            "source": self.source,
            "confidence": self.confidence,
            "value": self.kind.write(self.value),
        }


@dataclass(frozen=True)
class Figure:
    """One thing the law puts a number on, with all its entries in order of time."""

    name: str
    label: Phrase
    entries: tuple[Entry, ...]

    def on(self, day: date) -> Entry:
        """The entry in force on `day`; raises NoLawInForce where there is none, or none verified."""
        entry = next((e for e in self.entries if e.covers(day)), None)
        if entry is None:
            raise NoLawInForce(NO_LAW, figure=self.name, label=self.label, day=day)
        if entry.confidence == "U":
            raise NoLawInForce(NOT_VERIFIED, figure=self.name, label=self.label, day=day)
        return entry


@dataclass(frozen=True)
class Law:
    """All figures of one law file."""

    code: str
    figures: Mapping[str, Figure]

    def on(self, day: date) -> "InForce":
        """The law of one day."""
        return InForce(self, day)


@dataclass(frozen=True)
class InForce:
    """One law as of one day. A figure that nothing fixes on that day is refused when it is asked for."""

    law: Law
    day: date

    def __getitem__(self, figure: str) -> Entry:
        """The entry of `figure` in force; raises NoLawInForce, or KeyError for a name no law file knows."""
        return self.law.figures[figure].on(self.day)


@cache
def law(code: str) -> Law:
    """The law file `code`, read once. Raises LawFault when it is written wrongly."""
    return read_law(code, (HERE / f"{code}.toml").read_text("utf-8"))


def read_law(code: str, text: str) -> Law:
    """The figures written in `text`. Raises LawFault."""
    return Law(code, {name: _figure(code, name, plain) for name, plain in tomllib.loads(text).items()})


def _figure(code: str, name: str, plain: dict[str, Any]) -> Figure:
    try:
        kind, label = UNITS[plain["unit"]], Phrase(plain["label"])
        entries = [_entry(name, label, kind, entry) for entry in plain["entries"]]
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise LawFault(f"{code}: {name}: {error!r}") from error
    entries.sort(key=lambda entry: entry.from_)
    for earlier, later in pairwise(entries):
        if earlier.covers(later.from_):
            raise LawFault(f"{code}: {name}: the entries from {earlier.from_} and {later.from_} overlap")
    return Figure(name, label, tuple(entries))


def _entry(name: str, label: Phrase, kind: Kind, plain: dict[str, Any]) -> Entry:
    if unknown := plain.keys() - {"from", "to", "source", "confidence", "value"}:
        raise ValueError(f"unknown keys: {', '.join(sorted(unknown))}")
    if plain["confidence"] not in CONFIDENCE or not plain["source"].strip():
        raise ValueError("an entry names its source and a confidence of V, V2, K or U")
    from_, to = plain["from"], plain.get("to")
    if type(from_) is not date or (to is not None and not from_ <= to):
        raise ValueError(f"{from_} to {to} is no time of validity")
    if kind.code != "table" and not isinstance(plain["value"], str):
        raise ValueError("figures are written as text")
    return Entry(
        name, label, kind, from_, to, plain["source"], plain["confidence"], kind.read(plain["value"])
    )
