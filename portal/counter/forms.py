"""What staff type: to come in, to open a file, to work on a matter."""

from portal.accounts.forms import PasswordForm
from portal.accounts.rules.staff import CODE_DIGITS
from portal.core.forms import ChoiceField, CodeField, Form, LongTextField, SecretField, TextField
from portal.core.wording import N_
from portal.counter.rules import MOST_PURPOSE
from portal.matters.rules import CONCLUSIONS
from portal.matters.rules.working import MOST_EVIDENCE, MOST_REASON

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
