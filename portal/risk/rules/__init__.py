"""The findings as data: what each means, by which clause, how heavy, whose, how cured. Pure."""

from portal.risk.rules.catalogue import ASK_THE_OFFICE, CATALOGUE, FINDINGS
from portal.risk.rules.findings import (
    OFFICES,
    SEVERITIES,
    Audience,
    Column,
    Finding,
    Hit,
    Office,
    Page,
    Route,
    Row,
    Severity,
    Shape,
    Visibility,
    Visit,
    open_routes,
)

__all__ = [
    "ASK_THE_OFFICE",
    "CATALOGUE",
    "FINDINGS",
    "OFFICES",
    "SEVERITIES",
    "Audience",
    "Column",
    "Finding",
    "Hit",
    "Office",
    "Page",
    "Route",
    "Row",
    "Severity",
    "Shape",
    "Visibility",
    "Visit",
    "open_routes",
]
