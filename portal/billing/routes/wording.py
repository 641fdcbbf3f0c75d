"""How an amount is told to have come about, the same on every page."""

from portal.billing.rules.wording import ACCRUED
from portal.core.pages import speaking
from portal.taxes.surcharge import Stretch, late_surcharge


def accrued(stretch: Stretch) -> str:
    """Late surcharge over one stretch of arrears, as a formula with the law's rate."""
    rates = [f"{(entry.value * 100).normalize()}%" for entry in late_surcharge([stretch]).law]
    days = (stretch.last - stretch.first).days + 1
    return speaking().say(ACCRUED, {"base": stretch.base, "days": days, "rate": " / ".join(rates)})
