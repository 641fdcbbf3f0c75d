"""The pages of the counter room."""

from portal.counter.routes import (
    cashier,
    finding,
    guarding,
    papers,
    releasing,
    signing_in,
    terminals,
    working,
)
from portal.counter.routes.door import bp

__all__ = [
    "bp",
    "cashier",
    "finding",
    "guarding",
    "papers",
    "releasing",
    "signing_in",
    "terminals",
    "working",
]
