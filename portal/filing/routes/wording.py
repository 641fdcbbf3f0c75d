"""`_` with its type: phrases in the language of the page, for the modules that put sentences together."""

from flask_babel import gettext


def _(text: str, **facts: object) -> str:
    """`text` translated, its `%(facts)s` filled in."""
    return str(gettext(text, **facts))
