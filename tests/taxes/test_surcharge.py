"""Late surcharge: by the day, simple, rounded once, by the rate of each day."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.money import round_fen
from portal.taxes.law import NoLawInForce, read_law
from portal.taxes.surcharge import Stretch, days_late, late_surcharge

DAY = timedelta(days=1)


def over(days, base, first=date(2026, 1, 21)):
    return Stretch(first, first + (days - 1) * DAY, Decimal(base))


def test_nothing_in_arrears_costs_nothing():
    assert late_surcharge([]).amount == Decimal("0.00")
    assert days_late(date(2026, 1, 20), date(2026, 1, 1)) == 0


def test_the_law_behind_it_is_named():
    surcharge = late_surcharge([over(35, "12345.67")])
    assert (surcharge.amount, surcharge.fen_days) == (Decimal("216.05"), 1234567 * 35)
    assert [entry.source for entry in surcharge.law] == ["税收征收管理法 第三十二条"]


def test_a_part_payment_cuts_the_arrears():
    first, rest = over(10, "1000.00"), over(20, "400.00", date(2026, 1, 31))
    assert late_surcharge([first, rest]).amount == Decimal("9.00")


def test_it_is_rounded_once_and_not_stretch_by_stretch():
    days = [over(1, "1234.57", date(2026, 1, 21) + n * DAY) for n in range(37)]
    assert late_surcharge(days) == late_surcharge([over(37, "1234.57")])
    assert late_surcharge(days).amount == Decimal("22.84")


def test_a_cap_is_applied_only_when_asked_for():
    arrears = [over(3000, "100.00")]
    assert late_surcharge(arrears).amount == Decimal("150.00")
    capped = late_surcharge(arrears, at_most=Decimal("100.00"))
    assert (capped.amount, capped.uncapped) == (Decimal("100.00"), Decimal("150.00"))


def test_days_before_the_law_are_refused():
    with pytest.raises(NoLawInForce, match="late_surcharge_rate on 2001-04-30"):
        late_surcharge([Stretch(date(2001, 4, 30), date(2001, 5, 2), Decimal("1.00"))])


TWO_RATES = """
[rate]
label = "率"
unit = "percent"
[[rate.entries]]
from = 2020-01-01
to = 2026-01-31
source = "旧法"
confidence = "K"
value = "0.0005"
[[rate.entries]]
from = 2026-02-01
source = "新法"
confidence = "K"
value = "0.0002"
"""


def test_each_day_has_the_rate_of_its_day():
    """11 days of January at 0.05 %, 9 of February at 0.02 %."""
    rates = read_law("toy", TWO_RATES).figures["rate"]
    surcharge = late_surcharge([over(20, "10000.00")], rates=rates)
    assert surcharge.amount == Decimal("55.00") + Decimal("18.00")
    assert [entry.source for entry in surcharge.law] == ["旧法", "新法"]


@given(st.integers(1, 4000), st.decimals("0.01", "9999999.99", places=2), st.integers(1, 3999))
def test_cutting_a_stretch_changes_nothing(days, base, cut):
    whole = over(days, base)
    middle = min(whole.first + cut * DAY, whole.last)
    parts = [Stretch(whole.first, middle, base)]
    if middle < whole.last:
        parts.append(Stretch(middle + DAY, whole.last, base))
    assert late_surcharge(parts) == late_surcharge([whole])
    assert late_surcharge([whole]).amount == round_fen(base * days * Decimal("0.0005"))
