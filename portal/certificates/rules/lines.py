"""From ledger entries to the lines of a certificate: names in both languages, the period a bill is for."""

from calendar import monthrange
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from portal.certificates.rules.record import Line, Wording
from portal.core.money import to_fen
from portal.core.wording import N_

ITEMS = {"iit-annual": (N_("个人所得税"), N_("综合所得年度汇算"))}
"""Kind of bill → its tax (税种) and item (品目名称); a kind that is not here cannot be certified."""
SURCHARGE = N_("滞纳金")

InEnglish = Callable[[str], str]
"""Translates a phrase of the catalogue."""


def line(
    voucher: str,
    kind: str,
    period: str,
    paid_on: date,
    amount: Decimal,
    *,
    surcharge: bool,
    english: InEnglish,
) -> Line:
    """One line about a bill of a kind. Raises KeyError for one that `ITEMS` does not know."""
    first, last = span(period)
    tax, item = ITEMS[kind]
    return Line(
        voucher=voucher,
        tax=both(tax, english),
        item=both(SURCHARGE if surcharge else item, english),
        period_from=first,
        period_to=last,
        paid_on=paid_on,
        fen=to_fen(amount),
    )


def both(phrase: str, english: InEnglish) -> Wording:
    """A phrase in the two languages of the paper."""
    return Wording(phrase, english(phrase))


def span(period: str) -> tuple[date, date]:
    """First and last day of a period as bills name it: 2025, 2025-Q3 or 2025-07. Raises ValueError."""
    year, _, part = period.partition("-")
    if not part:
        first, last = 1, 12
    elif part.startswith("Q"):
        last = 3 * int(part.removeprefix("Q"))
        first = last - 2
    else:
        first = last = int(part)
    return date(int(year), first, 1), date(int(year), last, monthrange(int(year), last)[1])
