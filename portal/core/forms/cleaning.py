"""Typed text made safe to keep: one normal form, no characters that cannot be seen, stored or printed."""

import re
import unicodedata

UNSEEN = {ord(c): None for c in "\u200b\u2060\ufeff"}
"""Zero-width characters that come along with pasted text and mean nothing."""

DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Bidirectional controls: they make text read otherwise than it is stored."""

REFUSED = re.compile(
    rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{DIRECTION}\ud800-\udfff\ufdd0-\ufdef\ufffd]"
    "|["
    + "".join(chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF))
    + "]"
)
"""Control characters but tab and line ends, direction controls, lone surrogates, non-characters, and the
sign that stands where bytes were not text."""

HALF_WIDTH = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0xFFE5: "¥", 0x3000: " "}

SPACES = re.compile(r"[^\S\n]+")


class Unclean(ValueError):
    """The text holds a character that is refused."""


def clean(text: str, *, lines: bool = False) -> str:
    """`text` in normal form C, trimmed, spaces run together; line ends stay only where `lines` are wanted.

    Raises Unclean. The length may only shrink.
    """
    if REFUSED.search(text):
        raise Unclean
    text = unicodedata.normalize("NFC", text.translate(UNSEEN).replace("\r\n", "\n").replace("\r", "\n"))
    if lines:
        return "\n".join(SPACES.sub(" ", line).strip() for line in text.split("\n")).strip()
    return " ".join(text.split())


def half_width(text: str) -> str:
    """`text` with full-width letters, digits and signs as their plain forms, and nothing else changed:
    a raised 2 is no 2."""
    return text.translate(HALF_WIDTH)


def narrow(text: str) -> str:
    """`text` in half width and without spaces: for figures and codes."""
    return "".join(half_width(text).split())


def visible(text: str) -> str:
    """`text` as it can be shown again: each refused character as the sign for one, so that it is seen."""
    return REFUSED.sub("\ufffd", text)
