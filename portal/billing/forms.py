"""Choosing what to pay; deciding what becomes of money that rests."""

from collections.abc import Sequence
from uuid import UUID

from portal.core.forms import ChoicesField, Form, HiddenField
from portal.core.wording import N_


class DuesForm(Form):
    """Which bills, and the digest of the quote the payer saw."""

    bills = ChoicesField(N_("要缴的款项"), spoken=False, missing=N_("请至少选择一项"))
    seen = HiddenField()

    def chosen(self) -> Sequence[UUID]:
        """The bills ticked."""
        return [UUID(value) for value in self.bills.data]


class RestingForm(Form):
    """One decision about money that rests, however often its form is sent."""

    decision = HiddenField()

    def decided(self) -> UUID | None:
        """The key of the decision; None for what is no key."""
        try:
            return UUID(self.decision.data)
        except ValueError:
            return None
