"""What staff type to come in."""

from portal.accounts.forms import PasswordForm
from portal.accounts.rules.staff import CODE_DIGITS
from portal.core.forms import CodeField, Form, SecretField, TextField
from portal.core.wording import N_

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
