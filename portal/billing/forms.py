"""Choosing what to pay; deciding what becomes of money that rests, and where it goes; slips of terminals."""

from collections.abc import Sequence
from datetime import time
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from portal.billing.rules.repaying import number_fault
from portal.billing.rules.terminals import MOST_AMOUNT, MOST_WORDS, Reading, padded, time_of_day
from portal.billing.rules.terminals import number_fault as slip_number_fault
from portal.core import clock
from portal.core.forms import (
    ChoicesField,
    DayField,
    Form,
    HiddenField,
    IdNumberField,
    LongTextField,
    MoneyField,
    SecretField,
    SelectField,
    TextField,
    ValidationError,
    WholeField,
)
from portal.core.forms.cleaning import narrow
from portal.core.money import FEN
from portal.core.wording import N_

WRONG_TIME = N_("%(subject)s有误：应像 14:05")


class BillsForm(Form):
    """Which bills."""

    bills = ChoicesField(N_("要缴的款项"), spoken=False, missing=N_("请至少选择一项"))

    def chosen(self) -> Sequence[UUID]:
        """The bills ticked."""
        return [UUID(value) for value in self.bills.data]


class DuesForm(BillsForm):
    """Which bills, and the digest of the quote the payer saw."""

    seen = HiddenField()


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


class SlipNumberField(TextField):
    """A batch or trace number; `.data` has its leading zeros."""

    width = "short"
    inputmode = "numeric"
    most = 20

    def read(self, text: str) -> str:
        number = narrow(text)
        if wrong := slip_number_fault(number):
            raise ValueError(self.message(wrong))
        return padded(number)


class SlipTimeField(TextField):
    """A time of day as a slip prints it; `.data` is a time."""

    width = "short"
    most = 20

    def read(self, text: str) -> time:
        found = time_of_day(narrow(text).replace("：", ":"))
        if found is None:
            raise ValueError(self.message(WRONG_TIME))
        return found

    def written(self, value: time) -> str:
        return f"{value:%H:%M}"


class ShiftForm(Form):
    """On which terminal a shift begins, with the batch number that it shows."""

    terminal = SelectField(N_("终端"), spoken=False)
    batch = SlipNumberField(N_("批次号"), hint=N_("终端上显示的批次号，最多6位"))


class ReadingForm(Form):
    """What one clerk reads off a slip."""

    trace = SlipNumberField(N_("签购单凭证号"), hint=N_("签购单上的“凭证号”，最多6位"))
    amount = MoneyField(N_("金额"), hint=N_("签购单上的金额"), least=FEN, most=MOST_AMOUNT)
    on = DayField(N_("日期"), hint=N_("签购单上的日期"), latest=clock.today)

    def reading(self) -> Reading:
        """What was read."""
        return Reading(self.trace.data, self.amount.data, self.on.data)


class SlipForm(ReadingForm):
    """What the first clerk reads off a slip, in which shift, and for which bills it was taken."""

    bills = HiddenField(optional=True)
    shift = SelectField(N_("终端和批次"), spoken=False)
    time = SlipTimeField(N_("时间"), hint=N_("签购单上的时间，例如 14:05"))

    def chosen(self) -> Sequence[UUID]:
        """The bills; what is no key is none."""
        found = []
        for word in (self.bills.data or "").split():
            try:
                found.append(UUID(word))
            except ValueError:
                continue
        return found


class CountForm(Form):
    """What the terminal's settlement says, keyed without seeing what stands here."""

    slips = WholeField(N_("笔数"), hint=N_("终端结算单上的笔数"), most=99_999)
    total = MoneyField(N_("合计金额"), hint=N_("终端结算单上的合计金额"))


class SlipWhyForm(Form):
    """Why a slip is withdrawn or reversed; the taxpayer reads it."""

    why = TextField(N_("理由"), hint=N_("纳税人会看到这段话"), most=MOST_WORDS, width="full")


class ExplanationForm(Form):
    """How a supervisor explains a difference."""

    why = LongTextField(N_("说明"), hint=N_("核对了什么、差异从哪里来。写下后不能更改"), most=MOST_WORDS)
