"""What people type to come in and to keep their account, read into the values that services take."""

from typing import Any

from babel import Locale
from flask_babel import get_locale
from flask_babel import gettext as _

from portal.accounts.rules.mandates import (
    EARLIEST_START,
    RIGHT_NAMES,
    ROLE_NAMES,
    Proposal,
    Role,
    rights_to_offer,
)
from portal.accounts.rules.opening import PRIVACY_NOTICE, Applicant
from portal.accounts.rules.passwords import fault as password_fault
from portal.accounts.rules.passwords import normalise as normal_password
from portal.accounts.rules.passwords import personal_words
from portal.core import clock
from portal.core.acting import Acting, Right
from portal.core.forms import (
    ChoiceField,
    ChoicesField,
    CodeField,
    DayField,
    EmailField,
    Form,
    IdNumberField,
    LongTextField,
    MobileField,
    Option,
    SecretField,
    SelectField,
    TextField,
    TickField,
    ValidationError,
)
from portal.core.wording import N_
from portal.taxpayers.rules import KIND_NAMES, IdKind, IdNumber, fault, normalise
from portal.taxpayers.rules.firms import code_fault

PASSWORD_AGAIN = N_("请再填写一次密码：为了安全，密码不会留在页面上")
PASSWORD_HINT = N_("至少15个字符，可以用几个不相干的词连成一句，可以有空格和汉字。不要求大小写或符号")

_ELSEWHERE = {"TW", "HK", "MO"}
"""Their residents have permits of their own, which the kinds above name."""
_NOT_ASSIGNED = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"}
"""Codes that Unicode names and ISO 3166 does not assign."""


def countries() -> list[Option]:
    """Code and name, in the page's language, of whoever issues passports; by name."""
    names: dict[str, str] = dict(Locale.parse(str(get_locale())).territories)
    codes = {code for code in names if len(code) == 2 and code.isalpha()} - _ELSEWHERE - _NOT_ASSIGNED
    return sorted((Option(code, names[code]) for code in codes), key=lambda option: option.words)


class _NewPasswordForm(Form):
    """A form with a new password, which never comes back with the page."""

    password: SecretField

    def personal(self) -> list[str]:
        """The person's own words, as far as they are known here."""
        return []

    def validate_password(self, field: SecretField) -> None:
        """Long enough, and not what a guesser tries first."""
        if wrong := password_fault(normal_password(field.data), self.personal()):
            raise ValidationError(_(wrong))

    def validate(self, *arguments: Any, **settings: Any) -> bool:
        sound = bool(super().validate(*arguments, **settings))
        if not sound:
            self.ask_password_again()
        return sound

    def ask_password_again(self) -> None:
        """The page comes back without the password; say so beside the question."""
        if not self.password.errors:
            self.password.errors = [_(PASSWORD_AGAIN)]


class OpenForm(_NewPasswordForm):
    """Who somebody says they are, how to reach them, and the password they want."""

    name = TextField(N_("姓名"), hint=N_("与证件上的完全一致"), autocomplete="name", most=100)
    kind = ChoiceField(N_("证件类型"), [(kind.value, words) for kind, words in KIND_NAMES.items()])
    country = SelectField(
        N_("护照签发国"),
        hint=N_("只有用护照开户才需要选择"),
        optional=True,
        spoken=False,
        autocomplete="country",
    )
    number = IdNumberField(N_("证件号码"), hint=N_("空格和横线可以不填"))
    mobile = MobileField(
        N_("手机号码"),
        hint=N_("验证码会发到这里。用您本人名下的号码，开户后即为实名，可以办理全部业务"),
        autocomplete="tel-national",
    )
    email = EmailField(
        N_("电子邮箱"), hint=N_("用来接收办理通知，开户后再确认"), optional=True, autocomplete="email"
    )
    password = SecretField(N_("设置密码"), noun=N_("密码"), hint=PASSWORD_HINT, autocomplete="new-password")
    consent = TickField(N_("我已阅读并同意个人信息处理告知书"))

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.country.options = countries()
        self.country.optional = self.kind.data != IdKind.PASSPORT

    def validate_number(self, field: IdNumberField) -> None:
        """The check digit and the day of birth, by the kind of document."""
        if self.kind.data not in set(IdKind):
            return  # the question above says so
        if wrong := fault(IdKind(self.kind.data), normalise(field.data), clock.today()):
            raise ValidationError(_(wrong))

    def personal(self) -> list[str]:
        parts = (self.name, self.number, self.mobile, self.email)
        return personal_words(*(str(part.data or "") for part in parts))

    def applicant(self, language: str) -> Applicant:
        """What was stated; only after validation."""
        kind = IdKind(self.kind.data)
        country = self.country.data if kind is IdKind.PASSPORT else None
        return Applicant(
            name=self.name.data,
            number=IdNumber(kind, normalise(self.number.data), country),
            mobile=self.mobile.data,
            email=self.email.data or "",
            consent=PRIVACY_NOTICE,
            language=language,
        )


class CodeForm(Form):
    """The code that came by phone or mail."""

    code = CodeField(N_("验证码"), hint=N_("6位数字，10分钟内有效"))


class SignInForm(Form):
    """Number or mobile, and password."""

    name = TextField(
        N_("证件号码或手机号码"), hint=N_("用护照开户的，请填写手机号码"), autocomplete="username", most=40
    )
    password = SecretField(N_("密码"), autocomplete="current-password")


class MobileForm(Form):
    """A new mobile, and the password once more."""

    mobile = MobileField(N_("新的手机号码"), autocomplete="tel-national")
    current = SecretField(
        N_("当前密码"), hint=N_("更改联系方式前再确认一次是您本人"), autocomplete="current-password"
    )


class EmailForm(Form):
    """A new mail address, and the password once more."""

    email = EmailField(N_("新的电子邮箱"), autocomplete="email")
    current = SecretField(
        N_("当前密码"), hint=N_("更改联系方式前再确认一次是您本人"), autocomplete="current-password"
    )


class PasswordForm(_NewPasswordForm):
    """The password in use and the one to come."""

    current = SecretField(N_("当前密码"), autocomplete="current-password")
    password = SecretField(N_("新密码"), hint=PASSWORD_HINT, autocomplete="new-password")

    def __init__(self, *arguments: Any, personal: list[str], **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.words = personal

    def personal(self) -> list[str]:
        return self.words


class ResetForm(Form):
    """By what an account is found when its password is lost."""

    number = IdNumberField(N_("证件号码"))
    mobile = MobileField(N_("开户时确认过的手机号码"), autocomplete="tel-national")


class ResetCodeForm(_NewPasswordForm):
    """The code and the new password; neither counts without the other."""

    code = CodeField(N_("验证码"), hint=N_("6位数字，10分钟内有效"))
    password = SecretField(N_("新密码"), hint=PASSWORD_HINT, autocomplete="new-password")


class AddressForm(Form):
    """Where letters reach the person."""

    address = LongTextField(
        N_("联系地址"),
        hint=N_("省、市、区、街道和门牌号，税务文书会寄到这里"),
        autocomplete="street-address",
        most=200,
    )


class LanguageForm(Form):
    """In which language the portal writes."""

    language = ChoiceField(
        N_("消息和短信使用的语言"),
        [("zh", N_("中文")), ("en", "English")],
        hint=N_("保存后，这个浏览器中的网页也用这种语言。页面右上角的语言切换只改变这个浏览器，不改变这里。"),
    )


class FirmForm(Form):
    """The firm that somebody represents."""

    code = IdNumberField(N_("统一社会信用代码"), hint=N_("营业执照上的18位代码"), check=code_fault)


class _ProposalForm(Form):
    """Which rights, from which day to which; shows only what the acting person may give."""

    rights = ChoicesField(N_("可以办理的事项"), hint=N_("查看总是包括在内"), optional=True)
    from_on = DayField(N_("起始日期"), earliest=clock.today, latest=lambda: clock.today() + EARLIEST_START)
    to_on = DayField(N_("终止日期"), hint=N_("最后一天。不填的，一直有效，直到一方终止"), optional=True)

    roles: tuple[Role, ...]

    def __init__(self, *arguments: Any, acting: Acting, **settings: Any) -> None:
        super().__init__(*arguments, data={"from_on": clock.today()}, **settings)
        offered = frozenset().union(*(rights_to_offer(role, acting) for role in self.roles)) - {Right.VIEW}
        self.rights.options = [
            Option(right.value, words) for right, words in RIGHT_NAMES.items() if right in offered
        ]

    def validate_to_on(self, field: DayField) -> None:
        """Not before it begins."""
        if field.data and self.from_on.data and field.data < self.from_on.data:
            raise ValidationError(_("终止日期不能早于起始日期"))

    def proposed(self, role: Role) -> Proposal:
        """What is offered; only after validation."""
        return Proposal(
            role, frozenset(map(Right, self.rights.data or ())), self.from_on.data, self.to_on.data
        )


class PersonProposalForm(_ProposalForm):
    """Who is to act for the firm, as what."""

    roles = (Role.FINANCE_HEAD, Role.TAX_HANDLER)

    role = ChoiceField(N_("职务"), [(role.value, ROLE_NAMES[role]) for role in roles])
    name = TextField(N_("姓名"), hint=N_("与证件上的完全一致"), most=100)
    kind = ChoiceField(N_("证件类型"), [(kind.value, words) for kind, words in KIND_NAMES.items()])
    country = SelectField(N_("护照签发国"), hint=N_("只有用护照的才需要选择"), optional=True, spoken=False)
    number = IdNumberField(N_("证件号码"), hint=N_("空格和横线可以不填"))

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.country.options = countries()
        self.country.optional = self.kind.data != IdKind.PASSPORT

    def validate_number(self, field: IdNumberField) -> None:
        """The check digit and the day of birth, by the kind of document."""
        if self.kind.data not in set(IdKind):
            return  # the question above says so
        if wrong := fault(IdKind(self.kind.data), normalise(field.data), clock.today()):
            raise ValidationError(_(wrong))

    def holder(self) -> IdNumber:
        """Whose number it is; only after validation."""
        kind = IdKind(self.kind.data)
        return IdNumber(
            kind, normalise(self.number.data), self.country.data if kind is IdKind.PASSPORT else None
        )


class AgentProposalForm(_ProposalForm):
    """Which agent firm is to act for the firm."""

    roles = (Role.AGENT,)

    code = IdNumberField(N_("代理机构的统一社会信用代码"), hint=N_("营业执照上的18位代码"), check=code_fault)
