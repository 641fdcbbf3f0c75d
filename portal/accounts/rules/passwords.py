"""Which passwords will do: length and guessability, no rules of composition (NIST SP 800-63B-4, 3.1.1.2)."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from pathlib import Path

from portal.core.wording import N_, Phrase

SHORTEST = 15
"""Characters of a password that stands alone; 8 will do once a second factor stands beside it."""
LONGEST = 200
"""More is refused, never cut off."""
ENOUGH_BITS = 36.0
"""What `strength` must reach: a guesser with our word lists needs about 2**36 tries."""

_HERE = Path(__file__).parent
_WORD_BITS = 10.0
_NEAR_BITS = 4.0
_RUN_BITS = 5.0
_YEAR_BITS = 7.0
_DAY_BITS = 12.0
_AGAIN_BITS = 1.0
_LONGEST_PIECE = 24
_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm")
_YEAR = re.compile(r"19[3-9][0-9]|20[0-4][0-9]")
_DAY = re.compile(r"(19[3-9][0-9]|20[0-4][0-9])(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])")


def normalise(password: str) -> str:
    """One form for what a keyboard may send in two: Unicode NFC. Length counts its code points."""
    return unicodedata.normalize("NFC", password)


def fault(password: str, personal: Iterable[str] = ()) -> Phrase | None:
    """What is wrong with a normalised password, or None.

    `personal` are the person's own words: name, mobile, mail name, parts of the identity number.
    """
    if len(password) < SHORTEST:
        return N_("密码至少15个字符，可以用几个不相干的词连成一句")
    if len(password) > LONGEST:
        return N_("密码最多200个字符")
    if strength(password, personal) < ENOUGH_BITS:
        return N_("这个密码容易被猜到：它由常见密码、办税用词、您的个人信息或连续重复的字符组成，请换一个")
    return None


def personal_words(name: str, number: str, mobile: str, email: str) -> list[str]:
    """What anyone who knows a person would try."""
    parts = [name, number, mobile, email.partition("@")[0], number[-6:], number[6:14], number[10:14]]
    return [part for part in parts if len(part) > 1]


def strength(password: str, personal: Iterable[str] = ()) -> float:
    """An estimate, in bits, of the cheapest way to put the password together from words and characters.

    A common password, a year, a run along the keyboard, a word of ours or of the person's, a repetition:
    each costs a guesser a few bits, however long it is. Anything else costs by the character.
    """
    text = unicodedata.normalize("NFKC", password).casefold()
    near = context_words() | {word.casefold() for word in personal if len(word) > 1}
    best = [0.0]
    for end in range(1, len(text) + 1):
        best.append(
            min(
                best[start] + _cost(text, start, end, near)
                for start in range(max(0, end - _LONGEST_PIECE), end)
            )
        )
    return best[-1]


def _cost(text: str, start: int, end: int, near: frozenset[str] | set[str]) -> float:
    piece = text[start:end]
    if text[:start].endswith(piece):
        return _AGAIN_BITS
    if piece in near:
        return _NEAR_BITS
    if len(piece) == 1:
        return _character_bits(piece)
    if _is_run(piece):
        return _RUN_BITS
    if _YEAR.fullmatch(piece):
        return _YEAR_BITS
    if _DAY.fullmatch(piece):
        return _DAY_BITS
    return _WORD_BITS if piece in common_passwords() else float("inf")


def _character_bits(character: str) -> float:
    if character.isascii():
        return 3.3 if character.isdigit() else 4.7
    return 8.0


def _is_run(piece: str) -> bool:
    """abcd, 4321, qwer: three or more neighbours in the alphabet or on the keyboard, either way."""
    if len(piece) < 3:
        return False
    steps = {ord(b) - ord(a) for a, b in pairwise(piece)}
    if steps in ({1}, {-1}):
        return True
    return any(piece in row or piece[::-1] in row for row in _ROWS)


@cache
def common_passwords() -> frozenset[str]:
    """A few thousand frequent passwords, in lower case."""
    return frozenset(_lines("common_passwords.txt"))


@cache
def context_words() -> frozenset[str]:
    """Words of this place and trade, in lower case."""
    return frozenset(_lines("context_words.txt"))


def _lines(name: str) -> Iterable[str]:
    lines = (_HERE / name).read_text("utf-8").splitlines()
    return (line for line in lines if line and not line.startswith("#"))
