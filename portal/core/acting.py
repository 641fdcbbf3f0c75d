"""Who acts, for which taxpayer, with what rights, through which channel: one value, made once per request."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from uuid import UUID

from portal.core.wording import Phrase


class Level(IntEnum):
    """How well the portal knows a person; each service says which level it needs."""

    NONE = 0
    CONTACT = 1
    """An account is open and its mobile number answered a code."""
    PROVEN = 2
    """Name, identity number and mobile were matched with the identity register."""
    IN_PERSON = 3
    """Two clerks saw the person and the document."""


class Right(StrEnum):
    """What a person may do for a taxpayer. For oneself: all of them."""

    VIEW = "view"
    FILE = "file"
    PAY = "pay"
    CERTIFY = "certify"
    BOOK = "book"
    MANAGE = "manage"


class Channel(StrEnum):
    """The way in through which an act came."""

    WEB = "web"
    COUNTER = "counter"
    SYSTEM = "system"


@dataclass(frozen=True)
class Deed:
    """What an act does that binds a taxpayer, in the words they read before a clerk does it for them."""

    words: Phrase
    """With `{facts}` to fill in."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """Amounts and numbers as they are shown, phrases in Chinese source text."""


@dataclass(frozen=True)
class Clerk:
    """Who works on a taxpayer's own pages in their presence: by which consent, for what, until when."""

    account_id: UUID
    name: str
    assistance_id: UUID
    tie: Phrase
    """What it is tied to: a ticket, an appointment or a matter."""
    purpose: str
    """The number of that."""
    desk: dict[str, str]
    """Number of the desk and names of its hall; empty where none is known."""
    until: datetime
    assent_id: UUID | None = None
    """What the taxpayer agreed to just now, of what binds them; None for all else."""


@dataclass(frozen=True)
class Acting:
    """The acting person of a request, handed to services and written by audit."""

    account_id: UUID
    person_id: UUID
    person_name: str
    taxpayer_id: UUID
    taxpayer_name: str
    level: Level
    rights: frozenset[Right]
    session_id: UUID
    role: str = "taxpayer"
    channel: Channel = Channel.WEB
    mandate_id: UUID | None = None
    """The mandate by which the person acts for somebody else; none for oneself."""
    office: str = ""
    """As what: the role of that mandate."""
    duties: frozenset[str] = frozenset()
    """Of staff: the roles in force today."""
    lost: UUID | None = None
    """The mandate by which this session acted until now: it holds no more, so nothing is done by it."""
    closed: bool = False
    """The firm acted for is cleared of its taxes: its pages can be read, nothing can be done."""
    unread: int = 0
    language: str = "zh"
    clerk: Clerk | None = None
    """Whose hands do it, where a clerk works on the pages of this person, who is present."""
    assisting: "Acting | None" = field(default=None, repr=False)
    """Of staff: the person on whose pages they work just now."""
    assists: bool = False
    """Of staff: whether it is to be asked whose pages those are."""
    lost_assistance: UUID | None = None
    """Of staff: the assistance that has ended since they last looked."""

    def require_own_word(self) -> None:
        """Called by every act that binds a taxpayer: their own hand, or a clerk's after they agreed to it.

        Raises PermissionError: the doors see to it, so coming here without is a defect of ours.
        """
        if self.clerk is not None and self.clerk.assent_id is None:
            raise PermissionError("a clerk alone binds nobody")

    def may(self, right: Right, level: Level) -> bool:
        """Whether this person, known this well, has the right."""
        return right in self.rights and self.level >= level

    @property
    def for_another(self) -> bool:
        """Whether the person acts for somebody else, by a mandate."""
        return self.taxpayer_id != self.person_id

    def for_oneself(self) -> "Acting":
        """The same person, acting for themselves."""
        if not self.for_another:
            return self
        return replace(
            self,
            taxpayer_id=self.person_id,
            taxpayer_name=self.person_name,
            rights=frozenset(Right),
            mandate_id=None,
            closed=False,
            office="",
        )
