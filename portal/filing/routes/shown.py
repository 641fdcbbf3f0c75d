"""How answers and where they came from stand on a page, in the language of the page."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from markupsafe import Markup

from portal.core.clock import day_of
from portal.core.pages import foreign, speaking
from portal.filing.routes.wording import _
from portal.filing.rules.answers import Kept, Origin, Trace, Value, row_name, rows_of
from portal.taxes.kinds import Day, Text, Whole
from portal.taxes.periods import Period
from portal.taxes.questions import Group, Page, Question

Row = dict[str, str]
"""A row of a summary list: question, answer, origin, and the address where it is changed."""

# Answers


def answer(question: Question, value: Value) -> str:
    """An answer as a draft keeps it, in words; empty where there is none. Names are marked as Chinese."""
    if value is None:
        return ""
    read = question.kind.read(value)
    if isinstance(question.kind, Whole) and question.kind.unit:
        return f"{read} {_(question.kind.unit)}"
    if isinstance(question.kind, Day):
        return speaking().short_day(read)
    return foreign(read) if isinstance(question.kind, Text) else question.kind.show(read, _)


def row(group: Group, answers: Mapping[str, Value]) -> str:
    """One row of a group in one line: its answers, without names of questions."""
    parts = [answer(question, answers.get(question.name)) for question in group.questions]
    return Markup(_("，")).join(part for part in parts if part) or _("（未填）")  # noqa: S704 - ours


# Where an answer came from


def origin(question: Question, trace: Trace | None) -> str:
    """Where the answer to a question came from, and for a typed one what the portal holds instead."""
    if trace is None:
        return ""
    if trace.origin is not Origin.TYPED:
        return row_origin(trace)
    if trace.held_origin is None:
        return origin_word(Origin.TYPED)
    held = answer(question, trace.held) or _("（未填）")
    said = Markup(_("手填；原有的是 %(held)s（%(source)s）"))  # noqa: S704 - ours, what is filled in is escaped
    return said % {"held": held, "source": _source(trace)}


def row_origin(trace: Trace) -> str:
    """Where a whole row came from."""
    word = origin_word(trace.origin)
    return (
        word if trace.origin is Origin.TYPED else _("%(word)s：%(source)s", word=word, source=_source(trace))
    )


def origin_word(which: Origin) -> str:
    """Reported, derived or typed, in a word."""
    if which is Origin.REPORTED:
        return _("已申报")
    return _("推算") if which is Origin.DERIVED else _("手填")


def _source(trace: Trace) -> str:
    source = trace.source or {}
    if "return" in source:
        return _("来自%(period)s的申报", period=Period.parse(source["period"]).said(_))
    if not source.get("lines"):
        return _("没有扣缴义务人申报过这一项")
    return _(
        "%(payers)s 个扣缴义务人，共 %(lines)s 笔，%(day)s 收到",
        payers=source["payers"],
        lines=source["lines"],
        day=speaking().short_day(day_of(datetime.fromisoformat(source["received"]))),
    )


# All answers, page by page


def summary(
    pages: Iterable[tuple[Page, str]], kept: Kept, row_address: Callable[[Group, UUID], str]
) -> list[tuple[str, list[Row]]]:
    """What was answered: of each page its title and rows. A page comes with where it is changed, if it is."""
    found = ((_(page.title), _rows(page, address, kept, row_address)) for page, address in pages)
    return [(words, rows) for words, rows in found if rows]


def _rows(page: Page, address: str, kept: Kept, row_address: Callable[[Group, UUID], str]) -> list[Row]:
    rows = []
    for item in page.items:
        if isinstance(item, Group):
            rows += list_rows(item, kept, row_address)
        elif item.name in kept.answers:
            told = answer(item, kept.answers[item.name])
            came = origin(item, kept.traces.get(item.name))
            rows.append({"question": _(item.label), "answer": told, "origin": came, "href": address})
    return rows


def list_rows(group: Group, kept: Kept, address: Callable[[Group, UUID], str]) -> list[Row]:
    """The rows of one group."""
    return [
        {
            "question": _(group.row).format(n=n),
            "answer": row(group, held),
            "origin": row_origin(kept.traces[row_name(group.name, key)]),
            "href": address(group, UUID(key)),
        }
        for n, (key, held) in enumerate(rows_of(kept.answers, group.name).items(), 1)
    ]
