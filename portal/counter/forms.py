"""What staff type: to come in, to open a file, to work on a matter."""

from typing import Any

from flask_babel import gettext as _

from portal.accounts.forms import PasswordForm
from portal.accounts.rules.staff import CODE_DIGITS
from portal.core.forms import (
    ChoiceField,
    CodeField,
    Form,
    LongTextField,
    SecretField,
    TextField,
)
from portal.core.wording import N_
from portal.counter.rules import (
    FOR_A_MATTER,
    LEAST_ENDING,
    LEAST_WORDS,
    MOST_PURPOSE,
    NAME_ALONE,
    NO_SUCH_MATTER,
    NO_WORDS,
    REASONS,
    SearchKey,
    key_of,
)
from portal.matters.rules import CONCLUSIONS
from portal.matters.rules.working import MOST_EVIDENCE, MOST_REASON
from portal.taxpayers.rules import normalise

NUMBER = N_("工号")
CODE = N_("动态验证码")
CODE_HINT = N_("验证器应用显示的6位数字，每30秒更换一次，每个只能用一次")


class StaffSignInForm(Form):
    """Number, password and one-time code: nothing is said about one of them alone."""

    number = TextField(NUMBER, autocomplete="username", most=30, width="medium")
    password = SecretField(N_("密码"), autocomplete="current-password")
    code = CodeField(CODE, hint=CODE_HINT, digits=CODE_DIGITS)


class EnrolForm(PasswordForm):
    """What a new member was handed, the first code of their authenticator, and the password they want."""

    current = None  # type: ignore[assignment]  # WTForms drops a question so
    number = TextField(NUMBER, autocomplete="username", most=30, width="medium")
    enrol_code = TextField(
        N_("启用码"), hint=N_("管理员交给您的24位字符，空格和横线可以不填"), most=60, width="long"
    )
    code = CodeField(CODE, hint=CODE_HINT, digits=CODE_DIGITS)

    def __init__(self) -> None:
        super().__init__(personal=[])


class OpenForm(Form):
    """Why a file is opened, beside the matter itself."""

    purpose = TextField(
        N_("为什么打开"),
        optional=True,
        hint=N_("事项本身就是理由。另有原因的请写明，例如来电询问；纳税人会看到"),
        most=MOST_PURPOSE,
    )


class StepForm(Form):
    """What came of a step and what that rests on."""

    finding = ChoiceField(N_("结论"), [(finding, words) for finding, words in CONCLUSIONS.items()])
    evidence = LongTextField(
        N_("依据"), hint=N_("核对了什么、与什么对照、结果如何。写下后不能更改"), most=MOST_EVIDENCE
    )


class DecisionForm(Form):
    """A decision and what the taxpayer reads about it."""

    why = LongTextField(N_("理由"), hint=N_("纳税人会看到这段话"), most=MOST_REASON)


class ReturnForm(Form):
    """Why the steps begin again."""

    why = LongTextField(
        N_("为什么退回"), hint=N_("只给同事看。已办的步骤仍可查阅，但不再算数"), most=MOST_EVIDENCE
    )


class NoteForm(Form):
    """Something for colleagues."""

    text = LongTextField(N_("备注"), hint=N_("只给同事看。写下后不能更改"), most=MOST_EVIDENCE)


class FindForm(Form):
    """Whom to find: one field for every kind of key; a name needs a second fact."""

    key = TextField(
        N_("证件号码、统一社会信用代码、手机号码、事项编号或姓名"),
        hint=N_("可以直接刷证或扫码输入。按姓名查找须同时填写下面一项"),
        noun=N_("查找内容"),
        most=100,
    )
    ending = TextField(
        N_("证件号码的后四位"), hint=N_("只在按姓名查找时填写"), optional=True, most=10, width="short"
    )

    def validate(self, *arguments: Any, **settings: Any) -> bool:
        """A name alone finds nobody."""
        sound = bool(super().validate(*arguments, **settings))
        named = bool(self.key.data) and key_of(normalise(self.key.data)) is SearchKey.NAME
        if named and len(normalise(self.ending.data or "")) < LEAST_ENDING:
            self.ending.errors = [_(NAME_ALONE)]
            return False
        return sound


class PurposeForm(Form):
    """For what a taxpayer's file is opened."""

    reason = ChoiceField(N_("为了什么打开"), list(REASONS.items()), noun=N_("打开的理由"))
    matter = TextField(
        N_("事项编号"), hint=N_("选择“办理一件事项”时填写，须是这位纳税人的事项"), optional=True, most=30
    )
    words = TextField(
        N_("具体说明"), hint=N_("选择其他理由时填写；纳税人会看到"), optional=True, most=MOST_PURPOSE
    )

    def validate(self, *arguments: Any, **settings: Any) -> bool:
        """The first reason names its matter, any other is explained."""
        sound = bool(super().validate(*arguments, **settings))
        if self.reason.data == FOR_A_MATTER and not self.matter.data and not self.matter.errors:
            self.matter.errors = [self.matter.missing_message()]
        if self._unexplained():
            self.words.errors = [_(NO_WORDS)]
        return sound and not self.matter.errors and not self.words.errors

    def _unexplained(self) -> bool:
        other = self.reason.data not in {None, FOR_A_MATTER}
        return other and not self.words.errors and len(self.words.data or "") < LEAST_WORDS

    def is_no_matter(self) -> None:
        """Say that the taxpayer has no matter of this number."""
        self.matter.errors = [_(NO_SUCH_MATTER)]
