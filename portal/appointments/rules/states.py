"""The states of bookings and wishes, which may follow which, and why one cannot be changed any more."""

from enum import StrEnum

from portal.core.refusal import Refusal, reason
from portal.core.wording import N_, Phrase


class State(StrEnum):
    """How a booking stands."""

    HELD = "held"
    """A seat is kept until `held_until`: while its person confirms, or as an offer from the waiting list."""
    BOOKED = "booked"
    ARRIVED = "arrived"
    SERVED = "served"
    MISSED = "missed"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"
    """Held and not confirmed in time."""


class WishState(StrEnum):
    """How a wish stands."""

    WAITING = "waiting"
    OFFERED = "offered"
    """A seat is held for it and waits to be confirmed."""
    GRANTED = "granted"
    WITHDRAWN = "withdrawn"
    OVER = "over"
    """Its last day passed, or an offer was not taken up."""


class EndedBy(StrEnum):
    """Whose doing the end of a booking was."""

    PERSON = "person"
    OFFICE = "office"
    MOVE = "move"
    CLOCK = "clock"


STATES: dict[str, Phrase] = {
    State.HELD: N_("待确认"),
    State.BOOKED: N_("已预约"),
    State.ARRIVED: N_("已到场"),
    State.SERVED: N_("已办结"),
    State.MISSED: N_("未到场"),
    State.CANCELLED: N_("已取消"),
    State.LAPSED: N_("未确认，已失效"),
}
WISH_STATES: dict[str, Phrase] = {
    WishState.WAITING: N_("候补中"),
    WishState.OFFERED: N_("有名额，待确认"),
    WishState.GRANTED: N_("已候补成功"),
    WishState.WITHDRAWN: N_("已撤回"),
    WishState.OVER: N_("已结束"),
}

LIVE = frozenset({State.HELD, State.BOOKED, State.ARRIVED})
"""States in which a booking sits on a seat."""

NEXT: dict[State, frozenset[State]] = {
    State.HELD: frozenset({State.BOOKED, State.CANCELLED, State.LAPSED}),
    State.BOOKED: frozenset({State.ARRIVED, State.CANCELLED, State.MISSED}),
    State.ARRIVED: frozenset({State.SERVED, State.MISSED}),
    State.SERVED: frozenset(),
    State.MISSED: frozenset(),
    State.CANCELLED: frozenset(),
    State.LAPSED: frozenset(),
}

CANNOT_BECOME = reason(
    "booking-cannot-become",
    "这个预约现在是“{now}”，不能变为“{to}”。",
    "请刷新页面查看最新状态，需要时重新预约。",
)


def become(now: State, to: State) -> State:
    """The next state. Raises `Refusal` where there is no such way."""
    if to not in NEXT[now]:
        raise Refusal(CANNOT_BECOME, now=STATES[now], to=STATES[to])
    return to
