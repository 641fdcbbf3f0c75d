"""Questions answered in words or codes: names, numbers of documents, addresses to reach someone, secrets."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from portal.core.forms.cleaning import Unclean, clean, half_width, narrow
from portal.core.forms.form import STALE, Question, first_text, say
from portal.core.wording import N_

UNREADABLE = N_("%(subject)s里有无法识别的字符，请删去后重新输入")
TOO_LONG = N_("%(subject)s最多 %(most)s 个字，您填写了 %(count)s 个")
TOO_SHORT = N_("%(subject)s至少 %(least)s 个字")
NOT_MOBILE = N_("%(subject)s有误：应是 11 位手机号码，例如 13800000000")
NOT_EMAIL = N_("%(subject)s有误：应像 name@example.cn")
NOT_CODE = N_("%(subject)s有误：应是 %(digits)s 位数字")
NOT_ID = N_("%(subject)s有误：只能有数字和字母")


class TextField(Question):
    """A line of text; `.data` is clean, and empty when nothing was typed.

    `width` is one of short (6rem), medium (14rem), long (26rem), full, by the length expected. `check` is a
    rule from the clean text to what is wrong with it, as Chinese source text, or None.
    """

    lines: ClassVar[bool] = False
    inputmode: str = ""
    width: str = "long"
    most: int = 200
    unit_before: ClassVar[str] = ""

    def __init__(
        self,
        words: str,
        validators: Sequence[Callable[..., None]] = (),
        *,
        most: int | None = None,
        width: str | None = None,
        inputmode: str | None = None,
        unit: str = "",
        check: Callable[[str], str | None] | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(words, validators, **settings)
        self.most = self.most if most is None else most
        self.width = width or self.width
        self.inputmode = inputmode or self.inputmode
        self.unit = unit
        self.check = check

    @property
    def unit_after(self) -> str:
        """The unit behind the control, which the question names too."""
        return say(self.unit)

    def process_formdata(self, valuelist: Sequence[object]) -> None:
        self.data = None
        text = self.cleaned(first_text(valuelist))
        if len(text) > self.most:
            raise ValueError(self.message(TOO_LONG, most=self.most, count=len(text)))
        self.data = self.read(text) if text else self.nothing()

    def cleaned(self, typed: str) -> str:
        """What was typed, made safe to keep. Raises ValueError."""
        try:
            return clean(typed, lines=self.lines)
        except Unclean:
            raise ValueError(self.message(UNREADABLE)) from None

    def read(self, text: str) -> Any:
        """The value of clean text that is not empty. Raises ValueError with the message."""
        return self.checked(text)

    def checked(self, text: str) -> str:
        """`text` if the rule given to this question finds nothing wrong. Raises ValueError."""
        wrong = self.check(text) if self.check else None
        if wrong:
            raise ValueError(self.message(wrong))
        return text

    def nothing(self) -> Any:
        """The value when nothing was typed."""
        return ""


class LongTextField(TextField):
    """Several lines of text."""

    kind = "lines"
    lines = True
    width = "full"
    most = 2000


class MobileField(TextField):
    """A mobile number of mainland China; `.data` is its 11 digits."""

    inputmode = "tel"
    width = "medium"

    def read(self, text: str) -> str:
        digits = re.sub(r"^(?:\+|00)86", "", narrow(text).replace("-", ""))
        if not re.fullmatch(r"1[3-9][0-9]{9}", digits):
            raise ValueError(self.message(NOT_MOBILE))
        return self.checked(digits)


class EmailField(TextField):
    """An e-mail address; whether it is real only a message sent there can tell."""

    inputmode = "email"
    most = 254

    def read(self, text: str) -> str:
        address = half_width(text)
        if not re.fullmatch(
            r"[^@\s,;:<>()\"\\\[\]]{1,64}@[^@\s.,;:<>()\"\\\[\]]+(?:\.[^@\s.,;:<>()\"\\\[\]]+)+", address
        ):
            raise ValueError(self.message(NOT_EMAIL))
        local, domain = address.rsplit("@", 1)
        return self.checked(f"{local}@{domain.lower()}")


class CodeField(TextField):
    """A one-time code of so many digits."""

    inputmode = "numeric"
    width = "short"

    def __init__(self, words: str, *, digits: int = 6, **settings: Any) -> None:
        super().__init__(words, **{"autocomplete": "one-time-code", **settings})
        self.digits = digits

    def read(self, text: str) -> str:
        code = narrow(text)
        if not re.fullmatch(rf"[0-9]{{{self.digits}}}", code):
            raise ValueError(self.message(NOT_CODE, digits=self.digits))
        return self.checked(code)


class IdNumberField(TextField):
    """A number of an identity document or a firm; `.data` has no spaces or hyphens and is upper case.

    Check digits depend on the kind of document: give `check`, or validate beside the kind.
    """

    kind = "id"
    width = "long"
    most = 40

    def read(self, text: str) -> str:
        number = re.sub(r"[-\u2010-\u2015]", "", narrow(text)).upper()
        if not re.fullmatch(r"[0-9A-Z]+", number):
            raise ValueError(self.message(NOT_ID))
        return self.checked(number)


class SecretField(Question):
    """A password. Never shown again, never trimmed; counted in characters after normalisation (NFKC)."""

    kind = "secret"

    def __init__(
        self, words: str, *, autocomplete: str, least: int = 1, most: int = 200, **settings: Any
    ) -> None:
        super().__init__(words, autocomplete=autocomplete, **settings)
        self.least, self.most = least, most

    @property
    def typed(self) -> str:
        return ""

    def process_formdata(self, valuelist: Sequence[object]) -> None:
        self.data = None
        typed = first_text(valuelist)
        try:
            clean(typed)
        except Unclean:
            raise ValueError(self.message(UNREADABLE)) from None
        secret = unicodedata.normalize("NFKC", typed)
        if len(secret) > self.most:
            raise ValueError(self.message(TOO_LONG, most=self.most, count=len(secret)))
        if secret and len(secret) < self.least:
            raise ValueError(self.message(TOO_SHORT, least=self.least))
        self.data = secret


class HiddenField(TextField):
    """A value the page carries along, such as the version of a draft."""

    kind = "hidden"

    def __init__(self, **settings: Any) -> None:
        super().__init__("", **settings)

    def cleaned(self, typed: str) -> str:
        try:
            return clean(typed)
        except Unclean:
            raise ValueError(self.message(STALE)) from None

    def missing_message(self) -> str:
        return self.message(self.missing or STALE)
