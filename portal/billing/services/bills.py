"""Raising bills, lowering them, and paying them with what rests with the taxpayer."""

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
    levy: str = "",
    actor_id: UUID | None = None,
) -> Bill:
    """Assess `amount` (positive yuan) to a taxpayer; a repetition returns the same bill.

    Once per source and levy; the levy is the tax itself unless said.
    """
    (kind, source_id), levy = source, levy or tax
    mine = (Bill.source_kind == kind, Bill.source_id == source_id, Bill.levy == levy)
    known = session.scalar(select(Bill).where(*mine))
    if known is not None:
        return known
    firm = held_firm(session, taxpayer_id)
    if firm is not None and firm.tax_status == TaxStatus.CLEARED:
        enqueue(session, "debt-after-clearance", {"taxpayer": str(taxpayer_id)}, run_at=at)
    bill = Bill(
        id=new_id(),
        taxpayer_id=taxpayer_id,
        tax=tax,
        levy=levy,
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
    leg = Leg(chart.tax_due(taxpayer_id, bill.id), chart.levied(levy), amount)
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
    levy: str = "",
    actor_id: UUID | None = None,
) -> None:
    """Rest `amount` (positive yuan), assessed as a refund, with the taxpayer's unallocated money.

    Once per source and levy; the levy is the tax itself unless said. `period` names the tax period for the
    statement.
    """
    levy = levy or tax
    fact = Fact(
        JournalKind.REFUND_DUE,
        f"{source[0]}:{source[1]}:{levy}",
        day_of(at),
        taxpayer_id,
        reason="refund-due",
        period=period,
        actor_id=actor_id,
    )
    leg = Leg(chart.levied(levy), chart.unallocated(taxpayer_id), amount)
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
        yield fact, lowering(tax, chart.levied(bill.levy), by, balances[tax])
        [lower] = debts_of(session, bill.taxpayer_id, {bill.id})
        if lower.surcharge_fixed > ZERO:
            yield from fixing(bill, lower.accrued(lower.last_moved) - lower.surcharge_fixed, balances, fact)

    book(session, fact, places_of([bill]), plan, at=at)


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
            chart.levied(bill.levy),
            chart.surcharge_levied(bill.levy),
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
    due, source = chart.surcharge_due(bill.taxpayer_id, bill.id), chart.surcharge_levied(bill.levy)
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
