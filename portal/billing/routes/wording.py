"""How an amount is told to have come about and what was paid with it, the same on every page."""

from decimal import Decimal
from typing import Any

from portal.billing.queries import Paid
from portal.billing.rules.naming import period_of
from portal.billing.rules.wording import ACCRUED, OPTION_NAME, RECEIVED_AS, TOTAL
from portal.core.pages import speaking
from portal.taxes.surcharge import Stretch, late_surcharge


def accrued(stretch: Stretch) -> str:
    """Late surcharge over one stretch of arrears, as a formula with the law's rate."""
    rates = [f"{(entry.value * 100).normalize()}%" for entry in late_surcharge([stretch]).law]
    days = (stretch.last - stretch.first).days + 1
    return speaking().say(ACCRUED, {"base": stretch.base, "days": days, "rate": " / ".join(rates)})


def paid_line(n: int, line: Paid) -> dict[str, Any]:
    """One thing a payment paid, as a line of a receipt."""
    say = speaking().say
    name = (
        say(OPTION_NAME, {"title": line.title, "period": period_of(line.period or "")}) if line.title else ""
    )
    label = say(RECEIVED_AS[line.kind])
    return {
        "letter": n,
        "label": name or label,
        "why": label if name else "",
        "amount": line.amount,
        "rule": "",
    }


def total_line(amount: Decimal) -> dict[str, Any]:
    """The last line of a computed table."""
    return {"letter": "", "label": speaking().say(TOTAL), "why": "", "amount": amount, "rule": "final"}
