"""Files that one member of staff does not open alone: who says which, and who lets a colleague in."""

from datetime import timedelta
from uuid import UUID

from portal.core.refusal import Refusal, reason
from portal.core.wording import N_

RELEASE_WITHIN = timedelta(minutes=10)
"""How long a colleague may let somebody in after they asked; then it is asked for anew."""

MAY_RELEASE = frozenset({"counter", "supervisor"})
"""Roles whose holders let a colleague in, and agree to what a supervisor wants guarded."""

NO_SUCH_TAXPAYER = N_("没有找到这个号码的纳税人")

NOT_ALONE = reason(
    "file-not-alone",
    "这份档案须由两名工作人员共同打开。",
    "请重新填写打开的理由，由另一名同事在“两人共办”页面同意。",
)
ONE_HAND = reason(
    "two-needed", "须由另一名工作人员决定，不能由提出的人自己决定。", "请找一名同事在“两人共办”页面办理。"
)
DECIDED = reason("two-decided", "这项请求已经有人决定，或者已经过时。", "需要时请重新提出。")
GUARD_AS_IT_IS = reason("guard-as-it-is", "这份档案已经是这样设置的。", "不需要再提出。")


def require_another(asked_by: UUID, decides: UUID) -> None:
    """Whoever asked does not decide. Raises `ONE_HAND`."""
    if asked_by == decides:
        raise Refusal(ONE_HAND)
