"""What is typed to let a person sign in again."""

from portal.core.forms import Form, TextField, TickField
from portal.core.wording import N_
from portal.counter.rules import MOST_PURPOSE


class LimitsForm(Form):
    """That the person is there, and why."""

    there = TickField(N_("本人在窗口，已经核对证件原件"))
    why = TextField(N_("为什么解除"), hint=N_("纳税人会看到"), most=MOST_PURPOSE)
