"""`_` for modules that put sentences together: a thousand a page, so straight from the catalogue."""

from portal.core.pages import speaking


def _(text: str, **facts: object) -> str:
    """`text` in the language of the page, its `%(facts)s` filled in."""
    words = speaking().say(text)
    return words % facts if facts else words
