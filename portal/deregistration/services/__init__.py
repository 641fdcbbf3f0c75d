"""What deregistration does: checking, applying, clearing, and what comes after."""

from portal.deregistration.services.after import debt_after_clearance, watch_promises
from portal.deregistration.services.applying import Application, apply, considered, withdraw
from portal.deregistration.services.checking import bring_up_to_date, run
from portal.deregistration.services.clearing import Office, clear, clear_again, refuse
from portal.deregistration.services.news import news_problems, tell_again, tell_market
from portal.deregistration.services.paper import print_check, sheet_of
from portal.deregistration.services.telling import said

__all__ = [
    "Application",
    "Office",
    "apply",
    "bring_up_to_date",
    "clear",
    "clear_again",
    "considered",
    "debt_after_clearance",
    "news_problems",
    "print_check",
    "refuse",
    "run",
    "said",
    "sheet_of",
    "tell_again",
    "tell_market",
    "watch_promises",
    "withdraw",
]
