"""What is fair in giving seats: limits as data, each with its reason, and the refusals that follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from portal.core.clock import SHANGHAI, day_of
from portal.core.refusal import Refusal, reason
from portal.core.wording import N_, Phrase


@dataclass(frozen=True)
class Limit:
    """One figure of the house, why it is so, and where it is from.

    `confidence` is K for a figure that other offices publish for theirs, D for one decided here.
    """

    number: int
    unit: str
    why: Phrase
    source: str
    confidence: str

    @property
    def span(self) -> timedelta:
        """The figure as a stretch of time."""
        return timedelta(**{self.unit: self.number})


HOUSE = "portal"
HOLD = Limit(10, "minutes", N_("给您时间核对，又不让名额空着"), HOUSE, "D")
OFFER = Limit(20, "minutes", N_("候补的人可能不在手机旁边，时间比自己选时段时长"), HOUSE, "D")
OPEN_DAYS = Limit(20, "working days", N_("排班提前约一个月确定"), HOUSE, "D")
BOOK_UNTIL = Limit(30, "minutes", N_("窗口需要时间准备"), HOUSE, "D")
CHANGE_UNTIL = Limit(2, "hours", N_("退回的名额还来得及让别人用上"), HOUSE, "D")
OPEN_OF_PERSON = Limit(3, "bookings", N_("名额有限，一个人不能占住许多"), HOUSE, "D")
RECENT_OF_PERSON = Limit(12, "bookings", N_("防止反复占号"), HOUSE, "D")
RECENT_SPAN = Limit(30, "days", N_("防止反复占号"), HOUSE, "D")
WISHES_OF_PERSON = Limit(3, "wishes", N_("候补也要给别人机会"), HOUSE, "D")
MISSED = Limit(
    3,
    "visits",
    N_("预约了不来，别人就少一个名额；提前取消的不算，申诉成立的不算"),
    "booking notices of tax halls: after so many missed visits in a month, no booking for the rest of it",
    "K",
)
APPEAL_UNTIL = Limit(15, "days", N_("时间长了难以核实"), HOUSE, "D")
MISSED_AFTER = Limit(45, "minutes", N_("时段结束后再等一刻钟"), HOUSE, "D")
"""From the beginning of the slot."""
BACK_AFTER = (60, 600)
"""Seconds, from and to: a seat given back becomes free after a random time between, so that nobody can hand
it on to whoever waits beside them for that moment."""
OFFERED = (time(8), time(20))
"""Beijing time between which a seat is offered: an offer runs out in minutes, so none is made at night."""

FULL = reason(
    "slot-full",
    "{moment} 的名额已经约满。",
    "请换一个时段，或登记候补：有人退回名额时会通知您。",
)
SLOT_OVER = reason(
    "slot-over",
    "{moment} 的时段已经不能预约。",
    "请选择晚一些的时段；急办的可以直接到办税服务厅取号。",
)
OTHER_DESK = reason(
    "slot-of-another-desk",
    "所选时段的窗口不办这些事项。",
    "请返回按事项重新选择时段。",
)
HAVE_ONE = reason(
    "booking-open-already",
    "同类窗口已经有一个没有办完的预约。",
    "请在“我的预约”中改期，或先取消原来的预约。",
)
SAME_TIME = reason(
    "booking-at-this-time",
    "您在同一时间已经有一个预约。",
    "请换一个时段。",
)
TOO_MANY_OPEN = reason(
    "too-many-bookings",
    "一个人最多同时有 {most} 个没有办完的预约。",
    "请先办完或取消其中一个。",
)
TOO_MANY_RECENT = reason(
    "too-many-bookings-lately",
    "30 天内最多预约 {most} 次。",
    "请过些日子再预约，或直接到办税服务厅取号；能网上办的可以网上办。",
)
BARRED = reason(
    "missed-too-often",
    "本月有 {most} 次预约没有到场，{until} 以前不能再预约。",
    "有正当原因的，请在未到场的预约中申诉；您仍可到办税服务厅取号，或网上办理。",
)
LAPSED = reason(
    "hold-lapsed",
    "为您保留的名额已过确认时间。",
    "请重新选择时段。",
)
TOO_LATE = reason(
    "too-late-to-change",
    "距预约时间不到 {hours} 小时，不能取消或改期。",
    "请按时到场；确实来不了的，可以在事后申诉。",
)
SAME_SLOT = reason(
    "moved-to-the-same-slot",
    "这就是您现在的时段。",
    "请选择另一个时段。",
)
DAYS_NOT_OPEN = reason(
    "wish-days-not-open",
    "候补的日期应在 {first} 至 {last} 之间，先后不能颠倒。",
    "请改正日期。",
)
SEATS_FREE = reason(
    "wish-seats-free",
    "这些日子还有空余名额，不需要候补。",
    "请直接选择时段预约。",
)
TOO_MANY_WISHES = reason(
    "too-many-wishes",
    "一个人最多同时有 {most} 个候补。",
    "请先撤回其中一个。",
)
NOTHING_TO_APPEAL = reason(
    "nothing-to-appeal",
    "这个预约没有可以申诉的未到场记录，或者已过申诉的 {days} 天。",
    "有疑问的，请拨打 12366。",
)
APPEALED = reason(
    "appealed-already",
    "这个预约已经申诉过。",
    "请等待办税服务厅答复。",
)
NO_WORDS = reason(
    "appeal-without-words",
    "请写明没有到场的原因。",
    "补充原因后再提交。",
)


@dataclass(frozen=True)
class Standing:
    """What a person has: open bookings, bookings made lately, visits missed this month and not excused."""

    open: int = 0
    recent: int = 0
    missed: int = 0


def require_fair(mine: Standing, on: date) -> None:
    """Refuse a further booking to who has too many, or missed too many visits in the month of `on`."""
    require_not_barred(mine.missed, on)
    if mine.open >= OPEN_OF_PERSON.number:
        raise Refusal(TOO_MANY_OPEN, most=OPEN_OF_PERSON.number)
    if mine.recent >= RECENT_OF_PERSON.number:
        raise Refusal(TOO_MANY_RECENT, most=RECENT_OF_PERSON.number)


def require_not_barred(missed: int, on: date) -> None:
    """Refuse who missed so many visits in the month of `on`."""
    if missed >= MISSED.number:
        raise Refusal(BARRED, most=MISSED.number, until=month_after(on))


def month_of(on: date) -> tuple[datetime, datetime]:
    """The first instant of the month of a day, and that of the next."""
    first, last = on.replace(day=1), month_after(on)
    return _at(first, time()), _at(last, time())


def month_after(on: date) -> date:
    """The first day of the next month."""
    return (on.replace(day=1) + timedelta(days=32)).replace(day=1)


def require_seat(*, left: int, starts_at: datetime, at: datetime) -> None:
    """Refuse a slot that is full, or that begins too soon."""
    if starts_at - at < BOOK_UNTIL.span:
        raise Refusal(SLOT_OVER, moment=starts_at)
    if left <= 0:
        raise Refusal(FULL, moment=starts_at)


def require_time_to_change(starts_at: datetime, at: datetime) -> None:
    """Refuse to cancel or move a booking whose hour is near."""
    if starts_at - at < CHANGE_UNTIL.span:
        raise Refusal(TOO_LATE, hours=CHANGE_UNTIL.number)


def require_days(from_on: date, to_on: date, bookable: Sequence[date]) -> None:
    """Refuse days to wait for that are no stretch of what can be booked."""
    if not bookable[0] <= from_on <= to_on <= bookable[-1]:
        raise Refusal(DAYS_NOT_OPEN, first=bookable[0], last=bookable[-1])


OWN_APPEAL = reason("appeal-own", "这是您本人的申诉，您不能决定。", "请由另一名管理人员决定。")
APPEAL_ANSWERED = reason("appeal-answered", "这次申诉已经答复。", "请返回清单查看其他申诉。")


def require_undecided(*, said: str, decided: bool, own: bool) -> None:
    """Refuse an answer to no appeal, to one that was answered, and to one's own."""
    if own:
        raise Refusal(OWN_APPEAL)
    if decided or not said:
        raise Refusal(APPEAL_ANSWERED)


def require_appeal(*, missed_at: datetime | None, said: str, words: str, at: datetime) -> None:
    """Refuse an appeal about nothing, after its days, without words, or a second one."""
    if missed_at is None or at - missed_at > APPEAL_UNTIL.span:
        raise Refusal(NOTHING_TO_APPEAL, days=APPEAL_UNTIL.number)
    if said:
        raise Refusal(APPEALED)
    if not words.strip():
        raise Refusal(NO_WORDS)


def back_at(at: datetime, chance: float) -> datetime:
    """When a seat given back becomes free; `chance` is between 0 and 1."""
    first, last = BACK_AFTER
    return at + timedelta(seconds=first + (last - first) * chance)


def may_offer(at: datetime) -> bool:
    """Whether seats are offered at this hour."""
    opens, closes = OFFERED
    return opens <= at.astimezone(SHANGHAI).time() < closes


def next_offer(at: datetime) -> datetime:
    """This instant, or the next at which seats are offered."""
    if may_offer(at):
        return at
    day = day_of(at)
    opens = _at(day, OFFERED[0])
    return opens if opens >= at else _at(day + timedelta(days=1), OFFERED[0])


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, SHANGHAI).astimezone(UTC)
