"""Writing the trail, fixing its heads day by day, and checking that nobody altered it."""

from portal.audit.services.anchoring import anchor, differs_from, exported
from portal.audit.services.recording import record
from portal.audit.services.verifying import verify

__all__ = ["anchor", "differs_from", "exported", "record", "verify"]
