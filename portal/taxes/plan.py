"""What of a sheet holds on one day of law: its lines, its questions and its figures, chosen once and kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from portal.taxes.answers import Answers
from portal.taxes.kinds import Value
from portal.taxes.law import Entry
from portal.taxes.lines import Line, Scope
from portal.taxes.questions import Group, Question

Named = Line | Entry | Question | Scope
"""What a name outside the groups can stand for."""
Rows = dict[str, list[dict[str, Value]]]
"""For each group its rows: the values of the row's questions, and of the lines worked out for each row."""


@dataclass(frozen=True)
class Facts:
    """What counts of the answers given: those to questions that are asked.

    An answer to a question that another answer has closed (the rent of one who now claims a loan) stays out.
    """

    day: date
    values: dict[str, Value] = field(default_factory=dict)
    counted: dict[str, Value] = field(default_factory=dict)
    rows: Rows = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def take(self, question: Question, given: Mapping[str, Value], path: str = "") -> None:
        """Take the answer to `question`, or what stands for one."""
        name = question.name
        if not question.asked(self.values, self.day):
            self.values[name] = question.kind.empty
            return
        self.asked.append(path + name)
        if name in given:
            self.values[name] = self.counted[name] = given[name]
            return
        self.values[name] = question.unanswered
        if question.required:
            self.missing.append(path + name)

    def take_rows(self, group: Group, given: Mapping[str, Value]) -> None:
        """Take the rows of `group`, each with facts of its own."""
        self.rows[group.name] = []
        self.values[group.name] = ()
        if not group.asked(self.values, self.day):
            return
        self.asked.append(group.name)
        rows = [Facts(self.day) for _ in given.get(group.name, ())]
        for n, row in enumerate(rows):
            for question in group.questions:
                row.take(question, given[group.name][n], f"{group.name}[{n}].")
            self.missing.extend(row.missing)
        self.rows[group.name] = [row.values for row in rows]
        if rows:
            self.values[group.name] = self.counted[group.name] = tuple(row.counted for row in rows)


@dataclass(frozen=True)
class Plan:
    """The law of one day applied to a sheet. `lines` stand in order of computation."""

    day: date
    asking: Mapping[str, Question | Group]
    lines: Mapping[str, Line]
    figures: Mapping[str, Entry]
    of_rows: Mapping[str, frozenset[str]]
    """For each group the names that belong to one of its rows."""
    named: Mapping[str, Named]
    """What each name outside the groups stands for."""

    def facts(self, given: Answers) -> Facts:
        """What counts of the answers on this day of law."""
        facts = Facts(self.day)
        for item in self.asking.values():
            if isinstance(item, Group):
                facts.take_rows(item, given.values)
            else:
                facts.take(item, given.values)
        return facts

    def work_out(self, values: dict[str, Value], rows: Rows) -> None:
        """Add to `values` (questions, period) every figure and line, and to `rows` every line of each row."""
        values.update(self._constants)
        value_of = values.__getitem__
        for name, rule, uses, each in self._steps:
            if each is None:
                values[name] = rule(*map(value_of, uses))
                continue
            for row in rows[each]:
                row[name] = rule(*[row[use] if use in row else values[use] for use in uses])
            values[name] = tuple(row[name] for row in rows[each])

    @cached_property
    def used_by(self) -> Mapping[str, tuple[tuple[str, Named], ...]]:
        """For each line the names it uses, outside rows, with what they stand for."""
        return {
            name: tuple((used, self.named[used]) for used in line.uses if used in self.named)
            for name, line in self.lines.items()
        }

    @cached_property
    def _constants(self) -> dict[str, Value]:
        return {name: entry.value for name, entry in self.figures.items()}

    @cached_property
    def _steps(self) -> list[tuple[str, Callable[..., Value], tuple[str, ...], str | None]]:
        return [(line.name, line.rule, line.uses, line.each) for line in self.lines.values()]

    def figures_behind(self, name: str) -> tuple[Entry, ...]:
        """The law entries on which a line rests, directly or through other lines, in order of name."""
        return tuple(self.figures[used] for used in sorted(self.names_behind(name)) if used in self.figures)

    def names_behind(self, name: str) -> frozenset[str]:
        """Every name on which a line rests."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            line = self.lines.get(waiting.pop())
            new = set(line.uses) - found if line else set()
            found |= new
            waiting += new
        return frozenset(found)
