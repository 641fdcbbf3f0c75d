"""Values of evidence in words, for pages and for paper."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation

from portal.core import money
from portal.core.language import Language
from portal.risk.rules import Column, Shape
from portal.taxes.periods import Period

NOT_STATED = "—"
SAID: dict[Shape, Callable[[Language, str], str]] = {
    Shape.TEXT: lambda _, value: value,
    Shape.PHRASE: lambda speech, value: speech.phrase(value),
    Shape.DAY: lambda speech, value: speech.short_day(date.fromisoformat(value)),
    Shape.MONEY: lambda _, value: money.show(Decimal(value)),
    Shape.PERIOD: lambda speech, value: Period.parse(value).said(speech.phrase),
    Shape.COUNT: lambda _, value: f"{int(value):,}",
}


def said(speech: Language, column: Column, value: str | None) -> str:
    """A value in words. What another office wrote in a way of its own is told as it wrote it."""
    if value is None:
        return NOT_STATED
    try:
        return SAID[column.shape](speech, value)
    except (ValueError, InvalidOperation):
        return value
