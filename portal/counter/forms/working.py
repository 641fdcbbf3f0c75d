"""What staff type to work on a matter."""

from portal.core.forms import ChoiceField, Form, LongTextField, TextField
from portal.core.wording import N_
from portal.counter.rules import MOST_PURPOSE
from portal.matters.rules import CONCLUSIONS
from portal.matters.rules.working import MOST_EVIDENCE, MOST_REASON


class OpenForm(Form):
    """Why a file is opened, beside the matter itself."""

    purpose = TextField(
        N_("为什么打开"),
        optional=True,
        hint=N_("事项本身就是理由。另有原因的请写明，例如来电询问；纳税人会看到"),
        most=MOST_PURPOSE,
    )


class StepForm(Form):
    """What came of a step and what that rests on."""

    finding = ChoiceField(N_("结论"), [(finding, words) for finding, words in CONCLUSIONS.items()])
    evidence = LongTextField(
        N_("依据"), hint=N_("核对了什么、与什么对照、结果如何。写下后不能更改"), most=MOST_EVIDENCE
    )


class DecisionForm(Form):
    """A decision and what the taxpayer reads about it."""

    why = LongTextField(N_("理由"), hint=N_("纳税人会看到这段话"), most=MOST_REASON)


class ReturnForm(Form):
    """Why the steps begin again."""

    why = LongTextField(
        N_("为什么退回"), hint=N_("只给同事看。已办的步骤仍可查阅，但不再算数"), most=MOST_EVIDENCE
    )


class NoteForm(Form):
    """Something for colleagues."""

    text = LongTextField(N_("备注"), hint=N_("只给同事看。写下后不能更改"), most=MOST_EVIDENCE)
