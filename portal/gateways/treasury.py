"""The treasury (国库): pays refunds out to bank accounts. Spoken to in JSON; asking twice is paying once."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote
from uuid import UUID

from portal.core.money import from_fen, to_fen
from portal.core.refusal import Unavailable
from portal.gateways.payments import Course
from portal.gateways.wire import Answer, JsonService

if TYPE_CHECKING:
    from portal.settings import Settings

SECONDS = 5.0
COURSES = {"accepted": Course.PENDING, "paid": Course.DONE, "returned": Course.FAILED}
REFUSALS = {400, 409, 422}
"""Statuses by which the treasury says that it does not take an order; nothing is paid."""


@dataclass(frozen=True)
class Order:
    """退库: pay a sum to an account. The id makes a second order the same one."""

    id: UUID
    amount: Decimal
    holder: str
    bank: str
    number: str
    memo: str


@dataclass(frozen=True)
class Transfer:
    """How an order stands at the treasury."""

    course: Course
    ref: str
    amount: Decimal
    why: str = ""
    """Why it was returned, in the treasury's word."""


class NotTaken(Exception):
    """The treasury refused an order; the text says why."""


class Treasury(Protocol):
    """Raises `Unavailable("treasury")` where it does not answer; it may have taken the order all the same."""

    def order(self, order: Order) -> Transfer:
        """Ask to pay. Raises `NotTaken`."""

    def transfer(self, order_id: UUID) -> Transfer | None:
        """How an order stands, or None where none is known."""


class HttpTreasury:
    """The treasury behind `Treasury`; building it makes no network call."""

    def __init__(self, settings: "Settings") -> None:
        self._service = JsonService("treasury", settings.treasury_url, settings.treasury_key, seconds=SECONDS)

    def order(self, order: Order) -> Transfer:
        """See `Treasury`."""
        asked = {
            "id": str(order.id),
            "amount": to_fen(order.amount),
            "holder": order.holder,
            "bank": order.bank,
            "account": order.number,
            "memo": order.memo,
        }
        answer = self._service.post("/refunds", asked)
        if answer.status in REFUSALS:
            raise NotTaken(str(answer.body.get("error", answer.status))[:120])
        return _read(answer)

    def transfer(self, order_id: UUID) -> Transfer | None:
        """See `Treasury`."""
        answer = self._service.get(f"/refunds/{quote(str(order_id))}")
        return None if answer.status == 404 else _read(answer)


def _read(answer: Answer) -> Transfer:
    """Raises `Unavailable` for what is no transfer."""
    body = answer.body
    try:
        if answer.status not in {200, 201}:
            raise ValueError(answer.status)
        return Transfer(
            COURSES[body["state"]],
            str(body["ref"]),
            from_fen(body["amount"]),
            str(body.get("why") or "")[:120],
        )
    except (KeyError, TypeError, ValueError) as odd:
        raise Unavailable("treasury") from odd
