"""Marks words for the catalogue in code that must not know about the web."""

from collections.abc import Callable
from typing import NewType, Protocol, runtime_checkable

Phrase = NewType("Phrase", str)
"""Chinese source text that a page translates when it shows it."""


def N_(text: str) -> Phrase:  # noqa: N802 - the name every catalogue tool looks for
    """Mark `text` for translation and return it unchanged; the page that shows it calls `_`."""
    return Phrase(text)


@runtime_checkable
class Said(Protocol):
    """A fact that says itself in a language: `say` translates a phrase."""

    def said(self, say: Callable[[str], str]) -> str: ...
