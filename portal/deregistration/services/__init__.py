"""What deregistration does: checking, applying, clearing, and what comes after."""

from portal.deregistration.services.checking import bring_up_to_date, run
from portal.deregistration.services.paper import print_check, sheet_of
from portal.deregistration.services.telling import said

__all__ = ["bring_up_to_date", "print_check", "run", "said", "sheet_of"]
