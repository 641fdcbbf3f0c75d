"""Opening an account: what a person states, and what an account that already stands means."""

from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from portal.core.acting import Level
from portal.taxpayers.rules import IdKind, IdNumber

PRIVACY_NOTICE = "2026-01"
"""Version of the privacy notice now shown; a consent names the version it was given to."""


@dataclass(frozen=True)
class Applicant:
    """What somebody states about themselves. `email` may be empty; `consent` is the notice's version."""

    name: str
    number: IdNumber
    mobile: str
    email: str
    consent: str
    language: str

    def as_facts(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)

    @classmethod
    def from_facts(cls, facts: dict[str, Any]) -> "Applicant":
        number = facts["number"]
        return cls(
            **{**facts, "number": IdNumber(IdKind(number["kind"]), number["number"], number["country"])}
        )


class Standing(Enum):
    """What an opening is, in the light of the accounts that stand."""

    NEW = "new"
    TAKES_OVER = "takes over"
    """Proof of identity beats an account that never had it: whoever opened that one only knew the number."""
    KNOWN = "known"


def standing(existing: Level | None, *, mobile_matches: bool) -> Standing:
    """`existing` is the level of the open account of the same person, None if there is none."""
    if existing is None:
        return Standing.NEW
    if existing < Level.PROVEN and mobile_matches:
        return Standing.TAKES_OVER
    return Standing.KNOWN


def level_by(*, mobile_matches: bool) -> Level:
    """How well a person is known whose name, number and code were right."""
    return Level.PROVEN if mobile_matches else Level.CONTACT
