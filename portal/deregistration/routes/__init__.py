"""注销: the health check, and being cleared."""

from portal.deregistration.routes import checks, clearance
from portal.deregistration.routes.blueprint import bp

__all__ = ["bp", "checks", "clearance"]
"""The modules are named so that importing the room registers their pages."""
