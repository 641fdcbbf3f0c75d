"""Money that rests here: asked back as a matter, or used for what is due.

What is asked back and not yet given is never more than what rests: whoever takes from it lowers the matters
in the same transaction. The account is held first, then the matters, so that two at once take turns.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit import services as audit
from portal.billing.queries.debts import open_bills
from portal.billing.queries.repayments import reserved
from portal.billing.rules import chart
from portal.billing.rules.chart import JournalKind
from portal.billing.rules.reasons import NOT_UNALLOCATED, NOTHING_TO_REFUND
from portal.billing.services.bills import pay_with_resting
from portal.billing.services.closing import close_paid_bills
from portal.billing.services.ledger import Fact, hold, is_booked
from portal.core.acting import Acting
from portal.core.clock import day_of
from portal.core.money import ZERO
from portal.core.refusal import Refusal
from portal.matters import services as matters
from portal.matters.models import Matter
from portal.matters.queries import matter_about, running

REFUND = "refund"
"""The kind of matter in which money is given back."""
OPEN = "requested"
"""The state in which nobody has decided on it yet."""


def at_rest(session: Session, taxpayer_id: UUID) -> Decimal:
    """What rests in a taxpayer's unallocated account, held until the end of the transaction."""
    place = chart.unallocated(taxpayer_id)
    return hold(session, [place])[place]


def undecided(session: Session, taxpayer_id: UUID, subjects: Collection[UUID]) -> Sequence[Matter]:
    """The refunds asked for about these subjects on which nobody has decided, newest first, held."""
    return [
        matter
        for matter in running(session, taxpayer_id, REFUND, lock=True)
        if matter.subject_id in subjects and matter.state == OPEN
    ]


def asked_back(refunds: Collection[Matter]) -> Decimal:
    """What refunds come to, in yuan."""
    return sum((matter.amount or ZERO for matter in refunds), ZERO)


def open_refund(
    session: Session, acting: Acting, subject: UUID, amount: Decimal, *, at: datetime, about: str = ""
) -> Matter:
    """Begin to give `amount` (positive yuan, resting here) back."""
    return matters.open_matter(
        session, acting, REFUND, acting.taxpayer_id, subject,
        at=at, about=about, amount=amount, note=str(amount),
    )  # fmt: skip


def request_refund(session: Session, acting: Acting, *, decision: UUID, at: datetime) -> Matter:
    """Ask for everything that rests here and is not asked for yet; once per decision.

    Raises `Refusal` where nothing is left to ask for.
    """
    acting.require_own_word()
    whose = acting.taxpayer_id
    free = at_rest(session, whose) - reserved(session, running(session, whose, REFUND, lock=True))
    known = matter_about(session, whose, REFUND, decision)
    if known is not None:
        return known
    if free <= ZERO:
        raise Refusal(NOTHING_TO_REFUND)
    matter = open_refund(session, acting, decision, free, at=at)
    facts = {"amount": str(free), "number": matter.number}
    audit.record(session, acting, "refund-requested", at=at, facts=facts)
    return matter


def offset_all(session: Session, acting: Acting, *, decision: UUID, at: datetime) -> None:
    """抵缴: pay what is due with the taxpayer's own unallocated money, at their choice (细则第七十九条).

    As much as there is, but for refunds that are approved; tax first, the oldest due date first; once per
    decision. What was asked back and is used now is asked back no more. Raises `Refusal` when nothing rests
    there or nothing is due.
    """
    acting.require_own_word()
    on, whose = day_of(at), acting.taxpayer_id
    rests = at_rest(session, whose)
    if is_booked(session, JournalKind.OFFSET, str(decision)):
        return
    refunds = running(session, whose, REFUND, lock=True)
    may_use = rests - reserved(session, [matter for matter in refunds if matter.state != OPEN])
    if may_use <= ZERO:
        raise Refusal(NOT_UNALLOCATED)
    bills = [one.bill for one in open_bills(session, whose, on)]
    fact = Fact(JournalKind.OFFSET, str(decision), on, whose, actor_id=acting.account_id)
    paid = pay_with_resting(session, fact, bills, at=at, most=may_use)
    audit.record(session, acting, "money-offset", at=at, facts={"amount": str(paid)})
    open_ones = [matter for matter in refunds if matter.state == OPEN]
    lower_refunds(session, open_ones, reserved(session, refunds) - (rests - paid), by=acting, at=at)
    close_paid_bills(session, bills, by=acting, at=at)


def lower_refunds(
    session: Session, refunds: Sequence[Matter], by_amount: Decimal, *, by: Acting | None, at: datetime
) -> None:
    """Ask for `by_amount` less in all, of the first first; a refund of which nothing is left is withdrawn."""
    for matter in refunds:
        part = min(by_amount, matter.amount or ZERO)
        if part <= ZERO:
            continue
        by_amount -= part
        matters.lower(session, matter, (matter.amount or ZERO) - part, by=by, at=at)
        if matter.amount == ZERO:
            matters.advance(session, matter, "withdrawn", by=by, at=at)
