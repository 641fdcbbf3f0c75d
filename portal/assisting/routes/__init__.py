"""The clerk's side of an assistance, the taxpayer's, and the watch over every page between them."""

from portal.assisting.routes import beginning, mine, slips, watching
from portal.assisting.routes.door import bp

__all__ = ["beginning", "bp", "mine", "slips", "watching"]
