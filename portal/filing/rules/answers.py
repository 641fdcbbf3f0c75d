"""How a draft keeps answers, so that two windows never overwrite each other and nothing accepted is lost.

A draft is a flat mapping of entries. A plain question is one entry under its name; each row of a repeating
group is one entry under `group.row`, where rows are named by time-ordered keys. Every entry has a `Trace`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, TypeAlias

Value: TypeAlias = Any
"""JSON: text (amounts and days too), whole number, truth, list; a mapping for a row; None for no answer."""
Entries: TypeAlias = Mapping[str, Value]


class Origin(StrEnum):
    """Where an answer came from."""

    REPORTED = "reported"
    """A withholding agent reported it."""
    DERIVED = "derived"
    """The portal concluded it from what it holds."""
    TYPED = "typed"
    """The taxpayer entered it."""


@dataclass(frozen=True)
class Trace:
    """Where one entry came from, and the version of the draft in which it last changed, from which window.

    A window is one showing of a form; what it saved itself never clashes with its next save. `held` is what
    the portal holds itself, kept beside a typed answer; `held_origin` and `source` say how it knows.
    """

    origin: Origin
    version: int
    window: str = ""
    held: Value = None
    held_origin: Origin | None = None
    source: Mapping[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Trace":
        origin, held = Origin(plain["origin"]), plain["held_origin"]
        return cls(
            origin, plain["version"], plain["window"], plain["held"], held and Origin(held), plain["source"]
        )


@dataclass(frozen=True)
class Held:
    """What the portal holds about one question before anybody is asked."""

    value: Value
    origin: Origin
    source: Mapping[str, Any]


@dataclass(frozen=True)
class Clash:
    """An entry that another window saved after this form was shown, with both values."""

    name: str
    theirs: Value
    yours: Value


@dataclass(frozen=True)
class Kept:
    """The entries of a draft with their traces; every change gives a new value."""

    answers: Entries
    traces: Mapping[str, Trace]

    def clashes(self, given: Entries, seen: int, window: str) -> list[Clash]:
        """The entries of `given` that another window changed after version `seen` to something else."""
        return [
            Clash(name, self.answers.get(name), value)
            for name, value in given.items()
            if self._changed_elsewhere(name, seen, window) and self.answers.get(name) != value
        ]

    def _changed_elsewhere(self, name: str, seen: int, window: str) -> bool:
        trace = self.traces.get(name)
        return trace is not None and trace.version > seen and trace.window != window

    def accept(self, given: Entries, version: int, window: str) -> "Kept":
        """Take answers the taxpayer gave. One that equals what the portal holds is again the portal's."""
        changed = {n: v for n, v in given.items() if n not in self.traces or self.answers.get(n) != v}
        traces = {name: self._typed(name, value, version, window) for name, value in changed.items()}
        return Kept(_without_gaps({**self.answers, **changed}), {**self.traces, **traces})

    def _typed(self, name: str, value: Value, version: int, window: str) -> Trace:
        before = self.traces.get(name)
        if before is None or before.held_origin is None:
            return Trace(Origin.TYPED, version, window)
        origin = before.held_origin if value == before.held else Origin.TYPED
        return replace(before, origin=origin, version=version, window=window)

    def learn(self, holdings: Mapping[str, Held], version: int) -> "Kept":
        """Take over what the portal holds; a typed answer stays, with the new holding beside it."""
        answers, traces = dict(self.answers), dict(self.traces)
        for name, held in holdings.items():
            before = self.traces.get(name)
            if before is not None and _holds(before, held):
                continue
            if before is not None and before.origin is Origin.TYPED and self.answers.get(name) != held.value:
                traces[name] = Trace(
                    Origin.TYPED, before.version, before.window, held.value, held.origin, held.source
                )
            else:
                answers[name] = held.value
                traces[name] = Trace(held.origin, version, "", held.value, held.origin, held.source)
        return Kept(_without_gaps(answers), traces)

    def anew(self) -> "Kept":
        """The same entries at the start of another draft, as no window has changed them yet."""
        return Kept(self.answers, {n: replace(t, version=1, window="") for n, t in self.traces.items()})

    def stale(self, holdings: Mapping[str, Held]) -> list[str]:
        """The entries about which the portal now holds something else than this draft knows."""
        return [n for n, held in holdings.items() if n not in self.traces or not _holds(self.traces[n], held)]


def _holds(trace: Trace, held: Held) -> bool:
    return (trace.held, trace.held_origin, trace.source) == (held.value, held.origin, held.source)


def _without_gaps(answers: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in answers.items() if value is not None}


def row_name(group: str, row: str) -> str:
    """The entry name of one row of a repeating group."""
    return f"{group}.{row}"


def rows_of(answers: Entries, group: str) -> dict[str, Mapping[str, Value]]:
    """The rows of a group by their keys, in the order in which they were added."""
    prefix = f"{group}."
    found = ((name.removeprefix(prefix), row) for name, row in answers.items() if name.startswith(prefix))
    return dict(sorted(found))


def for_the_sheet(answers: Entries, groups: Iterable[str]) -> dict[str, Value]:
    """The answers as a worksheet takes them: each group as a list of its rows."""
    plain = {name: value for name, value in answers.items() if "." not in name}
    return {**plain, **{group: list(rows_of(answers, group).values()) for group in groups}}


def counted(entries: Entries, groups: Iterable[str], answers: Mapping[str, Value]) -> dict[str, Value]:
    """The entries behind the answers that counted, rows under their own names again."""
    found: dict[str, Value] = {name: value for name, value in answers.items() if name not in set(groups)}
    for group in groups:
        rows = zip(rows_of(entries, group), answers.get(group, ()), strict=False)
        found.update({row_name(group, key): row for key, row in rows})
    return found
