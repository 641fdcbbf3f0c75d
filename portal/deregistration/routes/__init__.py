"""注销: the health check."""

from portal.deregistration.routes.checks import bp

__all__ = ["bp"]
