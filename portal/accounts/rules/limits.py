"""How often each step may be tried. A step is locked for a while, never an account."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Counted(StrEnum):
    """Whose tries are counted together."""

    EVERYONE = "everyone"
    ADDRESS = "address"
    SUBJECT = "subject"
    """The name signed in with, the number opened with, the contact written to."""


@dataclass(frozen=True)
class Limit:
    """At most `most` tries `within` a time that begins with the first of them."""

    counted: Counted
    most: int
    within: timedelta

    def key(self, step: str) -> str:
        """The name under which tries of a step are counted towards this limit."""
        return f"{step}/{self.counted}/{int(self.within.total_seconds())}"


_5_MINUTES, _HOUR, _DAY = timedelta(minutes=5), timedelta(hours=1), timedelta(days=1)

LIMITS: dict[str, tuple[Limit, ...]] = {
    "sign-in": (
        Limit(Counted.EVERYONE, 1000, _5_MINUTES),
        Limit(Counted.ADDRESS, 10, _5_MINUTES),
        Limit(Counted.SUBJECT, 10, _5_MINUTES),
        Limit(Counted.SUBJECT, 100, _DAY),
    ),
    "staff-sign-in": (
        Limit(Counted.EVERYONE, 1000, _5_MINUTES),
        Limit(Counted.ADDRESS, 20, _5_MINUTES),
        Limit(Counted.SUBJECT, 5, _5_MINUTES),
        Limit(Counted.SUBJECT, 20, _HOUR),
        Limit(Counted.SUBJECT, 50, _DAY),
    ),
    "staff-enrolment": (
        Limit(Counted.ADDRESS, 20, _HOUR),
        Limit(Counted.SUBJECT, 5, _HOUR),
    ),
    "password-again": (Limit(Counted.SUBJECT, 10, _5_MINUTES),),
    "register-question": (
        Limit(Counted.EVERYONE, 1000, _5_MINUTES),
        Limit(Counted.ADDRESS, 30, _HOUR),
        Limit(Counted.SUBJECT, 5, _DAY),
    ),
    "mandate-question": (
        Limit(Counted.EVERYONE, 1000, _5_MINUTES),
        Limit(Counted.ADDRESS, 30, _HOUR),
        Limit(Counted.SUBJECT, 5, _DAY),
    ),
    "firm-question": (
        Limit(Counted.EVERYONE, 1000, _5_MINUTES),
        Limit(Counted.ADDRESS, 60, _HOUR),
        Limit(Counted.SUBJECT, 20, _DAY),
    ),
    "code": (
        Limit(Counted.ADDRESS, 60, _HOUR),
        Limit(Counted.SUBJECT, 5, _HOUR),
        Limit(Counted.SUBJECT, 10, _DAY),
    ),
    "assisted-code": (
        Limit(Counted.SUBJECT, 20, _HOUR),
        Limit(Counted.SUBJECT, 40, _DAY),
    ),
    "reset": (
        Limit(Counted.ADDRESS, 10, _HOUR),
        Limit(Counted.SUBJECT, 5, _DAY),
    ),
    "certificate-check": (
        Limit(Counted.EVERYONE, 3000, _5_MINUTES),
        Limit(Counted.ADDRESS, 30, _5_MINUTES),
    ),
}
"""Step → its limits. The outer ones come first: who is stopped at their address counts against no subject.

Sign-in, of staff too, and the password asked again count failures only (a success gives its try back), the
other steps count every try. A name, not an account, is the subject of a sign-in: a limit shared by the two
names of one account would tell a stranger that they belong together.
"""


def subject_of(counted: Counted, address: str, subject: str) -> str:
    """What is counted under: the address, the subject, or everyone."""
    return {Counted.EVERYONE: "", Counted.ADDRESS: address, Counted.SUBJECT: subject}[counted]


def released_at(since: datetime, limit: Limit) -> datetime:
    """When a full limit opens again."""
    return since + limit.within
