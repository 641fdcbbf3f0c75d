"""Whoever carries money back is asked outside any transaction; all its news ends in `settle_repayment`.

Callback, sweep and reconciliation may come any number of times and in any order: the repayment's own key is
the key of the money fact. The carrier is looked up before it is asked, so a lost answer pays nothing twice.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit import services as audit
from portal.billing.models import RefundAccount, Repayment
from portal.billing.queries.repayments import (
    paid_by_treasury,
    repayment_held,
    repayment_named,
    repayments_in_question,
)
from portal.billing.rules import chart
from portal.billing.rules.chart import JournalKind, Leg
from portal.billing.rules.repaying import WayBack
from portal.billing.rules.states import ON_THE_WAY, RepaymentState
from portal.billing.services.ledger import Fact, book, hold, is_booked
from portal.billing.services.repaying import number_of
from portal.billing.services.settling import Outcome, note_break
from portal.billing.services.states import move_repayment
from portal.core import clock
from portal.core.clock import day_of
from portal.core.crypto import Keyring
from portal.core.db import Database
from portal.core.jobs import enqueue
from portal.core.keys import new_id
from portal.core.money import ZERO
from portal.core.refusal import Unavailable
from portal.gateways import Gateways
from portal.gateways.payments import CURRENCY, Course, KeySpent, NotRefunded, Refund
from portal.gateways.treasury import NotTaken, Order, Transfer
from portal.matters import services as matters
from portal.matters.models import Matter
from portal.notices import services as notices
from portal.settings import Settings

ASKED_AFTER = timedelta(minutes=5)
"""How long after it was last asked the carrier is asked again."""
MAY_COME_BACK = timedelta(days=15)
"""How long after the treasury paid it is asked whether a bank sent the money back; ours, no rule says it."""
PAID_ASKED_AFTER = timedelta(hours=1)
SOON = timedelta(seconds=15)
"""How long after it is under way its carrier is first asked again."""
AT_ONCE = 100

log = structlog.get_logger()


@dataclass(frozen=True)
class Told:
    """What a carrier says of a repayment."""

    course: Course
    amount: Decimal
    ref: str | None = None
    why: str = ""


@dataclass(frozen=True)
class _Errand:
    """What a carrier is asked to do, read while the repayment was held."""

    repayment: Repayment
    key: str
    matter: str
    account: RefundAccount | None


def repay(database: Database, gateways: Gateways, settings: Settings, payload: dict[str, Any]) -> None:
    """The job that brings one repayment on. Raises `Unavailable`; then the job comes again."""
    bring_on(database, gateways, settings.keyring, UUID(payload["repayment"]), at=clock.now())


def sweep_repayments(
    database: Database, gateways: Gateways, settings: Settings, _payload: dict[str, Any]
) -> None:
    """The job that asks about everything on its way, and about what a bank may have sent back."""
    at = clock.now()
    with database.reading() as session:
        waiting = repayments_in_question(session, at - ASKED_AFTER, AT_ONCE)
        paid = paid_by_treasury(session, at - MAY_COME_BACK, at - PAID_ASKED_AFTER, AT_ONCE)
    try:
        for repayment in [*waiting, *paid]:
            bring_on(database, gateways, settings.keyring, repayment.id, at=at)
    except Unavailable as down:
        log.warning("sweep stopped", system=down.system, left=len(waiting))


def bring_on(
    database: Database, gateways: Gateways, keys: Keyring, repayment_id: UUID, *, at: datetime
) -> None:
    """Ask how a repayment stands; where its carrier knows nothing of it, ask for it. Raises `Unavailable`."""
    with database.reading() as session:
        repayment = repayment_named(session, repayment_id)
    if repayment is None or repayment.state == RepaymentState.RETURNED:
        return
    told = _look_up(gateways, repayment)
    if told is None:
        with database.transaction() as session:
            errand = _begin(session, repayment_id, at)
        told = _ask(database, gateways, keys, errand) if errand else None
    if told is not None:
        with database.transaction() as session:
            settle_repayment(session, repayment_id, told, at=at)


def _look_up(gateways: Gateways, repayment: Repayment) -> Told | None:
    """How a repayment stands where it is carried, or None where it is not known there."""
    if repayment.way == WayBack.TREASURY:
        transfer = gateways.treasury.transfer(repayment.id)
        return _of_transfer(transfer) if transfer else None
    for refund in gateways.payments.refunds_of(str(repayment.intent_id)):
        if refund.repayment_id == repayment.id:
            return _of_refund(refund)
    return None


def _of_transfer(transfer: Transfer) -> Told:
    return Told(transfer.course, transfer.amount, transfer.ref, transfer.why)


def _of_refund(refund: Refund) -> Told:
    return Told(refund.course, refund.amount, refund.ref)


def _begin(session: Session, repayment_id: UUID, at: datetime) -> _Errand | None:
    """Note that the carrier is asked now; None where it was heard of meanwhile."""
    repayment = repayment_held(session, repayment_id)
    if repayment is None or repayment.state != RepaymentState.ASKED:
        return None
    repayment.tried_at = at
    session.flush()
    matter = session.get_one(Matter, repayment.matter_id)
    account = session.get(RefundAccount, repayment.account_id) if repayment.account_id else None
    return _Errand(repayment, repayment.idempotency_key, matter.number, account)


def _ask(database: Database, gateways: Gateways, keys: Keyring, errand: _Errand) -> Told:
    one, account = errand.repayment, errand.account
    try:
        if account is None:
            return _of_refund(gateways.payments.refund(one.id, str(one.intent_id), one.amount, errand.key))
        number = number_of(account, keys)
        order = Order(one.id, one.amount, account.holder, account.bank, number, errand.matter)
        return _of_transfer(gateways.treasury.order(order))
    except (NotRefunded, NotTaken) as refused:
        return Told(Course.FAILED, one.amount, why=str(refused))
    except KeySpent:
        with database.transaction() as session:
            _change_key(session, one.id, errand.key)
        raise


def _change_key(session: Session, repayment_id: UUID, spent: str) -> None:
    """A failure kept under a key is all that key will ever say. Whoever comes second changes nothing."""
    repayment = repayment_held(session, repayment_id)
    if repayment is not None and repayment.idempotency_key == spent:
        repayment.idempotency_key = str(new_id())
        session.flush()


def settle_refund(session: Session, refund: Refund, *, at: datetime) -> Outcome:
    """Follow what the gateway says of money given back; what was not asked for here is before a person."""
    ours = refund.repayment_id
    if ours is None or repayment_named(session, ours) is None:
        note_break(
            session, "money-back", refund.intent_id,
            order=None, difference=-refund.amount, note=f"{refund.ref} {refund.course}", at=at,
        )  # fmt: skip
        return Outcome.QUARANTINED
    if refund.currency != CURRENCY:
        return _note_difference(session, ours, refund.ref, refund.amount, at)
    return settle_repayment(session, ours, _of_refund(refund), at=at)


def settle_repayment(session: Session, repayment_id: UUID, told: Told, *, at: datetime) -> Outcome:
    """Bring repayment, ledger and matter to what its carrier says; any number of times, in any order."""
    known = repayment_named(session, repayment_id)
    if known is None:
        return Outcome.ORDER_UNKNOWN
    whose = known.taxpayer_id
    hold(session, [chart.unallocated(whose), chart.in_transit(whose)])
    matter = session.scalars(select(Matter).where(Matter.id == known.matter_id).with_for_update()).one()
    repayment = repayment_held(session, repayment_id)
    assert repayment is not None
    if told.amount != repayment.amount:
        return _note_difference(session, repayment_id, told.ref or "", told.amount - repayment.amount, at)
    repayment.ref = repayment.ref or told.ref
    repayment.tried_at = max(repayment.tried_at, at)
    if told.course is Course.PENDING:
        return _follow(session, repayment, at)
    follow = _arrived if told.course is Course.DONE else _came_back
    return Outcome.BOOKED if follow(session, matter, repayment, told, at) else Outcome.KNOWN


def _follow(session: Session, one: Repayment, at: datetime) -> Outcome:
    if not move_repayment(session, one, RepaymentState.SENT, "under way", at):
        return Outcome.KNOWN
    enqueue(session, "repay", {"repayment": str(one.id)}, run_at=at + SOON, dedupe=f"repay:{one.id}:again")
    return Outcome.FOLLOWED


def _note_difference(session: Session, key: UUID, ref: str, difference: Decimal, at: datetime) -> Outcome:
    note_break(
        session, "refund-amount", ref or str(key), order=None, difference=difference, note=str(key), at=at
    )
    return Outcome.QUARANTINED


def _arrived(session: Session, matter: Matter, one: Repayment, told: Told, at: datetime) -> bool:
    if not move_repayment(session, one, RepaymentState.PAID, f"paid: {told.ref}", at):
        return False
    one.ended_at = at
    leg = Leg(chart.in_transit(one.taxpayer_id), _out(one), one.amount)
    _book(session, JournalKind.REPAID, one, leg, at)
    _tell(session, matter, one, "refund-paid", at)
    _move_on(session, matter, at)
    return True


def _came_back(session: Session, matter: Matter, one: Repayment, told: Told, at: datetime) -> bool:
    if not move_repayment(session, one, RepaymentState.RETURNED, f"came back: {told.why or told.ref}", at):
        return False
    one.ended_at, one.why = at, told.why
    left = is_booked(session, JournalKind.REPAID, str(one.id))
    source = _out(one) if left else chart.in_transit(one.taxpayer_id)
    leg = Leg(source, chart.unallocated(one.taxpayer_id), one.amount)
    _book(session, JournalKind.REPAY_FAILED, one, leg, at)
    _tell(session, matter, one, "refund-came-back", at)
    _move_on(session, matter, at)
    return True


def _out(one: Repayment) -> chart.Place:
    """The office's account that a repayment leaves by."""
    return chart.clearing(one.way)


def _book(session: Session, kind: JournalKind, one: Repayment, leg: Leg, at: datetime) -> None:
    reason = "came-back" if kind is JournalKind.REPAY_FAILED else ""
    fact = Fact(kind, str(one.id), day_of(at), one.taxpayer_id, reason=reason)
    book(session, fact, (leg.debit, leg.credit), lambda _: [(fact, [leg])], at=at)


def _tell(session: Session, matter: Matter, one: Repayment, kind: str, at: datetime) -> None:
    facts = {"amount": str(one.amount), "number": matter.number}
    notices.tell(session, one.taxpayer_id, kind, facts, at=at)
    audit.record(session, None, kind, at=at, taxpayer_id=one.taxpayer_id, matter_id=matter.id, facts=facts)


def _move_on(session: Session, matter: Matter, at: datetime) -> None:
    """The matter is done when all of it is paid; what came back is decided on anew, by two people again."""
    of_round = select(Repayment).where(
        Repayment.matter_id == matter.id,
        Repayment.round == matter.round,
        Repayment.taxpayer_id == matter.taxpayer_id,
    )
    every = session.scalars(of_round).all()
    if any(one.state in ON_THE_WAY for one in every):
        return
    paid = sum((one.amount for one in every if one.state == RepaymentState.PAID), ZERO)
    left = (matter.amount or ZERO) - paid
    if any(one.state == RepaymentState.RETURNED for one in every):
        if paid > ZERO:
            matters.lower(session, matter, left, by=None, at=at)
        matters.advance(session, matter, "requested", by=None, at=at, note=str(left))
    elif left == ZERO:
        matters.advance(session, matter, "paid", by=None, at=at)
