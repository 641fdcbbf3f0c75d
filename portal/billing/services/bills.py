"""Raising bills, correcting them, and what rests with the taxpayer."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.billing.models import Bill, Journal
from portal.billing.queries.debts import debts_of
from portal.billing.rules import chart
from portal.billing.rules.allocation import Component, Distribution, distribute
from portal.billing.rules.chart import JournalKind, Leg, Place
from portal.billing.rules.reasons import NOT_UNALLOCATED, NOTHING_TO_PAY, REDUCED_TOO_FAR
from portal.billing.services.ledger import Balances, Entries, Fact, book
from portal.core.clock import day_of
from portal.core.jobs import enqueue
from portal.core.keys import new_id
from portal.core.money import ZERO
from portal.core.refusal import Refusal
from portal.core.wording import Phrase
from portal.taxpayers.queries import held_firm
from portal.taxpayers.rules.firms import TaxStatus

Source = tuple[str, UUID]
"""What a money fact follows from: a kind of record and its id."""


def raise_bill(
    session: Session,
    *,
    taxpayer_id: UUID,
    tax: str,
    period: str,
    title: Phrase,
    amount: Decimal,
    due_on: date,
    source: Source,
    at: datetime,
    actor_id: UUID | None = None,
) -> Bill:
    """Assess `amount` (positive yuan) to a taxpayer, once per source; a repetition returns the same bill."""
    kind, source_id = source
    known = session.scalar(select(Bill).where(Bill.source_kind == kind, Bill.source_id == source_id))
    if known is not None:
        return known
    firm = held_firm(session, taxpayer_id)
    if firm is not None and firm.tax_status == TaxStatus.CLEARED:
        enqueue(session, "debt-after-clearance", {"taxpayer": str(taxpayer_id)}, run_at=at)
    bill = Bill(
        id=new_id(),
        taxpayer_id=taxpayer_id,
        tax=tax,
        period=period,
        title=title,
        amount=amount,
        due_on=due_on,
        source_kind=kind,
        source_id=source_id,
        raised_at=at,
    )
    session.add(bill)
    session.flush()
    fact = Fact(JournalKind.ASSESS, str(bill.id), day_of(at), taxpayer_id, actor_id=actor_id)
    leg = Leg(chart.tax_due(taxpayer_id, bill.id), chart.levied(tax), amount)
    book(session, fact, (leg.debit, leg.credit), lambda _: [(fact, [leg])], at=at)
    return bill


def credit_refund_due(
    session: Session,
    *,
    taxpayer_id: UUID,
    tax: str,
    period: str,
    amount: Decimal,
    source: Source,
    at: datetime,
    actor_id: UUID | None = None,
) -> None:
    """Rest `amount` (positive yuan), assessed as a refund, with the taxpayer's unallocated money.

    Once per source. `period` names the tax period for the statement.
    """
    fact = Fact(
        JournalKind.REFUND_DUE,
        f"{source[0]}:{source[1]}",
        day_of(at),
        taxpayer_id,
        reason="refund-due",
        period=period,
        actor_id=actor_id,
    )
    leg = Leg(chart.levied(tax), chart.unallocated(taxpayer_id), amount)
    book(session, fact, (leg.debit, leg.credit), lambda _: [(fact, [leg])], at=at)


def reduce_bill(
    session: Session, bill: Bill, by: Decimal, *, source: Source, at: datetime, actor_id: UUID | None = None
) -> None:
    """Lower what a bill assessed, as of its due date; once per source.

    What was paid above the lower tax, and above the surcharge on it, goes to unallocated. Raises `Refusal`
    when `by` exceeds what is assessed.
    """
    assessed = select(Journal.id).where(
        Journal.kind == JournalKind.ASSESS, Journal.source_ref == str(bill.id)
    )
    fact = Fact(
        JournalKind.REDUCE,
        f"{source[0]}:{source[1]}:{bill.id}",
        day_of(at),
        bill.taxpayer_id,
        reason="reduced",
        actor_id=actor_id,
        corrects_id=session.scalar(assessed),
    )

    def plan(balances: Balances) -> Entries:
        [debt] = debts_of(session, bill.taxpayer_id, {bill.id})
        if by > debt.principal:
            raise Refusal(REDUCED_TOO_FAR, amount=debt.principal)
        tax = chart.tax_due(bill.taxpayer_id, bill.id)
        yield fact, lowering(tax, chart.levied(bill.tax), by, balances[tax])
        [lower] = debts_of(session, bill.taxpayer_id, {bill.id})
        if lower.surcharge_fixed > ZERO:
            yield from fixing(bill, lower.accrued(lower.last_moved) - lower.surcharge_fixed, balances, fact)

    book(session, fact, places_of([bill]), plan, at=at)


def adjust(
    session: Session,
    *,
    taxpayer_id: UUID,
    tax: str,
    period: str,
    title: Phrase,
    old: Decimal,
    new: Decimal,
    due_on: date,
    source: Source,
    at: datetime,
    actor_id: UUID | None = None,
    returnable: Decimal = ZERO,
) -> None:
    """Settle the difference a correction makes; once per source.

    `old` and `new` are what the return ends in: positive to pay, negative to be refunded. Less to pay lowers
    the bills of the period, the youngest first; what they do not cover becomes a refund due. More to pay is
    first a smaller refund, then a further bill with the first due date, so that surcharge counts from there.
    `returnable` is what earlier returns of the period set free and nobody approved to be refunded yet: only
    that much of a refund is taken back, and it pays the further bill (细则第七十九条).
    """
    difference = new - old
    if difference < ZERO:
        _lower_period(session, taxpayer_id, tax, period, -difference, source, at, actor_id)
    elif difference > ZERO:
        back = min(difference, max(-old, ZERO), returnable)
        if back > ZERO:
            _take_refund_back(session, taxpayer_id, tax, period, back, source, at, actor_id)
        if difference > back:
            bill = raise_bill(
                session, taxpayer_id=taxpayer_id, tax=tax, period=period, title=title,
                amount=difference - back, due_on=due_on, source=source, at=at, actor_id=actor_id,
            )  # fmt: skip
            if returnable > back:
                ref = f"{source[0]}:{source[1]}"
                fact = Fact(JournalKind.OFFSET, ref, day_of(at), taxpayer_id, actor_id=actor_id)
                pay_with_resting(session, fact, [bill], at=at, most=returnable - back)


def _take_refund_back(
    session: Session,
    taxpayer_id: UUID,
    tax: str,
    period: str,
    amount: Decimal,
    source: Source,
    at: datetime,
    actor_id: UUID | None,
) -> None:
    ref = f"{source[0]}:{source[1]}"
    fact = Fact(JournalKind.REFUND_BACK, ref, day_of(at), taxpayer_id, actor_id=actor_id, period=period)
    leg = Leg(chart.unallocated(taxpayer_id), chart.levied(tax), amount)
    book(session, fact, (leg.debit, leg.credit), lambda _: [(fact, [leg])], at=at)


def _lower_period(
    session: Session,
    taxpayer_id: UUID,
    tax: str,
    period: str,
    by: Decimal,
    source: Source,
    at: datetime,
    actor_id: UUID | None,
) -> None:
    bills = session.scalars(
        select(Bill)
        .where(Bill.taxpayer_id == taxpayer_id, Bill.tax == tax, Bill.period == period)
        .order_by(Bill.raised_at.desc(), Bill.id.desc())
    ).all()
    assessed = {d.bill_id: d.principal for d in debts_of(session, taxpayer_id, {bill.id for bill in bills})}
    for bill in bills:
        part = min(by, assessed[bill.id])
        if part > ZERO:
            reduce_bill(session, bill, part, source=source, at=at, actor_id=actor_id)
            by -= part
    if by > ZERO:
        credit_refund_due(
            session, taxpayer_id=taxpayer_id, tax=tax, period=period, amount=by, source=source, at=at,
            actor_id=actor_id,
        )  # fmt: skip


def pay_with_resting(
    session: Session, fact: Fact, bills: Sequence[Bill], *, at: datetime, most: Decimal
) -> Decimal:
    """Pay bills of one taxpayer with up to `most` of the money that rests here; how much was used.

    Tax first, the oldest due date first. Zero where the fact was booked before. Raises `Refusal` when
    there is no money or nothing is due.
    """
    assert fact.taxpayer_id is not None
    whose, source = fact.taxpayer_id, chart.unallocated(fact.taxpayer_id)
    paid = ZERO

    def plan(balances: Balances) -> Entries:
        nonlocal paid
        money = min(most, balances[source])
        if money <= ZERO:
            raise Refusal(NOT_UNALLOCATED)
        split = distribute(debts_of(session, whose, {bill.id for bill in bills}), money, fact.effective_on)
        yield from fixings(bills, split, balances, fact)
        if not split.shares:
            raise Refusal(NOTHING_TO_PAY)
        yield fact, [Leg(source, due_place(bills, s.bill_id, s.component), s.amount) for s in split.shares]
        paid = sum((share.amount for share in split.shares), ZERO)

    booked = book(session, fact, [source, *places_of(bills)], plan, at=at)
    return paid if booked else ZERO


def places_of(bills: Collection[Bill]) -> list[Place]:
    """Every account that paying or correcting these bills can touch, but for where the money comes from."""
    places = [chart.unallocated(taxpayer) for taxpayer in {bill.taxpayer_id for bill in bills}]
    for bill in bills:
        places += [
            chart.tax_due(bill.taxpayer_id, bill.id),
            chart.surcharge_due(bill.taxpayer_id, bill.id),
            chart.levied(bill.tax),
            chart.surcharge_levied(bill.tax),
        ]
    return places


def due_place(bills: Collection[Bill], bill_id: UUID, component: Component) -> Place:
    """The account a share of a payment goes to."""
    [bill] = [bill for bill in bills if bill.id == bill_id]
    account = chart.tax_due if component is Component.TAX else chart.surcharge_due
    return account(bill.taxpayer_id, bill.id)


def fixings(bills: Collection[Bill], split: Distribution, balances: Balances, cause: Fact) -> Entries:
    """The journals that bring the booked surcharge of bills to what accrued by the day of `cause`."""
    for bill in bills:
        if bill.id in split.fixed:
            yield from fixing(bill, split.fixed[bill.id], balances, cause)


def fixing(bill: Bill, change: Decimal, balances: Balances, cause: Fact) -> Entries:
    """The journal that changes the booked surcharge of one bill, named by what caused it."""
    due, source = chart.surcharge_due(bill.taxpayer_id, bill.id), chart.surcharge_levied(bill.tax)
    fact = Fact(
        JournalKind.ACCRUE,
        f"{bill.id}:{cause.kind}:{cause.source_ref}",
        cause.effective_on,
        bill.taxpayer_id,
        reason="reduced" if change < ZERO else "",
        actor_id=cause.actor_id,
    )
    if change > ZERO:
        yield fact, [Leg(due, source, change)]
    elif change < ZERO:
        yield fact, lowering(due, source, -change, balances[due])


def lowering(due: Place, source: Place, by: Decimal, unpaid: Decimal) -> list[Leg]:
    """Take back what was levied on a bill; what is already paid of it is set free first."""
    assert due.taxpayer_id is not None
    legs = [Leg(source, due, by)]
    if by > unpaid:
        legs.insert(0, Leg(due, chart.unallocated(due.taxpayer_id), by - unpaid))
    return legs
