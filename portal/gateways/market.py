"""The market register: what a firm is, who represents it, and the numbered feed of what changes about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote
from uuid import UUID

from portal.core.refusal import Unavailable
from portal.gateways.wire import JsonService

if TYPE_CHECKING:
    from portal.settings import Settings

SECONDS = 5.0
AT_ONCE = 50
"""Changes asked for in one exchange: some 30 KB, half of the longest answer that is read."""

REFUSALS = {400, 404, 409, 422}
"""Statuses by which the register says that it does not take a message."""

ID_KINDS = {
    "resident-id", "hmt-residence-permit", "foreign-permanent-residence",
    "hm-travel-permit", "taiwan-travel-permit", "passport",
}  # fmt: skip
FIRM_KINDS = {"company", "individual-business", "sole-proprietorship", "partnership", "branch"}
LICENCES = {"active", "revoked", "annulled", "cancelled"}
VAT_PAYERS = {"small-scale", "general"}
PERIOD_KINDS = {"year", "quarter", "month"}
"""The words of the register's protocol. A record with another is not clear, and nothing follows from it."""


@dataclass(frozen=True)
class Representative:
    """The person who represents a firm, by the kind and number of their identity document."""

    name: str
    id_kind: str
    id_number: str


@dataclass(frozen=True)
class RegisteredTax:
    """A tax a firm is registered for, by which period it files, and from which day to which."""

    tax: str
    period_kind: str
    from_on: date
    to_on: date | None = None


@dataclass(frozen=True)
class FirmRecord:
    """The whole record of a firm after the change with number `seq`, in force from `changed_on`."""

    seq: int
    code: str
    name: str
    kind: str
    licence: str
    representative: Representative
    vat_payer: str
    established_on: date
    changed_on: date
    taxes: tuple[RegisteredTax, ...] = ()
    parent_code: str | None = None
    agent: bool = False


@dataclass(frozen=True)
class FactRecord:
    """Something another office knows of a firm, as of the change with number `seq`."""

    seq: int
    code: str
    kind: str
    reference: str
    source: str
    since: date
    until: date | None
    secret: bool
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Unread:
    """A change that cannot be read: of a kind nobody here knows, or unclear. Nothing follows from it."""

    seq: int
    code: str
    """Empty where it names none."""
    kind: str


@dataclass(frozen=True)
class Change:
    """One change: what it says, and the plain JSON in which it came, which `read_change` reads again."""

    about: FirmRecord | FactRecord | Unread
    wire: Mapping[str, Any]

    @property
    def seq(self) -> int:
        return self.about.seq

    @property
    def code(self) -> str:
        return self.about.code


@dataclass(frozen=True)
class Batch:
    """Some changes, in no certain order; ask again after `next`. Empty: that was all for now."""

    changes: tuple[Change, ...]
    next: int


@dataclass(frozen=True)
class Cleared:
    """News for the register: a firm is cleared. The same `id` told again is the same news."""

    id: UUID
    code: str
    """The firm's credit code."""
    number: str
    """Of the clearance, as its certificate names it."""
    on: date


@dataclass(frozen=True)
class Reopened:
    """News for the register: a clearance it was told of is void, whether that news has arrived or not."""

    id: UUID
    code: str
    number: str
    voids: UUID
    """The `id` of the news that is void."""
    on: date


News = Cleared | Reopened


class NotTaken(Exception):
    """The register says clearly that it does not take a message, and why: somebody has to look."""


class MarketRegister(Protocol):
    """Who knows what firms there are. Every method raises `Unavailable` without a clear answer in time."""

    def find(self, code: str) -> FirmRecord | None:
        """The firm with this credit code, or None if there never was one."""
        ...

    def changes(self, after: int) -> Batch:
        """Changes with numbers above `after`. Some may be missing, doubled or out of order."""
        ...

    def tell(self, event: News) -> None:
        """Tell of a clearance, or that one is void.

        Returning means that the register has it; told twice, it applies it once. Raises `NotTaken`
        for a clear no. After `Unavailable` it may have been applied or not: tell it again.
        """
        ...


class HttpMarketRegister:
    """The register over HTTP."""

    def __init__(self, settings: "Settings") -> None:
        self._service = JsonService("market", settings.market_url, settings.market_key, seconds=SECONDS)

    def find(self, code: str) -> FirmRecord | None:
        answer = self._service.get(f"/firms/{quote(code, safe='')}")
        if answer.status == 404 and answer.body.get("error") == "no-such-firm":
            return None
        if answer.status != 200:
            raise Unavailable("market")
        try:
            found = _firm(answer.body["seq"], answer.body)
        except (KeyError, TypeError, ValueError) as odd:
            raise Unavailable("market") from odd
        if found.code != code:
            raise Unavailable("market")
        return found

    def changes(self, after: int) -> Batch:
        answer = self._service.get(f"/changes?after={after}&limit={AT_ONCE}")
        if answer.status != 200:
            raise Unavailable("market")
        try:
            read = tuple(read_change(one) for one in answer.body["changes"])
            return Batch(read, _number(answer.body["next"]))
        except (KeyError, TypeError, ValueError) as odd:
            raise Unavailable("market") from odd

    def tell(self, event: News) -> None:
        path, told = _told(event)
        answer = self._service.post(path, told)
        if answer.status in REFUSALS:
            raise NotTaken(str(answer.body.get("error")))
        if answer.status not in {200, 201} or answer.body.get("id") != told["id"]:
            raise Unavailable("market")


def _told(event: News) -> tuple[str, dict[str, str]]:
    """Where news goes, and how it is written there."""
    common = {"id": str(event.id), "uscc": event.code, "number": event.number}
    if isinstance(event, Reopened):
        return "/reopenings", common | {"voids": str(event.voids), "reopened_on": event.on.isoformat()}
    return "/clearances", common | {"cleared_on": event.on.isoformat()}


def read_change(wire: Mapping[str, Any]) -> Change:
    """A change from its JSON; one that says nothing clear beside its number and its kind is `Unread`.

    Raises KeyError, TypeError or ValueError where it has not even those.
    """
    seq, kind = _number(wire["seq"]), _text(wire["kind"])
    try:
        if kind == "firm":
            return Change(_firm(seq, wire["firm"]), wire)
        if kind == "fact":
            return Change(_fact(seq, wire["uscc"], wire["fact"]), wire)
    except (KeyError, TypeError, ValueError):
        pass  # one that is not clear keeps nobody from reading the others
    code = wire.get("uscc")
    return Change(Unread(seq, code if isinstance(code, str) else "", kind), wire)


def _firm(seq: Any, body: Mapping[str, Any]) -> FirmRecord:
    who, parent = body["legal_representative"], body.get("parent_uscc")
    return FirmRecord(
        seq=_number(seq),
        code=_text(body["uscc"]),
        name=_text(body["name"]),
        kind=_word(body["kind"], FIRM_KINDS),
        licence=_word(body["status"], LICENCES),
        representative=Representative(
            _text(who["name"]), _word(who["id_kind"], ID_KINDS), _text(who["id_number"])
        ),
        vat_payer=_word(body["vat_payer"], VAT_PAYERS),
        established_on=date.fromisoformat(body["established_on"]),
        changed_on=date.fromisoformat(body["changed_on"]),
        taxes=tuple(_tax(one) for one in body["taxes"]),
        parent_code=None if parent is None else _text(parent),
        agent=_yes_or_no(body.get("agent", False)),
    )


def _tax(body: Mapping[str, Any]) -> RegisteredTax:
    return RegisteredTax(
        tax=_text(body["tax"]),
        period_kind=_word(body["period_kind"], PERIOD_KINDS),
        from_on=date.fromisoformat(body["from"]),
        to_on=_day_or_none(body.get("to")),
    )


def _fact(seq: Any, code: Any, body: Mapping[str, Any]) -> FactRecord:
    return FactRecord(
        seq=_number(seq),
        code=_text(code),
        kind=_text(body["kind"]),
        reference=_text(body["reference"]),
        source=_text(body["source"]),
        since=date.fromisoformat(body["since"]),
        until=_day_or_none(body.get("until")),
        secret=_yes_or_no(body["secret"]),
        facts=dict(body["facts"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError(f"{value!r} is no text")
    return value


def _word(value: Any, known: set[str]) -> str:
    if value not in known:
        raise ValueError(f"{value!r} is none of {sorted(known)}")
    return _text(value)


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise TypeError(f"{value!r} is no number")
    return value


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither yes nor no")
    return value


def _day_or_none(value: Any) -> date | None:
    return None if value is None else date.fromisoformat(value)
