"""The ledger: accounts, journals and their postings. One posting moves money from one account to another.

Triggers (migrations/guards.py) refuse what the code never does: changing or deleting a row, a journal that
does not match its postings, a posting added to a journal that stands.
"""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Instant, Key, Model, Yuan, append_only
from portal.core.keys import new_id


class LedgerAccount(Model):
    """An account. `debits` and `credits` are kept for tracked accounts only and never fall.

    The balance counts on the account's own `side` (1 debit, -1 credit): `side * (debits - credits)`.
    """

    __tablename__ = "ledger_accounts"
    __table_args__ = (
        Index("ix_ledger_accounts_taxpayer", "taxpayer_id", "kind"),
        Index("ix_ledger_accounts_bill", "bill_id"),
        CheckConstraint("NOT tracked OR side * (debits - credits) >= floor", name="floor"),
        CheckConstraint("side IN (1, -1)", name="side"),
        CheckConstraint("debits >= 0 AND credits >= 0", name="sums"),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    taxpayer_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("taxpayers.id"))
    bill_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("bills.id"))
    side: Mapped[int] = mapped_column(SmallInteger)
    tracked: Mapped[bool]
    floor: Mapped[Decimal] = mapped_column(Yuan)
    debits: Mapped[Decimal] = mapped_column(Yuan)
    credits: Mapped[Decimal] = mapped_column(Yuan)


@append_only
class Journal(Model):
    """A money fact, booked once: the same kind and source a second time is impossible.

    `legs` and `total` seal it: the row is written last and must match its postings.
    """

    __tablename__ = "ledger_journals"
    __table_args__ = (
        Index("ix_ledger_journals_taxpayer", "taxpayer_id", "effective_on", "id"),
        UniqueConstraint("kind", "source_ref"),
        CheckConstraint("legs > 0 AND total > 0", name="not_empty"),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("taxpayers.id"))
    kind: Mapped[str] = mapped_column(String(20))
    source_ref: Mapped[str] = mapped_column(String(255))
    """What makes the fact unique: a payment's id at the gateway, a bill's id, a decision's."""
    reason: Mapped[str] = mapped_column(String(30))
    """Why money went to unallocated, if any did; empty otherwise."""
    period: Mapped[str] = mapped_column(String(20))
    """税款所属期, where no bill names it; empty otherwise."""
    legs: Mapped[int]
    total: Mapped[Decimal] = mapped_column(Yuan)
    effective_on: Mapped[date]
    """The day that counts in law: of a payment, the day it was made, whenever news of it came."""
    actor_id: Mapped[UUID | None] = mapped_column(Key)
    """Account of who caused it; none for the system."""
    corrects_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("ledger_journals.id"))
    """The journal that this one takes back, wholly or in part."""
    recorded_at: Mapped[datetime] = mapped_column(Instant)


@append_only
class Posting(Model):
    """One leg: `amount` to the debit of one account and to the credit of another. Balanced as it stands."""

    __tablename__ = "ledger_postings"
    __table_args__ = (
        UniqueConstraint("journal_id", "leg"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("debit_id <> credit_id", name="two_accounts"),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    journal_id: Mapped[UUID] = mapped_column(
        Key, ForeignKey("ledger_journals.id", deferrable=True, initially="DEFERRED")
    )
    leg: Mapped[int] = mapped_column(SmallInteger)
    debit_id: Mapped[UUID] = mapped_column(Key, ForeignKey("ledger_accounts.id"))
    credit_id: Mapped[UUID] = mapped_column(Key, ForeignKey("ledger_accounts.id"))
    amount: Mapped[Decimal] = mapped_column(Yuan)
