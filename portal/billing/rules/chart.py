"""The chart of accounts: every account has a code that follows from what it is for.

Only what belongs to one taxpayer is tracked: its balance is kept with the account and may not fall below
zero. The office's own accounts are hot and are summed when someone asks.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class AccountKind(StrEnum):
    """What an account is for."""

    TAX_DUE = "tax-due"
    """Tax of one bill that is not yet paid."""
    SURCHARGE_DUE = "surcharge-due"
    """Late surcharge of one bill, fixed by a payment and not yet paid."""
    UNALLOCATED = "unallocated"
    """Money of a taxpayer that pays for nothing yet: excess, late, doubled, to be refunded."""
    CLEARING = "clearing"
    """Received through a channel, not yet in the bank."""
    LEVIED = "levied"
    """Tax assessed, by kind of tax."""
    SURCHARGE_LEVIED = "surcharge-levied"
    IN_TRANSIT = "refund-transit"
    """A taxpayer's money on its way back, until it has arrived or come back."""
    SUSPENSE = "suspense"
    """Money received that no taxpayer is known for."""


FINE = "fine"
"""What stands as the kind of tax on a bill that is a fine."""
RECEIVABLE = frozenset({AccountKind.TAX_DUE, AccountKind.SURCHARGE_DUE})
TRACKED = RECEIVABLE | {AccountKind.UNALLOCATED, AccountKind.IN_TRANSIT}
DEBIT, CREDIT = 1, -1
SIDE = {
    AccountKind.TAX_DUE: DEBIT,
    AccountKind.SURCHARGE_DUE: DEBIT,
    AccountKind.UNALLOCATED: CREDIT,
    AccountKind.IN_TRANSIT: CREDIT,
    AccountKind.CLEARING: DEBIT,
    AccountKind.LEVIED: CREDIT,
    AccountKind.SURCHARGE_LEVIED: CREDIT,
    AccountKind.SUSPENSE: CREDIT,
}
"""The side on which an account grows; its balance counts from there."""


@dataclass(frozen=True)
class Place:
    """An account as rules name it, whether or not it has been opened."""

    kind: AccountKind
    what: str
    """Bill or taxpayer id, kind of tax, or channel."""
    taxpayer_id: UUID | None = None
    bill_id: UUID | None = None

    @property
    def code(self) -> str:
        return f"{self.kind}:{self.what}"

    @property
    def tracked(self) -> bool:
        return self.kind in TRACKED


def tax_due(taxpayer_id: UUID, bill_id: UUID) -> Place:
    return Place(AccountKind.TAX_DUE, str(bill_id), taxpayer_id, bill_id)


def surcharge_due(taxpayer_id: UUID, bill_id: UUID) -> Place:
    return Place(AccountKind.SURCHARGE_DUE, str(bill_id), taxpayer_id, bill_id)


def unallocated(taxpayer_id: UUID) -> Place:
    return Place(AccountKind.UNALLOCATED, str(taxpayer_id), taxpayer_id)


def in_transit(taxpayer_id: UUID) -> Place:
    return Place(AccountKind.IN_TRANSIT, str(taxpayer_id), taxpayer_id)


def clearing(channel: str) -> Place:
    return Place(AccountKind.CLEARING, channel)


def levied(tax: str) -> Place:
    return Place(AccountKind.LEVIED, tax)


def surcharge_levied(tax: str) -> Place:
    return Place(AccountKind.SURCHARGE_LEVIED, tax)


SUSPENSE = Place(AccountKind.SUSPENSE, "unknown")
POS = clearing("pos")
"""What terminals took, until the acquirer pays it."""


class JournalKind(StrEnum):
    """The money facts. Together with its source a fact is booked once."""

    ASSESS = "assess"
    ACCRUE = "accrue"
    """Surcharge fixed up to a day by a payment, or corrected."""
    PAYMENT = "payment"
    POS = "pos"
    """A payment at a terminal of the counter."""
    POS_REVERSED = "pos-reversed"
    """冲正: a payment at a terminal taken back, wholly."""
    OFFSET = "offset"
    """抵缴: the taxpayer's own unallocated money pays a bill."""
    REDUCE = "reduce"
    """A correction lowers what was assessed; what was paid above it is set free."""
    REFUND_DUE = "refund-due"
    """An annual return ends in a refund; the money rests with the taxpayer's unallocated."""
    REFUND_BACK = "refund-back"
    """A correction lowers a refund that still rests here; what is too much of it is taken back."""
    REPAY = "repay"
    """Money of an approved refund sets out."""
    REPAID = "repaid"
    """It has left: the gateway or the treasury paid it."""
    REPAY_FAILED = "repay-failed"
    """It came back and rests with the taxpayer's unallocated again."""


AT_TERMINALS = frozenset({JournalKind.POS, JournalKind.POS_REVERSED})
"""The facts whose source is the name of a slip."""


@dataclass(frozen=True)
class Leg:
    """One movement of a journal: `amount` (positive) from the credited to the debited account."""

    debit: Place
    credit: Place
    amount: Decimal
