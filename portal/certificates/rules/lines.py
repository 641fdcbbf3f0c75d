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
    "vat": (N_("增值税"), N_("小规模纳税人申报")),
    "umct": (N_("城市维护建设税"), N_("市区（增值税附征）")),
    "education-surcharge": (N_("教育费附加"), N_("增值税教育费附加")),
    "local-education-surcharge": (N_("地方教育附加"), N_("增值税地方教育附加")),
}
"""Levy of a bill → its tax (税种) and item (品目名称); a levy that is not here cannot be certified."""
SURCHARGE = N_("滞纳金")

InEnglish = Callable[[str], str]
"""Translates a phrase of the catalogue."""


def line(
    voucher: str,
    levy: str,
    period: str,
    paid_on: date,
    amount: Decimal,
    *,
    surcharge: bool,
    english: InEnglish,
) -> Line:
    """One line about a bill of a levy. Raises KeyError for one that `ITEMS` does not know."""
    first, last = span(period)
    tax, item = ITEMS[levy]
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
