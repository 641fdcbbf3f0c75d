"""What somebody comes for, asked in the same way at home and at the entrance of a hall."""

from flask_babel import gettext as _

from portal.core.forms import ChoicesField, Form, ValidationError
from portal.core.wording import N_
from portal.halls.rules.errands import MOST, SEVERAL_DESKS, TOO_MANY_ERRANDS, errands


class ErrandsForm(Form):
    """What somebody comes for: one or several errands of one kind of desk."""

    errand = ChoicesField(N_("要办的事项"), spoken=False, missing=N_("请至少选择一项要办的事项"))

    def validate_errand(self, field: ChoicesField) -> None:
        chosen = [errands()[code] for code in field.data]
        if len({one.skill for one in chosen}) > 1:
            raise ValidationError(_(SEVERAL_DESKS.text))
        if len(chosen) > MOST:
            raise ValidationError(_(TOO_MANY_ERRANDS.text).format(most=MOST))
