"""Slips as pages show them: who keyed them where, what waits, what was credited and what that paid."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account
from portal.billing.models import Bill, Journal, LedgerAccount, Posting, Shift, Slip, Terminal
from portal.billing.queries.statement import Paid
from portal.billing.queries.terminals import MOST_LISTED
from portal.billing.rules.chart import AccountKind, JournalKind
from portal.billing.rules.terminals import WAITING, SlipState, name_of
from portal.halls.models import Desk, Hall
from portal.taxpayers.models import Taxpayer


@dataclass(frozen=True)
class SlipShown:
    """A slip with everything a page says of it. What was keyed is the page's to hold back."""

    slip: Slip
    shift: Shift
    terminal: str
    hall: Hall
    keyed_by: str
    confirmed_by: str
    keyed_desk: int | None
    confirmed_desk: int | None
    who: Taxpayer

    @property
    def name(self) -> str:
        return name_of(self.terminal, self.shift.batch, self.slip.trace)

    @property
    def batch(self) -> str:
        return name_of(self.terminal, self.shift.batch)


def _shown() -> Select[*tuple[Any, ...]]:
    first, second = aliased(Account), aliased(Account)
    one, other = aliased(Taxpayer), aliased(Taxpayer)
    desk, beside = aliased(Desk), aliased(Desk)
    whose = aliased(Taxpayer)
    return (
        select(Slip, Shift, Terminal.number, Hall, one.name, other.name, desk.number, beside.number, whose)
        .join(Shift, Shift.id == Slip.shift_id)
        .join(Terminal, Terminal.id == Shift.terminal_id)
        .join(Hall, Hall.id == Terminal.hall_id)
        .join(first, first.id == Slip.keyed_by)
        .join(one, one.id == first.person_id)
        .outerjoin(second, second.id == Slip.confirmed_by)
        .outerjoin(other, other.id == second.person_id)
        .outerjoin(desk, desk.id == Slip.keyed_desk_id)
        .outerjoin(beside, beside.id == Slip.confirmed_desk_id)
        .join(whose, whose.id == Slip.taxpayer_id)
    )


def _found(session: Session, asked: Select[*tuple[Any, ...]]) -> list[SlipShown]:
    return [
        SlipShown(row[0], row[1], row[2], row[3], row[4], row[5] or "", row[6], row[7], row[8])
        for row in session.execute(asked)
    ]


def slip_shown(session: Session, slip_id: UUID) -> SlipShown | None:
    """One slip. One statement."""
    return next(iter(_found(session, _shown().where(Slip.id == slip_id))), None)


def own_slip(session: Session, taxpayer_id: UUID, slip_id: UUID) -> SlipShown | None:
    """A slip that was credited to this taxpayer, also one reversed since. One statement."""
    mine = _shown().where(Slip.id == slip_id, Slip.taxpayer_id == taxpayer_id)
    return next(iter(_found(session, mine.where(Slip.receipt_number.is_not(None)))), None)


def slips_waiting(session: Session) -> list[SlipShown]:
    """Slips that one clerk keyed and nobody confirmed, or that were set aside, oldest first."""
    waiting = _shown().where(Slip.state.in_(WAITING)).order_by(Slip.keyed_at, Slip.id)
    return _found(session, waiting.limit(MOST_LISTED))


def slips_of(session: Session, shift_id: UUID) -> list[SlipShown]:
    """Every slip of a shift, oldest first."""
    of = _shown().where(Slip.shift_id == shift_id).order_by(Slip.keyed_at, Slip.id)
    return _found(session, of)


def slips_since(session: Session, since: datetime) -> list[SlipShown]:
    """Slips credited since, also those reversed, newest first."""
    counted = _shown().where(Slip.state.in_((SlipState.CREDITED, SlipState.REVERSED)))
    newest = counted.where(Slip.confirmed_at >= since).order_by(Slip.confirmed_at.desc(), Slip.id)
    return _found(session, newest.limit(MOST_LISTED))


def paid_by_slip(session: Session, source_ref: str) -> Sequence[Paid]:
    """What a slip paid, as booked. One statement."""
    credit = aliased(LedgerAccount)
    rows = session.execute(
        select(Bill.title, Bill.period, credit.kind, Posting.amount)
        .join(Journal, Journal.id == Posting.journal_id)
        .join(credit, credit.id == Posting.credit_id)
        .outerjoin(Bill, Bill.id == credit.bill_id)
        .where(Journal.kind == JournalKind.POS, Journal.source_ref == source_ref)
        .order_by(Posting.leg)
    )
    return [Paid(*row) for row in rows]


def totals_of(session: Session, refs: Collection[str]) -> list[tuple[str, bool, Decimal]]:
    """What slips paid by the title of the bills, tax and surcharge apart; no title for what rests."""
    credit = aliased(LedgerAccount)
    rows = session.execute(
        select(Bill.title, credit.kind, func.sum(Posting.amount))
        .join(Journal, Journal.id == Posting.journal_id)
        .join(credit, credit.id == Posting.credit_id)
        .outerjoin(Bill, Bill.id == credit.bill_id)
        .where(Journal.kind == JournalKind.POS, Journal.source_ref.in_(refs))
        .group_by(Bill.title, credit.kind)
    )
    found = [(title or "", kind == AccountKind.SURCHARGE_DUE, amount) for title, kind, amount in rows]
    return sorted(found, key=lambda one: (not one[0], one[0], one[1]))
