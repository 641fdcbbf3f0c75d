"""The blueprint of the room, and what its views share."""

from flask import Blueprint
from flask_babel import gettext as _

from portal.accounts.services.codes import Outcome
from portal.core.forms import CodeField, Form

bp = Blueprint("assisting", __name__)

ROLE = "counter"
"""Of staff: who may ask to work on a taxpayer's pages, and see a paper signed."""


def refuse_code(form: Form, field: CodeField, outcome: Outcome | None, *, sent: bool) -> None:
    """Say what is wrong with a code, or that neither a code nor a word came yet.

    Where none was sent, none is asked for: then it is said of the form.
    """
    if not sent:
        form.form_errors.append(_("纳税人还没有同意。请他在自己的设备上同意以后，再按一次"))
    elif outcome is Outcome.WRONG:
        field.errors = [_("验证码不对，请纳税人再读一遍")]
    elif outcome is Outcome.VOID:
        field.errors = [_("这个验证码已经失效，请重新发送")]
    else:
        field.errors = [_("纳税人还没有同意。请填写他读出的验证码，或者请他在自己的手机上同意")]
