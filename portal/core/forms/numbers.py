"""Questions answered with a number: amounts of yuan and whole numbers."""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from portal.core.forms.cleaning import narrow
from portal.core.forms.text import TextField
from portal.core.money import LARGEST, ZERO, yuan
from portal.core.wording import N_

NOT_AMOUNT = N_("%(subject)s应是用数字写的金额，例如 1234.50")
BAD_COMMAS = N_("%(subject)s的逗号位置有误：每三位一个，例如 1,234.50，也可以不写逗号")
TOO_FINE = N_("%(subject)s最多两位小数，精确到分")
NEGATIVE = N_("%(subject)s不能是负数")
NOT_WHOLE = N_("%(subject)s应是整数，例如 12")
AT_LEAST = N_("%(subject)s不能小于 %(least)s")
AT_MOST = N_("%(subject)s不能超过 %(most)s")
BETWEEN = N_("%(subject)s应在 %(least)s 到 %(most)s 之间")

PLAIN = re.compile(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+")
GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?")


class _Number(TextField):
    """A number between two bounds."""

    width = "medium"
    most_characters = 60

    def __init__(
        self,
        words: str,
        validators: Sequence[Callable[..., None]] = (),
        *,
        least: Any,
        most: Any,
        **settings: Any,
    ) -> None:
        super().__init__(words, validators, most=self.most_characters, **settings)
        self.smallest, self.largest = least, most

    def nothing(self) -> None:
        return None

    def bounded(self, value: Any) -> Any:
        """`value` if it lies within the bounds. Raises ValueError."""
        if self.smallest <= value <= self.largest:
            return value
        facts = {"least": self.bound(self.smallest), "most": self.bound(self.largest)}
        raise ValueError(self.message(self.out_of_bounds(value), **facts))

    def out_of_bounds(self, value: Any) -> str:  # noqa: ARG002 - amounts tell the two ends apart
        """The phrase for a value outside."""
        return BETWEEN

    def bound(self, value: Any) -> str:
        """A bound as the message names it."""
        return f"{value:,}"


class MoneyField(_Number):
    """An amount of yuan; `.data` is an exact Decimal, or None when nothing was typed.

    Takes thousands commas, full-width figures and a yuan sign. Refuses fractions of a fen, exponents, and
    negative amounts unless `negative`.
    """

    inputmode = "decimal"
    unit_before = "¥"

    def __init__(
        self,
        words: str,
        validators: Sequence[Callable[..., None]] = (),
        *,
        negative: bool = False,
        least: Decimal | None = None,
        most: Decimal = LARGEST,
        **settings: Any,
    ) -> None:
        lowest = least if least is not None else -LARGEST if negative else ZERO
        super().__init__(words, validators, least=lowest, most=most, **settings)

    def read(self, text: str) -> Decimal:
        sign, digits = _sign_and_digits(narrow(text).removesuffix("元"))
        if "," in digits and not GROUPED.fullmatch(digits):
            raise ValueError(self.message(BAD_COMMAS if set(digits) <= set("0123456789,.") else NOT_AMOUNT))
        digits = digits.replace(",", "")
        if not PLAIN.fullmatch(digits):
            raise ValueError(self.message(NOT_AMOUNT))
        if len(digits.partition(".")[2].rstrip("0")) > 2:
            raise ValueError(self.message(TOO_FINE))
        return yuan(self.bounded(Decimal(sign + digits)))

    def out_of_bounds(self, value: Decimal) -> str:
        if value > self.largest:
            return AT_MOST
        return NEGATIVE if self.smallest == ZERO else AT_LEAST

    def bound(self, value: Decimal) -> str:
        return f"{value:,.2f}"

    def written(self, value: Decimal) -> str:
        return f"{value:,.2f}"


def _sign_and_digits(figures: str) -> tuple[str, str]:
    """A leading minus in any of its shapes, and what follows it without yuan sign."""
    figures = figures.replace("。", ".").removeprefix("¥")
    negative = figures[:1] in {"-", "\u2212"}
    return ("-" if negative else ""), figures[negative:].removeprefix("¥")


class WholeField(_Number):
    """A whole number between `least` and `most`; `.data` is an int, or None when nothing was typed."""

    inputmode = "numeric"
    width = "short"

    def __init__(
        self,
        words: str,
        validators: Sequence[Callable[..., None]] = (),
        *,
        least: int = 0,
        most: int = 999_999_999,
        **settings: Any,
    ) -> None:
        super().__init__(words, validators, least=least, most=most, **settings)

    def read(self, text: str) -> int:
        sign, digits = _sign_and_digits(narrow(text))
        if not re.fullmatch(r"[0-9]+", digits):
            raise ValueError(self.message(NOT_WHOLE))
        return int(self.bounded(int(sign + digits)))
