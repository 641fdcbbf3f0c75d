"""The pages of the counter room."""

from portal.counter.routes import finding, signing_in, working
from portal.counter.routes.door import bp

__all__ = ["bp", "finding", "signing_in", "working"]
