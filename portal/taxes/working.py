"""A worksheet worked out: every line with value and reason, the summary, conflicts, hints, digest."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from string import ascii_uppercase
from typing import TYPE_CHECKING

from portal.taxes.answers import Answers, canonical
from portal.taxes.explained import Explained
from portal.taxes.kinds import Json, Value
from portal.taxes.law import Entry
from portal.taxes.lines import On, Role, Sign
from portal.taxes.plan import Plan, Rows

if TYPE_CHECKING:
    from portal.taxes.worksheet import Worksheet


@dataclass(frozen=True)
class SummaryRow:
    """One row of the computation as a page shows it: a letter, the line, and its amount with its sign.

    A minus row carries its amount negated, so that the rows add up as they stand.
    """

    letter: str
    explained: Explained
    amount: Decimal
    total: bool


@dataclass(frozen=True)
class Working:
    """What `Worksheet.work_out` found. `answers` are those that counted, `unused` the names of the others."""

    sheet: "Worksheet"
    plan: Plan
    period: On
    answers: Answers
    unused: tuple[str, ...]
    values: Mapping[str, Value]
    rows: Rows

    def __getitem__(self, name: str) -> Value:
        """The value of a line, question or law figure."""
        return self.values[name]

    @property
    def result(self) -> Decimal:
        """What it comes to: positive is payable, negative is to be refunded."""
        amount: Decimal = self.values[self.sheet.result]
        return amount

    @property
    def levied(self) -> dict[str, Decimal]:
        """What each levy comes to, by code: positive is payable, negative is to be refunded."""
        return {levy.code: self.values[levy.line] for levy in self.sheet.levies}

    def explain(self, name: str, group: str | None = None, row: int | None = None) -> Explained:
        """What is behind a line, answer or law figure, or behind that of one row of a group.

        Raises KeyError for a name that nothing bears.
        """
        what = self.plan.named.get(name) or self.sheet.question(name, group)
        if what is None:
            raise KeyError(name)
        value = self.values[name] if group is None or row is None else self.rows[group][row][name]
        return Explained(self, name, what, value, group, row)

    @property
    def lines(self) -> tuple[Explained, ...]:
        """Every line in order of computation."""
        values = self.values
        return tuple([Explained(self, name, line, values[name]) for name, line in self.plan.lines.items()])

    @property
    def conflicts(self) -> tuple[Explained, ...]:
        """Where the answers contradict the law or each other; there must be none in a return."""
        return self._of_role(Role.CONFLICT)

    @property
    def hints(self) -> tuple[Explained, ...]:
        """What is left unused or unclear, with the amount it is about."""
        return self._of_role(Role.HINT)

    def _of_role(self, role: Role) -> tuple[Explained, ...]:
        found = (n for n, line in self.plan.lines.items() if line.role is role and self.values[n])
        return tuple(self.explain(name) for name in found)

    @property
    def summary(self) -> tuple[SummaryRow, ...]:
        """The way from income to result. A row that adds nothing is left out, a total never is."""
        signed = self.sheet.summary
        shown = [(name, sign) for name, sign in signed if sign is Sign.TOTAL or self.values[name]]
        return tuple(
            SummaryRow(letter, self.explain(name), self._signed(name, sign), sign is Sign.TOTAL)
            for letter, (name, sign) in zip(ascii_uppercase, shown, strict=False)
        )

    def _signed(self, name: str, sign: Sign) -> Decimal:
        amount: Decimal = self.values[name]
        return -amount if sign is Sign.MINUS else amount

    @property
    def law_used(self) -> tuple[Entry, ...]:
        """The entries of the law on which the result rests."""
        return self.plan.figures_behind(self.sheet.result)

    def digest(self) -> str:
        """SHA-256, in hex, over sheet, period, answers, the law entries used and the result."""
        covered = {
            "sheet": self.sheet.code,
            "period": str(self.period),
            "answers": self.answers.as_json(),
            "law": [entry.as_json() for entry in self.law_used],
            "result": f"{self.result:.2f}",
        }
        return hashlib.sha256(canonical(covered).encode()).hexdigest()

    def lines_as_json(self) -> dict[str, Json]:
        """Every line's value by name, as a filed return keeps them."""
        return {line.name: line.written for line in self.lines}

    def as_json(self) -> dict[str, Json]:
        """All of it for programs: answers, every line with value, clause and uses, law, conflicts, digest."""
        return {
            "sheet": self.sheet.code,
            self.sheet.period.name: str(self.period),
            "law_day": self.plan.day.isoformat(),
            "answers": self.answers.as_json(),
            "unused_answers": list(self.unused),
            "missing": list(self.sheet.missing(self.answers, on=self.period)),
            "conflicts": [{"line": e.name, "label": e.label, "why": e.why()} for e in self.conflicts],
            "hints": [{"line": e.name, "label": e.label, "why": e.why()} for e in self.hints],
            "lines": [line.as_json() for line in self.lines],
            "law": [entry.as_json() for entry in self.law_used],
            "result": f"{self.result:.2f}",
            "digest": self.digest(),
        }
