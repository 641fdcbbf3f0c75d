"""Proving that slips, shifts and the ledger tell the same, and naming what terminals tell otherwise."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.billing.models import Journal, Shift, Slip, Terminal
from portal.billing.queries.terminals import breaks
from portal.billing.rules.chart import AT_TERMINALS, JournalKind
from portal.billing.rules.terminals import SlipState, name_of
from portal.core.clock import day_of
from portal.core.keys import number_is_sound
from portal.core.money import ZERO

COUNTED = frozenset({SlipState.CREDITED, SlipState.REVERSED})


def slips_are_booked(session: Session) -> Iterator[str]:
    """Each credited slip once, with its amount, taxpayer and day; each reversed one back; nothing else."""
    journals = session.scalars(select(Journal).where(Journal.kind.in_(AT_TERMINALS)))
    booked = {(one.kind, one.source_ref): one for one in journals}
    for slip in session.scalars(
        select(Slip).where(Slip.state.in_(COUNTED)).execution_options(yield_per=1000)
    ):
        ref = str(slip.source_ref)
        paid, back = (
            booked.pop((JournalKind.POS, ref), None),
            booked.pop((JournalKind.POS_REVERSED, ref), None),
        )
        told = (slip.amount, slip.taxpayer_id, day_of(slip.paid_at))
        if paid is None or (paid.total, paid.taxpayer_id, paid.effective_on) != told:
            yield f"slip {ref} is not in the ledger as it was keyed"
        if (back is not None) != (slip.state == SlipState.REVERSED):
            yield f"slip {ref} is {slip.state} and its reversal is {'' if back else 'not '}in the ledger"
        if back is not None and (back.total, back.corrects_id) != (slip.amount, paid.id if paid else None):
            yield f"the reversal of slip {ref} does not take back what was booked"
        if not number_is_sound(str(slip.receipt_number)):
            yield f"receipt {slip.receipt_number} has a wrong check character"
    for kind, ref in booked:
        yield f"journal {kind} {ref} in the ledger is of no slip"


def shifts_add_up(session: Session) -> Iterator[str]:
    """What a cashier counted at the close is what stood here then, unless a supervisor explained it."""
    closed = (
        select(Shift, Terminal.number)
        .join(Terminal, Terminal.id == Shift.terminal_id)
        .where(Shift.closed_at.is_not(None), Shift.why == "")
    )
    for shift, terminal in session.execute(closed):
        stood = [slip.amount for slip in _of(session, shift.id) if _stood(slip, shift)]
        if (shift.slips, shift.total) != (len(stood), sum(stood, ZERO)):
            yield (
                f"shift {name_of(terminal, shift.batch)} was closed with {shift.slips} slips, {shift.total}; "
                f"{len(stood)} of {sum(stood, ZERO)} stood here"
            )


def _of(session: Session, shift_id: UUID) -> list[Slip]:
    return list(session.scalars(select(Slip).where(Slip.shift_id == shift_id, Slip.state.in_(COUNTED))))


def _stood(slip: Slip, shift: Shift) -> bool:
    """Whether a slip counted when its shift was closed."""
    assert shift.closed_at is not None
    assert slip.confirmed_at is not None
    reversed_before = slip.ended_at is not None and slip.ended_at <= shift.closed_at
    return slip.confirmed_at <= shift.closed_at and not reversed_before


def terminal_breaks_are_explained(session: Session) -> Iterator[str]:
    """Differences between a terminal's list and the slips that no supervisor has explained."""
    for one in breaks(session, open_only=True):
        yield f"{one.kind} {one.gateway_ref}: terminal less books {one.difference}"
