"""Forms made from a worksheet's questions: the kind of a question decides field, bounds and messages."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from werkzeug.datastructures import MultiDict

from portal.core.forms import (
    ChoiceField,
    DayField,
    Form,
    HiddenField,
    MoneyField,
    MonthField,
    SelectField,
    TextField,
    TickField,
    WholeField,
)
from portal.core.forms import Question as Field
from portal.core.wording import N_
from portal.filing.rules.answers import Value
from portal.taxes.kinds import Choice, Day, Kind, Text, Tick, Whole, YearMonth, Yuan
from portal.taxes.months import Month
from portal.taxes.questions import Question

ASKED = "ask_"
"""Before the name of each question, so that none can be taken for a part of the form itself."""
YES, NO = "yes", "no"
ANY = (N_("有需要填写的吗"), ((YES, N_("有，添加一项")), (NO, N_("没有，继续"))))
ANOTHER = (N_("还要再添加一项吗"), ((YES, N_("是，再添加一项")), (NO, N_("不用了，继续"))))
KEEP = "keep_"
THEIRS, YOURS = "theirs", "yours"
MOST_RADIOS = 8
MOST_UNFINISHED = 200
"""Characters kept of a text that was typed and cannot be accepted yet."""


class WindowForm(Form):
    """Carries which version of the draft was shown, and which showing of the form this is."""

    version = HiddenField()
    window = HiddenField()

    @property
    def seen(self) -> int:
        """The version of the draft when this form was shown; 0 when what came back is no version."""
        typed = self.version.data or ""
        return int(typed) if typed.isdecimal() and len(typed) < 10 else 0


class AnswerForm(WindowForm):
    """Questions of a worksheet. Make one with `answer_form`."""

    questions: tuple[Question, ...] = ()

    @property
    def wants_more(self) -> bool:
        """Whether another repeated fact is to be added."""
        return "more" in self and self["more"].data == YES

    def fields(self) -> list[tuple[Field, Question]]:
        """Each field with the question it asks, in page order."""
        return [(self[ASKED + question.name], question) for question in self.questions]

    def show(self, answers: Mapping[str, Value], unfinished: Mapping[str, str]) -> None:
        """Put a draft's answers into the controls, and over them what was typed and not yet accepted."""
        for field, question in self.fields():
            field.process(None, _data(question, answers.get(question.name)))
            typed = {control: text for control, text in unfinished.items() if _belongs(control, field)}
            if typed:
                field.process(MultiDict(typed))

    def answers(self) -> dict[str, Value]:
        """Of a validated form, every sound answer as drafts keep it; None where nothing was typed."""
        return {q.name: _kept(q.kind, field.data) for field, q in self.fields() if _sound(field)}

    def unfinished(self) -> dict[str, str]:
        """Of a validated form, what was typed and cannot be accepted, by control."""
        wrong = [field for field, _ in self.fields() if not _sound(field)]
        typed = [pair for field in wrong for pair in _typed(field).items()]
        return {control: text[:MOST_UNFINISHED] for control, text in typed}


class SubmitForm(WindowForm):
    """The declaration under a return."""

    declared = TickField(
        N_("我已核对以上内容，所填真实、完整，并承担相应法律责任。"), missing=N_("请先勾选声明，再提交申报")
    )


@lru_cache(maxsize=512)
def answer_form(questions: tuple[Question, ...], more: bool | None = None) -> type[AnswerForm]:
    """The form that asks these questions; and below a list of repeated facts, whether to add one.

    `more` says whether the list holds any yet; None where there is no list, or it is full.
    """
    fields: dict[str, Any] = {ASKED + question.name: field_for(question) for question in questions}
    if more is not None:
        fields["more"] = ChoiceField(*(ANOTHER if more else ANY), missing=N_("请选择要不要添加"))
    return type("QuestionsForm", (AnswerForm,), {**fields, "questions": questions})


def conflict_form(words: Mapping[str, str]) -> type[Form]:
    """For each clashing entry, by name and words: which version to keep. What is saved is preset."""
    options = ((THEIRS, N_("保留已经保存的")), (YOURS, N_("改为您这次填写的")))
    fields = {KEEP + name: ChoiceField(asked, options, default=THEIRS) for name, asked in words.items()}
    return type("ConflictForm", (Form,), fields)


def field_for(question: Question) -> Field:
    """The field that asks one question of a worksheet."""
    make = FIELDS[type(question.kind)]
    return make(question.label, question.kind, hint=question.meaning, optional=not question.required)


def _choice(words: str, kind: Choice, **settings: Any) -> Field:
    field = ChoiceField if len(kind.options) <= MOST_RADIOS else SelectField
    return field(words, tuple(kind.options.items()), **settings)


FIELDS: dict[type[Kind], Callable[..., Field]] = {
    Yuan: lambda words, kind, **more: MoneyField(words, least=kind.at_least, most=kind.at_most, **more),
    Whole: lambda words, kind, **more: WholeField(
        words, least=kind.at_least, most=kind.at_most, unit=kind.unit or "", **more
    ),
    Tick: lambda words, _kind, **more: ChoiceField(words, ((YES, N_("是")), (NO, N_("否"))), **more),
    Choice: _choice,
    Day: lambda words, _kind, **more: DayField(words, **more),
    YearMonth: lambda words, _kind, **more: MonthField(words, **more),
    Text: lambda words, kind, **more: TextField(words, most=kind.at_most, **more),
}


def _data(question: Question, kept: Value) -> Any:
    """What a field holds for an answer as drafts keep it; the default where there is none."""
    if kept is None and question.default is None:
        return None
    value = question.default if kept is None else question.kind.read(kept)
    if isinstance(value, bool):
        return YES if value else NO
    return date(value.year, value.month, 1) if isinstance(value, Month) else value


def _kept(kind: Kind, data: Any) -> Value:
    """What a draft keeps of a field's data; None where nothing was answered."""
    if data is None or data == "":
        return None
    if isinstance(kind, Tick):
        return bool(data == YES)
    if isinstance(kind, YearMonth):
        return kind.write(Month(data.year, data.month))
    return kind.write(data)


def _sound(field: Field) -> bool:
    """Whether a validated field holds an answer, or nothing was typed at all."""
    return not field.errors or not any(_typed(field).values())


def _typed(field: Field) -> dict[str, str]:
    """What stands in each control of a field."""
    if isinstance(field, DayField):
        return {part.name: part.typed for part in field.parts()}
    return {field.name: field.typed}


def _belongs(control: str, field: Field) -> bool:
    return control == field.name or (isinstance(field, DayField) and control.startswith(f"{field.name}-"))
