"""Choosing payments to certify, and the three ways to check a certificate."""

from collections.abc import Sequence
from uuid import UUID

from portal.certificates.rules.code import MOST_CHARACTERS
from portal.core.forms import ChoiceField, ChoicesField, FileField, Form, LongTextField, TextField
from portal.core.forms.cleaning import narrow
from portal.core.wording import N_


class RequestForm(Form):
    """Which payments, and the language of the paper."""

    payments = ChoicesField(N_("要列入证明的缴款"), spoken=False, missing=N_("请至少选择一笔缴款"))
    speech = ChoiceField(
        N_("证明的主要文字"),
        (("zh", N_("中文（附英文）")), ("en", N_("英文（附中文）"))),
    )

    def chosen(self) -> Sequence[UUID]:
        """The ledger's journals of the payments ticked."""
        return [UUID(value) for value in self.payments.data]


class NumberForm(Form):
    """Number and code as they stand on the paper."""

    number = TextField(N_("证明号码"), most=60, hint=N_("例如 WS-2026-440399-7K3MP9QR-C"))
    code = TextField(N_("查验码"), most=40, width="medium", hint=N_("12 位字母和数字"))

    def as_kept(self) -> tuple[str, str]:
        """Number and code as they are kept: capitals, no spaces; the code without hyphens."""
        return narrow(self.number.data).upper(), narrow(self.code.data).upper().replace("-", "")


class CodeForm(Form):
    """The text of the QR symbol."""

    text = LongTextField(
        N_("二维码文字"),
        most=MOST_CHARACTERS + 100,
        hint=N_("用手机扫描证明上的二维码，复制得到的文字，以 TC1: 开头"),
    )


class FileForm(Form):
    """The PDF as it was received."""

    file = FileField(N_("证明的 PDF 文件"), hint=N_("PDF，不超过 2 MB。文件只用于本次查验，不会保存"))
