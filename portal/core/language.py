"""The two languages, in pages and outside them: phrases and facts in words, for messages and mail."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_skeleton
from babel.support import NullTranslations, Translations

from portal.core import money
from portal.core.clock import day_of, time_of
from portal.core.wording import N_, Said

LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB"}
TRANSLATIONS = Path(__file__).parents[2] / "translations"
MONTHS = (
    *(N_("1月"), N_("2月"), N_("3月"), N_("4月"), N_("5月"), N_("6月")),
    *(N_("7月"), N_("8月"), N_("9月"), N_("10月"), N_("11月"), N_("12月")),
)


class Language:
    """One language: `zh`, the source, or `en`."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.locale = LOCALES[code]
        self._catalogue: NullTranslations = Translations.load(TRANSLATIONS, [self.locale])

    def phrase(self, text: str) -> str:
        """`text` translated."""
        return str(self._catalogue.ugettext(text)) if text else text

    def plural(self, one: str, many: str, count: int) -> str:
        """The translated form of a phrase that goes with `count`."""
        return str(self._catalogue.ungettext(one, many, count))

    def say(self, phrase: str, facts: Mapping[str, Any] | None = None) -> str:
        """`phrase` translated, its `{facts}` put into words."""
        words = self.phrase(phrase)
        return words.format(**{name: self.words(value) for name, value in facts.items()}) if facts else words

    def words(self, value: object) -> str:
        """A fact as a reader expects it: amounts, days and instants formatted, phrases translated."""
        if isinstance(value, Decimal):
            return money.show(value)
        if isinstance(value, datetime):
            return self.moment(value)
        if isinstance(value, date):
            return self.day(value)
        if isinstance(value, str):
            return self.phrase(value)
        return value.said(self.phrase) if isinstance(value, Said) else str(value)

    def day(self, value: date) -> str:
        """2026年3月9日 or 9 March 2026."""
        return _written(value, "long", self.locale)

    def short_day(self, value: date) -> str:
        """2026-03-09 in Chinese, 9 Mar 2026 in English."""
        if self.code == "zh":
            return value.isoformat()
        return _written(value, "medium", self.locale)

    def month(self, number: int) -> str:
        """3月 or Mar, for leaves of calendars and charts."""
        return self.phrase(MONTHS[number - 1])

    def day_and_month(self, value: date) -> str:
        """3月9日 or 9 March, where the year is said beside."""
        return str(format_skeleton("MMMMd", value, locale=self.locale))

    def weekday(self, value: date) -> str:
        """周一 or Monday."""
        return _written(value, "EEE" if self.code == "zh" else "EEEE", self.locale)

    def moment(self, value: datetime) -> str:
        """Day and time of an instant, Beijing time."""
        return f"{self.short_day(day_of(value))} {time_of(value)}"


@lru_cache(maxsize=2048)
def _written(day: date, form: str, locale: str) -> str:
    """Kept, as babel reads its pattern anew each time, and pages say the same few days over and over."""
    return format_date(day, format=form, locale=locale)


@cache
def language(code: str) -> Language:
    """The one `Language` of a code; the catalogue is read once."""
    return Language(code)
