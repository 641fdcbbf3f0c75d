"""What runs about a taxpayer's money: payments begun and refunds asked for, in one statement for a page."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Date, String, cast, literal, null, select, union_all
from sqlalchemy.orm import Session

from portal.billing.models import PaymentOrder
from portal.billing.rules.states import PAYABLE
from portal.core.money import ZERO
from portal.matters.models import Matter


class Running(NamedTuple):
    """A payment order or a refund; `due_on` is the day by which a refund is answered."""

    id: UUID
    number: str
    amount: Decimal
    due_on: date | None


class UnderWay(NamedTuple):
    """Newest first."""

    orders: Sequence[Running]
    refunds: Sequence[Running]

    @property
    def asked_back(self) -> Decimal:
        """What the refunds come to."""
        return sum((refund.amount for refund in self.refunds), ZERO)


def under_way(session: Session, taxpayer_id: UUID, kind: str) -> UnderWay:
    """Open payment orders, and matters of this kind with an amount that are not closed. One statement."""
    order, matter = PaymentOrder, Matter
    orders = select(
        literal("order", String()).label("what"),
        order.id.label("id"),
        order.number.label("number"),
        order.amount.label("amount"),
        cast(null(), Date()).label("due_on"),
    ).where(order.taxpayer_id == taxpayer_id, order.state.in_(PAYABLE))
    refunds = select(
        literal("refund", String()), matter.id, matter.number, matter.amount, matter.due_on
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
