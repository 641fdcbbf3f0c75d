"""What a clerk scans at the entrance, what stands on a ticket, and what a desk is told that may not."""

import pytest

from portal.queue.rules.coming import booking_number, ticket_number
from portal.queue.rules.serving import DESK_BUSY, DESK_CLOSED, DESK_OPEN, NO_TICKET, SAME_LINE


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("Y-20260316-ABCD2345-7", "Y-20260316-ABCD2345-7"),
        (" y-20260316-abcd2345-7 ", "Y-20260316-ABCD2345-7"),
        ("https://tax.example/appointments/Y-20260316-ABCD2345-7", "Y-20260316-ABCD2345-7"),
        ("110101199001011237", None),
        ("李静怡", None),
        ("", None),
    ],
)
def test_a_booking_is_found_in_what_was_scanned(typed: str, number: str | None) -> None:
    assert booking_number(typed) == number


def test_a_ticket_says_whether_its_holder_had_booked() -> None:
    assert ticket_number(12, booked=True) == "B012"
    assert ticket_number(7, booked=False) == "A007"
    assert ticket_number(1234, booked=False) == "A1234"


def test_what_a_desk_may_not_is_said_with_a_way_on() -> None:
    reasons = (DESK_BUSY, DESK_CLOSED, DESK_OPEN, NO_TICKET, SAME_LINE)
    assert len({str(one) for one in reasons}) == len(reasons)
