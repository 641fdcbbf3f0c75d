"""What a supervisor types to have a file guarded."""

from flask_babel import gettext as _

from portal.core.forms import ChoiceField, Form, TextField
from portal.core.wording import N_
from portal.counter.rules import MOST_PURPOSE, NO_SUCH_TAXPAYER

WAYS = {"yes": N_("须由两人共同打开"), "no": N_("恢复为一人打开")}


class GuardForm(Form):
    """Whose file, how it is to be opened from now on, and why."""

    number = TextField(N_("证件号码或统一社会信用代码"), most=30, width="medium")
    guarded = ChoiceField(N_("怎样打开"), list(WAYS.items()), noun=N_("打开方式"))
    why = TextField(N_("为什么"), hint=N_("只给同意的同事看"), most=MOST_PURPOSE)

    def is_nobody(self) -> None:
        """Say that nobody has this number."""
        self.number.errors = [_(NO_SUCH_TAXPAYER)]
