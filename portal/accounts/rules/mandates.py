"""Acting for a firm: roles and their rights, what may be proposed, how a mandate stands on a day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from portal.core.acting import Acting, Right
from portal.core.refusal import Reason, Refusal, reason
from portal.core.wording import N_, Phrase


class Role(StrEnum):
    """As what somebody acts for a firm."""

    REPRESENTATIVE = "legal-representative"
    FINANCE_HEAD = "finance-head"
    TAX_HANDLER = "tax-handler"
    AGENT = "agent"


ROLE_NAMES: dict[Role, Phrase] = {
    Role.REPRESENTATIVE: N_("法定代表人"),
    Role.FINANCE_HEAD: N_("财务负责人"),
    Role.TAX_HANDLER: N_("办税人员"),
    Role.AGENT: N_("涉税代理机构"),
}

RIGHT_NAMES: dict[Right, Phrase] = {
    Right.VIEW: N_("查看"),
    Right.FILE: N_("申报"),
    Right.PAY: N_("缴款"),
    Right.CERTIFY: N_("开具证明"),
    Right.BOOK: N_("预约"),
    Right.MANAGE: N_("管理授权"),
}

_WORKING = frozenset(Right) - {Right.MANAGE}
MOST_RIGHTS: dict[Role, frozenset[Right]] = {
    Role.REPRESENTATIVE: frozenset(Right),
    Role.FINANCE_HEAD: frozenset(Right),
    Role.TAX_HANDLER: _WORKING,
    Role.AGENT: _WORKING,
}
"""The most that a role may hold."""

EARLIEST_START = timedelta(days=365)
"""A mandate begins within a year from the day it is proposed."""
LONGEST = timedelta(days=10 * 366)
"""And its last day, if it has one, is not further from the first."""


class Side(StrEnum):
    """Who ended a mandate."""

    FIRM = "firm"
    HOLDER = "holder"
    REGISTER = "register"
    TERM = "term"
    """Its last day had passed, and a new one took its place."""


class Source(StrEnum):
    """Where a mandate comes from."""

    REGISTER = "register"
    FIRM = "firm"


class Standing(StrEnum):
    """How a mandate stands on a day."""

    PROPOSED = "proposed"
    """The holder has not answered."""
    COMING = "coming"
    """Accepted; its first day has not come."""
    IN_FORCE = "in-force"
    OVER = "over"
    """Its last day has passed."""
    ENDED = "ended"
    """Ended by hand, or by the register."""
    DECLINED = "declined"
    """The holder said no."""
    WITHDRAWN = "withdrawn"
    """The firm took the proposal back."""


STANDING_NAMES: dict[Standing, tuple[Phrase, str]] = {
    Standing.PROPOSED: (N_("等待对方接受"), "warn"),
    Standing.COMING: (N_("尚未生效"), ""),
    Standing.IN_FORCE: (N_("有效"), "ok"),
    Standing.OVER: (N_("已到期"), ""),
    Standing.ENDED: (N_("已终止"), ""),
    Standing.DECLINED: (N_("对方未接受"), ""),
    Standing.WITHDRAWN: (N_("已撤回"), ""),
}
"""Words and kind of tag."""

OPEN = {Standing.PROPOSED, Standing.COMING, Standing.IN_FORCE}
"""What can still be ended."""


class Dated(Protocol):
    """What of a mandate decides how it stands."""

    @property
    def from_on(self) -> date: ...
    @property
    def to_on(self) -> date | None: ...
    @property
    def accepted_at(self) -> datetime | None: ...
    @property
    def ended_at(self) -> datetime | None: ...
    @property
    def ended_by(self) -> str: ...


def standing(mandate: Dated, on: date) -> Standing:
    """How a mandate stands on a day."""
    if mandate.ended_at is not None:
        return _ending(mandate)
    if mandate.to_on is not None and mandate.to_on < on:
        return Standing.OVER
    if mandate.accepted_at is None:
        return Standing.PROPOSED
    return Standing.COMING if on < mandate.from_on else Standing.IN_FORCE


def _ending(mandate: Dated) -> Standing:
    if mandate.ended_by == Side.TERM:
        return Standing.OVER
    if mandate.accepted_at is not None:
        return Standing.ENDED
    return Standing.DECLINED if mandate.ended_by == Side.HOLDER else Standing.WITHDRAWN


def lost_since(mandate: Dated, inside: Dated | None, on: date) -> datetime | date | None:
    """Since when somebody acts no more by a mandate, or by theirs inside the agent firm; None if they do."""
    for one in filter(None, (mandate, inside)):
        if standing(one, on) is not Standing.IN_FORCE:
            return one.ended_at or (one.to_on if standing(one, on) is Standing.OVER else on)
    return None


@dataclass(frozen=True)
class Proposal:
    """What a firm offers. `to_on` is the last day, None for no end. To look is part of every role."""

    role: Role
    rights: frozenset[Right]
    from_on: date
    to_on: date | None

    @property
    def granted(self) -> frozenset[Right]:
        """The rights that the mandate will hold."""
        return self.rights | {Right.VIEW}


@dataclass(frozen=True)
class Giver:
    """Who proposes: the acting person, the role they act in, and the last day of their own mandate."""

    acting: Acting
    until: date | None


NOT_FOR_A_FIRM = reason(
    "mandate-not-for-a-firm",
    N_("您现在以本人身份办理，不能为企业授权。"),
    N_("请先在“为谁办理”中选择要代表的企业。"),
)
MAY_NOT_MANAGE = reason(
    "mandate-may-not-manage",
    N_("您在 {firm} 没有“管理授权”的权限，不能增加或终止办税人员。"),
    N_("请由法定代表人办理，或者由法定代表人授予您这项权限。"),
)
FOR_ONESELF = reason(
    "mandate-for-oneself",
    N_("不能为自己授权。"),
    N_("需要更多权限的，请由法定代表人或者其他有“管理授权”权限的人办理。"),
)
THE_REGISTERS_ROLE = reason(
    "mandate-representative-by-register",
    N_("法定代表人以市场监管部门的登记为准，不能在这里授权或终止。"),
    N_("法定代表人变更的，请先办理变更登记；登记变更后，这里会自动更新。"),
)
BEYOND_THE_ROLE = reason(
    "mandate-beyond-the-role",
    N_("这个职务不能有所选的全部权限。“管理授权”只能授予财务负责人。"),
    N_("请返回上一页，重新选择职务或权限。"),
)
BEYOND_OWN_RIGHTS = reason(
    "mandate-beyond-own-rights",
    N_("不能授予您自己没有的权限。"),
    N_("请去掉您没有的权限，或者由法定代表人办理。"),
)
MANAGE_BY_REPRESENTATIVE = reason(
    "mandate-manage-by-representative",
    N_("“管理授权”的权限只能由法定代表人授予。"),
    N_("请去掉“管理授权”，或者由法定代表人办理。"),
)
BEYOND_OWN_TERM = reason(
    "mandate-beyond-own-term",
    N_("授权期限不能超过您自己的授权期限（{day}）。"),
    N_("请缩短期限，或者由法定代表人办理。"),
)
DATES_NOT_SANE = reason(
    "mandate-dates",
    N_("授权的起止日期不成立：起始日期应在今天到一年之内，终止日期不早于起始日期，期限不超过十年。"),
    N_("请返回上一页，更正日期。"),
)
WRONG_HOLDER = reason(
    "mandate-wrong-holder",
    N_("代理权限只能授予涉税代理机构，其他职务只能授予个人。"),
    N_("请返回上一页，重新选择职务。"),
)
NOT_THE_REPRESENTATIVE = reason(
    "firm-not-the-representative",
    N_("按照您填写的统一社会信用代码，不能确认您是法定代表人（负责人、经营者、投资人）。"),
    N_("请对照营业执照核对代码。您不是法定代表人的，请让法定代表人开通企业后在“授权管理”中为您授权。"),
)
"""One answer for a code nobody has and for a firm that somebody else represents."""
NOT_AN_AGENT = reason(
    "mandate-not-an-agent",
    N_("这家企业没有登记为涉税专业服务机构，不能代理办税。"),
    N_("请核对统一社会信用代码；授权给个人的，请选择其他职务。"),
)
ALREADY_OPEN = reason(
    "mandate-already-open",
    N_("对方已经有同一职务的授权，或者正在等待对方接受。"),
    N_("要更改权限或期限，请先终止原来的授权，再重新授权。"),
)
ALREADY_ANSWERED = reason(
    "mandate-already-answered",
    N_("这项授权已经处理过，或者已经终止。"),
    N_("请回到授权列表，查看现在的状态。"),
)
NOT_IN_FORCE = reason(
    "mandate-not-in-force",
    N_("这项授权现在无效，不能切换到这家企业。"),
    N_("请在“为谁办理”中重新选择。"),
)


def check_proposal(
    proposal: Proposal, giver: Giver, holder_id: UUID, *, holder_is_firm: bool, on: date
) -> None:
    """Refuse what may not be given: to whom, by whom, which rights, for how long."""
    acting = giver.acting
    for wrong, why in (
        (acting.mandate_id is None, NOT_FOR_A_FIRM),
        (proposal.role is Role.REPRESENTATIVE, THE_REGISTERS_ROLE),
        (holder_id in {acting.person_id, acting.taxpayer_id}, FOR_ONESELF),
        (holder_is_firm != (proposal.role is Role.AGENT), WRONG_HOLDER),
    ):
        if wrong:
            raise Refusal(why)
    check_manager(acting)
    if wrong_rights := _wrong_rights(proposal, acting):
        raise Refusal(wrong_rights)
    _check_dates(proposal, giver, on)


def check_manager(acting: Acting) -> None:
    """Refuse who may not change who acts for the firm."""
    if Right.MANAGE not in acting.rights:
        raise Refusal(MAY_NOT_MANAGE, firm=acting.taxpayer_name)


def _wrong_rights(proposal: Proposal, acting: Acting) -> Reason | None:
    if not proposal.granted <= MOST_RIGHTS[proposal.role]:
        return BEYOND_THE_ROLE
    if not proposal.granted <= acting.rights:
        return BEYOND_OWN_RIGHTS
    if Right.MANAGE in proposal.granted and acting.office != Role.REPRESENTATIVE:
        return MANAGE_BY_REPRESENTATIVE
    return None


def _check_dates(proposal: Proposal, giver: Giver, on: date) -> None:
    last = proposal.to_on
    if not on <= proposal.from_on <= on + EARLIEST_START:
        raise Refusal(DATES_NOT_SANE)
    if last is not None and not proposal.from_on <= last <= proposal.from_on + LONGEST:
        raise Refusal(DATES_NOT_SANE)
    if giver.until is not None and (last is None or last > giver.until):
        raise Refusal(BEYOND_OWN_TERM, day=giver.until)


def rights_to_offer(role: Role, acting: Acting) -> frozenset[Right]:
    """What the acting person could give somebody in a role."""
    offered = MOST_RIGHTS[role] & acting.rights
    return offered if acting.office == Role.REPRESENTATIVE else offered - {Right.MANAGE}
