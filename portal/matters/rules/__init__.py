"""How matters run: the standard of each kind, and who of the office may do which step."""

from portal.matters.rules.standards import (
    CANNOT_BECOME,
    CONCLUSIONS,
    STATES,
    STEP_OPEN,
    Finding,
    Need,
    Standard,
    Step,
    WhenPaid,
    read,
    standard,
    standards,
    waiting_for,
)

__all__ = [
    "CANNOT_BECOME",
    "CONCLUSIONS",
    "STATES",
    "STEP_OPEN",
    "Finding",
    "Need",
    "Standard",
    "Step",
    "WhenPaid",
    "read",
    "standard",
    "standards",
    "waiting_for",
]
