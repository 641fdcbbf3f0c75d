"""The form every page posts to, and the question every field is."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

from flask import request
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from flask_wtf.csrf import _FlaskFormCSRF
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import Field
from wtforms.validators import StopValidation, ValidationError

from portal.core.forms.cleaning import visible
from portal.core.wording import N_

STALE = N_("页面已过期或被改动过，请重新打开本页后再提交")
SUBMITTING = {"POST", "PUT", "PATCH", "DELETE"}


def say(text: object) -> str:
    """A phrase in the language of the page; nothing stays nothing."""
    return str(_(str(text))) if str(text) else ""


class Question(Field):  # type: ignore[misc]
    """What every field kind is: one question with its hint, what was typed and the one thing wrong with it.

    `words` and `hint` are Chinese source text; where the question is an order ("设置密码"), `noun` is what
    messages call its answer. An optional question may be left empty; any other then says
    `missing`, by default made of the question itself.
    """

    data: Any
    kind: ClassVar[str] = "text"
    MISSING: ClassVar[str] = N_("请填写%(object)s")

    def __init__(
        self,
        words: str,
        validators: Sequence[Callable[..., None]] = (),
        *,
        hint: str = "",
        optional: bool = False,
        missing: str = "",
        noun: str = "",
        autocomplete: str = "off",
        **settings: Any,
    ) -> None:
        super().__init__(words, list(validators), description=hint, **settings)
        self.optional = optional
        self.missing = missing
        self.noun = noun
        self.autocomplete = autocomplete

    @property
    def question(self) -> str:
        """The question in the language of the page."""
        return say(self.label.text)

    @property
    def hint(self) -> str:
        """The line under the question; an optional question says so."""
        hint = say(self.description)
        return f"{_('选填。')}{hint}".strip() if self.optional and self._form.marks_optional else hint

    @property
    def wrong(self) -> str:
        """The one message beside this question, or nothing."""
        return str(self.errors[0]) if self.errors else ""

    @property
    def control_id(self) -> str:
        """The control that a link in the error summary leads to."""
        return str(self.id)

    @property
    def typed(self) -> str:
        """What to show in the control: as it was typed, or the value known before."""
        if self.raw_data is not None:
            return visible(first_text(self.raw_data))
        return "" if self.data is None else self.written(self.data)

    def ask(self) -> "Question":
        """This question, noted as asked now: the error summary has the order of the page."""
        if self not in self._form.asked:
            self._form.asked.append(self)
        return self

    def written(self, value: Any) -> str:
        """A value as a person would type it."""
        return str(value)

    def message(self, phrase: str, **facts: object) -> str:
        """`phrase` with this question as its `subject` or, inside a sentence, its `object`."""
        asked = say(self.noun) or self.question
        inside = asked[:1].lower() + asked[1:] if asked[1:2].islower() else asked
        return str(_(phrase, subject=asked, object=inside, **facts))

    def is_blank(self) -> bool:
        """Whether nothing was answered."""
        return self.data is None or self.data == ""

    def pre_validate(self, form: object) -> None:  # noqa: ARG002 - WTForms fixes the parameters
        """Stop at the first thing wrong: one message a question."""
        if self.process_errors:
            raise StopValidation
        if self.is_blank():
            raise StopValidation(None if self.optional else self.missing_message())

    def missing_message(self) -> str:
        """What to say when nothing was answered."""
        return self.message(self.missing or self.MISSING)


def first_text(values: Iterable[object]) -> str:
    """The first text among posted values; a file posted in its place is no text."""
    return next((value for value in values if isinstance(value, str)), "")


class _Token(_FlaskFormCSRF):  # type: ignore[misc]
    """The token against forged posts, with a message for people."""

    def validate_csrf_token(self, form: object, field: Any) -> None:
        try:
            super().validate_csrf_token(form, field)
        except ValidationError:
            raise ValidationError(_(STALE)) from None


class Form(FlaskForm):  # type: ignore[misc]
    """A form that a page shows and takes back. Nothing posted can make it fail."""

    marks_optional = True

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        csrf_class = _Token

        def wrap_formdata(self, form: "Form", formdata: Any) -> Any:
            """What was posted: an empty post is an answer too. JSON is not one."""
            if formdata is None or isinstance(formdata, MultiDict):
                return formdata
            return form.posted()

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        self.asked: list[Question] = []  # filled by the page as it asks
        super().__init__(*arguments, **settings)

    def posted(self) -> MultiDict[str, Any] | None:
        """The answers of this request, or None when it brings none."""
        if request.method not in SUBMITTING:
            return None
        return CombinedMultiDict[str, Any]([request.form, request.files])

    def errors_in_order(self) -> list[tuple[str | None, str]]:
        """Control and message of every mistake, in the order of the page; no control where none is shown."""
        questions = [field for field in self if isinstance(field, Question)]
        unasked = [field for field in questions if field not in self.asked]
        found: list[tuple[str | None, str]] = [
            (None if field.kind == "hidden" else field.control_id, field.wrong)
            for field in (*self.asked, *unasked)
            if field.errors
        ]
        others = [str(field.errors[0]) for field in self if field.errors and field not in questions]
        return found + [(None, message) for message in (*others, *map(str, self.form_errors))]


class QueryForm(Form):
    """A form sent in the address: filters and searches. It changes nothing and carries no token."""

    marks_optional = False

    class Meta(Form.Meta):
        csrf = False

    def posted(self) -> MultiDict[str, Any] | None:
        return request.args
