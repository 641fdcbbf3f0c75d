"""What is done with seats: held, booked, moved, given back, waited for, missed."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Wish
from portal.core.acting import Acting


def look(session: Session, acting: Acting, slot_id: UUID, *, at: datetime) -> None:
    """The plain look that refuses a full slot, or one that is over, without any lock.

    A route calls it with its reading session before the transaction of `hold`, so that the many who come too
    late for a seat never wait for the few who get one. Raises `Refusal`.
    """
    raise NotImplementedError


def hold(
    session: Session,
    acting: Acting,
    slot_id: UUID,
    errands: Sequence[str],
    *,
    at: datetime,
    moves: Booking | None = None,
) -> Booking:
    """A seat of a slot, kept for ten minutes (`held_until`) while the person confirms.

    A hold of the same taxpayer for the same kind of desk that is not confirmed yet is given up for it. With
    `moves`, the booking that this one takes the place of once it is confirmed; its errands are kept where
    `errands` is empty. Raises `Refusal`: full, over, not one of the slot's errands, one open booking per desk
    and taxpayer, limits, three missed visits.
    """
    raise NotImplementedError


def confirm(session: Session, acting: Acting, booking: Booking, *, at: datetime) -> Booking:
    """Make a held seat a booking with its number; what it moves is cancelled in the same transaction.

    Confirming again changes nothing. Raises `Refusal` where the hold has lapsed.
    """
    raise NotImplementedError


def cancel(session: Session, acting: Acting, booking: Booking, *, at: datetime) -> None:
    """Give a seat back: a hold or an offer at any time, a booking until two hours before.

    Raises `Refusal` after that.
    """
    raise NotImplementedError


def wish(
    session: Session,
    acting: Acting,
    *,
    hall_id: UUID,
    errands: Sequence[str],
    from_on: date,
    to_on: date,
    at: datetime,
) -> Wish:
    """Wait for a seat at a hall on one of these days; the same again changes the days of the one that waits.

    Raises `Refusal`: days that cannot be booked, a free seat on these days, limits, three missed visits.
    """
    raise NotImplementedError


def withdraw_wish(session: Session, acting: Acting, wish: Wish, *, at: datetime) -> None:
    """Wait no more; a seat offered for it is given back. Doing it again changes nothing."""
    raise NotImplementedError


def appeal(session: Session, acting: Acting, booking: Booking, words: str, *, at: datetime) -> None:
    """Say why a missed visit should not count; once, within the time for it. Raises `Refusal`."""
    raise NotImplementedError
