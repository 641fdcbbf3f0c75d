"""What must hold for every return, whatever the answers and the year."""

from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.core.money import ZERO, round_fen
from portal.taxes.difference import difference
from portal.taxes.law import law
from portal.taxes.lines import Role
from tests.taxes.returns import AMOUNTS, IIT, RETURNS, YEARS

some = settings(max_examples=60, deadline=None)


@some
@given(RETURNS, YEARS, AMOUNTS, st.sampled_from(["wages", "labour", "author", "royalty"]))
def test_more_income_is_never_less_tax(answers, year, more, kind):
    """With the method for the bonus left as it is: a bonus taxed on its own jumps at its bands by law."""
    now = IIT.work_out(answers, on=year)
    richer = {**answers, kind: f"{Decimal(answers.get(kind, '0')) + more:.2f}"}
    assert IIT.work_out(richer, on=year)["tax_due"] >= now["tax_due"]


@some
@given(RETURNS, YEARS)
def test_no_tax_and_no_deduction_is_negative(answers, year):
    working = IIT.work_out(answers, on=year)
    signed = {"result"}
    amounts = {e.name: e.value for e in working.lines if e.kind.code == "yuan" and e.name not in signed}
    parts = [part for v in amounts.values() for part in (v if isinstance(v, tuple) else (v,))]
    assert min(parts) >= 0
    assert working["to_pay"] * working["to_refund"] == 0


@some
@given(RETURNS, YEARS)
def test_the_result_is_whole_fen_and_is_due_less_withheld_unless_released(answers, year):
    working = IIT.work_out(answers, on=year)
    assert working.result == round_fen(working.result)
    assert working.result == working["tax_due"] - working["prepaid"] - working["top_up_released"]


@some
@given(RETURNS, YEARS)
def test_advice_on_the_bonus_takes_the_lower_tax(answers, year):
    by = {
        method: IIT.work_out({**answers, "bonus_method": method}, on=year)
        for method in ("separate", "merge", "best")
    }
    assert by["best"]["tax_due"] == min(by["best"]["tax_if_separate"], by["best"]["tax_if_merged"])
    assert by["separate"]["tax_due"] == by["best"]["tax_if_separate"]
    if by["best"]["bonus"]:
        assert by["merge"]["tax_due"] == by["best"]["tax_if_merged"]


@some
@given(RETURNS, YEARS)
def test_income_counts_once(answers, year):
    working = IIT.work_out(answers, on=year)
    assert working["income_amount"] == working["regular_income"] + working["merged_bonus"]
    assert working["comprehensive_tax"] + working["bonus_tax"] == working["tax_due"]


@some
@given(RETURNS, YEARS)
def test_the_summary_adds_up_to_each_total(answers, year):
    working = IIT.work_out(answers, on=year)
    running = ZERO
    for row in working.summary:
        if row.total:
            assert running == row.amount
            running = ZERO
        else:
            running += row.amount


@some
@given(RETURNS, YEARS)
def test_loan_and_rent_never_count_together(answers, year):
    working = IIT.work_out(answers, on=year)
    assert working["loan_interest"] * working["housing_rent"] == 0


@some
@given(RETURNS, RETURNS, YEARS, YEARS)
def test_a_difference_leaves_nothing_over(one, other, year, later):
    before, after = IIT.work_out(one, on=year), IIT.work_out(other, on=later)
    change = difference(before, after)
    assert change.total == after.result - before.result
    assert sum((term.effect for term in change.terms), ZERO) == change.total


@some
@given(RETURNS, YEARS)
def test_every_number_recomputes_from_what_it_names(answers, year):
    working = IIT.work_out(answers, on=year)
    for number in working.explain("result").walk():
        recomputed(number)
        if number.sort == "line":
            assert number.clause
            assert number.why() or number.line.each
        elif number.sort == "law":
            assert number.entry.source
            assert number.entry.confidence in {"V", "V2", "K"}
            assert number.entry.covers(working.plan.day)
        else:
            assert number.sort in {"question", "period"}
        if number.sort != "line":
            assert number.uses == ()


def recomputed(number):
    line = number.line
    if line is None:
        return
    if line.each and number.row is None:
        assert tuple(part.value for part in number.uses) == number.value
    else:
        assert tuple(part.name for part in number.uses) == line.uses
        assert line.rule(*[part.value for part in number.uses]) == number.value


@some
@given(RETURNS, YEARS)
def test_a_return_replays_to_the_same_digest(answers, year):
    working = IIT.work_out(answers, on=year)
    kept = IIT.write_answers(working.answers)
    again = IIT.work_out(IIT.read_answers(kept), on=year)
    assert again.digest() == working.digest()
    assert again.unused == ()
    assert again.lines_as_json() == working.lines_as_json()


@some
@given(RETURNS, YEARS)
def test_nothing_is_a_float(answers, year):
    working = IIT.work_out(answers, on=year)
    values = [
        *working.values.values(),
        *(v for rows in working.rows.values() for r in rows for v in r.values()),
    ]
    flat = [part for value in values for part in (value if isinstance(value, tuple) else (value,))]
    assert not [value for value in flat if isinstance(value, float)]


@some
@given(RETURNS, YEARS)
def test_what_is_missing_is_asked_and_answering_it_completes_the_return(answers, year):
    """Every way through the questions ends: each round answers what is missing, and none asks again."""
    for _ in range(4):
        missing = IIT.missing(answers, on=year)
        answers = answered(answers, missing)
    assert IIT.missing(answers, on=year) == ()
    assert set(IIT.asked(answers, on=year)) <= set(IIT.asking)


EXAMPLES = {
    "yuan": "100.00",
    "whole": 1,
    "tick": True,
    "day": "2025-01-01",
    "year-month": "2020-01",
    "text": "甲",
}


def answered(answers, missing):
    answers = {name: [dict(r) for r in v] if isinstance(v, list) else v for name, v in answers.items()}
    for path in missing:
        group, _, rest = path.partition("[")
        if rest:
            number, _, name = rest.partition("].")
            answers[group][int(number)][name] = example(IIT.question(name, group))
        else:
            answers[path] = example(IIT.question(path))
    return answers


def example(question):
    return (
        next(iter(question.kind.options)) if question.kind.code == "choice" else EXAMPLES[question.kind.code]
    )


@given(st.sampled_from(["annual_bands", "bonus_bands"]), st.decimals(0, 2_000_000, places=2))
def test_quick_deductions_equal_band_by_band_arithmetic(name, base):
    for entry in law("individual-income").figures[name].entries:
        floor, tax = Decimal(0), Decimal(0)
        for band in entry.value.bands:
            top = base if band.up_to is None else min(base, band.up_to)
            tax += max(top - floor, Decimal(0)) * band.rate
            floor = band.up_to or floor
        assert entry.value.tax(base) == tax


def test_quick_deductions_meet_at_every_row_of_every_table():
    for figure in law("individual-income").figures.values():
        for entry in figure.entries:
            for lower, upper in pairwise(getattr(entry.value, "bands", ())):
                assert lower.up_to * lower.rate - lower.quick == lower.up_to * upper.rate - upper.quick


@some
@given(RETURNS, YEARS)
def test_no_relief_with_facts_is_silently_unused(answers, year):
    """Whatever can lower the tax and is not fully used is named, or counts."""
    working = IIT.work_out(answers, on=year)
    hinted = {hint.name for hint in working.hints}
    taxed = working["taxable_income"] > 0
    by_facts = taxed and working["additional_basis"] != "reported"
    given_away = working["limited_donations"] + working["full_donations"]
    costs_more = working["tax_rate"] > Decimal("0.03")
    chosen = working["bonus_method"] in {"separate", "merge"}
    eligible = {
        "children_unclaimed": by_facts and not working.rows["children"],
        "elders_unclaimed": by_facts and not working.rows["elders"],
        "study_unclaimed": by_facts and working["continuing_education"] == 0,
        "illness_unclaimed": taxed and not working.rows["patients"],
        "housing_unclaimed": by_facts and working["housing"] == "none",
        "health_room": taxed and working["health_deduction"] < 2400,
        "pension_room": year >= 2022 and costs_more and working["pension_deduction"] < 12000,
        "deductions_unused": working["excess_deductions"] > 0,
        "donations_refused": given_away > working["donations_deducted"],
        "dearer_method": chosen
        and working["tax_due"] > min(working["tax_if_separate"], working["tax_if_merged"]),
    }
    assert {name for name, due in eligible.items() if due} <= hinted
    assert hinted <= {line.name for line in IIT.lines if line.role is Role.HINT}
