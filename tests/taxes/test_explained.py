"""What a taxpayer is told about a number, and what a program is: reasons, trees, differences."""

import json
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from portal.core.money import ZERO
from portal.taxes import show
from portal.taxes.answers import WrongAnswer
from portal.taxes.difference import difference
from portal.taxes.kinds import Tick
from portal.taxes.law import NoLawInForce
from portal.taxes.periods import Period
from portal.taxes.questions import Group, Question
from portal.taxes.sheets import sheet_named, sheets
from portal.taxes.worksheet import Worksheet

IIT = sheet_named("iit-annual")
LABOUR = {"wages": "228000.00", "labour": "24000.00", "tax_withheld": "10328.00", "pension": "31920.00"}
RENT = {"housing": "rent", "rent_city": "large", "rent_months": 12, "no_home_in_city": True}
FAMILY = LABOUR | RENT | {"children": [{"child_birth": "2012-09", "child_share": "100"}]}


@pytest.fixture
def working():
    return IIT.work_out(FAMILY, on=2025)


def test_the_summary_tells_the_way_to_the_result_in_the_taxpayers_figures(working):
    told = [(row.letter, row.explained.label, row.amount, row.explained.why()) for row in working.summary]
    assert told == [
        ("A", "综合所得收入额", Decimal("247200.00"), "工资 228,000.00 ＋ 劳务报酬 24,000.00 ×（1 − 20%）"),
        ("B", "基本减除费用", Decimal("-60000.00"), "每人每年固定 60,000 元"),
        ("C", "专项扣除", Decimal("-31920.00"), "养老保险 31,920.00"),
        ("D", "专项附加扣除", Decimal("-42000.00"), "子女教育 24,000.00 ＋ 住房租金 18,000.00"),
        ("E", "应纳税所得额", Decimal("113280.00"), "扣除后的余额 113,280.00 − 准予扣除的捐赠 0.00"),
        ("F", "综合所得应纳税额", Decimal("8808.00"), "应纳税所得额 113,280.00 × 10% − 速算扣除数 2,520.00"),
        ("G", "已预缴税额", Decimal("-10328.00"), "1 个扣缴义务人预扣预缴"),
        ("H", "应补（退）税额", Decimal("-1520.00"), "应退税额 −1,520.00"),
    ]


def test_reasons_speak_the_language_of_the_reader(working):
    large = IIT.question("rent_city").kind.options["large"]
    english = {
        "每人每年固定 {annual_basic_deduction} 元": "Fixed at {annual_basic_deduction} yuan",
        "工资 {wages}": "wages {wages}",
        "劳务报酬收入额 {labour_amount}": "labour {labour_amount}",
        " ＋ ": " + ",
        "是": "Yes",
        large: "Big",
    }.__getitem__
    assert working.explain("basic_deduction").why(english) == "Fixed at 60,000 yuan"
    assert working.explain("regular_income").why(english) == "wages 228,000.00 + labour 19,200.00"
    assert working.explain("no_home_in_city").shown(english) == "Yes"
    assert working.explain("rent_city").formula(english) == "Big"


def test_a_row_of_a_group_is_explained_by_itself(working):
    total = working.explain("children_education")
    (all_children,) = total.uses
    (first,) = all_children.uses
    assert (all_children.why(), all_children.formula(), first.row_label()) == ("", "24,000.00", "第 1 名子女")
    assert first.why() == "12 个月 × 每月 2,000 × 100%"
    assert [(leaf.name, leaf.sort, leaf.shown()) for leaf in first.uses] == [
        ("education_months", "line", "12"),
        ("education_monthly", "law", "¥2,000.00"),
        ("child_fraction", "line", "100%"),
    ]


def test_leaves_say_where_they_come_from(working):
    assert working.explain("education_monthly").clause == "国发〔2023〕13号 第二条"
    assert working.explain("wages").question is IIT.question("wages")
    assert working.explain("taxable_income").question is None
    assert working.explain("wages").clause == ""
    assert working.explain("wages").why() == ""
    assert working.explain("loan_start").shown() == "无"
    assert working.explain("illness_amounts").shown() == "无"
    assert working.explain("illness_amounts").kind.code == "yuan"


def test_walking_meets_each_number_once(working):
    met = [(e.name, e.group, e.row) for e in working.explain("result").walk()]
    assert len(met) == len(set(met))
    assert ("child_birth", "children", 0) in met


def test_lines_are_told_to_programs_with_value_clause_and_uses(working):
    (line,) = (each.as_json() for each in working.lines if each.name == "taxable_income")
    assert line == {
        "name": "taxable_income",
        "label": "应纳税所得额",
        "value": "113280.00",
        "clause": "个人所得税法 第六条第一款第（一）项",
        "why": "扣除后的余额 113,280.00 − 准予扣除的捐赠 0.00",
        "uses": {"income_before_donations": "113280.00", "donations_deducted": "0.00"},
    }


def test_a_difference_is_told_answer_by_answer_and_line_by_line(working):
    after = IIT.work_out(FAMILY | {"housing": "none", "labour": "34000.00"}, on=2025)
    change = difference(working, after)
    assert change.total == Decimal("2600.00")
    assert [(term.name, term.effect) for term in change.terms if term.effect] == [
        ("labour", Decimal("800.00")),
        ("housing", Decimal("1800.00")),
    ]
    by_line = {each.after.name: each.by for each in change.changes}
    assert by_line["housing_rent"] == Decimal("-18000.00")
    assert by_line["result"] == change.total
    assert "basic_deduction" not in by_line


def test_a_change_of_year_is_a_term_of_its_own(working):
    change = difference(IIT.work_out(FAMILY, on=2022), working)
    assert [(term.name, term.label, term.effect) for term in change.terms] == [
        ("", "适用的规定", Decimal("-1200.00"))
    ]


def test_nothing_changed_is_no_difference(working):
    same = difference(working, IIT.work_out(FAMILY, on=2025))
    assert (same.total, same.terms, same.changes) == (ZERO, (), ())


def test_the_digest_covers_answers_law_and_result(working):
    digests = {
        working.digest(),
        IIT.work_out(FAMILY | {"landlord": "王"}, on=2025).digest(),
        IIT.work_out(FAMILY, on=2024).digest(),
        IIT.work_out(FAMILY | {"tax_withheld": "10328.01"}, on=2025).digest(),
    }
    assert len(digests) == 4
    assert all(len(digest) == 64 for digest in digests)


def test_the_digest_changes_with_the_law_even_where_the_result_does_not(working):
    entry = working.plan.figures["annual_basic_deduction"]
    other = {**working.plan.figures, entry.figure: replace(entry, source="另一文件")}
    elsewhere = replace(working, plan=replace(working.plan, figures=other))
    assert (elsewhere.result, elsewhere.answers) == (working.result, working.answers)
    assert elsewhere.digest() != working.digest()


def test_hints_tell_the_amount_they_are_about():
    answers = LABOUR | {
        "wages": "300000.00",
        "private_pension": "5000.00",
        "health_insurance": "400.00",
        "elders": [{"elder_birth": "1950-01"}],
        "elder_sharing": "shared",
        "elder_share": "1000.00",
        "additional_reported": "30000.00",
        "additional_basis": "facts",
    }
    hints = {hint.name: hint.value for hint in IIT.work_out(answers, on=2025).hints}
    assert hints == {
        "children_unclaimed": Decimal("24000.00"),
        "study_unclaimed": Decimal("4800.00"),
        "illness_unclaimed": Decimal("80000.00"),
        "housing_unclaimed": Decimal("18000.00"),
        "elder_share_room": Decimal("6000.00"),
        "additional_gap": Decimal("18000.00"),
        "health_room": Decimal("2000.00"),
        "pension_room": Decimal("7000.00"),
    }


def test_sheets_are_listed_and_described_for_programs():
    assert show.list_sheets() == [
        ("iit-annual", "个人所得税综合所得年度汇算"),
        ("vat-small-scale", "增值税及附加税费申报（小规模纳税人适用）"),
    ]
    described = json.loads(json.dumps(show.describe("iit-annual")))
    steps = {step["code"]: step for step in described["steps"]}
    assert list(steps) == ["person", "income", "deductions", "other"]
    (bonus_method,) = (
        question
        for page in steps["income"]["pages"]
        for question in page["questions"]
        if question["name"] == "bonus_method"
    )
    assert bonus_method["when"] == [{"question": "bonus", "is": "given"}]
    assert bonus_method["default"] == "best"
    assert bonus_method["options"]["separate"] == "单独计税"
    pages = {page["code"]: page for step in described["steps"] for page in step["pages"]}
    (children,) = pages["children"]["questions"]
    assert children["when"] == [{"question": "additional_basis", "unless": ["reported"]}]
    assert [q["name"] for q in children["questions"]][:2] == ["child_name", "child_birth"]
    (pension,) = (q for q in pages["other-deductions"]["questions"] if q["name"] == "private_pension")
    assert pension["from"] == "2022-01-01"
    (lines,) = ([line for line in described["lines"] if line["name"] == "pension_deduction"],)
    assert [(line["from"], line["to"]) for line in lines] == [(None, "2021-12-31"), ("2022-01-01", None)]


def test_a_sheet_is_worked_out_for_programs():
    answer = show.work_out_json("iit-annual", date(2025, 6, 1), json.dumps(FAMILY | {"elder_share": "1.00"}))
    assert json.loads(json.dumps(answer)) == answer
    assert (answer["year"], answer["result"], answer["missing"]) == ("2025", "-1520.00", ["landlord"])
    assert answer["unused_answers"] == ["elder_share"]
    assert "elders_unclaimed" in {hint["line"] for hint in answer["hints"]}
    assert {"figure", "from", "to", "source", "confidence", "value"} == set(answer["law"][0])


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2025", Period(2025)),
        ("2026Q1", Period.quarter(2026, 1)),
        ("2026-03", Period.month(2026, 3)),
        ("2025-12-31", date(2025, 12, 31)),
    ],
)
def test_programs_write_a_period_or_a_day(written, read):
    assert show.read_on(written) == read
    with pytest.raises(ValueError, match="neither a period"):
        show.read_on(f"{written}?")


def test_a_quarterly_sheet_is_described_and_worked_out_for_programs():
    described = show.describe("vat-small-scale")
    assert json.loads(json.dumps(described)) == described
    assert (described["period"], described["filed_by"]) == ("period", ["quarter", "month"])
    given = '{"activity": "some", "ordinary_sales": "400000.00"}'
    answer = show.work_out_json("vat-small-scale", show.read_on("2026Q1"), given)
    assert json.loads(json.dumps(answer)) == answer
    assert (answer["period"], answer["law_day"], answer["result"]) == ("2026Q1", "2026-03-31", "4240.00")
    for wrong in ("2026", "2026-03-31"):
        with pytest.raises(ValueError, match="a period is needed"):
            show.work_out_json("vat-small-scale", show.read_on(wrong), given)


def test_programs_are_told_what_is_wrong():
    with pytest.raises(ValueError, match="no sheet is called 'poll-tax'; there are: iit-annual"):
        show.describe("poll-tax")
    with pytest.raises(WrongAnswer, match="wages: "):
        show.work_out_json("iit-annual", date(2025, 6, 1), '{"wages": 1}')
    for year in (2018, 2028):
        with pytest.raises(NoLawInForce):
            show.work_out_json("iit-annual", date(year, 6, 1), "{}")


@pytest.mark.parametrize("sheet", sheets(), ids=lambda sheet: sheet.code)
def test_a_tick_inside_a_reason_is_said_in_words(sheet: Worksheet) -> None:
    """ "Released: No" is no reason: whatever a reason shows as yes or no has words for both."""
    for line in sheet.lines:
        for term, _ in line.terms:
            for name in re.findall(r"{(\w+)}", term):
                tick = next((one.kind for one in (*sheet.lines, *asked(sheet)) if one.name == name), None)
                if isinstance(tick, Tick):
                    assert {tick.yes, tick.no}.isdisjoint({"是", "否"}), (line.name, name)


def asked(sheet: Worksheet) -> list[Question]:
    """Every question of a sheet, those of groups too."""
    items = [item for step in sheet.steps for page in step.pages for item in page.items]
    return [one for item in items for one in (item.questions if isinstance(item, Group) else [item])]
