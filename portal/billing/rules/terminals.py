"""POS at the counter: what two clerks key from a slip, when it counts, and how a batch is compared.

A terminal numbers its batches and, within a batch, its slips (终端号, 批次号, 凭证号; ISO 8583 fields 41, 60,
11). The three together name a payment. No card number is asked for or kept.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from portal.core.clock import SHANGHAI
from portal.core.money import ZERO, yuan
from portal.core.refusal import Reason, reason
from portal.core.wording import N_, Phrase

MOST_MISMATCHES = 3
"""How often a second reading may differ before the slip goes to the supervisor. Ours, no rule says it."""
TRACE_DIGITS = BATCH_DIGITS = 6
TERMINAL = re.compile(r"[0-9A-Z]{8}", re.ASCII)
MOST_AMOUNT = yuan("9999999.99")
"""What one slip can say."""
MOST_WORDS = 200


class SlipState(StrEnum):
    """What became of a slip."""

    KEYED = "keyed"
    """By one clerk; pays for nobody yet."""
    SET_ASIDE = "set-aside"
    """The two could not agree; a supervisor looks at the paper."""
    CREDITED = "credited"
    WITHDRAWN = "withdrawn"
    """Never counted; keyed anew or not at all."""
    REVERSED = "reversed"
    """冲正: counted, and taken back by a journal of its own."""


WAITING = frozenset({SlipState.KEYED, SlipState.SET_ASIDE})
"""Nobody closes a shift over these."""

NO_SHIFT = reason("pos-no-shift", "您在这台终端上没有开班。", "请先在“收款台”开班，批次号见终端。")
TERMINAL_BUSY = reason(
    "pos-terminal-busy", "终端 {terminal} 的批次 {batch} 还没有结班。", "请先由该班的收款员结班。"
)
BATCH_KNOWN = reason(
    "pos-batch-known", "终端 {terminal} 的批次 {batch} 已经用过。", "请核对终端上显示的批次号。"
)
SHIFT_OVER = reason("pos-shift-over", "这一班已经结班。", "请返回“收款台”查看。")
TRACE_KNOWN = reason(
    "pos-trace-known", "凭证号 {trace} 在这一批次里已经录入。", "请核对签购单；同一张签购单只录入一次。"
)
DAY_OUTSIDE = reason(
    "pos-day-outside", "签购单上的时间不在这一班之内。", "请核对签购单上的日期和时间，以及终端和批次。"
)
OWN_SLIP = reason("pos-own-slip", "这是您本人或者您代表的企业的缴款，您不能经手。", "请由其他收款员办理。")
SAME_CLERK = reason("pos-same-clerk", "这张签购单是您录入的，不能由您复核。", "请由另一名收款员复核。")
NOT_KEYED = reason("pos-slip-not-waiting", "这张签购单不在等待复核。", "请返回清单查看它的结果。")
NOT_CREDITED = reason(
    "pos-slip-not-credited", "这张签购单没有入账，或者已经冲正。", "请返回清单查看它的结果。"
)
ONE_OF_THE_TWO = reason(
    "pos-one-of-the-two", "您录入或复核过这张签购单，不能由您处理。", "请由另一名督查人员处理。"
)
MONEY_MOVED_ON = reason(
    "pos-money-moved-on",
    "这笔款入账以后，税款又有更正，或者多缴的部分已经抵缴、退还，不能整笔冲正。",
    "请先处理后来的更正、抵缴或退还。",
)
SLIPS_WAIT = reason(
    "pos-slips-wait", "还有 {count} 张签购单没有复核，现在不能结班。", "请先复核，或者作废重录。"
)
NEVER_COUNTED = reason("pos-never-counted", "收款员还没有填报这一班的终端合计。", "请先由收款员填报。")
BREAK_EXPLAINED = reason("pos-break-explained", "这处差异已经有了说明。", "请返回清单查看。")


class Reading(NamedTuple):
    """What one clerk keyed from a slip without seeing what the other keyed."""

    trace: str
    amount: Decimal
    on: date


def after(mismatches: int) -> SlipState:
    """How a slip stands after so many second readings that differed."""
    return SlipState.SET_ASIDE if mismatches >= MOST_MISMATCHES else SlipState.KEYED


def why_not_second(by: UUID, keyed_by: UUID, state: str) -> Reason | None:
    """Why this clerk cannot be the second for a slip; None if they can."""
    if state != SlipState.KEYED:
        return NOT_KEYED
    return SAME_CLERK if by == keyed_by else None


def why_not_reverse(by: UUID, clerks: Collection[UUID | None], state: str) -> Reason | None:
    """Why this supervisor cannot take a credited slip back; None if they can."""
    if state != SlipState.CREDITED:
        return NOT_CREDITED
    return ONE_OF_THE_TWO if by in clerks else None


def padded(number: str, digits: int = TRACE_DIGITS) -> str:
    """A batch or trace number as terminals print it: with its leading zeros."""
    return number.zfill(digits)


def number_fault(number: str) -> Phrase | None:
    """What is wrong with a batch or trace number as typed, or None."""
    return None if re.fullmatch(r"[0-9]{1,6}", number, re.ASCII) else N_("请填写最多6位数字，见终端或签购单")


def time_of_day(typed: str) -> time | None:
    """A time as a slip prints it (14:05, 14:05:09, 1405), or None."""
    found = re.fullmatch(r"([01]?[0-9]|2[0-3]):?([0-5][0-9])(?::?([0-5][0-9]))?", typed, re.ASCII)
    return time(int(found[1]), int(found[2]), int(found[3] or 0)) if found else None


def moment(on: date, at: time) -> datetime:
    """The instant a slip tells; terminals print Beijing time."""
    return datetime.combine(on, at, tzinfo=SHANGHAI)


def is_within(on: date, opened: date, today: date) -> bool:
    """Whether a slip of this day can be of a shift that was opened on a day and is looked at today."""
    return opened <= on <= today


def name_of(terminal: str, batch: str, trace: str = "") -> str:
    """How a slip, or a whole batch, is named everywhere: 终端/批次/凭证号."""
    return "/".join(part for part in (terminal, batch, trace) if part)


def source_ref(name: str, turn: int) -> str:
    """The key of the money fact: the slip's name; a slip credited anew after a reversal says which turn."""
    return name if turn == 1 else f"{name}/{turn}"


# The terminal's own list


class BreakKind(StrEnum):
    """How the terminal and we differ, as it stands in the list of breaks."""

    MISSING_HERE = "pos-missing-here"
    MISSING_THERE = "pos-missing-there"
    AMOUNT = "pos-amount"
    CLOSING = "pos-closing"
    """A shift was closed over a difference of its totals."""


BREAKS: dict[str, Phrase] = {
    BreakKind.MISSING_HERE: N_("终端有，这里没有"),
    BreakKind.MISSING_THERE: N_("这里有，终端没有"),
    BreakKind.AMOUNT: N_("金额不同"),
    BreakKind.CLOSING: N_("结班合计不符"),
}


class Break(NamedTuple):
    """One difference; `amount` is what the terminal says less what stands here."""

    kind: BreakKind
    trace: str
    amount: Decimal


def compare(here: Mapping[str, Decimal], there: Mapping[str, Decimal]) -> list[Break]:
    """The differences of one batch, by trace number: what stands here against the terminal's list."""
    found = []
    for trace in sorted(here.keys() | there.keys()):
        difference = there.get(trace, ZERO) - here.get(trace, ZERO)
        if trace not in here:
            found.append(Break(BreakKind.MISSING_HERE, trace, difference))
        elif trace not in there:
            found.append(Break(BreakKind.MISSING_THERE, trace, difference))
        elif difference:
            found.append(Break(BreakKind.AMOUNT, trace, difference))
    return found


COLUMNS = ("terminal", "batch", "trace", "time", "amount")


@dataclass(frozen=True)
class Line:
    """A payment as the terminal lists it."""

    terminal: str
    batch: str
    trace: str
    at: datetime
    amount: Decimal


def read_line(row: Mapping[str, str]) -> Line | str:
    """A row of the terminal's file, or what is wrong with it, for the operator."""
    terminal = row["terminal"].strip().upper()
    numbers = [row[name].strip() for name in ("batch", "trace")]
    if not TERMINAL.fullmatch(terminal):
        return "terminal: 8 digits or letters"
    if any(number_fault(number) for number in numbers):
        return "batch, trace: up to 6 digits"
    at, amount = _instant(row["time"].strip()), _amount(row["amount"].strip())
    if at is None:
        return "time: YYYY-MM-DD HH:MM:SS, Beijing"
    if amount is None:
        return "amount: yuan above zero, two places"
    return Line(terminal, padded(numbers[0]), padded(numbers[1]), at, amount)


def _instant(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
    except ValueError:
        return None


def _amount(text: str) -> Decimal | None:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,2})?", text, re.ASCII):
        return None
    return yuan(text) or None


def together(amounts: Iterable[Decimal]) -> Decimal:
    """The sum of amounts of yuan."""
    return sum(amounts, ZERO)
