"""Choosing what to pay; deciding what becomes of money that rests, and where it goes."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from portal.billing.rules.repaying import number_fault
from portal.core.forms import (
    ChoicesField,
    Form,
    HiddenField,
    IdNumberField,
    SecretField,
    TextField,
    ValidationError,
)
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


class RefundAccountForm(Form):
    """The taxpayer's own bank account for refunds. The holder is not asked: it is the taxpayer."""

    bank = TextField(N_("开户银行"), hint=N_("例如中国工商银行滨海支行"), most=60)
    number = IdNumberField(N_("银行账号"), hint=N_("账户必须是本人名下的；企业填写本企业的账号"))
    current = SecretField(
        N_("当前密码"), hint=N_("登记退税账户前再确认一次是您本人"), autocomplete="current-password"
    )

    def __init__(self, *, firm: bool, **settings: Any) -> None:
        super().__init__(**settings)
        self.firm = firm

    def validate_number(self, field: IdNumberField) -> None:
        """A person's is a card with its check digit; a firm's is no card."""
        if wrong := number_fault(field.data or "", firm=self.firm):
            raise ValidationError(_(wrong))
