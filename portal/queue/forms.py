"""What a clerk scans, ticks and chooses in a hall."""

from collections.abc import Iterable

from flask_babel import gettext as _

from portal.core.forms import ChoiceField, ChoicesField, Form, Option, TextField, WholeField
from portal.core.wording import N_
from portal.halls.forms import ErrandsForm
from portal.halls.rules.errands import errands, skills


class CheckInForm(Form):
    """The booking of who has come."""

    booking = TextField(
        N_("预约编号、预约二维码或证件号码"),
        hint=N_("可以扫码，也可以手工输入"),
        most=200,
    )
    which = ChoiceField(N_("为哪一个预约签到"), optional=True, spoken=False, noun=N_("一个预约"))

    def offer(self, several: Iterable[tuple[str, str, str]]) -> None:
        """Ask which of several is meant: the number of each, its time and what it is for."""
        self.which.options = [Option(*one) for one in several]
        self.which.optional = False


class DrawForm(ErrandsForm):
    """What somebody without a booking comes for: errands of one kind of desk."""

    def __init__(self) -> None:
        super().__init__()
        self.errand.options = [
            Option(code, _(one.title), _("%(skill)s窗口", skill=_(skills()[one.skill])))
            for code, one in errands().items()
        ]


class TransferForm(Form):
    """To which kind of desk somebody is sent on."""

    skill = ChoiceField(N_("转到哪类窗口"))

    def __init__(self, present: str) -> None:
        super().__init__()
        self.skill.options = [Option(code, words) for code, words in skills().items() if code != present]


class FinishForm(Form):
    """What was done; nothing ticked says that nothing could be."""

    done = ChoicesField(N_("办成的事项"), optional=True, hint=N_("一项也没有办成的，不用勾选"))

    def __init__(self, skill: str, came_for: list[str]) -> None:
        super().__init__()
        known = [one for one in errands().values() if one.skill == skill or one.code in came_for]
        known.sort(key=lambda one: one.code not in came_for)
        self.done.options = [Option(one.code, one.title) for one in known]


class CapForm(Form):
    """The most seats of an hour, and why."""

    seats = WholeField(N_("最多名额"), hint=N_("不填即取消限额；已经预约的不受影响"), optional=True, most=200)
    why = TextField(N_("理由"), hint=N_("记录在案，管理人员都能看到"), most=200)


class MatterForm(Form):
    """What the visit at a desk is about."""

    number = TextField(N_("事项编号"), hint=N_("M 开头，见办理进度或受理回执"), most=30, width="medium")


ACCEPT, REFUSE = "accept", "refuse"


class AnswerForm(Form):
    """The office's word on an appeal against a missed visit."""

    decision = ChoiceField(
        N_("答复"), [(ACCEPT, N_("申诉成立，不计入未到场次数")), (REFUSE, N_("不接受，仍然计算"))]
    )
    why = TextField(N_("理由"), hint=N_("纳税人会看到这段话"), most=200)
