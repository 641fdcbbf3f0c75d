"""What staff type to find a taxpayer and to open their file."""

from typing import Any

from flask_babel import gettext as _

from portal.core.forms import ChoiceField, Form, TextField
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
from portal.taxpayers.rules import normalise


class FindForm(Form):
    """Whom to find: one field for every kind of key; a name needs a second fact."""

    key = TextField(
        N_("证件号码、统一社会信用代码、手机号码、票号、事项编号或姓名"),
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
