"""Choosing what for, where and when; waiting for a seat; saying why a visit was missed."""

from collections.abc import Sequence

from flask_babel import gettext as _

from portal.core.forms import (
    ChoiceField,
    Form,
    LongTextField,
    SelectField,
    ValidationError,
)
from portal.core.wording import N_

LONGEST_APPEAL = 500
"""Characters of an appeal."""


class HallForm(Form):
    """Where."""

    hall = ChoiceField(N_("办税服务厅"), spoken=False)


class SlotField(ChoiceField):
    """A time of the week shown; full ones are no control, so that a mistake leads to the first free one."""

    full: Sequence[str] = ()
    """Values of the times that have no seat left."""

    @property
    def control_id(self) -> str:
        free = (n for n, option in enumerate(self.options) if option.value not in self.full)
        return f"{self.id}-{next(free, 0)}"


class SlotForm(Form):
    """When."""

    slot = SlotField(N_("到厅时段"), spoken=False, missing=N_("请选择一个到厅时段"))

    def validate_slot(self, field: SlotField) -> None:
        if field.data in field.full:
            field.data = None
            raise ValidationError(_("这个时段刚刚约满，请另选一个时段"))


class WishForm(Form):
    """On which days a seat would do."""

    from_on = SelectField(N_("从哪天起"), spoken=False, width="long")
    to_on = SelectField(N_("到哪天为止"), spoken=False, width="long")

    def validate_to_on(self, field: SelectField) -> None:
        if self.from_on.data and field.data < self.from_on.data:
            raise ValidationError(_("结束的日子不能早于开始的日子"))


class AppealForm(Form):
    """Why a missed visit should not count."""

    words = LongTextField(
        N_("没有到场的原因"),
        most=LONGEST_APPEAL,
        hint=N_("例如生病、交通中断、办税服务厅临时停办。由办税服务厅的负责人审核"),
    )
