"""The engine on small sheets: what a definition may say, which law applies, what is asked and counted."""

from datetime import date
from decimal import Decimal

import pytest

from portal.core.money import ZERO
from portal.core.wording import N_
from portal.taxes.answers import WrongAnswer
from portal.taxes.kinds import Choice, Tick, Whole, YearMonth, Yuan
from portal.taxes.law import NoLawInForce
from portal.taxes.lines import Levy, Role, Sign, TheDay, filed_by
from portal.taxes.periods import Period, PeriodKind
from portal.taxes.questions import ask, given, group, is_not, is_one, page
from portal.taxes.worksheet import SheetFault, Worksheet

CITE = "某法 第一条"


def question(name, kind=None, **more):
    return ask(name, kind or Yuan(), N_("问题"), N_("含义"), **more)


def a_sheet(*items, **more):
    sheet = Worksheet("toy", N_("表"), law="individual-income", **more)
    sheet.step("only", N_("步骤"), page("only", N_("页"), *items))
    return sheet


def line(sheet, rule, *, name="", why="算法", cite=CITE, **more):
    sheet.line(N_("行"), cite=cite, why=why, name=name or None, **more)(rule)


@pytest.fixture
def sheet():
    return a_sheet(question("income"))


def test_arguments_are_the_wiring(sheet):
    line(sheet, lambda income, donation_rate: income * donation_rate, name="part")
    line(sheet, lambda part, year: part + year, name="result", why="{part} ＋ {year}")
    working = sheet.work_out({"income": "100.00"}, on=2025)
    assert working.result == Decimal("2055.00")
    assert working.explain("result").why() == "30.00 ＋ 2025"
    assert [entry.figure for entry in working.law_used] == ["donation_rate"]


def test_a_rule_stays_a_plain_function(sheet):
    def doubled(income):
        return income * 2

    assert sheet.line(N_("行"), cite=CITE, why=N_("算法"))(doubled) is doubled


FAULTS = {
    "a name nothing bears": (
        {"name": "x", "rule": lambda nowhere: nowhere},
        "nothing above is called nowhere",
    ),
    "a line that uses itself": ({"name": "x", "rule": lambda x: x}, "nothing above is called x"),
    "no clause": ({"name": "x", "rule": lambda income: income, "cite": " "}, "names its clause"),
    "no reason": ({"name": "x", "rule": lambda income: income, "why": " "}, "says how it comes about"),
    "a reason about something else": (
        {"name": "x", "rule": lambda income: income, "why": "{donation_rate}"},
        "its reason names donation_rate",
    ),
    "the name of a question": ({"name": "income", "rule": lambda year: year}, "the name is taken"),
    "the name of a figure": ({"name": "donation_rate", "rule": lambda year: year}, "the name is taken"),
    "the name of the period": ({"name": "year", "rule": lambda income: income}, "the name is taken"),
    "no identifier": ({"name": "a-b", "rule": lambda income: income}, "a name is an identifier"),
    "a group that is not asked": (
        {"name": "x", "rule": lambda income: income, "each": "children"},
        "no group is called children",
    ),
    "a value for days before no day": (
        {"name": "x", "rule": lambda income: income, "before": ZERO},
        "needs a first day",
    ),
}


@pytest.mark.parametrize(("definition", "fault"), FAULTS.values(), ids=FAULTS)
def test_a_wrong_line_is_refused_where_it_is_defined(sheet, definition, fault):
    with pytest.raises(SheetFault, match=fault):
        line(sheet, definition.pop("rule"), **definition)


def test_a_cycle_cannot_be_written(sheet):
    with pytest.raises(SheetFault, match="nothing above is called b"):
        line(sheet, lambda b: b, name="a")


def test_variants_of_a_line_hold_on_their_days(sheet):
    line(sheet, lambda income: income, name="result", to=date(2022, 12, 31))
    line(sheet, lambda income: 2 * income, name="result", from_=date(2023, 1, 1))
    by_year = {year: sheet.work_out({"income": "5.00"}, on=year).result for year in (2022, 2023)}
    assert by_year == {2022: Decimal("5.00"), 2023: Decimal("10.00")}


def test_variants_of_one_day_are_refused(sheet):
    line(sheet, lambda income: income, name="result")
    with pytest.raises(SheetFault, match="two variants hold on the same day"):
        line(sheet, lambda income: 2 * income, name="result", from_=date(2023, 1, 1))


def test_a_variant_below_a_use_is_refused(sheet):
    line(sheet, lambda income: income, name="part", to=date(2022, 12, 31))
    line(sheet, lambda part: part, name="result")
    with pytest.raises(SheetFault, match="a line above uses this name"):
        line(sheet, lambda income: income, name="part", from_=date(2023, 1, 1))


def test_a_day_between_variants_has_no_law(sheet):
    line(sheet, lambda income: income, name="part", to=date(2021, 12, 31))
    line(sheet, lambda income: income, name="part", from_=date(2023, 1, 1))
    line(sheet, lambda part: part, name="result")
    with pytest.raises(NoLawInForce, match="part on 2022-12-31"):
        sheet.work_out({}, on=2022)


def test_a_line_nothing_uses_may_be_absent_on_a_day(sheet):
    line(sheet, lambda income: income, name="extra", from_=date(2023, 1, 1))
    line(sheet, lambda income: income, name="result")
    assert [e.name for e in sheet.work_out({}, on=2022).lines] == ["result"]


def test_before_its_first_day_a_line_has_the_value_from_before(sheet):
    line(sheet, lambda income: income, name="result", from_=date(2023, 1, 1), before=ZERO)
    before = sheet.work_out({"income": "5.00"}, on=2022)
    assert before.result == ZERO
    assert before.explain("result").why() == "当时尚无此项规定"
    assert before.explain("result").uses == ()


def test_a_figure_without_an_entry_for_the_day_is_refused(sheet):
    line(sheet, lambda income, infant_monthly: income + infant_monthly, name="result")
    assert sheet.work_out({}, on=2022).result == Decimal("1000.00")
    with pytest.raises(NoLawInForce) as refused:
        sheet.work_out({}, on=2021)
    assert refused.value.facts["figure"] == "infant_monthly"
    assert refused.value.facts["day"] == date(2021, 12, 31)


def test_the_year_of_a_day_selects_the_law(sheet):
    line(sheet, lambda elder_monthly: elder_monthly, name="result")
    assert sheet.work_out({}, on=date(2023, 1, 1)).result == Decimal("3000.00")
    assert sheet.work_out({}, on=2022).result == Decimal("2000.00")


def test_a_sheet_may_take_the_law_of_a_day():
    sheet = a_sheet(question("income"), period=TheDay)
    line(sheet, lambda elder_monthly, day: elder_monthly + day.day, name="result")
    assert sheet.work_out({}, on=date(2022, 12, 31)).result == Decimal("2031.00")
    assert sheet.work_out({}, on=date(2023, 1, 1)).result == Decimal("3001.00")
    with pytest.raises(ValueError, match="a day is needed, not 2023"):
        sheet.work_out({}, on=2023)


def test_a_sheet_may_be_filed_by_quarter_and_month_with_the_law_of_the_last_day():
    sheet = a_sheet(question("income"), period=filed_by(PeriodKind.QUARTER, PeriodKind.MONTH))
    line(sheet, lambda elder_monthly, period: elder_monthly + period.number, name="result", why="{period}")
    before, after = Period.quarter(2022, 4), Period.month(2023, 1)
    assert [sheet.work_out({}, on=on).result for on in (before, after)] == [Decimal(2004), Decimal(3001)]
    working = sheet.work_out({}, on=before)
    assert working.explain("result").why() == "2022年第四季度"
    assert working.as_json()["period"] == "2022Q4"
    assert sheet.asked({}, on=before) == sheet.missing({}, on=before) == ("income",)
    for wrong in (2022, Period(2022), date(2022, 12, 31)):
        with pytest.raises(ValueError, match="a period is needed \\(quarter, month\\), not 2022"):
            sheet.work_out({}, on=wrong)


def test_a_sheet_filed_by_year_takes_a_period_a_number_or_a_day_alike(sheet):
    line(sheet, lambda income, year: income + year, name="result")
    same = {sheet.work_out({}, on=on).digest() for on in (2025, Period(2025), date(2025, 3, 1))}
    assert len(same) == 1
    with pytest.raises(ValueError, match="a year is needed, not 2025Q1"):
        sheet.work_out({}, on=Period.quarter(2025, 1))


CHILDREN = group(
    "children",
    N_("子女"),
    N_("含义"),
    question("born", YearMonth()),
    question("kept", Tick()),
    question("cost", when=(given("kept"),)),
    row=N_("第 {n} 名"),
    at_most=3,
)


@pytest.fixture
def family():
    sheet = a_sheet(question("income"), CHILDREN)
    line(sheet, lambda cost, income: cost + income, name="costs", each="children", why="{cost} ＋ {income}")
    line(sheet, lambda costs: 2 * costs, name="twice", each="children")
    line(sheet, lambda twice: sum(twice, ZERO), name="result")
    return sheet


def test_a_line_may_be_worked_out_for_each_row(family):
    rows = [{"kept": True, "cost": "5.00"}, {"kept": False, "cost": "7.00"}, {}]
    working = family.work_out({"income": "1.00", "children": rows}, on=2025)
    assert working["costs"] == (Decimal("6.00"), Decimal("1.00"), Decimal("1.00"))
    assert working.result == Decimal("16.00")
    second = working.explain("costs").uses[1]
    assert (second.row_label(), second.why()) == ("第 2 名", "0.00 ＋ 1.00")
    assert [part.row_label() for part in second.uses] == ["第 2 名", ""]


def test_only_answers_to_what_is_asked_count(family):
    working = family.work_out({"children": [{"kept": False, "cost": "7.00"}]}, on=2025)
    assert working.answers.as_json() == {"children": [{"kept": False}]}


def test_what_is_missing_is_named_to_the_row(family):
    answers = {"children": [{"born": "2020-01", "kept": True}, {}]}
    assert family.missing(answers, on=2025) == (
        "income",
        "children[0].cost",
        "children[1].born",
        "children[1].kept",
    )
    assert family.asked(answers, on=2025) == ("income", "children")


def test_questions_depend_on_earlier_answers_and_on_the_day():
    sheet = a_sheet(
        question("way", Choice({"a": N_("甲"), "b": N_("乙")})),
        question("of_a", when=(is_one("way", "a"),)),
        question("not_of_a", when=(is_not("way", "a"),), default=Decimal("3.00")),
        question("new", from_=date(2022, 1, 1), required=False),
        question("old", to=date(2021, 12, 31), required=False),
        group("rows", N_("行"), N_("含义"), question("n", Whole()), row=N_("{n}"), when=(given("of_a"),)),
        question("if_rows", when=(given("rows"),)),
    )
    assert sheet.asked({}, on=2022) == ("way", "not_of_a", "new")
    assert sheet.asked({"way": "a"}, on=2021) == ("way", "of_a", "old")
    with_rows = {"way": "a", "of_a": "1.00", "rows": [{"n": 1}]}
    assert sheet.asked(with_rows, on=2022) == ("way", "of_a", "new", "rows", "if_rows")
    assert sheet.missing(with_rows, on=2022) == ("if_rows",)
    line(sheet, lambda of_a, not_of_a, new: of_a + not_of_a + new, name="result")
    assert sheet.work_out({}, on=2022).result == Decimal("3.00")
    closed = sheet.work_out({"way": "a", "not_of_a": "9.00", "rows": [{"n": 1}], "old": "1.00"}, on=2022)
    assert closed.result == ZERO
    assert closed.unused == ("not_of_a", "old", "rows")


def test_a_condition_on_a_later_question_is_refused():
    with pytest.raises(SheetFault, match="'later', not asked before it"):
        a_sheet(question("income", when=(given("later"),)), question("later", Tick()))


def test_a_page_puts_its_condition_on_all_it_asks():
    sheet = a_sheet(question("way", Tick()))
    sheet.step("more", N_("步骤"), page("more", N_("页"), question("x"), CHILDREN, when=(given("way"),)))
    assert sheet.asked({}, on=2025) == ("way",)
    assert sheet.asked({"way": True}, on=2025) == ("way", "x", "children")


def test_conflicts_and_hints_are_lines_that_speak_up(sheet):
    line(sheet, lambda income: income > 5, name="too_much", kind=Tick(), role=Role.CONFLICT)
    line(sheet, lambda income: income, name="room", role=Role.HINT)
    line(sheet, lambda income: income, name="result")
    quiet, loud = (sheet.work_out({"income": amount}, on=2025) for amount in ("0.00", "6.00"))
    assert ([e.name for e in quiet.conflicts], [e.name for e in quiet.hints]) == ([], [])
    assert ([e.name for e in loud.conflicts], [e.name for e in loud.hints]) == (["too_much"], ["room"])


def test_a_summary_leaves_out_rows_that_add_nothing(sheet):
    line(sheet, lambda income: income, name="gain")
    line(sheet, lambda income: income - income, name="loss")
    line(sheet, lambda income: income, name="cost")
    line(sheet, lambda gain, cost: gain - cost, name="result")
    sheet.summarise(gain=Sign.PLUS, loss=Sign.MINUS, cost=Sign.MINUS, result=Sign.TOTAL)
    rows = sheet.work_out({"income": "5.00"}, on=2025).summary
    assert [(r.letter, r.explained.name, r.amount, r.total) for r in rows] == [
        ("A", "gain", Decimal("5.00"), False),
        ("B", "cost", Decimal("-5.00"), False),
        ("C", "result", ZERO, True),
    ]


def test_a_result_that_nobody_divides_is_one_levy_named_as_its_sheet(sheet):
    line(sheet, lambda income: income, name="result")
    assert [(levy.code, levy.title) for levy in sheet.levies] == [("toy", "表")]
    assert sheet.work_out({"income": "5.00"}, on=2025).levied == {"toy": Decimal("5.00")}


def test_each_levy_is_what_its_line_comes_to(sheet):
    line(sheet, lambda income: income, name="gain")
    line(sheet, lambda gain: -gain, name="relief")
    line(sheet, lambda gain, relief: gain + relief, name="result")
    sheet.divide(Levy("one", N_("税"), "gain"), Levy("two", N_("费"), "relief"))
    levied = sheet.work_out({"income": "5.00"}, on=2025).levied
    assert levied == {"one": Decimal("5.00"), "two": Decimal("-5.00")}


def test_a_levy_without_a_line_is_refused(sheet):
    with pytest.raises(SheetFault, match="a levy names a line that does not exist"):
        sheet.divide(Levy("one", N_("税"), "nothing"))


def test_a_summary_of_unknown_lines_is_refused(sheet):
    with pytest.raises(SheetFault, match="the summary names a line"):
        sheet.summarise(nothing=Sign.PLUS)


def test_a_sum_leaves_out_terms_that_begin_with_nothing():
    sheet = a_sheet(question("a"), question("b"))
    line(sheet, lambda a, b: a + b, name="result", why=("甲 {a}", "乙 {b}", "固定"))
    assert sheet.work_out({"b": "2.00"}, on=2025).explain("result").why() == "乙 2.00 ＋ 固定"
    line(sheet, lambda a, b: a + b, name="other", why=("甲 {a}", "乙 {b}"))
    assert sheet.work_out({}, on=2025).explain("other").why() == "甲 0.00"


def test_names_are_taken_once_across_groups_and_questions():
    with pytest.raises(SheetFault, match="the name is taken"):
        a_sheet(question("income"), question("income"))
    with pytest.raises(SheetFault, match="income: the name is taken"):
        a_sheet(question("income"), group("g", N_("组"), N_("含义"), question("income"), row=N_("{n}")))


def test_wrong_answers_are_refused_before_anything_is_worked_out(sheet):
    line(sheet, lambda income: income, name="result")
    with pytest.raises(WrongAnswer, match=r"^nobody: no such question"):
        sheet.work_out({"nobody": "1.00"}, on=2025)


def test_an_unknown_number_has_no_explanation(sheet):
    line(sheet, lambda income: income, name="result")
    working = sheet.work_out({}, on=2025)
    assert working.explain("year").sort == "period"
    assert working.explain("year").clause == ""
    with pytest.raises(KeyError):
        working.explain("nothing")
