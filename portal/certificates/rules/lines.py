"""From ledger entries to the lines of a certificate: names in both languages, the period a bill is for."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from portal.certificates.rules.record import Line, Wording
from portal.core.money import to_fen
from portal.core.wording import N_
from portal.taxes.periods import Period

ITEMS = {
    "iit-annual": (N_("个人所得税"), N_("综合所得年度汇算")),
    "vat-small-scale": (N_("增值税及附加税费"), N_("小规模纳税人申报")),
}
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
    """First and last day of a period as bills name it: 2025, 2025Q3 or 2025-07. Raises ValueError."""
    whole = Period.parse(period)
    return whole.first, whole.last
