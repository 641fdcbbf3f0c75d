"""The worksheet: a tax as questions and lines. The argument names of a line are all the wiring there is.

Everything is defined before it is used: the order of a sheet is its order of computation, a cycle cannot be
written, and a name that nothing bears is refused where it stands.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from string import Formatter
from typing import TypeVar

from portal.core.wording import N_, Phrase
from portal.taxes.answers import Answers, read
from portal.taxes.kinds import Json, Kind, Value, Yuan
from portal.taxes.law import NO_LAW, Figure, NoLawInForce, law
from portal.taxes.lines import Levy, Line, On, Role, Scope, Sign, Year
from portal.taxes.plan import Named, Plan
from portal.taxes.questions import Group, Page, Question, Step
from portal.taxes.working import Working

Rule = TypeVar("Rule", bound=Callable[..., Value])
NOT_YET = N_("当时尚无此项规定")


class SheetFault(ValueError):
    """A sheet is defined wrongly. The text names the sheet, the line or question, and the fault."""


class Worksheet:
    """One tax: what it asks, what it works out, and which date selects its law.

    `law` is the code of a file under taxes/law; `result` names the line everything leads to: positive is
    payable, negative is to be refunded. `nil` are the answers of a return with nothing to report, for taxes
    that are filed even then. `lines` holds every variant of every line, in order of computation.
    """

    def __init__(
        self,
        code: str,
        title: Phrase,
        *,
        law: str,
        period: Scope = Year,
        result: str = "result",
        nil: Mapping[str, Json] | None = None,
    ) -> None:
        self.code = code
        self.title = title
        self.law = law
        self.period = period
        self.result = result
        self.nil = nil
        self.steps: list[Step] = []
        self.asking: dict[str, Question | Group] = {}
        self.groups: dict[str, Group] = {}
        self.lines: list[Line] = []
        self.summary: tuple[tuple[str, Sign], ...] = ()
        self.levies: tuple[Levy, ...] = (Levy(code, title, result),)
        self._used: set[str] = set()
        self.plan = lru_cache(maxsize=64)(self._plan)

    # What it asks

    def step(self, code: str, title: Phrase, *pages: Page) -> None:
        """Ask `pages` as the next stage of the return."""
        self.plan.cache_clear()
        self.steps.append(Step(code, title, pages))
        for item in (item for page in pages for item in page.items):
            self._refuse_taken(item.name)
            self._check_conditions(item, self.asking)
            self.asking[item.name] = item
            if isinstance(item, Group):
                self._take_group(item)

    def _take_group(self, group: Group) -> None:
        self.groups[group.name] = group
        seen: dict[str, Question | Group] = {}
        for question in group.questions:
            self._refuse_taken(question.name)
            self._check_conditions(question, seen)
            seen[question.name] = question

    def _check_conditions(self, item: Question | Group, earlier: Mapping[str, Question | Group]) -> None:
        for condition in item.when:
            if condition.question not in earlier:
                raise self._fault(
                    item.name, f"its condition is about {condition.question!r}, not asked before it"
                )

    def question(self, name: str, group: str | None = None) -> Question | None:
        """A question by name, or one of a group's; None where there is none."""
        if group is not None:
            return next((q for q in self.groups[group].questions if q.name == name), None)
        found = self.asking.get(name)
        return found if isinstance(found, Question) else None

    # What it works out

    def line(
        self,
        label: Phrase,
        *,
        cite: str,
        why: Phrase | tuple[Phrase, ...],
        kind: Kind | None = None,
        name: str | None = None,
        each: str | None = None,
        from_: date | None = None,
        to: date | None = None,
        before: Value = None,
        role: Role = Role.FIGURE,
    ) -> Callable[[Rule], Rule]:
        """Make a plain function a line. Its argument names say what it uses; its own name is the line's.

        `cite` is the clause, in Chinese. `why` says how it comes about, with the {names} of what it uses; a
        tuple is a sum, of which terms that begin with nothing are left out. `kind` is money unless given.
        `each` names a group: the rule is worked out for every row, and may use that row's answers. `from_`
        and `to` bound the days of law of this variant; further variants are given the same `name`. `before`
        is the value on days before `from_`.

        Raises SheetFault for a missing clause or reason, a name that nothing bears, or one borne twice.
        """

        def define(rule: Rule) -> Rule:
            line = Line(
                name or rule.__name__, label, cite, _terms(why), kind or Yuan(), rule, _arguments(rule),
                each, from_, to, role,
            )  # fmt: skip
            self._check(line)
            if before is not None:
                self._add(self._not_yet(line, before))
            self._add(line)
            return rule

        return define

    def summarise(self, **signs: Sign) -> None:
        """The lines of the summary in order, each with its sign."""
        for name in signs:
            if name not in {line.name for line in self.lines}:
                raise self._fault(name, "the summary names a line that does not exist")
        self.summary = tuple(signs.items())

    def divide(self, *levies: Levy) -> None:
        """Say which levies the result is made of; without a word it is one, named as the sheet."""
        for levy in levies:
            if levy.line not in {line.name for line in self.lines}:
                raise self._fault(levy.line, "a levy names a line that does not exist")
        self.levies = levies

    def _not_yet(self, line: Line, value: Value) -> Line:
        if line.from_ is None:
            raise self._fault(line.name, "a value for days before needs a first day")
        return replace(
            line,
            terms=((NOT_YET, ""),),
            rule=lambda: value,
            uses=(),
            from_=None,
            to=line.from_ - timedelta(days=1),
            role=Role.FIGURE,
        )

    def _add(self, line: Line) -> None:
        for other in self.lines:
            if other.name == line.name and _overlap(other, line):
                raise self._fault(line.name, "two variants hold on the same day")
        self.plan.cache_clear()
        self.lines.append(line)
        self._used.update(line.uses)

    def _check(self, line: Line) -> None:
        if not line.cite.strip() or not all(term.strip() for term, _ in line.terms):
            raise self._fault(line.name, "a line names its clause and says how it comes about")
        if line.name in self._used:
            raise self._fault(line.name, "a line above uses this name already; define variants together")
        if line.name not in (other.name for other in self.lines):
            self._refuse_taken(line.name)
        known = self._names_for(line)
        if unknown := [name for name in line.uses if name not in known]:
            raise self._fault(line.name, f"nothing above is called {', '.join(unknown)}")
        if strange := {n for term, _ in line.terms for n in _fields(term)} - set(line.uses):
            raise self._fault(
                line.name, f"its reason names {', '.join(sorted(strange))}, which it does not use"
            )

    def _names_for(self, line: Line) -> set[str]:
        names = {line.name for line in self.lines} | self._figures.keys() | {self.period.name}
        names |= {name for name, item in self.asking.items() if isinstance(item, Question)}
        if line.each is None:
            return names
        if line.each not in self.groups:
            raise self._fault(line.name, f"no group is called {line.each}")
        return names | {question.name for question in self.groups[line.each].questions}

    def _refuse_taken(self, name: str) -> None:
        if not name.isidentifier():
            raise self._fault(name, "a name is an identifier")
        lines = {line.name for line in self.lines}
        if name == self.period.name or name in self.asking or name in lines or name in self._figures:
            raise self._fault(name, "the name is taken")

    @property
    def _figures(self) -> Mapping[str, Figure]:
        return law(self.law).figures

    def _fault(self, name: str, fault: str) -> SheetFault:
        return SheetFault(f"{self.code}: {name}: {fault}")

    # Working it out

    def read_answers(self, source: str | bytes | Mapping[str, Json]) -> Answers:
        """Answers from JSON text or plain values; raises WrongAnswer naming the question."""
        return read(self.asking, source)

    def write_answers(self, answers: Answers) -> str:
        """The one way these answers are written as JSON."""
        return answers.canonical()

    def work_out(self, answers: Answers | Mapping[str, Json], *, on: On) -> Working:
        """Every line for these answers by the law of the period `on`; unanswered questions count as empty.

        A sheet filed by year takes the year as a number too. Raises WrongAnswer as `read_answers`,
        NoLawInForce where a figure is not fixed for the period, ValueError for a period it is not filed by.
        """
        period = self.period.of(on)
        plan = self.plan(self.period.law_day(period))
        given = self._given(answers)
        facts = plan.facts(given)
        facts.values[self.period.name] = period
        plan.work_out(facts.values, facts.rows)
        unused = tuple(name for name in given.values if name not in facts.counted)
        return Working(
            self, plan, period, Answers(self.asking, facts.counted), unused, facts.values, facts.rows
        )

    def asked(self, answers: Answers | Mapping[str, Json], *, on: On) -> tuple[str, ...]:
        """What is asked, given these answers, in order: question and group names. Rows ask their own."""
        plan = self.plan(self.period.law_day(self.period.of(on)))
        return tuple(plan.facts(self._given(answers)).asked)

    def missing(self, answers: Answers | Mapping[str, Json], *, on: On) -> tuple[str, ...]:
        """What still needs an answer: question names, and `children[0].birth` for those of a row."""
        plan = self.plan(self.period.law_day(self.period.of(on)))
        return tuple(plan.facts(self._given(answers)).missing)

    def _given(self, answers: Answers | Mapping[str, Json]) -> Answers:
        return answers if isinstance(answers, Answers) else self.read_answers(answers)

    def _plan(self, day: date) -> Plan:
        lines = {line.name: line for line in self.lines if line.in_force(day)}
        used = {name for line in lines.values() for name in line.uses}
        in_force = law(self.law).on(day)
        for line in self.lines:
            if line.name in used and line.name not in lines:
                raise NoLawInForce(NO_LAW, figure=line.name, label=line.label, day=day)
        figures = {name: in_force[name] for name in sorted(used & self._figures.keys())}
        of_rows = {
            name: frozenset(q.name for q in group.questions)
            | {line.name for line in lines.values() if line.each == name}
            for name, group in self.groups.items()
        }
        questions = {name: item for name, item in self.asking.items() if isinstance(item, Question)}
        named: dict[str, Named] = {**questions, **lines, **figures, self.period.name: self.period}
        return Plan(day, self.asking, lines, figures, of_rows, named)


def _overlap(one: Line, other: Line) -> bool:
    first = max(one.from_ or date.min, other.from_ or date.min)
    return first <= min(one.to or date.max, other.to or date.max)


def _arguments(rule: Callable[..., Value]) -> tuple[str, ...]:
    return rule.__code__.co_varnames[: rule.__code__.co_argcount]


def _terms(why: Phrase | tuple[Phrase, ...]) -> tuple[tuple[Phrase, str], ...]:
    if isinstance(why, str):
        return ((why, ""),)
    return tuple((term, next(_fields(term), "")) for term in why)


def _fields(text: str) -> Iterator[str]:
    return (name for _, name, _, _ in Formatter().parse(text) if name)
