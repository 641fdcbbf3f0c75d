"""The card form of the hosted page: what was typed, and what is wrong with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sandbox.payments.cards import is_luhn
from sandbox.words import PayWords

EXPIRY = re.compile(r"\s*(0?[1-9]|1[0-2])\s*/?\s*(\d{2}|20\d{2})\s*", re.ASCII)


@dataclass
class CardForm:
    """The four fields as typed, and one message for each field that is wrong."""

    number: str = ""
    expiry: str = ""
    holder: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, typed: Mapping[str, str], now: float, w: PayWords) -> "CardForm":
        """The form as posted, checked at an instant."""
        form = cls(
            re.sub(r"[\s-]", "", typed.get("number", "")),
            typed.get("expiry", ""),
            typed.get("holder", "").strip(),
        )
        if not is_luhn(form.number):
            form.errors["number"] = w.wrong_number
        if problem := _expiry_problem(form.expiry, now, w):
            form.errors["expiry"] = problem
        if not re.fullmatch(r"\d{3,4}", typed.get("cvc", "").strip(), re.ASCII):
            form.errors["cvc"] = w.wrong_cvc
        if not form.holder:
            form.errors["holder"] = w.wrong_holder
        return form


def _expiry_problem(typed: str, now: float, w: PayWords) -> str | None:
    match = EXPIRY.fullmatch(typed)
    if match is None:
        return w.wrong_expiry
    today = datetime.fromtimestamp(now, UTC)
    ends = (2000 + int(match[2]) % 100, int(match[1]))
    return w.past_expiry if ends < (today.year, today.month) else None
