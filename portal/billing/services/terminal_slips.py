"""Slips of a terminal: keyed by one clerk, keyed again by another, and credited only when both say the same.

The shift is held first, then the slip, then the accounts. Money at a terminal has moved before anybody keys
anything, so nothing about the taxpayer's debts refuses a slip: what pays for nothing rests with them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.queries.mandates import contexts
from portal.audit import services as audit
from portal.billing.models import Slip, SlipBill, SlipReading, Terminal
from portal.billing.queries.debts import bills_of
from portal.billing.queries.terminals import (
    Batch,
    batch_of,
    bills_of_slip,
    desk_on_duty,
    lines_of,
    slip_held,
    slip_standing,
    turns_of,
)
from portal.billing.rules.chart import JournalKind
from portal.billing.rules.terminals import (
    DAY_OUTSIDE,
    NO_SHIFT,
    NOT_KEYED,
    ONE_OF_THE_TWO,
    OWN_SLIP,
    TRACE_KNOWN,
    WAITING,
    Reading,
    SlipState,
    after,
    is_within,
    name_of,
    source_ref,
    why_not_second,
)
from portal.billing.services.closing import close_paid_bills
from portal.billing.services.ledger import is_booked
from portal.billing.services.receiving import Received, take_in, tell
from portal.billing.services.terminal_files import check_batch
from portal.core.acting import Acting
from portal.core.clock import day_of
from portal.core.keys import new_id, public_number
from portal.core.refusal import Refusal

CHANNEL = "pos"


@dataclass(frozen=True)
class Keyed:
    """What the first clerk keys: for whom, for which bills, in which shift, and what the slip says."""

    taxpayer_id: UUID
    bill_ids: Collection[UUID]
    shift_id: UUID
    reading: Reading
    paid_at: datetime


def key_slip(session: Session, acting: Acting, keyed: Keyed, *, at: datetime) -> Slip:
    """Keep what the first clerk reads off a slip. It pays for nobody until another keys the same.

    The same press again finds the slip. Raises `Refusal` for one's own payment, without a shift of one's
    own, for a day outside the shift, and for a number that stands in the batch already.
    """
    _refuse_own(session, acting, keyed.taxpayer_id, at)
    batch = batch_of(session, keyed.shift_id, lock=True)
    if batch is None or not _may_key(session, acting, batch, keyed.reading.trace):
        raise Refusal(NO_SHIFT)
    if not _fits_the_day(session, batch, keyed, at):
        raise Refusal(DAY_OUTSIDE)
    known = slip_standing(session, keyed.shift_id, keyed.reading.trace)
    if known is not None:
        if _is_the_same(known, acting, keyed):
            return known
        raise Refusal(TRACE_KNOWN, trace=keyed.reading.trace)
    slip = Slip(
        id=new_id(),
        taxpayer_id=keyed.taxpayer_id,
        shift_id=keyed.shift_id,
        trace=keyed.reading.trace,
        turn=turns_of(session, keyed.shift_id, keyed.reading.trace) + 1,
        amount=keyed.reading.amount,
        paid_at=keyed.paid_at,
        state=SlipState.KEYED,
        mismatches=0,
        keyed_by=acting.account_id,
        keyed_at=at,
        keyed_desk_id=_desk(session, acting, batch, at) or _terminal(session, batch).desk_id,
        why="",
    )
    session.add(slip)
    session.flush()
    for bill in bills_of(session, keyed.taxpayer_id, keyed.bill_ids):
        session.add(SlipBill(id=new_id(), slip_id=slip.id, bill_id=bill.id))
    session.flush()
    _record(session, acting, "pos-slip-keyed", slip, batch, at)
    return slip


def _may_key(session: Session, acting: Acting, batch: Batch, trace: str) -> bool:
    """Into one's own open shift; into a closed one only what the terminal lists and nobody keyed."""
    shift = batch.shift
    if shift.closed_at is None:
        return shift.cashier_id == acting.account_id
    return trace in lines_of(session, batch.terminal, shift.batch)


def _fits_the_day(session: Session, batch: Batch, keyed: Keyed, at: datetime) -> bool:
    on, shift = keyed.reading.on, batch.shift
    line = lines_of(session, batch.terminal, shift.batch).get(keyed.reading.trace)
    listed = line is not None and day_of(line.paid_at) == on
    return listed or is_within(on, day_of(shift.opened_at), day_of(at))


def _is_the_same(known: Slip, acting: Acting, keyed: Keyed) -> bool:
    return (known.state, known.keyed_by, known.taxpayer_id, known.amount, known.paid_at) == (
        SlipState.KEYED,
        acting.account_id,
        keyed.taxpayer_id,
        keyed.reading.amount,
        keyed.paid_at,
    )


def _desk(session: Session, acting: Acting, batch: Batch, at: datetime) -> UUID | None:
    """Where a clerk sits by the roster of the terminal's hall; None where that does not say."""
    return desk_on_duty(session, acting.account_id, _terminal(session, batch).hall_id, at)


def _terminal(session: Session, batch: Batch) -> Terminal:
    return session.get_one(Terminal, batch.shift.terminal_id)


def confirm_slip(
    session: Session, acting: Acting, slip_id: UUID, reading: Reading, *, at: datetime
) -> SlipState:
    """Take what a second clerk reads off a slip: credited if it is what the first keyed.

    If not, the try is kept, and after a few the slip is set aside; nothing says what the first keyed. Raises
    `Refusal` for the first clerk, for one's own payment, and for a slip that does not wait.
    """
    slip, batch = _slip_of(session, slip_id)
    wrong = why_not_second(acting.account_id, slip.keyed_by, slip.state)
    if wrong is not None:
        raise Refusal(wrong)
    _refuse_own(session, acting, slip.taxpayer_id, at)
    agrees = reading == Reading(slip.trace, slip.amount, day_of(slip.paid_at))
    session.add(
        SlipReading(id=new_id(), slip_id=slip.id, by=acting.account_id, agrees=agrees, at=at,
                    trace=reading.trace, amount=reading.amount, on=reading.on)
    )  # fmt: skip
    if agrees:
        return _credit(session, acting, slip, batch, at)
    slip.mismatches += 1
    slip.state = after(slip.mismatches)
    session.flush()
    _record(session, acting, "pos-slip-differs", slip, batch, at)
    return SlipState(slip.state)


def _slip_of(session: Session, slip_id: UUID) -> tuple[Slip, Batch]:
    """A slip and its shift, both held. Raises `Refusal` where there is none."""
    seen = session.get(Slip, slip_id)
    batch = batch_of(session, seen.shift_id, lock=True) if seen else None
    slip = slip_held(session, slip_id)
    if slip is None or batch is None:
        raise Refusal(NOT_KEYED)
    return slip, batch


def _credit(session: Session, acting: Acting, slip: Slip, batch: Batch, at: datetime) -> SlipState:
    """Both read the same: the money is the taxpayer's, as of the day on the slip."""
    on, bills = day_of(slip.paid_at), bills_of_slip(session, slip.id)
    ref = source_ref(name_of(batch.terminal, batch.shift.batch, slip.trace), slip.turn)
    assert not is_booked(session, JournalKind.POS, ref), "a slip that stands is credited once"
    slip.confirmed_desk_id = _desk(session, acting, batch, at)
    slip.state, slip.confirmed_by, slip.confirmed_at = SlipState.CREDITED, acting.account_id, at
    slip.receipt_number, slip.source_ref = public_number("R", on), ref
    session.flush()
    money = Received(JournalKind.POS, ref, CHANNEL, slip.taxpayer_id, slip.amount, on, acting.account_id)
    rest = take_in(session, money, bills, at=at)
    close_paid_bills(session, bills, by=acting, at=at)
    tell(session, slip.taxpayer_id, slip.amount, rest, slip.receipt_number, at)
    _record(session, acting, "payment-received", slip, batch, at)
    if batch.shift.closed_at is not None:
        check_batch(session, batch.terminal, batch.shift.batch, at=at)
    return SlipState.CREDITED


def withdraw_slip(session: Session, acting: Acting, slip_id: UUID, why: str, *, at: datetime) -> None:
    """Take back a slip that was keyed wrongly and never counted; the paper is then keyed anew.

    The first clerk does it, or for a slip that was set aside a supervisor who had no part in it.
    """
    slip, batch = _slip_of(session, slip_id)
    if slip.state not in WAITING:
        raise Refusal(NOT_KEYED)
    is_first = acting.account_id == slip.keyed_by
    if is_first != (slip.state == SlipState.KEYED):
        raise Refusal(ONE_OF_THE_TWO if is_first else NOT_KEYED)
    slip.state, slip.ended_by, slip.ended_at, slip.why = SlipState.WITHDRAWN, acting.account_id, at, why
    session.flush()
    _record(session, acting, "pos-slip-withdrawn", slip, batch, at, why)


def _refuse_own(session: Session, acting: Acting, taxpayer_id: UUID, at: datetime) -> None:
    own = taxpayer_id == acting.person_id
    if own or contexts(session, acting.person_id, day_of(at), taxpayer_id=taxpayer_id):
        raise Refusal(OWN_SLIP)


def _record(
    session: Session, acting: Acting, act: str, slip: Slip, batch: Batch, at: datetime, why: str = ""
) -> None:
    """On the taxpayer's trail, with who did it. Amounts only of what was credited."""
    facts = {"slip": name_of(batch.terminal, batch.shift.batch, slip.trace)}
    if slip.receipt_number:
        facts |= {"number": slip.receipt_number, "amount": str(slip.amount)}
    audit.record(session, acting, act, at=at, taxpayer_id=slip.taxpayer_id, reason=why, facts=facts)
