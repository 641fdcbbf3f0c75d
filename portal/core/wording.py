"""Marks words for the catalogue in code that must not know about the web."""

from typing import NewType

Phrase = NewType("Phrase", str)
"""Chinese source text that a page translates when it shows it."""


def N_(text: str) -> Phrase:  # noqa: N802 - the name every catalogue tool looks for
    """Mark `text` for translation and return it unchanged; the page that shows it calls `_`."""
    return Phrase(text)
