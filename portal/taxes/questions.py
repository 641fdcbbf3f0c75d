"""What a worksheet asks: questions, groups of repeated facts, the pages they stand on, and when."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

from portal.core.wording import Phrase
from portal.taxes.kinds import Kind, Value


@dataclass(frozen=True)
class When:
    """A condition on an earlier answer: that it is one of `values`, or (without) that it says something."""

    question: str
    values: tuple[Value, ...] = ()
    unless: bool = False

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Whether it holds for these values."""
        value = values[self.question]
        return (value in self.values if self.values else bool(value)) is not self.unless

    def as_json(self) -> dict[str, Any]:
        return {
            "question": self.question,
            "unless" if self.unless else "is": list(self.values) or "given",
        }


def given(question: str) -> When:
    """Asked only when `question` was answered with yes, or with more than nothing."""
    return When(question)


def is_one(question: str, *values: Value) -> When:
    """Asked only when the answer to `question` is one of `values`."""
    return When(question, values)


def is_not(question: str, *values: Value) -> When:
    """Asked unless the answer to `question` is one of `values`."""
    return When(question, values, unless=True)


@dataclass(frozen=True)
class Asked:
    """What questions and groups share: a name, words, and the conditions under which they are put.

    `label` is the question itself, `meaning` one sentence on what exactly is asked. `prefill` names what the
    portal may already hold (docs/law.md). `from_` and `to` bound the days of law for which it is asked.
    """

    name: str
    label: Phrase
    meaning: Phrase
    prefill: str | None = None
    when: tuple[When, ...] = ()
    from_: date | None = None
    to: date | None = None

    def asked(self, values: Mapping[str, Value], day: date) -> bool:
        """Whether it is asked by the law of `day`, given the answers before it."""
        if (self.from_ and day < self.from_) or (self.to and self.to < day):
            return False
        for condition in self.when:  # noqa: SIM110 - a generator costs three times as much, fifty times a sheet
            if not condition.holds(values):
                return False
        return True

    def as_json(self) -> dict[str, Any]:
        """For programs: what to send, and what it means."""
        plain = {
            "name": self.name,
            "label": self.label,
            "meaning": self.meaning,
            "prefill": self.prefill,
            "when": [condition.as_json() for condition in self.when],
            "from": self.from_ and self.from_.isoformat(),
            "to": self.to and self.to.isoformat(),
        }
        return {key: value for key, value in plain.items() if value or key in {"name", "label", "meaning"}}


@dataclass(frozen=True)
class Question(Asked):
    """One fact to be answered. With a `default` it may stay unanswered, and the default counts."""

    kind: Kind = field(kw_only=True)
    default: Value = None
    required: bool = True

    @cached_property
    def unanswered(self) -> Value:
        """What the computation takes when it is asked and there is no answer."""
        return self.kind.empty if self.default is None else self.default

    def as_json(self) -> dict[str, Any]:
        plain = super().as_json() | {"kind": self.kind.code, **self.kind.bounds(), "required": self.required}
        return plain if self.default is None else plain | {"default": self.kind.write(self.default)}


@dataclass(frozen=True)
class Group(Asked):
    """Facts that repeat: children, patients. `row` names one of them; `{n}` in it is its number."""

    row: Phrase = field(kw_only=True)
    at_most: int = 20
    questions: tuple[Question, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return super().as_json() | {
            "kind": "group",
            "at_most": self.at_most,
            "questions": [question.as_json() for question in self.questions],
        }


@dataclass(frozen=True)
class Page:
    """What is asked together. `when` holds for everything on it."""

    code: str
    title: Phrase
    items: tuple[Question | Group, ...]
    help: Phrase | None = None
    when: tuple[When, ...] = ()


@dataclass(frozen=True)
class Step:
    """A stage of the return, as the list beside the form shows it."""

    code: str
    title: Phrase
    pages: tuple[Page, ...]


def ask(
    name: str,
    kind: Kind,
    label: Phrase,
    meaning: Phrase,
    *,
    default: Value = None,
    required: bool = True,
    prefill: str | None = None,
    when: tuple[When, ...] = (),
    from_: date | None = None,
    to: date | None = None,
) -> Question:
    """One question. It must be answered unless it has a `default` or `required` is false."""
    return Question(
        name,
        label,
        meaning,
        prefill,
        when,
        from_,
        to,
        kind=kind,
        default=default,
        required=required and default is None,
    )


def group(
    name: str,
    label: Phrase,
    meaning: Phrase,
    *questions: Question,
    row: Phrase,
    at_most: int = 20,
    prefill: str | None = None,
    when: tuple[When, ...] = (),
    from_: date | None = None,
) -> Group:
    """Facts that repeat: each row answers all `questions`. No rows is an answer too."""
    return Group(name, label, meaning, prefill, when, from_, row=row, at_most=at_most, questions=questions)


def page(
    code: str,
    title: Phrase,
    *items: Question | Group,
    help: Phrase | None = None,  # noqa: A002 - the word for it
    when: tuple[When, ...] = (),
) -> Page:
    """A page; its condition becomes a condition of everything asked on it."""
    conditional = tuple(replace(item, when=when + item.when) for item in items)
    return Page(code, title, conditional, help, when)
