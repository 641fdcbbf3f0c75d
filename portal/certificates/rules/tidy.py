"""Text as a record holds it: one exotic hyphen can cost the layout engine a minute."""

import unicodedata

_EXOTIC = {
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2043\ufe63\uff0d"), "-"),
    **dict.fromkeys(
        map(ord, "\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f"), " "
    ),
    **dict.fromkeys(map(ord, "\u30fb\u2022\u2027\uff65"), "\u00b7"),  # dots inside names of other peoples
    **dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f"), None),
}


def plain(text: str) -> str:
    """Text as a record holds it: NFC, ordinary hyphens, spaces and dots, nothing invisible, single spaces.

    One exotic hyphen can cost the layout engine a minute; an invisible character makes two names of one.
    """
    visible = unicodedata.normalize("NFC", text).translate(_EXOTIC)
    kept = "".join(
        " " if c.isspace() else c for c in visible if c.isspace() or unicodedata.category(c) != "Cc"
    )
    return " ".join(kept.split())
