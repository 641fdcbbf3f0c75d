"""Payments through a gateway: orders, attempts to pay them, and everything the gateway told us."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.billing.models.bills import Bill
from portal.core.db import Instant, Json, Key, Model, Yuan, append_only
from portal.core.keys import new_id

LIVE = text("state IN ('creating', 'unknown', 'open', 'processing')")


class PaymentOrder(Model):
    """What a taxpayer set out to pay, as quoted for one day."""

    __tablename__ = "payment_orders"
    __table_args__ = (
        Index("ix_payment_orders_taxpayer", "taxpayer_id", "state"),
        Index("ix_payment_orders_expiry", "state", "expires_at"),
        CheckConstraint("amount > 0", name="amount_positive"),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    number: Mapped[str] = mapped_column(String(40), unique=True)
    payer_account_id: Mapped[UUID] = mapped_column(Key)
    amount: Mapped[Decimal] = mapped_column(Yuan)
    quote_day: Mapped[date]
    quote_hash: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(20))
    expires_at: Mapped[datetime] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    receipt_number: Mapped[str | None] = mapped_column(String(40), unique=True)
    paid_on: Mapped[date | None]
    items: Mapped[list["OrderItem"]] = relationship(order_by="OrderItem.n", lazy="raise")
    attempts: Mapped[list["Attempt"]] = relationship(order_by="Attempt.n", lazy="raise")


@append_only
class OrderItem(Model):
    """One line of an order: tax or surcharge of one bill."""

    __tablename__ = "payment_order_items"
    __table_args__ = (
        UniqueConstraint("order_id", "n"),
        CheckConstraint("amount > 0", name="amount_positive"),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    order_id: Mapped[UUID] = mapped_column(Key, ForeignKey("payment_orders.id"))
    n: Mapped[int] = mapped_column(SmallInteger)
    bill_id: Mapped[UUID] = mapped_column(Key, ForeignKey("bills.id"))
    component: Mapped[str] = mapped_column(String(10))
    amount: Mapped[Decimal] = mapped_column(Yuan)
    bill: Mapped[Bill] = relationship(lazy="raise")


class Attempt(Model):
    """One try at paying an order: one session at the gateway. At most one of an order is live."""

    __tablename__ = "payment_attempts"
    __table_args__ = (
        UniqueConstraint("order_id", "n"),
        Index("uq_payment_attempts_live", "order_id", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),
        Index("ix_payment_attempts_state", "state", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    order_id: Mapped[UUID] = mapped_column(Key, ForeignKey("payment_orders.id"))
    n: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(String(20))
    idempotency_key: Mapped[str] = mapped_column(String(80), unique=True)
    session_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    intent_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    url: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)


class InboxEvent(Model):
    """An event of the gateway as it came, kept at least as long as receipts; later replays meet its row."""

    __tablename__ = "webhook_inbox"
    __table_args__ = (Index("ix_webhook_inbox_outcome", "outcome", "received_at"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    event_id: Mapped[str] = mapped_column(String(255), unique=True)
    type: Mapped[str] = mapped_column(String(100))
    api_version: Mapped[str | None] = mapped_column(String(60))
    livemode: Mapped[bool]
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    """What applying needs: ids, amount, currency. No personal data."""
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    """The body as signed, sealed: it may name the payer."""
    signature: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(Instant)
    outcome: Mapped[str] = mapped_column(String(20))
    applied_at: Mapped[datetime | None] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    note: Mapped[str] = mapped_column(String(200), default="")


@append_only
class StateChange(Model):
    """Order, attempt or event went from one state to another, and why."""

    __tablename__ = "payment_state_changes"
    __table_args__ = (Index("ix_payment_state_changes_subject", "subject_id", "at"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("taxpayers.id"))
    subject: Mapped[str] = mapped_column(String(10))
    subject_id: Mapped[UUID] = mapped_column(Key)
    was: Mapped[str] = mapped_column(String(20))
    became: Mapped[str] = mapped_column(String(20))
    cause: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(Instant)
