"""How somebody comes in: what a clerk scans or types, and what stands on a ticket."""

import re

from portal.core.refusal import reason

NO_BOOKING = reason(
    "no-booking-today",
    "今天在这个办税厅没有找到这个预约。",
    "请核对预约编号、办税厅和日期；没有预约的，可以直接取号。",
)
SEVERAL_BOOKINGS = reason(
    "several-bookings-today",
    "今天在这个办税厅有几个预约。",
    "请选择为哪一个签到。",
)

_NUMBER = re.compile(r"[0-9A-Z]+(?:-[0-9A-Z]+){2,}")


def booking_number(typed: str) -> str | None:
    """The number of a booking in what was typed or scanned: the number itself, or a text that holds it.

    None where there is none, for example in the number of an identity document.
    """
    found = _NUMBER.search("".join(typed.split()).upper())
    return found.group() if found else None


def ticket_number(count: int, *, booked: bool) -> str:
    """What stands on the count-th ticket of a hall's day: B012 of who booked, A012 of who did not."""
    return f"{'B' if booked else 'A'}{count:03d}"
