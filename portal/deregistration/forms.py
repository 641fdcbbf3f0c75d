"""Applying to be cleared: why the firm closes, what it promises, and that all of it is true."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from wtforms.validators import ValidationError

from portal.core.forms import ChoiceField, ChoicesField, Form, HiddenField, TextField, TickField
from portal.core.forms.choices import Option
from portal.core.forms.form import say
from portal.core.wording import N_
from portal.deregistration.rules.clearance import REPORTED_FIRST, WHYS, Why
from portal.deregistration.services import Application
from portal.risk.rules import Hit


class WhyForm(Form):
    """Why the firm is deregistered; of a merger or split also the report made first."""

    why = ChoiceField(N_("注销的原因"), [(why.value, words) for why, words in WHYS.items()])
    report = TextField(
        N_("合并、分立报告的编号和日期"),
        hint=N_("只有因合并、分立注销的才填写"),
        most=100,
        optional=True,
    )

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.report.optional = self.why.data not in REPORTED_FIRST


class ApplyForm(Form):
    """What is promised, and the declaration. Carries the reason from the page before."""

    why = HiddenField()
    report = HiddenField(optional=True)
    check = HiddenField()
    promised = ChoicesField(N_("承诺补办的事项"), missing=N_("请逐项确认；不承诺的，请先办结该事项"))
    declared = TickField(
        N_("以上情况属实，并承担相应的法律责任。"),
        missing=N_("请先勾选声明，再提交申请"),
    )

    def __init__(self, *arguments: Any, promisable: Sequence[Hit] = (), **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.promised.options = [Option(hit.finding.code, hit.finding.title) for hit in promisable]
        self.promised.optional = not promisable

    def validate_promised(self, field: ChoicesField) -> None:
        """All that may be promised is promised, or the route is not open."""
        if len(field.data or ()) < len(field.options):
            raise ValidationError(say(N_("请逐项确认；不承诺的，请先办结该事项")))

    @property
    def reason(self) -> Why | None:
        """The reason carried along; None for what no page offers."""
        return Why(self.why.data) if self.why.data in set(Why) else None

    @property
    def seen(self) -> UUID | None:
        """The health check whose findings the page showed; None for what is no key."""
        try:
            return UUID(self.check.data or "")
        except ValueError:
            return None

    def application(self, why: Why, speech: str) -> Application:
        """What the firm says in the language `speech`; only after validation."""
        return Application(why, self.report.data or "", frozenset(self.promised.data or ()), speech)
