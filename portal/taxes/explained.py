"""One number and what is behind it, down to the answers and the figures of the law."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal.core.wording import N_, Phrase
from portal.taxes.kinds import Json, Kind, Say, Value
from portal.taxes.law import Entry
from portal.taxes.lines import Line, Scope
from portal.taxes.questions import Question

if TYPE_CHECKING:
    from portal.taxes.working import Working

SORTS = {Line: "line", Entry: "law", Question: "question", Scope: "period"}
PLUS = N_(" ＋ ")
NOTHING = N_("无")


@dataclass(slots=True, eq=False)
class Explained:
    """One number of a worked-out sheet: a line, or a leaf (an answer, a figure of the law, the period).

    `uses` goes one level down; following it ends at leaves. A line worked out for every row of a group uses
    one part per row; `group` and `row` (from 0) are set in such a part and in what belongs to that row alone.
    Nobody changes one; it is not frozen because a page makes hundreds, and freezing triples what each costs.
    """

    working: "Working"
    name: str
    what: Line | Entry | Question | Scope
    value: Value
    """The number itself; a tuple with one value per row for a line worked out for each row."""
    group: str | None = None
    row: int | None = None

    @property
    def line(self) -> Line | None:
        """The line, unless this is a leaf."""
        return self.what if isinstance(self.what, Line) else None

    @property
    def entry(self) -> Entry | None:
        """The entry of the law, if this is one of its figures: source, from, to, confidence."""
        return self.what if isinstance(self.what, Entry) else None

    @property
    def question(self) -> Question | None:
        """The question, if this is an answer."""
        return self.what if isinstance(self.what, Question) else None

    @property
    def sort(self) -> str:
        """`line`, `law`, `question` or `period`."""
        return SORTS[type(self.what)]

    @property
    def label(self) -> Phrase:
        """What the number is called."""
        return self.what.label

    @property
    def kind(self) -> Kind:
        """How the value is written and shown."""
        return self.what.kind

    @property
    def clause(self) -> str:
        """Where it stands in the law: the clause of a line, the source of a figure; empty for an answer."""
        if isinstance(self.what, Line):
            return self.what.cite
        return self.what.source if isinstance(self.what, Entry) else ""

    @property
    def uses(self) -> tuple["Explained", ...]:
        """What it was worked out from, in the order of the rule's arguments; nothing for a leaf."""
        line, working = self.what, self.working
        if not isinstance(line, Line):
            return ()
        if line.each and self.row is None:
            rows = range(len(working.rows[line.each]))
            return tuple([working.explain(self.name, line.each, row) for row in rows])
        if self.group is None:
            values = working.values
            return tuple(
                [
                    Explained(working, name, what, values[name])
                    for name, what in working.plan.used_by[self.name]
                ]
            )
        of_row = working.plan.of_rows[self.group]
        return tuple(
            [working.explain(name, *((self.group, self.row) if name in of_row else ())) for name in line.uses]
        )

    def walk(self) -> Iterator["Explained"]:
        """This number and everything behind it, each once, the results before what they rest on."""
        seen, waiting = set(), [self]
        while waiting:
            here = waiting.pop()
            if (here.name, here.group, here.row) not in seen:
                seen.add((here.name, here.group, here.row))
                yield here
                waiting.extend(reversed(here.uses))

    def row_label(self, say: Say = str) -> str:
        """Which row of a group this is about, such as 第 1 名子女; empty outside groups."""
        if self.group is None or self.row is None:
            return ""
        return say(self.working.sheet.groups[self.group].row).format(n=self.row + 1)

    def shown(self, say: Say = str) -> str:
        """The value for people, in the language of `say`."""
        return self._each(lambda value: self.kind.show(value, say), say)

    def formula(self, say: Say = str) -> str:
        """The value as it stands inside a sentence."""
        return self._each(lambda value: self.kind.formula(value, say), say)

    def _each(self, show: Say, say: Say) -> str:
        parts = self.value if self._of_all_rows else (self.value,)
        shown = [say(NOTHING) if part is None or part == "" else show(part) for part in parts]
        return say(PLUS).join(shown) or say(NOTHING)

    @property
    def _of_all_rows(self) -> bool:
        return self.line is not None and self.line.each is not None and self.row is None

    def why(self, say: Say = str) -> str:
        """How it came about, with the taxpayer's own figures; empty for a leaf and over all rows."""
        if self.line is None or self._of_all_rows:
            return ""
        used = {each.name: each for each in self.uses}
        written = {name: each.formula(say) for name, each in used.items()}
        terms = [
            say(term).format_map(written)
            for term, first in self.line.terms
            if not first or _says_something(used[first].value)
        ]
        return say(PLUS).join(terms) or say(self.line.terms[0][0]).format_map(written)

    def as_json(self) -> dict[str, Json]:
        """This number and the names and values it used: one line of the command line's answer."""
        plain: dict[str, Json] = {
            "name": self.name,
            "label": self.label,
            "value": self.written,
            "clause": self.clause,
            "why": self.why(),
        }
        return plain | {"uses": {each.name: each.written for each in self.uses if each.name != self.name}}

    @property
    def written(self) -> Json:
        """The value as JSON holds it."""
        if self._of_all_rows:
            return [self.kind.write(value) for value in self.value]
        return None if self.value is None else self.kind.write(self.value)


def _says_something(value: Value) -> bool:
    return any(value) if isinstance(value, tuple) else bool(value)
