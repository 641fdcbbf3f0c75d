"""The way through a return: which pages are asked, given the answers so far, and what each still needs."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.filing.rules.answers import Entries, Value, for_the_sheet
from portal.taxes.lines import On
from portal.taxes.plan import Facts
from portal.taxes.questions import Group, Page, Question, Step
from portal.taxes.worksheet import Worksheet


@dataclass(frozen=True)
class Place:
    """One page of a return as it stands: what it asks now, and what of that still needs an answer."""

    step: Step
    page: Page
    questions: tuple[Question, ...]
    groups: tuple[Group, ...]
    missing: tuple[str, ...]

    @property
    def names(self) -> set[str]:
        """Everything asked here."""
        return {item.name for item in (*self.questions, *self.groups)}


@dataclass(frozen=True)
class Path:
    """The pages of a return in order."""

    places: tuple[Place, ...]

    def at(self, code: str) -> Place | None:
        """The page `code`, if it is asked."""
        return next((place for place in self.places if place.page.code == code), None)

    def of(self, name: str) -> Place | None:
        """The page on which a question or group is asked."""
        return next((place for place in self.places if name in place.names), None)

    def after(self, place: Place) -> Place | None:
        """The page after this one; None where the return is ready to be checked."""
        codes = [each.page.code for each in self.places]
        later = self.places[codes.index(place.page.code) + 1 :] if place.page.code in codes else ()
        return next(iter(later), None)

    def before(self, place: Place) -> Place | None:
        """The page before this one; None at the first."""
        codes = [each.page.code for each in self.places]
        at = codes.index(place.page.code)
        return self.places[at - 1] if at else None

    def scopes(self, entries: Entries) -> set[str]:
        """The pages and rows that are asked now, as drafts name what is unfinished on them."""
        groups = {group.name for place in self.places for group in place.groups}
        rows = {name for name in entries if name.partition(".")[0] in groups}
        return rows | {place.page.code for place in self.places}

    @property
    def missing(self) -> tuple[str, ...]:
        """Everything that still needs an answer."""
        return tuple(name for place in self.places for name in place.missing)

    @property
    def first_unfinished(self) -> Place | None:
        """The first page that still needs an answer; None where none does."""
        return next((place for place in self.places if place.missing), None)


def path(sheet: Worksheet, on: On, entries: Entries) -> Path:
    """The way through a return for a period, given a draft's entries."""
    answers = sheet.read_answers(known(sheet, entries))
    asked = set(sheet.asked(answers, on=on))
    missing = sheet.missing(answers, on=on)
    return Path(
        tuple(
            place
            for step in sheet.steps
            for page in step.pages
            if (place := _place(step, page, asked, missing)).names
        )
    )


def known(sheet: Worksheet, entries: Entries) -> dict[str, Value]:
    """A draft's entries as the sheet takes them, without those the sheet no longer asks for."""
    answers = for_the_sheet(entries, sheet.groups)
    return {name: value for name, value in answers.items() if name in sheet.asking}


def _place(step: Step, page: Page, asked: set[str], missing: tuple[str, ...]) -> Place:
    items = [item for item in page.items if item.name in asked]
    names = {item.name for item in items}
    return Place(
        step,
        page,
        tuple(item for item in items if isinstance(item, Question)),
        tuple(item for item in items if isinstance(item, Group)),
        tuple(path for path in missing if path.partition("[")[0] in names),
    )


def asked_in_row(sheet: Worksheet, group: Group, on: On, row: Mapping[str, Value]) -> tuple[Question, ...]:
    """The questions asked in a row of a group, given the row's answers so far."""
    facts = Facts(sheet.period.law_day(sheet.period.of(on)))
    by_name = {question.name: question for question in group.questions}
    given = {name: by_name[name].kind.read(raw) for name, raw in row.items() if name in by_name}
    for question in group.questions:
        facts.take(question, given)
    return tuple(question for question in group.questions if question.name in facts.asked)
