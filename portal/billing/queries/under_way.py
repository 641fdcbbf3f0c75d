"""What runs about a taxpayer's money: payments begun and refunds asked for, in one statement for a page."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Date, String, cast, func, literal, null, select, type_coerce, union_all
from sqlalchemy.orm import Session

from portal.billing.models import PaymentOrder, Repayment
from portal.billing.rules.states import PAYABLE, RepaymentState
from portal.core.db import Yuan
from portal.core.money import ZERO
from portal.matters.models import Matter


class Running(NamedTuple):
    """A payment order or a refund; `due_on` is the day by which a refund is answered.

    `here`: what of its amount still rests here; the rest of a refund has set out.
    """

    id: UUID
    number: str
    amount: Decimal
    due_on: date | None
    here: Decimal


class UnderWay(NamedTuple):
    """Newest first."""

    orders: Sequence[Running]
    refunds: Sequence[Running]

    @property
    def asked_back(self) -> Decimal:
        """What the refunds keep of the money that rests here."""
        return sum((refund.here for refund in self.refunds), ZERO)


def under_way(session: Session, taxpayer_id: UUID, kind: str) -> UnderWay:
    """Open payment orders, and matters of this kind with an amount that are not closed. One statement."""
    order, matter = PaymentOrder, Matter
    orders = select(
        literal("order", String()).label("what"),
        order.id.label("id"),
        order.number.label("number"),
        order.amount.label("amount"),
        cast(null(), Date()).label("due_on"),
        order.amount.label("here"),
    ).where(order.taxpayer_id == taxpayer_id, order.state.in_(PAYABLE))
    gone = (
        select(func.coalesce(func.sum(Repayment.amount), literal(ZERO, Yuan())))
        .where(Repayment.matter_id == matter.id, Repayment.round == matter.round)
        .where(Repayment.state != RepaymentState.RETURNED)
        .scalar_subquery()
    )
    # The difference of two money columns is a plain number to SQLAlchemy: it is told again.
    here = type_coerce(matter.amount - gone, Yuan())
    refunds = select(
        literal("refund", String()), matter.id, matter.number, matter.amount, matter.due_on, here
    ).where(
        matter.taxpayer_id == taxpayer_id,
        matter.kind == kind,
        matter.closed_at.is_(None),
        matter.amount.is_not(None),
    )
    both = union_all(orders, refunds).subquery()
    rows = session.execute(select(both).order_by(both.c.id.desc())).all()
    found = {what: [Running(*row[1:]) for row in rows if row.what == what] for what in ("order", "refund")}
    return UnderWay(found["order"], found["refund"])
