"""What a health check shows, and by which route a firm is cleared."""

from portal.deregistration.rules.checks import (
    CANNOT_PRINT,
    NOT_A_FIRM,
    Comparison,
    Shown,
    compare,
    in_order,
    read,
    shown,
    written,
)

__all__ = [
    "CANNOT_PRINT",
    "NOT_A_FIRM",
    "Comparison",
    "Shown",
    "compare",
    "in_order",
    "read",
    "shown",
    "written",
]
