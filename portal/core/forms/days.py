"""Questions answered with a day or a month, part by part, so that the answer says which part is wrong."""

import re
from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, ClassVar, NamedTuple

from babel.dates import format_date
from flask_babel import get_locale
from wtforms.utils import unset_value

from portal.core.forms.cleaning import narrow, visible
from portal.core.forms.form import Question, first_text, say
from portal.core.wording import N_

PART_MISSING = {
    "year": N_("%(subject)s还缺年份"),
    "month": N_("%(subject)s还缺月份"),
    "day": N_("%(subject)s还缺日期"),
}
BAD_YEAR = N_("%(subject)s的年份应是四位数字，例如 2025")
BAD_MONTH = N_("%(subject)s的月份应在 1 到 12 之间")
BAD_DAY = N_("%(subject)s的日期应在 1 到 %(last)s 之间")
TOO_EARLY = N_("%(subject)s不能早于 %(limit)s")
TOO_LATE = N_("%(subject)s不能晚于 %(limit)s")
PART_WORDS = {"year": N_("年"), "month": N_("月"), "day": N_("日")}
MOST_TYPED = 20


class Part(NamedTuple):
    """One of the inputs of a day, as the page shows it."""

    name: str
    id: str
    words: str
    typed: str
    wrong: bool
    autocomplete: str


class _PartWrong(ValueError):
    """One part of the day is wrong."""

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part


class DayField(Question):
    """A day, typed in three parts; `.data` is a date, or None when nothing was typed.

    `earliest` and `latest` are days, or functions that give one for the request.
    """

    kind = "day"
    names: ClassVar[tuple[str, ...]] = ("year", "month", "day")

    def __init__(
        self,
        words: str,
        validators: Sequence[Callable[..., None]] = (),
        *,
        earliest: date | Callable[[], date] = date(1900, 1, 1),
        latest: date | Callable[[], date] = date(2199, 12, 31),
        **settings: Any,
    ) -> None:
        super().__init__(words, validators, **settings)
        self.earliest, self.latest = earliest, latest
        self._typed: dict[str, str] = {}
        self.wrong_part = ""

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        super().process(None, data, extra_filters)
        if formdata is None:
            known = {n: getattr(self.data, n) for n in self.names} if self.data else {}
            self._typed = {name: str(part) for name, part in known.items()}
            return
        self._typed = {n: first_text(formdata.getlist(f"{self.name}-{n}")) for n in self.names}
        self.raw_data = list(self._typed.values())
        self.data = None
        try:
            self.data = self._read({name: narrow(visible(text)) for name, text in self._typed.items()})
        except ValueError as error:
            self.wrong_part = error.part if isinstance(error, _PartWrong) else ""
            self.process_errors.append(str(error))

    def _read(self, typed: dict[str, str]) -> date | None:
        if not any(typed.values()):
            return None
        for name, text in typed.items():
            if not text:
                raise _PartWrong(name, self.message(PART_MISSING[name]))
        year = self._part("year", typed["year"], 1000, 9999, BAD_YEAR, digits=4)
        month = self._part("month", typed["month"], 1, 12, BAD_MONTH)
        last = monthrange(year, month)[1]
        day = self._part("day", typed.get("day", "1"), 1, last, BAD_DAY, last=last)
        return self._within(date(year, month, day))

    def _part(
        self, name: str, text: str, least: int, most: int, phrase: str, digits: int = 2, **facts: int
    ) -> int:
        if re.fullmatch(rf"[0-9]{{1,{digits}}}", text) and least <= int(text) <= most:
            return int(text)
        raise _PartWrong(name, self.message(phrase, **facts))

    def _within(self, day: date) -> date:
        earliest = self.earliest() if callable(self.earliest) else self.earliest
        latest = self.latest() if callable(self.latest) else self.latest
        if day < earliest:
            raise ValueError(self.message(TOO_EARLY, limit=self._words(earliest)))
        if day > latest:
            raise ValueError(self.message(TOO_LATE, limit=self._words(latest)))
        return day

    def _words(self, day: date) -> str:
        return str(format_date(day, format="long", locale=get_locale()))

    def parts(self) -> list[Part]:
        """The inputs in the order in which the page's language writes a day."""
        return [
            Part(
                name=f"{self.name}-{name}",
                id=f"{self.id}-{name}",
                words=say(PART_WORDS[name]),
                typed=visible(self._typed.get(name, "")),
                wrong=bool(self.errors) and self.wrong_part in {"", name},
                autocomplete=f"bday-{name}" if self.autocomplete == "bday" else "off",
            )
            for name in self._order()
        ]

    def _order(self) -> tuple[str, ...]:
        return self.names if str(get_locale()).startswith("zh") else self.names[::-1]

    @property
    def control_id(self) -> str:
        return f"{self.id}-{self.wrong_part or self._order()[0]}"


class MonthField(DayField):
    """A month, typed in two parts; `.data` is its first day."""

    kind = "day"
    names = ("year", "month")

    def _words(self, day: date) -> str:
        pattern = "y年M月" if str(get_locale()).startswith("zh") else "MMMM y"
        return str(format_date(day, format=pattern, locale=get_locale()))
