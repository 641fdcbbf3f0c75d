"""What a finding is: what stands open, by which clause, how much it weighs, whose it is, how it is cured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from portal.core.wording import N_, Phrase


class Severity(StrEnum):
    """What a finding does to clearance."""

    BLOCKS = "blocks"
    PROMISABLE = "may-be-promised"
    """Need not be gone if its cure is promised in writing, by a day (税总发〔2018〕149号)."""
    ADVICE = "advice"
    """Stops nothing by itself; it may close a quicker route (`closes`)."""


SEVERITIES: dict[Severity, Phrase] = {
    Severity.BLOCKS: N_("须先办结"),
    Severity.PROMISABLE: N_("可承诺后补"),
    Severity.ADVICE: N_("仅供参考"),
}


class Route(StrEnum):
    """The quick routes of clearance that a finding may close; the general route stays open."""

    SIMPLE = "simple"
    """免办: the market register cancels without a clearance certificate."""
    INSTANT = "instant"
    PROMISE = "promise"


class Audience(StrEnum):
    """Who is told."""

    FIRM = "firm"
    STAFF = "staff"


class Visibility(StrEnum):
    """Whether a firm may always be told of a finding."""

    OPEN = "open"
    BY_RECORD = "by-record"
    """Each record says it: while `FirmFact.secret`, the firm learns to ask the office, and not why."""


class Office(StrEnum):
    """Who answers for a finding."""

    TAX_OFFICE = "tax-office"
    INSPECTION = "inspection"
    MARKET = "market"
    PREMIUMS = "premiums"


OFFICES: dict[Office, Phrase] = {
    Office.TAX_OFFICE: N_("主管税务机关"),
    Office.INSPECTION: N_("税务稽查局"),
    Office.MARKET: N_("市场监督管理部门"),
    Office.PREMIUMS: N_("社会保险费征收部门"),
}


@dataclass(frozen=True)
class Page:
    """A cure that is done here: the page that does it."""

    words: Phrase
    endpoint: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Visit:
    """A cure that needs an office: which one, what is done there and what to bring."""

    words: Phrase
    office: Office
    papers: tuple[Phrase, ...]


Cure = Page | Visit


class Shape(StrEnum):
    """How a value of evidence is written and read: JSON text, and words on a page."""

    TEXT = "text"
    PHRASE = "phrase"
    """Chinese source text that has a translation."""
    DAY = "day"
    MONEY = "money"
    """Decimal yuan as text."""
    COUNT = "count"
    PERIOD = "period"
    """As `portal.taxes.periods` writes it."""


@dataclass(frozen=True)
class Column:
    """One named field of evidence."""

    name: str
    words: Phrase
    shape: Shape = Shape.TEXT


Row = dict[str, str | None]
"""A row of evidence: a value per field, written; None where the record does not state it."""


@dataclass(frozen=True)
class Finding:
    """A kind of obstacle. Predicate and evidence stand under the same code in `portal.risk.queries`."""

    code: str
    title: Phrase
    """As a state of things: what is the case while the predicate holds."""
    cite: str
    """The clause, in Chinese."""
    severity: Severity
    owner: Office
    cure: Cure
    evidence: tuple[Column, ...]
    visibility: Visibility = Visibility.OPEN
    closes: frozenset[Route] = frozenset()
    """Routes that are shut while it stands, beyond what its severity says."""


@dataclass(frozen=True)
class Hit:
    """A finding that is the case for one firm, with the rows that show it."""

    finding: Finding
    rows: tuple[Row, ...]


def open_routes(hits: list[Hit]) -> frozenset[Route]:
    """The quick routes that these findings leave: what blocks or may be promised shuts all but promises."""
    routes = frozenset(Route)
    for hit in hits:
        routes -= hit.finding.closes
        if hit.finding.severity is Severity.BLOCKS:
            return frozenset()
        if hit.finding.severity is Severity.PROMISABLE:
            routes -= {Route.SIMPLE, Route.INSTANT}
    return routes
