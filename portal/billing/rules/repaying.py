"""By which payments money that rests here came, and which bank accounts are taken."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from portal.core.money import ZERO
from portal.core.wording import N_, Phrase

SHORTEST_CARD, LONGEST_CARD = 16, 19
"""Digits of a bank card in mainland China (ISO/IEC 7812 allows up to 19)."""
FIRM_NUMBER = re.compile(r"[0-9]{8,30}", re.ASCII)
"""An account of a firm is no card and has no check digit that all banks share."""
WRONG_CARD = N_("请填写16到19位的银行卡号，请对照卡面核对每一位")
WRONG_ACCOUNT = N_("请填写8到30位数字的银行账号")


class WayBack(StrEnum):
    """How money goes back."""

    GATEWAY = "gateway"
    """原路退回: to the card or wallet it came from."""
    TREASURY = "treasury"
    """退库 to a bank account."""


@dataclass(frozen=True)
class Came:
    """A movement of the ledger: what a payment paid towards a bill or left over, or what a bill set free."""

    payment: str | None
    """The payment at the gateway; none where a bill set money free."""
    bill_id: UUID | None
    """None where a payment left it over."""
    amount: Decimal


def came_back_by(movements: Iterable[Came]) -> list[tuple[str, Decimal]]:
    """By payment, newest first, how much of it came to rest here.

    That is what it left over, and what bills it paid set free since, the newest payment of a bill first.
    What was paid otherwise, such as by money that rested here before, is nobody's payment.
    """
    known = list(movements)
    free: dict[UUID, Decimal] = {}
    for one in known:
        if one.payment is None and one.bill_id is not None:
            free[one.bill_id] = free.get(one.bill_id, ZERO) + one.amount
    came: dict[str, Decimal] = {}
    for one in known:
        if one.payment is None:
            continue
        part = one.amount
        if one.bill_id is not None:
            part = min(part, free.get(one.bill_id, ZERO))
            free[one.bill_id] = free.get(one.bill_id, ZERO) - part
        came[one.payment] = came.get(one.payment, ZERO) + part
    return [(payment, amount) for payment, amount in came.items() if amount > ZERO]


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1 annex B)."""
    doubled = [int(d) * 2 if n % 2 else int(d) for n, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def number_fault(number: str, *, firm: bool) -> Phrase | None:
    """What is wrong with the number of an account for refunds, or None."""
    if firm:
        return None if FIRM_NUMBER.fullmatch(number) else WRONG_ACCOUNT
    card = number.isascii() and number.isdigit() and SHORTEST_CARD <= len(number) <= LONGEST_CARD
    return None if card and passes_luhn(number) else WRONG_CARD
