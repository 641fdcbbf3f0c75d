"""Answers to a worksheet: read strictly, written in one way only."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from portal.taxes.kinds import Json, Value, WrongValue
from portal.taxes.questions import Group, Question

Asking = Mapping[str, Question | Group]
"""Everything a sheet asks, by name, in order."""


class WrongAnswer(ValueError):
    """An answer that cannot be one. `question` is its path, such as `wages` or `children[0].birth`."""

    def __init__(self, question: str, why: str) -> None:
        super().__init__(f"{question}: {why}" if question else why)
        self.question = question
        self.why = why


@dataclass(frozen=True)
class Answers:
    """Answers of the right names and kinds. A group is a tuple of rows; what is not answered is absent."""

    asking: Asking
    values: Mapping[str, Value]

    def as_json(self) -> dict[str, Json]:
        """Plain JSON in the order of asking: amounts as text, days as ISO."""
        return {
            name: _write(self.asking[name], self.values[name]) for name in self.asking if name in self.values
        }

    def canonical(self) -> str:
        """The one way these answers are written: keys sorted, no spaces."""
        return canonical(self.as_json())


def canonical(plain: Json) -> str:
    """JSON in one way only, for storing and for digests."""
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read(asking: Asking, source: str | bytes | Mapping[str, Json]) -> Answers:
    """Answers from JSON text or its plain values. `null` means no answer.

    Raises WrongAnswer for text that is not JSON, a name that is not asked, and a value of the wrong kind.
    """
    plain = _parse(source) if isinstance(source, (str, bytes)) else source
    if not isinstance(plain, Mapping):
        raise WrongAnswer("", "answers are one JSON object")
    given = _known("", asking, plain)
    return Answers(asking, {name: _read(name, asking[name], raw) for name, raw in given.items()})


def _parse(text: str | bytes) -> Json:
    try:
        return json.loads(
            text, object_pairs_hook=_once, parse_float=_no_fraction, parse_constant=_no_fraction
        )
    except WrongAnswer:
        raise
    except (ValueError, RecursionError) as error:  # not text, not JSON, a number of too many digits, too deep
        raise WrongAnswer("", f"not JSON: {error}") from None


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise WrongAnswer("", "a name stands twice in one object")
    return found


def _no_fraction(text: str) -> NoReturn:
    raise WrongAnswer("", f"{text} is a number with a fraction: amounts are written as text")


def _known(path: str, asking: Iterable[str], plain: Mapping[str, Json]) -> dict[str, Json]:
    """What was given, in the order of asking."""
    for name in plain:
        if name not in asking:
            raise WrongAnswer(f"{path}{name}", "no such question")
    return {name: plain[name] for name in asking if plain.get(name) is not None}


def _read(path: str, item: Question | Group, raw: Json) -> Value:
    if isinstance(item, Group):
        return _read_rows(path, item, raw)
    try:
        return item.kind.read(raw)
    except WrongValue as error:
        raise WrongAnswer(path, str(error)) from None


def _read_rows(path: str, group: Group, raw: Json) -> tuple[Mapping[str, Value], ...]:
    if isinstance(raw, (str, bytes)) or not isinstance(raw, Sequence) or len(raw) > group.at_most:
        raise WrongAnswer(path, f"a list of at most {group.at_most} objects is needed")
    return tuple(_read_row(f"{path}[{n}]", group, row) for n, row in enumerate(raw))


def _read_row(path: str, group: Group, raw: Json) -> Mapping[str, Value]:
    if not isinstance(raw, Mapping):
        raise WrongAnswer(path, "an object is needed")
    asking = {question.name: question for question in group.questions}
    given = _known(f"{path}.", asking, raw)
    return {name: _read(f"{path}.{name}", asking[name], value) for name, value in given.items()}


def _write(item: Question | Group, value: Value) -> Json:
    if isinstance(item, Group):
        return [{q.name: q.kind.write(row[q.name]) for q in item.questions if q.name in row} for row in value]
    return item.kind.write(value)
