"""Questions answered by choosing: radios, lists, boxes to tick."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, NamedTuple

from wtforms.validators import StopValidation

from portal.core.forms.form import Question, first_text, say
from portal.core.wording import N_

NOT_OFFERED = N_("请从列出的选项中选择%(object)s")


class Option(NamedTuple):
    """One answer to choose: what is sent, what is read, and a smaller line under it."""

    value: str
    words: str
    note: str = ""


class Shown(NamedTuple):
    """An option as the page shows it."""

    id: str
    value: str
    words: str
    note: str
    chosen: bool


def _as_is(words: str) -> str:
    """A name, which may be marked as one in another language."""
    return words


class ChoiceField(Question):
    """One of a few answers, shown as radios; `.data` is the value of the option, or None.

    `options` are (value, words) or (value, words, note), in Chinese source text; a form may set them for a
    request on its own field. `spoken=False` shows words as they are: names, not phrases.
    """

    kind: ClassVar[str] = "radios"
    MISSING = N_("请选择%(object)s")

    def __init__(
        self,
        words: str,
        options: Iterable[tuple[str, ...]] = (),
        *,
        spoken: bool = True,
        **settings: Any,
    ) -> None:
        super().__init__(words, **settings)
        self.options = [Option(*option) for option in options]
        self.spoken = spoken

    def shown(self) -> list[Shown]:
        """The options for the page, each with an id of its own."""
        read = say if self.spoken else _as_is
        chosen = self.chosen()
        return [
            Shown(f"{self.id}-{n}", str(value), read(words), read(note), value in chosen)
            for n, (value, words, note) in enumerate(map(_option, self.options))
        ]

    def chosen(self) -> set[str]:
        """The values to show as chosen."""
        return set() if self.data is None else {self.data}

    @property
    def control_id(self) -> str:
        return f"{self.id}-0" if self.options else str(self.id)

    def process_formdata(self, valuelist: Sequence[object]) -> None:
        self.data = first_text(valuelist) or None

    def pre_validate(self, form: object) -> None:
        super().pre_validate(form)
        if not self.chosen() <= {_option(option).value for option in self.options}:
            self.data = None
            raise StopValidation(self.message(NOT_OFFERED))


def _option(option: tuple[str, ...]) -> Option:
    return Option(*option)


class SelectField(ChoiceField):
    """One of many answers, shown as a list that opens."""

    kind = "select"

    def __init__(
        self,
        words: str,
        options: Iterable[tuple[str, ...]] = (),
        *,
        width: str = "medium",
        blank: str = N_("请选择"),
        **settings: Any,
    ) -> None:
        super().__init__(words, options, **settings)
        self.width = width
        self.blank = blank

    @property
    def empty(self) -> str:
        """The words of no choice."""
        return say(self.blank)

    @property
    def control_id(self) -> str:
        return str(self.id)


class ChoicesField(ChoiceField):
    """Any number of answers, shown as boxes; `.data` is the list of values in the order of the options."""

    kind = "boxes"

    def chosen(self) -> set[str]:
        return set(self.data or ())

    def is_blank(self) -> bool:
        return not self.data

    def process_formdata(self, valuelist: Sequence[object]) -> None:
        sent = {value for value in valuelist if isinstance(value, str)}
        order = [_option(option).value for option in self.options]
        self.data = [value for value in order if value in sent] + sorted(sent - set(order))


class TickField(Question):
    """A box that must be ticked, unless optional; a declaration is never preset. `.data` is whether it is."""

    kind = "tick"
    MISSING = N_("请先勾选确认，再继续")

    def process_formdata(self, valuelist: Sequence[object]) -> None:
        self.data = "y" in valuelist

    def is_blank(self) -> bool:
        return not self.data

    @property
    def hint(self) -> str:
        return say(self.description)
