"""What must hold for every return of a small-scale payer, and where the laws of 2025 and 2026 part."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.core.money import ZERO, round_fen
from portal.taxes.law import NoLawInForce, law
from portal.taxes.periods import Period, PeriodKind, periods_over
from portal.taxes.sheets import sheet_named
from tests.taxes.returns import value_of

VAT = sheet_named("vat-small-scale")
SALES = ["ordinary_sales", "special_sales", "waived_sales", "lease_sales", "lease_special_sales"]
PARTS = ["vat_payable", "umct_due", "education_due", "local_education_due"]
IN_FORCE = (date(2023, 1, 1), date(2027, 12, 31))
PERIODS = [p for kind in VAT.period.kinds for p in periods_over(kind, *IN_FORCE)]
ROUND = [Decimal(n) for n in ("0", "0.01", "50000", "99999.99", "100000", "200000", "299999.99", "300000")]
AMOUNTS = st.one_of(st.sampled_from(ROUND), st.decimals(0, 6_000_000, places=2))
some = settings(max_examples=80, deadline=None)


def in_business(answers):
    return {**answers, "activity": "some"}


RETURNS = st.fixed_dictionaries(
    {},
    optional={
        name: AMOUNTS.map(lambda amount: f"{amount:.2f}") if item.kind.code == "yuan" else value_of(item.kind)
        for name, item in VAT.asking.items()
    },
)
TRADING = RETURNS.map(in_business)
WHEN = st.sampled_from(PERIODS)


@some
@given(TRADING, WHEN, AMOUNTS, st.sampled_from([*SALES, "exempt_sales"]))
def test_more_sales_are_never_less_tax(answers, on, more, kind):
    richer = {**answers, kind: f"{Decimal(answers.get(kind, '0')) + more:.2f}"}
    now, then = VAT.work_out(answers, on=on), VAT.work_out(richer, on=on)
    assert all(then[part] >= now[part] for part in ["vat_due", "result", *PARTS])


def test_the_return_names_each_of_its_levies():
    assert [(levy.code, str(levy.title)) for levy in VAT.levies] == [
        ("vat", "增值税"),
        ("umct", "城市维护建设税"),
        ("education-surcharge", "教育费附加"),
        ("local-education-surcharge", "地方教育附加"),
    ]


@some
@given(RETURNS, WHEN)
def test_the_parts_are_whole_fen_and_sum_to_the_total(answers, on):
    working = VAT.work_out(answers, on=on)
    parts = [working[part] for part in PARTS]
    assert sum(parts, ZERO) == working.result
    assert list(working.levied.values()) == parts
    assert all(part == round_fen(part) for part in parts)
    assert min(parts[1:]) >= 0


@some
@given(RETURNS, WHEN)
def test_sales_are_taxed_or_free_and_never_both(answers, on):
    working = VAT.work_out(answers, on=on)
    free = working["small_exempt_sales"] + working["other_exempt_sales"]
    taxed = working["reduced_sales"] + working["unreduced_sales"] + working["lease_taxed_sales"]
    assert free + taxed == working["total_sales"]


@some
@given(RETURNS, WHEN)
def test_the_summary_adds_up_to_each_total(answers, on):
    running = ZERO
    for row in VAT.work_out(answers, on=on).summary:
        if row.total:
            assert running == row.amount
            running = ZERO
        else:
            running += row.amount


@some
@given(TRADING, st.sampled_from(list(PeriodKind)[1:]), st.sampled_from(["2025", "2026"]))
def test_what_has_a_special_invoice_is_taxed_whatever_the_threshold_says(answers, kind, year):
    working = VAT.work_out(answers, on=Period(int(year), kind, 1))
    assert working["vat_due"] >= round_fen(working["special_sales"] * Decimal("0.01"))
    assert working["unreduced_sales"] == working["waived_sales"]


@some
@given(st.decimals(0, 400_000, places=2), st.sampled_from(["Q4", "-12"]))
def test_without_leases_the_laws_part_at_exactly_the_threshold_alone(sales, of_year):
    threshold = Decimal(300_000 if of_year == "Q4" else 100_000)
    for amount in (sales, threshold):
        answers = {"activity": "some", "ordinary_sales": f"{amount:.2f}"}
        old, new = (VAT.work_out(answers, on=Period.parse(f"{year}{of_year}")) for year in (2025, 2026))
        if amount == threshold:
            assert (old.result, new["vat_due"]) == (0, threshold / 100)
        else:
            assert old.result == new.result


@some
@given(TRADING, WHEN, st.data())
def test_at_exactly_the_threshold_every_mixture_is_free_until_2025_and_taxed_from_2026(answers, on, data):
    threshold = VAT.work_out(answers, on=on)["threshold"]
    part = data.draw(st.decimals(0, threshold, places=2))
    mixed = {
        "activity": "some",
        "ordinary_sales": f"{part:.2f}",
        "lease_sales": f"{threshold - part:.2f}",
    }
    working = VAT.work_out(mixed, on=on)
    assert working["small"] is (on.year < 2026)
    assert (working["vat_due"] > 0) is (on.year >= 2026)
    assert working["education_due"] == working["local_education_due"] == 0


@some
@given(RETURNS, WHEN)
def test_a_nil_return_is_one_answer_and_owes_nothing(answers, on):
    working = VAT.work_out({**answers, "activity": "none"}, on=on)
    assert (working.result, working["total_sales"]) == (0, 0)
    assert VAT.missing({"activity": "none"}, on=on) == ()
    assert VAT.asked({"activity": "none"}, on=on) == ("activity",)
    assert not working.hints
    assert not working.conflicts


def test_a_return_without_its_first_answer_is_not_complete():
    for on in PERIODS:
        assert VAT.missing({}, on=on) == ("activity",)


@some
@given(RETURNS, WHEN)
def test_every_number_rests_on_dated_and_sourced_law(answers, on):
    working = VAT.work_out(answers, on=on)
    for number in working.explain("result").walk():
        if number.sort == "law":
            assert number.entry.covers(on.last)
            assert number.entry.confidence in {"V", "V2", "K"}
        elif number.sort == "line":
            assert number.clause
            assert number.why()


@some
@given(RETURNS, WHEN)
def test_a_return_replays_to_the_same_digest(answers, on):
    working = VAT.work_out(answers, on=on)
    again = VAT.work_out(VAT.read_answers(VAT.write_answers(working.answers)), on=Period.parse(str(on)))
    assert (again.digest(), again.unused) == (working.digest(), ())


@pytest.mark.parametrize("text", ["2022-12", "2022Q4", "2028Q1", "2028-01"])
def test_periods_whose_law_is_not_known_are_refused(text):
    with pytest.raises(NoLawInForce):
        VAT.work_out({"activity": "none"}, on=Period.parse(text))


def test_a_year_is_no_period_of_this_return():
    with pytest.raises(ValueError, match="a period is needed"):
        VAT.work_out({"activity": "none"}, on=Period(2025))


def test_figures_of_one_meaning_are_in_force_without_gap_while_returns_are_taken():
    """From the first day the law is known, each day has its limit: the old one, or the threshold."""
    figures = law(VAT.law).figures
    for of in ("month", "quarter"):
        entries = [*figures[f"exempt_{of}"].entries, *figures[f"threshold_{of}"].entries]
        assert (entries[0].from_, entries[-1].to) == IN_FORCE
        for earlier, later in pairwise(entries):
            assert (later.from_ - earlier.to).days == 1
