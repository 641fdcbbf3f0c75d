"""我要办税: the pages of a return, from the list of years to receipt and correction."""

from portal.filing.routes import answering, checking, obliged, returns, rows, trying
from portal.filing.routes.blueprint import bp

__all__ = ["answering", "bp", "checking", "obliged", "returns", "rows", "trying"]
"""The modules are named so that importing the room registers their pages."""
