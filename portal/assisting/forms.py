"""What a clerk types to assist somebody: for what, who is present, codes and numbers of papers."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from portal.accounts.rules.codes import DIGITS
from portal.accounts.rules.mandates import ROLE_NAMES, Role
from portal.assisting.queries import Candidate, Tied
from portal.assisting.rules import MOST_SLIP, NOT_TIED, OTHER_SLIP, SLIP_USED, slip_of
from portal.core.forms import ChoiceField, CodeField, Form, HiddenField, Option, TextField
from portal.core.pages import foreign, masked_name
from portal.core.wording import N_

BY_CODE, BY_SLIP = "code", "slip"


class AskForm(Form):
    """For what a taxpayer is assisted, who is present for them, and how they consent."""

    number = TextField(
        N_("票号、预约编号或事项编号"),
        hint=N_("协办须与一张正在服务的票、今天的一个预约或者一个未办结的事项相连"),
        most=60,
        width="medium",
    )
    present = ChoiceField(
        N_("谁在场"), [], spoken=False, hint=N_("须是能代表这位纳税人的人"), noun=N_("在场的人")
    )
    way = ChoiceField(
        N_("怎样取得同意"),
        [
            (BY_CODE, N_("向他的手机发验证码，也可以由他在自己的手机上同意")),
            (BY_SLIP, N_("他签字，另一名工作人员见证（没有手机时）")),
        ],
        default=BY_CODE,
        noun=N_("取得同意的办法"),
    )
    slip = TextField(
        N_("签字单编号"),
        hint=N_("选择签字时填写，印在签字单上"),
        optional=True,
        most=MOST_SLIP,
        width="medium",
    )

    def __init__(self, people: Sequence[Candidate], number: str = "") -> None:
        super().__init__(present=_key(people[0]) if people else None, number=number or None)
        self.people = people
        self.present.options = [
            Option(
                _key(one),
                foreign(masked_name(one.name)),
                _office(one),
            )
            for one in people
        ]

    def validate(self, *arguments: Any, **settings: Any) -> bool:
        """A signed paper has a number."""
        sound = bool(super().validate(*arguments, **settings))
        if self.way.data == BY_SLIP and not self.slip.data and not self.slip.errors:
            self.slip.errors = [self.slip.missing_message()]
        return sound and not self.slip.errors

    def who(self) -> Candidate:
        """The person present."""
        return next(one for one in self.people if _key(one) == self.present.data)

    def paper(self) -> str | None:
        """The number of the signed paper; None where a code is sent."""
        return slip_of(self.slip.data) if self.way.data == BY_SLIP else None

    def accept(self, found: Tied | None) -> bool:
        """Whether there is something to tie the assistance to; else say so beside the question."""
        if found is None:
            self.number.errors = [_(NOT_TIED)]
        return found is not None

    def is_used(self) -> None:
        """Say that the paper was used before."""
        self.slip.errors = [_(SLIP_USED)]


def _office(one: Candidate) -> str:
    if not one.office:
        return ""
    return f"{_(ROLE_NAMES[Role(one.office)])} {foreign(one.through) if one.through else ''}".strip()


def _key(one: Candidate) -> str:
    """Somebody may hold a mandate of a firm and work for its agent too."""
    return f"{one.account_id} {one.mandate_id or ''}".strip()


class ConsentForm(Form):
    """The code that the taxpayer read out; left empty when they agreed on their own phone."""

    code = CodeField(
        N_("纳税人告诉您的验证码"),
        hint=N_("6位数字。他已在自己的手机上同意的，不用填"),
        digits=DIGITS,
        optional=True,
        autocomplete="off",
    )


class AssentForm(Form):
    """The same for one thing that binds the taxpayer; `back` leads to where it was asked."""

    assent_code = CodeField(
        N_("纳税人告诉您的验证码"),
        hint=N_("6位数字。他已在自己的手机上确认的，不用填"),
        digits=DIGITS,
        optional=True,
        autocomplete="off",
    )
    assent_back = HiddenField(optional=True)


class SlipForm(Form):
    """The number on the signed paper, typed by the second member of staff from the paper itself."""

    slip = TextField(
        N_("签字单编号"), hint=N_("请对照纸面填写，不要问发起人"), most=MOST_SLIP, width="medium"
    )

    def differs(self) -> None:
        """Say that the other typed another number."""
        self.slip.errors = [_(OTHER_SLIP)]
