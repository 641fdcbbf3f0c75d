"""Why two workings differ: the change of the result, answer by answer and line by line."""

from dataclasses import dataclass
from decimal import Decimal

from portal.core.wording import N_, Phrase
from portal.taxes.answers import Answers
from portal.taxes.explained import Explained
from portal.taxes.working import Working

LAW = N_("适用的规定")


@dataclass(frozen=True)
class Term:
    """What one changed answer does to the result, the changes before it already made.

    `name` is a question or group, or empty for the change of period. A positive `effect` is more to pay.
    """

    name: str
    label: Phrase
    effect: Decimal


@dataclass(frozen=True)
class Change:
    """One line before and after."""

    before: Explained
    after: Explained

    @property
    def by(self) -> Decimal:
        """By how much an amount changed."""
        amount: Decimal = self.after.value - self.before.value
        return amount


@dataclass(frozen=True)
class Difference:
    """The change of the result from one working to another. The effects of `terms` sum to `total` exactly."""

    total: Decimal
    terms: tuple[Term, ...]
    changes: tuple[Change, ...]


def difference(before: Working, after: Working) -> Difference:
    """How the result of `after` comes about from that of `before`, both of the same sheet.

    The period changes first, then the answers in the order in which they are asked; each term is the step
    that one change makes, so nothing is left over, and a term depends on the changes before it.
    """
    changed = [n for n in before.sheet.asking if before.answers.values.get(n) != after.answers.values.get(n)]
    answers = dict(before.answers.values)
    now, terms = before.result, []
    for name in ([] if before.period == after.period else [""]) + changed:
        if name in after.answers.values:
            answers[name] = after.answers.values[name]
        else:
            answers.pop(name, None)
        then = before.sheet.work_out(Answers(before.sheet.asking, answers), on=after.period).result
        terms.append(Term(name, before.sheet.asking[name].label if name else LAW, then - now))
        now = then
    return Difference(after.result - before.result, tuple(terms), _changes(before, after))


def _changes(before: Working, after: Working) -> tuple[Change, ...]:
    return tuple(
        Change(before.explain(line.name), line)
        for line in after.lines
        if line.name in before.values
        and isinstance(line.value, Decimal)
        and line.value != before.values[line.name]
    )
