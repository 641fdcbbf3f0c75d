"""The pages of the counter room."""

from portal.counter.routes import signing_in, working
from portal.counter.routes.door import bp

__all__ = ["bp", "signing_in", "working"]
