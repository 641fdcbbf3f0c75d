"""Money in code: exact decimal yuan with two places. Fen exist only at the edges (database, gateways)."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

ZERO = Decimal("0.00")
FEN = Decimal("0.01")
LARGEST = Decimal("999999999999.99")
"""The largest amount the portal accepts anywhere; one hundred thousand times it still fits 64-bit fen."""

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")


def yuan(amount: str | Decimal) -> Decimal:
    """An exact amount of yuan with two places.

    Raises TypeError for int (yuan or fen?), float and bool; ValueError for what is not finite, finer than a
    fen or larger than `LARGEST`.
    """
    if not isinstance(amount, (str, Decimal)):
        raise TypeError(f"money is str or Decimal, not {type(amount).__name__}")
    try:
        exact = Decimal(amount)
    except InvalidOperation:
        raise ValueError(f"not an amount: {amount!r}") from None
    if not exact.is_finite() or abs(exact) > LARGEST:
        raise ValueError(f"not an amount of yuan: {amount!r}")
    cents = exact.quantize(FEN)
    if cents != exact:
        raise ValueError(f"finer than a fen: {amount!r}")
    return cents + ZERO  # turns -0.00 into 0.00


def round_fen(amount: Decimal) -> Decimal:
    """Round half up to the fen, once, where the law says so (practice; see DECISIONS)."""
    return amount.quantize(FEN, rounding=ROUND_HALF_UP) + ZERO


def to_fen(amount: Decimal) -> int:
    """Whole fen of an exact amount; raises like `yuan`."""
    return int(yuan(amount).scaleb(2))


def from_fen(fen: int) -> Decimal:
    """Yuan of whole fen."""
    if isinstance(fen, bool) or not isinstance(fen, int):
        raise TypeError(f"fen are int, not {type(fen).__name__}")
    return Decimal(fen).scaleb(-2).quantize(FEN)


def show(amount: Decimal) -> str:
    """As every page shows it: ¥1,234.50, with a true minus sign (U+2212)."""
    sign = "\u2212" if amount < 0 else ""
    return f"{sign}¥{abs(round_fen(amount)):,.2f}"


def in_capitals(amount: Decimal) -> str:
    """The amount in Chinese financial capitals (大写), as documents carry it: 壹仟贰佰叁拾肆元伍角整.

    Raises ValueError for a negative amount.
    """
    fen = to_fen(amount)
    if fen < 0:
        raise ValueError("an amount in capitals is not negative")
    whole, rest = divmod(fen, 100)
    jiao, last = divmod(rest, 10)
    parts = [f"{_whole_in_capitals(whole)}元"] if whole or not rest else []
    if jiao:
        parts.append(f"{_DIGITS[jiao]}角")
    elif last and whole:
        parts.append("零")
    parts.append(f"{_DIGITS[last]}分" if last else "整")
    return "".join(parts)


def _whole_in_capitals(number: int) -> str:
    words, gap, group_written = "", False, False
    for power in range(len(str(number)) - 1, -1, -1):
        digit = number // 10**power % 10
        group, place = divmod(power, 4)
        if digit:
            words += ("零" if gap else "") + _DIGITS[digit] + _PLACES[place]
            group_written = True
        gap = bool(words) and not digit
        if place == 0 and group_written:
            words += _GROUPS[group]
            group_written = False
    return words or "零"
