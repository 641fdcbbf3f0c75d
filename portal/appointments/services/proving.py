"""Proof that no seat was lost or given twice."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, ReturnedSeat, Slot
from portal.appointments.rules.states import LIVE, State

USED = (*LIVE, State.SERVED, State.MISSED)
"""States of a booking whose seat nobody else had."""


def verify_seats(session: Session) -> list[str]:
    """Slots whose seats are not the free ones, the used ones and those on their way back; a line each."""
    used = select(func.count(Booking.id)).where(Booking.slot_id == Slot.id, Booking.state.in_(USED))
    back = select(func.count(ReturnedSeat.id)).where(ReturnedSeat.slot_id == Slot.id)
    told_for = Slot.left + used.scalar_subquery() + back.scalar_subquery()
    wrong = session.execute(select(Slot.id, Slot.seats, told_for).where(Slot.seats != told_for))
    return [f"slot {key} has {seats} seats and tells for {found}" for key, seats, found in wrong]
