"""Money going back: the accounts taxpayers named for it, and every way on which a refund sets out."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Instant, Key, Model, Yuan, append_only
from portal.core.keys import new_id


@append_only
class RefundAccount(Model):
    """A taxpayer's own bank account for refunds. The one named last holds; the number is sealed."""

    __tablename__ = "refund_accounts"
    __table_args__ = (Index("ix_refund_accounts_taxpayer", "taxpayer_id", "id"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    bank: Mapped[str] = mapped_column(String(60))
    holder: Mapped[str] = mapped_column(String(200))
    """The taxpayer's name when it was named: no other holder is taken."""
    number_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    ending: Mapped[str] = mapped_column(String(4))
    """The last four digits, all that a page shows."""
    named_at: Mapped[datetime] = mapped_column(Instant)


class Repayment(Model):
    """One sum of an approved refund on one way: back through the gateway, or by the treasury."""

    __tablename__ = "repayments"
    __table_args__ = (
        Index("ix_repayments_taxpayer", "taxpayer_id", "matter_id"),
        Index("ix_repayments_state", "state", "tried_at"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("(intent_id IS NULL) <> (account_id IS NULL)", name="one_way"),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    matter_id: Mapped[UUID] = mapped_column(Key, ForeignKey("matters.id"))
    round: Mapped[int] = mapped_column(SmallInteger)
    """Of the matter: what came back is decided on anew, and then sets out anew."""
    way: Mapped[str] = mapped_column(String(10))
    amount: Mapped[Decimal] = mapped_column(Yuan)
    state: Mapped[str] = mapped_column(String(20))
    idempotency_key: Mapped[str] = mapped_column(String(80), unique=True)
    intent_id: Mapped[str | None] = mapped_column(String(255))
    """The payment that it gives back, of the gateway's way."""
    account_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("refund_accounts.id"))
    ref: Mapped[str | None] = mapped_column(String(255), unique=True)
    """What the gateway or the treasury calls it."""
    tried_at: Mapped[datetime] = mapped_column(Instant)
    """When whoever carries it was last asked, at first when it set out."""
    why: Mapped[str] = mapped_column(String(120), default="")
    """Why it came back, in the carrier's word."""
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
